"""What L-Mul costs on an FPGA: ``make fpga``."""

from pathlib import Path

import click

from lmul_pe.model import format_named
from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import Command, console, number, say, steps, verbose_option
from lmul_pe.synth.results.store import BUILD

from .designs import LEVELS
from .measuring import measured
from .parts import PARTS, part_named
from .record import FOLDER, RECORD
from .report import print_tables, verdict
from .tools import PlacementError, Tools

ALL_LEVELS = (*LEVELS, "array")
USUAL_PART = "ice40-hx8k"
USUAL_SEEDS = "3"


@click.command(cls=Command)
@click.option("--fmt", required=True, help="Format, as e4m3, bf16 or e5m6.")
@click.option("--part", default=USUAL_PART, show_default=True, help=f"One of {', '.join(PARTS)}.")
@click.option(
    "--levels",
    default=",".join(ALL_LEVELS),
    show_default=True,
    help="What is put on it.",
)
@click.option(
    "--seeds", default=USUAL_SEEDS, show_default=True, help="Of place and route, 1 to 20."
)
@click.option("--out", type=OutputPath(), help="File of the record  [build/fpga/FMT_PART.json].")
@verbose_option
def main(fmt: str, part: str, levels: str, seeds: str, out: Path | None, verbose: bool) -> None:
    """LUTs, carry cells, DSPs and clock of L-Mul and of what it replaces on an FPGA."""
    format = format_named(fmt)
    chosen = part_named(part)
    wanted = names_in(levels)
    if not wanted:
        raise unknown_choice("level", levels, ALL_LEVELS)
    for level in wanted:
        if level not in ALL_LEVELS:
            raise unknown_choice("level", level, ALL_LEVELS)
    count = number("seeds", seeds, 1, 20, int)
    command = f"lmul-pe fpga --fmt {format.name} --part {chosen.name}"
    if wanted != [*ALL_LEVELS]:
        command += f" --levels {','.join(wanted)}"
    if seeds != USUAL_SEEDS:
        command += f" --seeds {count}"
    path = out or BUILD / FOLDER / f"{format.name}_{chosen.name}.json"
    with steps(verbose) as show:
        try:
            record = measured(format, chosen, wanted, count, Tools(BUILD / "cache"), command, show)
        except PlacementError as error:
            raise click.ClickException(f"{chosen.name}: {error}") from None
    write_whole(path, RECORD.text(record).decode())
    if verbose:
        print_tables(record, console())
    say(verdict(record, str(path)))
