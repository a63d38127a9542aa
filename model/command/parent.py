"""The processes of a pool and the one that they work for."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import parent_process
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def as_done(
    pool: ProcessPoolExecutor, function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result]]:
    """Every item with ``function`` of it, as they come; both go to the processes pickled.

    What is not begun when the caller leaves is not done.
    """
    waiting = {pool.submit(function, item): item for item in items}
    try:
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    finally:
        for each in waiting:
            each.cancel()


def when_parent_ends(end: Callable[[], None]) -> None:
    """Let ``end`` be called here as soon as the parent has ended, in whatever way."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
        end()

    Thread(target=wait, daemon=True).start()
