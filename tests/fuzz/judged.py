"""The rule that every command keeps whatever it is given, and how many inputs it is held to.

A run ends with status 0, or with another one and one line ``error: ...``; it never leaves a part of
a file, and a failed one leaves no output.
"""

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest.mock import patch

import click
from hypothesis import HealthCheck, settings

from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model.command.group import LazyGroup
from lmul_pe.model.command.run import run

COUNT = int(os.environ.get("FUZZED", "0"))
"""Inputs of every sort in a long run; ``FUZZED=10000 make test-long``."""


def fuzzed(quick: int) -> settings:
    """As many examples as this run has time for: in `make test` ``quick`` ones, always the same."""
    return settings(
        max_examples=COUNT or quick,
        derandomize=not COUNT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


class Reached(click.ClickException):
    """Stands for work that takes long: a command line that gets there has been accepted."""

    def __init__(self) -> None:
        super().__init__("reached")


def reached(*_: object, **__: object) -> None:
    """What replaces such work."""
    raise Reached


def judged(
    folder: Path, arguments: Sequence[str], files: Mapping[str, str | bytes]
) -> tuple[int, str]:
    """Run ``lmul-pe`` on ``arguments`` and hold it to the rule.

    Parameters
    ----------
    folder
        Where it runs; what an earlier run left there goes first.
    files
        What is in the folder before.

    Returns
    -------
    tuple
        The status, and what stands on standard error.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    # Not StringIO, which takes what no terminal could.
    out, err = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=errors)
        for errors in ("strict", "backslashreplace")
    )
    status: int | str | None = None
    with (
        contextlib.chdir(folder),
        patch.object(sys, "argv", ["lmul-pe", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            run(LazyGroup(SUBCOMMANDS, "under test"))
        except SystemExit as ended:
            status = ended.code
        # Anything else is a traceback, and the test's failure.
    err.flush()
    said = err.buffer.getvalue().decode()
    left = sorted(
        name
        for path in folder.rglob("*")
        if path.is_file() and (name := str(path.relative_to(folder))) not in files
    )
    assert isinstance(status, int), (status, arguments)
    if status:
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, (arguments, said)
        assert said.splitlines()[-1] == errors[0] or status == 1, (arguments, said)
        assert len(errors[0]) > len("error: "), arguments
        assert not left, (arguments, errors, left)
    assert not [name for name in left if name.endswith(".part")], (arguments, left)
    return status, said
