"""Yosys (``pyosys``) in a process of its own.

Yosys ends its process on an error and prints to standard output whatever it does; a child process
keeps both away from the caller.  It is a fork, so that Yosys is loaded once and not by every run.
"""

import ctypes
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

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
    # Loaded here, and found loaded by every fork.
    import pyosys.libyosys  # noqa: F401 - takes a tenth of a second, of those who map

    with tempfile.TemporaryFile() as log:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if not child:
            _run(commands, folder, log)
        try:
            _, status = os.waitpid(child, 0)
        except BaseException:
            _kill(child)
            raise
        log.seek(0)
        text = log.read().decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    if code in _ENDED_FROM_OUTSIDE:
        raise YosysStopped("Yosys was stopped")
    if code:
        lines = text.splitlines()
        errors = [line for line in lines if "ERROR" in line or "Error" in line]
        raise YosysError((errors or lines or ["Yosys ended without a word"])[-1].strip())
    return text


def _run(commands: Sequence[str], folder: Path, log: IO[bytes]) -> NoReturn:
    """What the child does; it never returns to what the parent was doing."""
    code = 1
    try:
        # In a session of its own an interrupt from the keyboard does not reach ABC, which would
        # fail and look like an error of the design.
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(folder)
        # What ABC is given lies there too, and goes with the folder where a run is ended.
        os.environ["TMPDIR"] = os.getcwd()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        import pyosys.libyosys as yosys

        design = yosys.Design()
        for command in commands:
            yosys.run_pass(command, design)
        code = 0
    finally:
        # What C wrote is in buffers of its own, which this way of ending does not empty.
        ctypes.CDLL(None).fflush(None)
        os._exit(code)


def _kill(child: int) -> None:
    # The group holds ABC as well; the child may not have made it yet.
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    with suppress(ChildProcessError):
        os.waitpid(child, 0)
