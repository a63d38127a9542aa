"""Mutants tried by switches, with the tests that stand where theirs do: seconds for hundreds."""

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path
from typing import NamedTuple

from . import chosen
from .line_tests import own_tests
from .source import SourceMutant
from .switches import write_switched
from .trials import copied, server


class SwitchedTrial(NamedTuple):
    """The test that fails on a mutant, or none, and those that pass."""

    mutant: SourceMutant
    killer: str | None
    passed: list[str]


def switched_trials(
    root: Path, mutants: list[SourceMutant], seconds: float, jobs: int
) -> Iterator[SwitchedTrial]:
    """What the tests of the folders of mutants say of them, as it comes.

    Those without a switch, or without tests there, are left out.

    Parameters
    ----------
    seconds
        Of tests that each mutant meets, the nearest and quickest first.
    """
    if not mutants:
        return
    folders: dict[Path, list[SourceMutant]] = defaultdict(list)
    for mutant in mutants:
        folders[own_tests(mutant.path).parent].append(mutant)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name, "project")
        copied(root, copy)
        shutil.copy(Path(__file__).with_name("chosen.py"), copy / f"{chosen.NAME}.py")
        for folder, own in folders.items():
            if tests := sorted(
                str(path.relative_to(root)) for path in (root / folder).glob("test_*.py")
            ):
                yield from _tried(copy, own, tests, seconds, jobs)


def _tried(
    copy: Path, mutants: list[SourceMutant], tests: list[str], seconds: float, jobs: int
) -> Iterator[SwitchedTrial]:
    """Of mutants whose tests stand in one folder."""
    with _switched(copy, mutants) as numbers:
        work = {
            "tests": tests,
            "mutants": [(number, str(own_tests(mutants[number].path))) for number in numbers],
            "seconds": seconds,
            "jobs": jobs,
        }
        with server(copy, "switch_server.py") as trials:
            assert trials.stdin is not None
            assert trials.stdout is not None
            try:
                trials.stdin.write(json.dumps(work) + "\n")
                trials.stdin.close()
                for line in trials.stdout:
                    found = json.loads(line)
                    yield SwitchedTrial(mutants[found["number"]], found["killer"], found["passed"])
            finally:
                trials.kill()


@contextmanager
def _switched(copy: Path, mutants: list[SourceMutant]) -> Iterator[list[int]]:
    """Meanwhile Python imports the files of the copy with switches; the numbers that have one."""
    files: dict[str, dict[int, SourceMutant]] = defaultdict(dict)
    for number, mutant in enumerate(mutants):
        files[mutant.path][number] = mutant
    before = {path: Path(cache_from_source(str(copy / path))) for path in files}
    kept = {path: compiled.read_bytes() for path, compiled in before.items()}
    try:
        yield sorted(
            number for path, own in files.items() for number in write_switched(copy / path, own)
        )
    finally:
        for path, compiled in before.items():
            compiled.write_bytes(kept[path])
