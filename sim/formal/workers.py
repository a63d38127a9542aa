"""Proofs side by side, in processes that take their solvers with them when they are ended."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from types import FrameType

from lmul_pe.model.command.parent import Item, Result, as_done, when_parent_ends
from lmul_pe.model.command.run import number

MOST_JOBS = 1024
_GRACE = 2.0
"""Seconds in which a process ends what it started."""


def worker_count(jobs: str | None) -> int:
    """How many processes work side by side: what is asked for, or as many as processors.

    Raises
    ------
    SpecificationError
        No number of them.
    """
    return (os.cpu_count() or 1) if jobs is None else number("jobs", jobs, 1, MOST_JOBS)


def spread(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> Iterator[tuple[Item, Result]]:
    """Every item with ``function`` of it, as they come; both go to the processes pickled."""
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare)
    try:
        yield from as_done(pool, function, items)
    except BaseException:
        for process in active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    # As an exception, so that what runs is ended as well: a solver is a process of its own.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _leave)
    when_parent_ends(_end)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
