"""Yosys (``pyosys``) in a process of its own.

Yosys ends its process on an error and prints to standard output whatever it does; a child process
keeps both away from the caller.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_CHILD = """
import sys
import pyosys.libyosys as yosys
design = yosys.Design()
for command in sys.stdin.read().splitlines():
    yosys.run_pass(command, design)
"""


class YosysError(RuntimeError):
    """A command that Yosys refused; the text is Yosys' own error line."""


def run_yosys(commands: Sequence[str], folder: Path) -> str:
    """Run ``commands`` in ``folder`` and return the log.

    Raises
    ------
    YosysError
        A command failed.
    """
    done = subprocess.run(
        [sys.executable, "-I", "-c", _CHILD],
        input="\n".join(commands),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = (done.stdout + done.stderr).splitlines()
        errors = [line for line in lines if "ERROR" in line or "Error" in line]
        raise YosysError((errors or lines or ["Yosys ended without a word"])[-1].strip())
    return done.stdout
