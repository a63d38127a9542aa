"""Which tests run a line of the source, by one run of all of them under ``coverage``."""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest
from lmul_pe.sim.run.runner import SimulationError

from . import started
from .trials import copied, environment

PARTS = ("model", "hw", "sim", "synth")
JUDGED = "judged.toml"
"""Beside this file: mutants that are no faults, and why."""
_CONFIGURATION = """
[run]
relative_files = true
parallel = true
"""
_OF_STARTED = f"""{_CONFIGURATION}
# Processes of a pool end so.
patch = _exit
# What the test is called that has started it.
context = ${{PYTEST_CURRENT_TEST-}}
"""
_PHASE = re.compile(r"( \((setup|call|teardown)\)\|?|\|(setup|run|teardown))$")
"""What stands behind a test's name."""


@dataclass(frozen=True)
class LineTests:
    """The tests of a project, and what they run.

    Parameters
    ----------
    tests
        Their names as pytest spells them, ``path::function[parameters]``.
    seconds
        What each took.
    running
        By file and line, the places in ``tests`` of those that run it.
    files
        The digest of each file with tests.
    """

    tests: list[str]
    seconds: list[float]
    running: Mapping[str, Mapping[str, list[int]]]
    files: Mapping[str, str]

    def of(
        self, root: Path, path: str, line: int, compiled: bool = False
    ) -> list[tuple[str, float]]:
        """Those that run a line and are still what they were, with seconds, nearest first.

        They are the file's own, then its folder's, then all others; the quickest first in each.

        Parameters
        ----------
        compiled
            Whether no trace shows who runs the line: all of the folder may.
        """
        own = str(own_tests(path))
        folder = str(Path(own).parent)

        def order(test: tuple[str, float]) -> tuple[bool, bool, float]:
            file = file_of(test[0])
            return file != own, not file.startswith(folder), test[1]

        places = {*self.running.get(path, {}).get(str(line), [])}
        if compiled:
            places |= {
                place for place, test in enumerate(self.tests) if test.startswith(f"{folder}/")
            }
        found = [(self.tests[place], self.seconds[place]) for place in places]
        unchanged = {
            file: digest(root / file) == self.files[file]
            for file in {file_of(test) for test, _ in found}
        }
        return sorted((test for test in found if unchanged[file_of(test[0])]), key=order)

    def changed(self, root: Path, path: str, line: int) -> list[str]:
        """Files with tests that ran a line, and are still there but not what they were."""
        places = self.running.get(path, {}).get(str(line), [])
        files = sorted({file_of(self.tests[place]) for place in places})
        return [
            file
            for file in files
            if (root / file).is_file() and digest(root / file) != self.files[file]
        ]


def own_tests(path: str) -> Path:
    """Where the tests of a file of the source stand, if it has its own."""
    source = Path(path)
    return Path("tests", *source.parts[:-1], f"test_{source.name}")


def file_of(test: str) -> str:
    """The file in which a test stands."""
    return test.partition("::")[0]


def digest(path: Path) -> str:
    """SHA-256 of a file, or nothing where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def digest_of_parts(root: Path) -> str:
    """SHA-256 of the source; what is thought of its mutants is not of it."""
    return source_digest({}, *_parts(root), root=root, without=[JUDGED])


def _parts(root: Path) -> list[str]:
    return [part for part in PARTS if (root / part).is_dir()]


def line_tests(root: Path, jobs: int, folder: Path) -> LineTests:
    """The tests of the source as it is; a run about the same source is kept in the folder.

    Raises
    ------
    SimulationError
        Tests fail on the source as it is.
    """
    kept = folder / f"lines-{digest_of_parts(root)}.json"
    try:
        return LineTests(**json.loads(kept.read_text()))
    except (OSError, ValueError, TypeError):
        found = _traced(root, jobs)
        write_whole(kept, json.dumps(vars(found)))
        return found


def _traced(root: Path, jobs: int) -> LineTests:
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        copy, data = Path(name, "project"), Path(name, "coverage")
        copied(root, copy)
        configuration, times = Path(name, "coveragerc"), Path(name, "times.xml")
        configuration.write_text(_CONFIGURATION)
        of_started = Path(name, "of_started")
        of_started.write_text(_OF_STARTED)
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(jobs), "--dist", "worksteal"]
        command += ["-m", "not long and not slow", "-p", "no:cacheprovider"]
        command += [f"--cov={part}" for part in _parts(root)]
        command += ["--cov-context=test", f"--cov-config={configuration}", "--cov-report="]
        command += [f"--junitxml={times}", "-p", started.__name__]
        surroundings = environment(copy) | {
            "COVERAGE_FILE": str(data),
            started.CONFIGURATION: str(of_started),
        }
        done = _run(command, copy, surroundings)
        seconds, failed = _seconds(times, copy) if times.exists() else ({}, [])
        if done.returncode:
            # Tests of what is imported, or of a full disk, notice that they are traced.
            again = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *failed]
            done = _run(again, copy, environment(copy)) if failed else done
        if done.returncode:
            last = "\n".join(done.stdout.splitlines()[-20:])
            raise SimulationError(f"tests fail on the source as it is:\n{last}")
        files = sorted({file_of(test) for test in seconds})
        return LineTests(
            [*seconds],
            [*seconds.values()],
            _running(data, {test: place for place, test in enumerate(seconds)}),
            {file: digest(copy / file) for file in files},
        )


def _run(
    command: list[str], folder: Path, surroundings: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False
    )


def _seconds(times: Path, copy: Path) -> tuple[dict[str, float], list[str]]:
    """Of those that pass by name, and those that fail; from JUnit's XML, which spells it
    otherwise."""
    found: dict[str, float] = {}
    failed = []
    for case in ElementTree.parse(times).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        parts = case.attrib["classname"].split(".")
        # The file, and the classes in it if there are any.
        for end in range(len(parts), 0, -1):
            path = Path(*parts[:end]).with_suffix(".py")
            if (copy / path).is_file():
                test = "::".join([str(path), *parts[end:], case.attrib["name"]])
                if case.find("failure") is not None or case.find("error") is not None:
                    failed.append(test)
                else:
                    found[test] = found.get(test, 0.0) + float(case.attrib["time"])
                break
    return found, failed


def _running(data: Path, places: Mapping[str, int]) -> dict[str, dict[str, list[int]]]:
    # Of the tests' own needs, which a user of the other commands need not have installed.
    from coverage import CoverageData

    content = CoverageData(os.fspath(data))
    content.read()
    running: dict[str, dict[str, list[int]]] = {}
    for file in sorted(content.measured_files()):
        if Path(file).parts[0] not in PARTS:
            continue
        lines = running.setdefault(file, {})
        for line, contexts in content.contexts_by_lineno(file).items():
            # As pytest-cov spells it, and as the environment tells what a test has started.
            names = {_PHASE.sub("", context) for context in contexts}
            if tests := sorted(places[name] for name in names & places.keys()):
                lines[str(line)] = tests
    return running
