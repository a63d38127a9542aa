"""What becomes of each mutant of the source: killed by a test, judged equal, or it lives."""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest

from .line_tests import JUDGED, LineTests, digest, digest_of_parts, file_of, own_tests
from .source import SourceMutant
from .trials import Trials
from .verdicts import EQUAL, KILLED

LIVES = "lives"
SLOWLY = "killed by slow tests"
ENOUGH = 60.0
"""Seconds of tests that a mutant is tried with, of all those that run its line."""
_SLOWER = 5
_LEAST = 60.0
_LONGEST = 900.0
"""Seconds that slow tests of a file have, of which nobody knows what they take."""


@dataclass(frozen=True)
class SourceVerdict:
    """What became of a mutant, and by what."""

    mutant: SourceMutant
    outcome: str
    reason: str


def source_verdicts(
    root: Path,
    mutants: list[SourceMutant],
    tests: LineTests,
    kept: Path,
    jobs: int,
) -> Iterator[SourceVerdict]:
    """What becomes of the mutants, as they come.

    Each is tried with tests that run its line, then with all of its file or, if it has none, of its
    folder, and with what is new there or has changed since it ran the line: tests do not always
    show what runs in compiled code.  At
    last with those of its file that CI runs beside `make test`.  What was found out is kept; that a
    mutant lives is found out anew when a test has changed.
    """
    judged = _judged()
    sources, everything = digest_of_parts(root), source_digest({}, "tests", root=root)
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(jobs)
        stack.callback(pool.shutdown, cancel_futures=True)
        idle: SimpleQueue[Trials] = SimpleQueue()
        for _ in range(jobs):
            # They leave before the pool does, which waits for nobody then.
            idle.put(stack.enter_context(Trials(root)))

        def tried(mutant: SourceMutant) -> tuple[str | None, bool]:
            decided = json.dumps([sources, vars(mutant)]).encode()
            path = kept / f"source-{hashlib.sha256(decided).hexdigest()}.json"
            try:
                content = json.loads(path.read_text())
                killer, of = content["killer"], content["tests"]
                if of == (digest(root / file_of(killer)) if killer else everything):
                    return killer, content["slow"]
            except (OSError, ValueError, KeyError, TypeError):
                pass
            trials = idle.get()
            try:
                killer, slow = _killer(root, trials, mutant, tests)
            finally:
                idle.put(trials)
            of = digest(root / file_of(killer)) if killer else everything
            write_whole(path, json.dumps({"killer": killer, "tests": of, "slow": slow}))
            return killer, slow

        waiting = {}
        for mutant in mutants:
            if (reason := judged.get(_place(root, mutant))) is not None:
                yield SourceVerdict(mutant, EQUAL, reason)
            else:
                waiting[pool.submit(tried, mutant)] = mutant
        for done in as_completed(waiting):
            mutant, (killer, slow) = waiting[done], done.result()
            if killer:
                yield SourceVerdict(mutant, SLOWLY if slow else KILLED, killer)
            else:
                count = len(tests.of(root, mutant.path, mutant.line))
                yield SourceVerdict(mutant, LIVES, f"{count} tests run the line")


def _killer(
    root: Path, trials: Trials, mutant: SourceMutant, tests: LineTests
) -> tuple[str | None, bool]:
    """The test that fails, or none, and whether it is a slow one."""
    chosen: list[str] = []
    spent = 0.0
    for test, seconds in tests.of(root, mutant.path, mutant.line, mutant.compiled):
        if chosen and spent + seconds > ENOUGH:
            break
        chosen.append(test)
        spent += seconds
    if killer := trials.killer(mutant, chosen, _LEAST + _SLOWER * spent):
        return killer, False
    own = own_tests(mutant.path)
    wider = [own if (root / own).is_file() else own.parent]
    # Of tests that are new nobody knows what they run.
    wider += [
        path.relative_to(root)
        for path in sorted((root / own.parent).glob("test_*.py"))
        if tests.files.get(str(path.relative_to(root))) != digest(path)
    ]
    wider += map(Path, tests.changed(root, mutant.path, mutant.line))
    there = [str(each) for each in dict.fromkeys(wider) if (root / each).exists()]
    if killer := trials.killer(mutant, there, _LEAST + _SLOWER * ENOUGH):
        return killer, False
    if not (root / own).is_file():
        return None, False
    killer = trials.killer(mutant, [str(own)], _LONGEST, slow=True)
    # That slow tests take long says nothing.
    return (killer, True) if killer and "::" in killer else (None, False)


def _place(root: Path, mutant: SourceMutant) -> tuple[str, str, str, str]:
    line = (root / mutant.path).read_text().splitlines()[mutant.line - 1].strip()
    return mutant.path, line, mutant.before, mutant.after


def _judged() -> dict[tuple[str, str, str, str], str]:
    """Why they are no faults, by file, line, the text that is changed, and the change."""
    text = Path(__file__).with_name(JUDGED).read_text()
    return {
        (each["path"], each["line"], each["before"], each["after"]): each["reason"]
        for each in tomllib.loads(text).get("equal", [])
    }
