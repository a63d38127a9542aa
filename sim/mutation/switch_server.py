"""Runs tests on source with switches: they are imported once, then each mutant has a process.

A program of its own, started in a copy of the project whose source has switches.  A line of JSON
comes in: ``tests``, files of them; ``mutants``, each a number and the file of its own tests;
``seconds`` of tests that a mutant meets; ``jobs``.  One goes out for each mutant: ``number``,
``killer`` as `trial_server.py` says it, and ``passed``, the tests that it has passed.
"""

import contextlib
import gc
import importlib
import json
import os
import pickle
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import zip_longest
from typing import Any

import pytest

_LEAST, _SLOWER = 20.0, 5
"""A mutant does not end that takes so many seconds and so many times what its tests took before."""
_LONGEST = 3600.0
"""Seconds for all tests that were collected."""
_ENDLESS, _WORDLESS = (pickle.dumps((what, [])) for what in ("does not end", "ends without a word"))


class _Children:
    """Forked processes that compute something each, as many at once as there are jobs."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._running: dict[int, tuple[int, float, str, Any]] = {}

    def start(self, of: Any, run: Callable[[], object], limit: float) -> Iterator[tuple[Any, Any]]:
        """Start one, and yield what has ended before: whose it was, and what it said."""
        while len(self._running) >= self._jobs:
            yield from self._ended()
        there, here = os.pipe()
        room = tempfile.mkdtemp()
        child = os.fork()
        if not child:
            os.close(there)
            try:
                os.environ["TMPDIR"] = tempfile.tempdir = room
                # What tests start is of their session; who started them may be gone by then.
                os.setsid()
                signal.setitimer(signal.ITIMER_REAL, _SLOWER + limit)
                answer = pickle.dumps(run())
                with os.fdopen(here, "wb") as out:
                    out.write(answer)
            finally:
                os._exit(0)
        os.close(here)
        self._running[there] = (child, time.monotonic() + limit, room, of)

    def rest(self) -> Iterator[tuple[Any, Any]]:
        while self._running:
            yield from self._ended()

    def _ended(self) -> Iterator[tuple[Any, Any]]:
        left = min(limit for _, limit, *_ in self._running.values()) - time.monotonic()
        ready, _, _ = select.select([*self._running], [], [], max(left, 0.0))
        for there, (child, limit, room, of) in [*self._running.items()]:
            if there not in ready and time.monotonic() < limit:
                continue
            del self._running[there]
            with os.fdopen(there, "rb") as answer:
                text = answer.read() if there in ready else _ENDLESS
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            shutil.rmtree(room, ignore_errors=True)
            yield of, pickle.loads(text or _WORDLESS)


class _Loop:
    """A plugin of pytest with a loop of its own over what was collected."""

    def __init__(self, work: dict[str, Any], out: int) -> None:
        self._work, self._out = work, out
        # A file of the copy, beside the project.
        self._switches = importlib.import_module("chosen_mutant")
        self._asked: dict[str, set[int]] = {}
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._asked[report.when] = self._switches.reached()
        self._failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # Collected once, they are not looked through again in every process.
        gc.freeze()
        children = _Children(self._work["jobs"])
        running = self._running(session.items, children)
        for number, own in self._work["mutants"]:
            chosen: list[pytest.Item] = []
            spent = 0.0
            for seconds, item in sorted(
                running[number], key=lambda each: (_file(each[1]) != own, each[0])
            ):
                if chosen and spent + seconds > self._work["seconds"]:
                    break
                chosen.append(item)
                spent += seconds
            run = partial(self._killer, number, chosen)
            self._say(children.start(number, run, _LEAST + _SLOWER * spent))
        self._say(children.rest())
        return True

    def _running(
        self, items: list[pytest.Item], children: _Children
    ) -> dict[int, list[tuple[float, pytest.Item]]]:
        """By mutant, the tests that ask its switch, with their seconds."""
        jobs, found = self._work["jobs"], []
        for first in range(jobs):
            run = partial(self._asking, items, range(first, len(items), jobs))
            found += [part for _, part in children.start(None, run, _LONGEST)]
        found += [part for _, part in children.rest()]
        # A process that does not end says so instead.
        asking = [each for part in found if isinstance(part, list) for each in part]
        prepared: dict[str, set[int]] = defaultdict(set)
        for place, _, before, _ in asking:
            prepared[_file(items[place])] |= before
        running = defaultdict(list)
        for place, seconds, _, within in asking:
            # What a test of a file prepares may be for all of them.
            for number in within | prepared[_file(items[place])]:
                running[number].append((seconds, items[place]))
        return running

    def _asking(
        self, items: list[pytest.Item], places: range
    ) -> list[tuple[int, float, set[int], set[int]]]:
        """Of each that passes: its place, seconds, what its preparation asks, and what it asks."""
        found = []
        for place in places:
            begun = time.monotonic()
            after = items[place + places.step] if place + places.step < len(items) else None
            if not self._fails(items[place], after):
                before, within = (self._asked.get(phase, set()) for phase in ("setup", "call"))
                found.append((place, time.monotonic() - begun, before, within))
        return found

    def _killer(self, number: int, items: list[pytest.Item]) -> tuple[str | None, list[str]]:
        self._switches.choose(number)
        for item, after in zip_longest(items, items[1:]):
            if self._fails(item, after):
                return item.nodeid, []
        return None, [item.nodeid for item in items]

    def _fails(self, item: pytest.Item, after: pytest.Item | None) -> bool:
        self._failed, self._asked = False, {}
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        return self._failed

    def _say(self, ended: Iterator[tuple[int, Any]]) -> None:
        for number, (killer, passed) in ended:
            said = json.dumps({"number": number, "killer": killer, "passed": passed})
            os.write(self._out, f"{said}\n".encode())


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def main() -> None:
    work = json.loads(sys.stdin.readline())
    out = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    options = ["-q", "-m", "not long and not slow", "-p", "no:cacheprovider"]
    pytest.main(
        [*options, "-p", "no:xdist", "-p", "no:cov", *work["tests"]], plugins=[_Loop(work, out)]
    )


if __name__ == "__main__":
    main()
