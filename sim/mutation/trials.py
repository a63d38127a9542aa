"""Tests run on changed source: in copies of the project, each with a process that runs them."""

import compileall
import json
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Self

from .source import SourceMutant

_LEFT = (".git", ".venv", "build", ".hypothesis", ".*_cache", "__pycache__", "*.egg-info")
"""What a copy does without."""


def copied(root: Path, target: Path) -> None:
    """Copy the project; its compiled files follow their source's content, not its date."""
    shutil.copytree(root, target, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT))
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(target, quiet=2, invalidation_mode=mode)


def environment(copy: Path) -> dict[str, str]:
    """That in which the tests of a copy run, and what they start."""
    places = [str(copy), *filter(None, [os.environ.get("PYTHONPATH")])]
    # Where a test runs these tests, they are not its own.
    outside = {key: text for key, text in os.environ.items() if not key.startswith("PYTEST_")}
    return outside | {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(places),
    }


def server(copy: Path, program: str) -> subprocess.Popen[str]:
    """A program that stands beside this file, started in a copy of the project."""
    return subprocess.Popen(
        # The folder of the program, whose modules are not meant, is no place of imports (-P).
        [sys.executable, "-P", Path(__file__).with_name(program)],
        cwd=copy,
        env=environment(copy),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class _Answer(NamedTuple):
    """What the server says of a trial."""

    killer: str | None
    missing: bool


class Trials:
    """A copy of the project in which mutants are tried one behind the other."""

    def __init__(self, root: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mutants-")
        self.copy = Path(self._folder.name, "project")
        copied(root, self.copy)
        self._server = server(self.copy, "trial_server.py")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.kill()
        self._server.communicate()
        self._folder.cleanup()

    def killer(
        self, mutant: SourceMutant, tests: list[str], limit: float, slow: bool = False
    ) -> str | None:
        """The first of the tests that fails on a mutant; the copy is as it was afterwards.

        Parameters
        ----------
        limit
            Seconds after which they have found something, for mutants may not end.
        slow
            Whether those of them are run that `make test` leaves out.

        Raises
        ------
        ValueError
            There are no such tests.
        """
        if not tests:
            return None
        path = self.copy / mutant.path
        before, dates = path.read_bytes(), path.stat()
        try:
            path.write_bytes(mutant.of(before))
            found = self._answer(tests, limit, slow)
        finally:
            path.write_bytes(before)
            # Compiled by Numba, it is told by its date.
            os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        if found.missing and self._answer(tests, limit, slow).missing:
            raise ValueError(f"no such tests: {' '.join(tests)}")
        return found.killer

    def _answer(self, tests: list[str], limit: float, slow: bool) -> "_Answer":
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        trial = {"tests": tests, "limit": limit, "slow": slow}
        self._server.stdin.write(json.dumps(trial) + "\n")
        self._server.stdin.flush()
        return _Answer(**json.loads(self._server.stdout.readline()))
