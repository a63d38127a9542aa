"""Compiled functions, kept on disk and where nothing can be."""

import importlib

import pytest

from lmul_pe.model import compiler
from lmul_pe.model.extras import MissingExtraError


def twice(number):
    return number + number


def test_what_is_compiled_is_kept_on_disk_for_the_next_process(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    assert compiler.compiled(twice)(3) == 6
    assert list(tmp_path.rglob("*twice*.nbi"))


def test_other_threads_run_beside_what_is_compiled():
    assert compiler.compiled(twice).targetoptions["nogil"]


def test_what_is_inlined_is_a_part_of_what_calls_it_and_nothing_else():
    assert compiler.inlined(twice).targetoptions.items() >= {
        ("forceinline", True),
        ("no_cpython_wrapper", True),
        ("no_cfunc_wrapper", True),
    }


def test_without_numba_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("lmul_pe.model.extras.find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r"^what is compiled needs llvmlite, numba: pip "):
        importlib.reload(compiler)


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
