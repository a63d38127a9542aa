"""Yosys (``pyosys``) in a process of its own.

Yosys ends its process on an error and prints to standard output whatever it does; a child process
keeps both away from the caller.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_CHILD = """
import sys
import pyosys.libyosys as yosys
design = yosys.Design()
for command in sys.stdin.read().splitlines():
    yosys.run_pass(command, design)
"""


_ENDED_FROM_OUTSIDE = {-signal.SIGINT, -signal.SIGKILL, -signal.SIGTERM}


class YosysError(RuntimeError):
    """A command that Yosys refused; the text is Yosys' own error line."""


class YosysStopped(RuntimeError):  # noqa: N818 - nothing is wrong with what was asked
    """A run that was ended from outside: it says nothing about the design."""


def run_yosys(commands: Sequence[str], folder: Path) -> str:
    """Run ``commands`` in ``folder`` and return the log.

    Raises
    ------
    YosysError
        A command failed.
    YosysStopped
        A signal ended the run.
    """
    # In a session of its own an interrupt from the keyboard does not reach ABC, which would fail
    # and look like an error of the design.
    process = subprocess.Popen(
        [sys.executable, "-I", "-c", _CHILD],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        log, _ = process.communicate("\n".join(commands))
    except BaseException:
        _kill(process)
        raise
    if process.returncode in _ENDED_FROM_OUTSIDE:
        raise YosysStopped("Yosys was stopped")
    if process.returncode:
        lines = log.splitlines()
        errors = [line for line in lines if "ERROR" in line or "Error" in line]
        raise YosysError((errors or lines or ["Yosys ended without a word"])[-1].strip())
    return log


def _kill(process: subprocess.Popen[str]) -> None:
    # The group holds ABC as well.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
