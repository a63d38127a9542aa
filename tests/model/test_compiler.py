"""Compiled functions where nothing can be kept on disk."""

from lmul_pe.model import compiler


def test_a_function_that_nothing_can_keep_is_compiled_all_the_same(monkeypatch):
    def numba(nogil, cache=False):
        def decorate(function):
            if cache:
                raise RuntimeError("cannot cache function: no locator available")
            return function

        return decorate

    monkeypatch.setattr(compiler, "_compiler", numba)
    assert compiler.compiled(len) is len
