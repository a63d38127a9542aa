"""How inner loops are compiled: by Numba, once, and kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import Any, TypeVar

from .extras import require

require("fast", "what is compiled")

from numba import njit  # noqa: E402 - asked for first

_Function = TypeVar("_Function", bound=Callable[..., Any])
# What it returns is called as the function is, which its own types do not say.
_compiler: Any = njit


def compiled(function: _Function) -> _Function:
    """Compiled when it is called first."""
    try:
        return _compiler(cache=True, nogil=True)(function)
    except RuntimeError:
        # Neither the file's folder nor the user's cache can be written to.
        return _compiler(nogil=True)(function)


def inlined(function: _Function) -> _Function:
    """Part of the compiled functions of its own file that call it.

    Of its own file, since Numba does not notice that another one has changed.
    """
    return _compiler(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
