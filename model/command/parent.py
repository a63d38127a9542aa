"""A process of a pool and the one that it works for."""

from collections.abc import Callable
from multiprocessing import parent_process
from threading import Thread


def when_parent_ends(end: Callable[[], None]) -> None:
    """Let ``end`` be called here as soon as the parent has ended, in whatever way."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
        end()

    Thread(target=wait, daemon=True).start()
