"""What formats, multipliers and sums do to accuracy: ``make accuracy``."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.progress import progress_bar
from lmul_pe.model.command.run import Command, console, say
from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.format.floating import FloatFormat, format_named

from . import results
from .part import Part, Piece, Section
from .parts import PARTS
from .report import page

FOLDER = Path("build/accuracy")
CACHE = Path("build/cache/accuracy")
REPORT = "report.md"


@click.command(cls=Command)
@click.option(
    "--parts",
    help=f"With commas or blanks, of {', '.join(PARTS)}  [all that can be computed].",
)
@click.option("--formats", default="", help="With commas or blanks  [those of each part].")
@click.option("--out", type=OutputPath(), help=f"Folder of the results  [{FOLDER}].")
def main(parts: str | None, formats: str, out: Path | None) -> None:
    """Measure the error of products and sums, and what it does to answers, and report.

    Each piece of work is kept in build/cache: the next run goes on where this one stopped.
    """
    chosen = list(map(format_named, names_in(formats)))
    wanted = computable(parts, PARTS)
    folder = out or FOLDER
    command = command_line("accuracy", parts, formats)
    sections = study(wanted, chosen, folder, command, title="Accuracy")
    for _, section in sections:
        say(section.verdict)
    say([f"{folder / REPORT}: all tables and pictures"])


def computable(names: str | None, parts: Mapping[str, Part]) -> list[Part]:
    """Those of ``parts`` that are named; without names those that can be computed, the others said.

    Raises
    ------
    SpecificationError
        No part has that name.
    MissingExtraError
        A part that is named needs what is not installed.
    """
    if names is not None:
        listed = names_in(names) or [""]
        for name in listed:
            if name not in parts:
                raise unknown_choice("part", name, parts)
        for name in listed:
            parts[name].check()
        return [part for part in parts.values() if part.name in listed]
    found = []
    for part in parts.values():
        try:
            part.check()
        except MissingExtraError as error:
            console(stderr=True).print(f"{part.name} is left out: {error}", soft_wrap=True)
        else:
            found.append(part)
    return found


def command_line(target: str, parts: str | None, formats: str = "") -> str:
    """The command that makes the study of a target of ``make`` again."""
    words = ["make", target]
    if parts is not None:
        words.append(f"PARTS={','.join(names_in(parts))}")
    if formats:
        words.append(f"FORMATS={','.join(names_in(formats))}")
    return shlex.join(words)


def study(
    parts: Sequence[Part],
    formats: Sequence[FloatFormat],
    folder: Path,
    command: str,
    *,
    title: str,
) -> list[tuple[Part, Section]]:
    """Compute ``parts``, write their results and the report of that title into ``folder``.

    Returns
    -------
    What is said of each part.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    # What cannot be is found before the work.
    planned: list[tuple[Part, Sequence[Piece]]] = [(part, part.pieces(formats)) for part in parts]
    folder.mkdir(parents=True, exist_ok=True)
    sections = []
    with progress_bar() as progress:
        for part, pieces in planned:
            task = progress.add_task(part.name, total=len(pieces))
            done = {}
            for piece, result in results.each(part, pieces, CACHE):
                done[piece.key] = result
                progress.update(task, advance=1, description=f"{part.name} {piece.key}")
            progress.update(task, description=part.name)
            found = {piece.key: done[piece.key] for piece in pieces}
            write_whole(results.file_of(part, folder), results.text(part, found, command))
            section = part.section(found)
            for name, picture in section.pictures.items():
                write_whole(folder / name, picture)
            sections.append((part, section))
    write_whole(folder / REPORT, page(title, sections, command))
    return sections
