"""Runs tests in forked copies of a process that has imported what the project builds on.

A program of its own, started in a copy of the project: it must not have imported the project, which
is what changes from one trial to the next.  A line of JSON comes in for each trial, ``tests`` and
``limit`` in seconds, and ``slow``, whether slow ones are among them.  One goes out: ``killer``, the
first test that failed or what else went wrong, null where all pass; and ``missing``, that there are
no such tests.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import sys

import pytest

_IMPORTED = (
    "amaranth.back.rtlil",
    "amaranth.sim",
    "click",
    "hypothesis",
    "jinja2",
    "matplotlib.figure",
    "numba",
    "numpy",
    "pydantic",
    "pyosys.libyosys",
    "rich.progress",
    "rich.table",
    "scipy.stats",
)
"""What takes long to import, as far as it is installed."""


class _First:
    """A plugin of pytest that keeps what failed first."""

    def __init__(self) -> None:
        self.killer = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.killer:
            self.killer = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self.killer:
            self.killer = report.nodeid


def _run(tests: list[str], slow: bool, out: int) -> None:
    """The tests up to the first that fails, in a process that ends here."""
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    first = _First()
    marked = "not long" if slow else "not long and not slow"
    options = ["-x", "-q", "-m", marked, "-p", "no:cacheprovider"]
    code = pytest.main([*options, "-p", "no:xdist", "-p", "no:cov", *tests], plugins=[first])
    passed = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    answer = {
        "killer": first.killer or (None if passed else f"pytest ends with {int(code)}"),
        "missing": code == pytest.ExitCode.USAGE_ERROR,
    }
    os.write(out, json.dumps(answer).encode())
    os._exit(0)


def _answer(tests: list[str], limit: float, slow: bool) -> str:
    """What became of the tests, as a line of JSON."""
    there, here = os.pipe()
    child = os.fork()
    if not child:
        os.close(there)
        try:
            _run(tests, slow, here)
        finally:
            os._exit(1)
    os.close(here)
    try:
        ended, _, _ = select.select([there], [], [], limit)
        text = os.read(there, 65536) if ended else b""
    finally:
        os.close(there)
        # What tests have started is of their session.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    otherwise = "ends without a word" if ended else "does not end"
    return text.decode() or json.dumps({"killer": otherwise, "missing": False})


def main() -> None:
    for name in _IMPORTED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        trial = json.loads(line)
        print(_answer(**trial), flush=True)


if __name__ == "__main__":
    main()
