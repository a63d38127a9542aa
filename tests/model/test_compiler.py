"""Compiled functions, kept on disk and where nothing can be."""

from lmul_pe.model import compiler


def twice(number):
    return number + number


def test_what_is_compiled_is_kept_on_disk_for_the_next_process(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    assert compiler.compiled(twice)(3) == 6
    assert list(tmp_path.rglob("*twice*.nbi"))


def test_other_threads_run_beside_what_is_compiled():
    assert compiler.compiled(twice).targetoptions["nogil"]


def test_a_function_that_nothing_can_keep_is_compiled_all_the_same(monkeypatch):
    def numba(nogil, cache=False):
        assert nogil

        def decorate(function):
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return decorate

    monkeypatch.setattr(compiler, "_compiler", numba)
    assert compiler.compiled(len) is len
