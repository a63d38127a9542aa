"""Paths of a command's files, and the rule that none is written over another one's.

A command declares by the type of an option whether it reads or writes what is named there.
"""

import os
from pathlib import Path

import click

from lmul_pe.model.choices import SpecificationError

from .lists import names_in


class NamedPath(click.ParamType[Path]):
    """A path that is not empty: that would be the current folder."""

    name = "path"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        if not str(value):
            self.fail("'' is no path: expected the name of a file or folder", param, ctx)
        return Path(value)


class InputPath(NamedPath):
    """What a command reads."""


class OutputPath(NamedPath):
    """What a command writes; it may read it, too."""


class NameOrInputPath(click.ParamType[str]):
    """The name of something built in, or the path of a file that is read, or a list of those."""

    name = "text"


def refuse_overlaps(context: click.Context) -> None:
    """Refuse a command of which an output is one of its inputs, or another output.

    Raises
    ------
    SpecificationError
        Two options name one file, be it by links.
    """
    inputs: list[tuple[str, Path]] = []
    outputs: list[tuple[str, Path]] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        files = inputs if isinstance(parameter.type, InputPath | NameOrInputPath) else outputs
        if files is outputs and not isinstance(parameter.type, OutputPath):
            continue
        files += [(parameter.opts[0], path) for path in _paths(value)]
    for index, (option, path) in enumerate(outputs):
        for other, present in (*inputs, *outputs[:index]):
            if _is_one_file(path, present):
                what = "written, too" if (other, present) in outputs else "read"
                raise SpecificationError(
                    f"{option} {path} is the file of {other}, which is {what}: expected another one"
                )


def _paths(value: tuple[Path | str, ...] | Path | str | None) -> list[Path]:
    """The paths that the value of an option may stand for."""
    if isinstance(value, str):
        return [Path(value), *map(Path, names_in(value))]
    if isinstance(value, tuple):
        return [path for each in value for path in _paths(each)]
    return [] if value is None else [value]


def _is_one_file(first: Path, second: Path) -> bool:
    if first.resolve() == second.resolve():
        return True
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False
