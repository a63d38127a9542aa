"""Work in processes of their own, one for each processor."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from multiprocessing import get_context

from lmul_pe.model.command.parent import Item, Result, as_done, when_parent_ends


@lru_cache(maxsize=1)
def _pool() -> ProcessPoolExecutor:
    # Two threads of products on each of two processors hinder each other more than they help.  What
    # is loaded already does not look, so that this is for the processes alone.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Otherwise glibc gives back every large array and clears the memory of the next one.
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(1 << 30))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(1 << 32))
    return ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_prepare)


def _prepare() -> None:
    # An interrupt from the keyboard reaches every process: each one ends without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    when_parent_ends(partial(os._exit, 1))


def spread(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Every item with ``function`` of it, as they come; both go to the processes pickled.

    The processes stay, and so does what functions have cached there.
    """
    return as_done(_pool(), function, items)
