"""Gates, shares and energy of one systolic array: ``make array``."""

import shlex
from pathlib import Path

import click

from lmul_pe.model.command.paths import NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, console, number, say, verbose_option
from lmul_pe.model.command.unit_options import arrays_of, unit_options

from .cells.library import BUILT_IN
from .report.folder import render
from .report.terminal import array_verdict, print_tables
from .results.making import array_folder
from .workload.settings import Settings


@click.command(cls=Command)
@unit_options("array")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option("--wire-ff", default="0", show_default=True, help="Wire load per driven pin, in fF.")
@click.option("--seed", default=str(Settings.seed), show_default=True, help="Of every stream.")
@click.option("--out", type=OutputPath(), help="Folder of the report  [build/array/NAME].")
@click.option("--clock-gates", is_flag=True, help="Registers are held by clock gates.")
@verbose_option
def main(
    tech: str,
    wire_ff: str,
    seed: str,
    out: Path | None,
    clock_gates: bool,
    verbose: bool,
    **options: str | None,
) -> None:
    """Synthesise one array, check it, measure it, and report.

    Both kinds of multiplier, unless --kind names one.
    """
    arrays = arrays_of(options)
    settings = Settings(
        wire_ff=number("wire load", wire_ff, 0, 1000, float),
        seed=number("seed", seed, 0, 2**63 - 1, int),
        clock_gates=clock_gates,
    )
    command = _command(options, tech, wire_ff, seed, clock_gates)
    folder = array_folder(arrays, tech, settings, command, out)
    report = render(folder)
    if verbose:
        print_tables(report, console())
    say(array_verdict(report, str(folder)))


def _command(
    options: dict[str, str | None], tech: str, wire_ff: str, seed: str, clock_gates: bool
) -> str:
    """The command that makes the report again."""
    words = ["lmul-pe", "array-cost"]
    usual = {"tech": BUILT_IN[0], "wire_ff": "0", "seed": str(Settings.seed)}
    given = {"tech": tech, "wire_ff": wire_ff, "seed": seed}
    for name, value in {**options, **given}.items():
        if value is not None and value != usual.get(name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    if clock_gates:
        words.append("--clock-gates")
    return shlex.join(words)
