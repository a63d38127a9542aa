"""Work in child processes, on every processor."""

import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")

_FORK = get_context("fork")
# A child has all that its parent has, netlists and compiled code among it, and copies nothing.


class Processes:
    """Work that waits for a processor, and what is to be done with its results.

    Work runs in a fork of this process, which has no threads of its own; results come back pickled.
    """

    def __init__(self) -> None:
        self._urgent: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._running: dict[Connection, tuple[BaseProcess, Callable[[Any], None]]] = {}

    def submit(
        self, work: Callable[[], Result], done: Callable[[Result], None], *, urgent: bool = False
    ) -> None:
        """Let ``work`` be done, and ``done`` be called in this process with what it gives.

        Parameters
        ----------
        urgent
            Whether it comes before all that is not.
        """
        (self._urgent if urgent else self._waiting).append((work, done))

    def run(self) -> None:
        """Do all work, that included which is submitted meanwhile.

        Raises
        ------
        Exception
            What any work, or what was to be done with it, raised first; the rest is given up.
        """
        # What is there is not looked at again: children would copy the memory for it.
        gc.collect()
        gc.freeze()
        try:
            while self._urgent or self._waiting or self._running:
                while len(self._running) < (os.cpu_count() or 1):
                    if not (queue := self._urgent or self._waiting):
                        break
                    self._start(*queue.popleft())
                for ready in wait(list(self._running)):
                    assert isinstance(ready, Connection)
                    self._finish(ready)
        finally:
            self._stop()
            gc.unfreeze()

    def _start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        receiver, sender = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=_work, args=(work, sender), daemon=True)
        child.start()
        sender.close()
        self._running[receiver] = child, done

    def _finish(self, ready: Connection) -> None:
        child, done = self._running[ready]
        try:
            failed, result = ready.recv()
        except EOFError:
            child.join()
            raise RuntimeError(f"a child process ended with status {child.exitcode}") from None
        del self._running[ready]
        ready.close()
        child.join()
        if failed:
            raise result
        done(result)

    def _stop(self) -> None:
        for child, _ in self._running.values():
            child.terminate()
        for ready, (child, _) in self._running.items():
            child.join()
            ready.close()
        self._running.clear()
        self._urgent.clear()
        self._waiting.clear()


_OBJECTS = 100_000
"""Objects after which a child looks for cycles among them: designs and netlists are many small
ones that stay, and looking every few hundred takes a quarter of the time of elaboration."""


def _work(work: Callable[[], Any], sender: Connection) -> None:
    gc.set_threshold(_OBJECTS)
    # An interrupt from the keyboard reaches every process: the parent ends its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    result: tuple[bool, Any]
    try:
        result = False, work()
    except Exception as error:
        result = True, error
    # Without its parent nobody listens.
    with suppress(OSError):
        sender.send(result)


def _leave(number: int, frame: FrameType | None) -> None:
    # As an exception, so that what the child runs is ended as well.
    sys.exit(128 + number)
