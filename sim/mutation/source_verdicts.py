"""What becomes of each mutant of the source: killed by a test, judged equal, or it lives."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest

from .line_tests import JUDGED, LineTests, digest, digest_of_parts, file_of, own_tests
from .source import SourceMutant
from .switched_trials import switched_trials
from .trials import Trials
from .verdicts import EQUAL, KILLED

LIVES = "lives"
SLOWLY = "killed by slow tests"
_WIDER = 60.0
"""Seconds that the tests of a file or folder are thought to take."""
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
    tests: Callable[[], LineTests],
    kept: Path,
    jobs: int,
    seconds: float,
) -> Iterator[SourceVerdict]:
    """What becomes of the mutants, as they come.

    Each meets the tests of its folder by a switch, if it can have one.  What still lives is tried
    with tests that run its line, then with all of its file or, if it has none, of its
    folder, and with what is new there or has changed since it ran the line: tests do not always
    show what runs in compiled code.  At
    last with those of its file that CI runs beside `make test`.  What was found out is kept; that a
    mutant lives is found out anew when a test has changed.

    Parameters
    ----------
    tests
        Which run a line; asked when a mutant survives the tests of its folder.
    seconds
        Of tests that each meets in its folder, and that each meets of those that run its line.
    """
    reasons, memory = judged(), _Memory(root, kept)
    left = []
    for mutant in mutants:
        if found := [reasons[place] for place in places(root, mutant) if place in reasons]:
            yield SourceVerdict(mutant, EQUAL, found[0])
        elif known := memory.verdict(mutant):
            yield known
        else:
            left.append(mutant)
    passed: dict[SourceMutant, list[str]] = {}
    for trial in switched_trials(root, left, seconds, jobs):
        if trial.killer is None:
            passed[trial.mutant] = trial.passed
        else:
            yield memory.keep(SourceVerdict(trial.mutant, KILLED, trial.killer))
            left.remove(trial.mutant)
    if not left:
        return
    running = tests()
    with ExitStack() as stack:
        pool = ThreadPoolExecutor(jobs)
        stack.callback(pool.shutdown, cancel_futures=True)
        idle: SimpleQueue[Trials] = SimpleQueue()
        for _ in range(jobs):
            # They leave before the pool does, which waits for nobody then.
            idle.put(stack.enter_context(Trials(root)))

        def tried(mutant: SourceMutant) -> SourceVerdict:
            trials = idle.get()
            try:
                found = _verdict(root, trials, mutant, running, passed.get(mutant, []), seconds)
            finally:
                idle.put(trials)
            return memory.keep(found)

        for done in as_completed([pool.submit(tried, mutant) for mutant in left]):
            yield done.result()


class _Memory:
    """Verdicts that were found out about the same source."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root, self._folder = root, folder
        self._sources = digest_of_parts(root)
        self._tests = source_digest({}, "tests", root=root)

    def verdict(self, mutant: SourceMutant) -> SourceVerdict | None:
        """That which is kept, if its test, or every test where none has failed, is as it was."""
        try:
            content = json.loads(self._path(mutant).read_text())
            found = SourceVerdict(mutant, content["outcome"], content["reason"])
            return found if content["tests"] == self._of(found) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, found: SourceVerdict) -> SourceVerdict:
        content = {"outcome": found.outcome, "reason": found.reason, "tests": self._of(found)}
        write_whole(self._path(found.mutant), json.dumps(content))
        return found

    def _path(self, mutant: SourceMutant) -> Path:
        decided = json.dumps([self._sources, vars(mutant)]).encode()
        return self._folder / f"source-{hashlib.sha256(decided).hexdigest()}.json"

    def _of(self, found: SourceVerdict) -> str:
        if found.outcome == LIVES:
            return self._tests
        return digest(self._root / file_of(found.reason))


def _verdict(
    root: Path,
    trials: Trials,
    mutant: SourceMutant,
    tests: LineTests,
    passed: list[str],
    seconds: float,
) -> SourceVerdict:
    """What tests of the whole project say of a mutant that has passed those of its folder."""
    running = tests.of(root, mutant.path, mutant.line, mutant.compiled)
    chosen: list[str] = []
    spent = 0.0
    for test, takes in running:
        if test in passed:
            continue
        if chosen and spent + takes > seconds:
            break
        chosen.append(test)
        spent += takes
    if killer := trials.killer(mutant, chosen, _LEAST + _SLOWER * spent):
        return SourceVerdict(mutant, KILLED, killer)
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
    if killer := trials.killer(mutant, there, _LEAST + _SLOWER * _WIDER):
        return SourceVerdict(mutant, KILLED, killer)
    if (root / own).is_file():
        killer = trials.killer(mutant, [str(own)], _LONGEST, slow=True)
        # That slow tests take long says nothing.
        if killer and "::" in killer:
            return SourceVerdict(mutant, SLOWLY, killer)
    return SourceVerdict(mutant, LIVES, f"{len(running)} tests run the line")


class _Place(NamedTuple):
    """Where a mutant stands, whatever stands above it, and what it is."""

    path: str
    line: str
    before: str
    after: str
    column: int | None
    """Of the line without what it is indented by; none where its text stands there once."""


def judged() -> dict[_Place, str]:
    """Mutants that were looked at and are no faults, and why."""
    text = Path(__file__).with_name(JUDGED).read_text()
    return {
        _Place(**{"column": None} | {key: each[key] for key in each if key != "reason"}): each[
            "reason"
        ]
        for each in tomllib.loads(text).get("equal", [])
    }


def places(root: Path, mutant: SourceMutant) -> tuple[_Place, _Place]:
    """What a judgement of a mutant may be found by."""
    source = (root / mutant.path).read_bytes()
    line = source.splitlines()[mutant.line - 1]
    indent = len(line) - len(line.lstrip())
    column = mutant.start - source.rfind(b"\n", 0, mutant.start) - 1 - indent
    place = _Place(mutant.path, line.decode().strip(), mutant.before, mutant.after, column)
    return place, place._replace(column=None)
