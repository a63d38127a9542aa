"""What formats and multipliers do to training: ``make train``."""

from pathlib import Path

import click

from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import Command, say

from .adapters import ADAPTERS
from .command import REPORT, command_line, computable, study
from .experts import EXPERTS
from .quantised import QUANTISED
from .training_report import CHARACTERS, DIGITS

PARTS = {part.name: part for part in (DIGITS, CHARACTERS, EXPERTS, ADAPTERS, QUANTISED)}
"""By name, in the order of the report."""
FOLDER = Path("build/train")


@click.command(cls=Command)
@click.option(
    "--parts",
    help=f"With commas or blanks, of {', '.join(PARTS)}  [all that can be computed].",
)
@click.option("--out", type=OutputPath(), help=f"Folder of the results  [{FOLDER}].")
def main(parts: str | None, out: Path | None) -> None:
    """Train small networks by L-Mul, exact products in few bits, and fp32, and report.

    Each piece of work is kept in build/cache: the next run goes on where this one stopped.
    """
    folder = out or FOLDER
    sections = study(
        computable(parts, PARTS), [], folder, command_line("train", parts), title="Training"
    )
    for part, section in sections:
        first, *others = section.verdict
        say([f"{part.title}: {first}", *others])
    say([f"{folder / REPORT}: all tables and pictures"])
