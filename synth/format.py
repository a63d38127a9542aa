"""Gates, area, delay and energy of one format at every level: ``make synth``."""

from pathlib import Path

import click

from lmul_pe.model import format_named
from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.arrays import reading_array
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, console, number, say, verbose_option

from .cells.library import BUILT_IN, load_technology
from .design.levels import LEVELS
from .own_workload import SMOLLM2, own_energies, own_verdict, smollm2_stream
from .report.folder import render
from .report.terminal import print_tables, verdict
from .results.making import report_folder
from .workload.settings import EFFORTS, Settings
from .workload.streams import code_stream


@click.command(cls=Command)
@click.option("--fmt", required=True, help="Format, as e4m3, bf16 or e5m6.")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option(
    "--levels",
    default=",".join(LEVELS),
    show_default=True,
    help="With commas or blanks; the multiplier is always there.",
)
@click.option("--wire-ff", default="0", show_default=True, help="Wire load per driven pin, in fF.")
@click.option(
    "--pairs", default=str(Settings.pairs), show_default=True, help="Operand pairs per workload."
)
@click.option("--seed", default=str(Settings.seed), show_default=True, help="Of every stream.")
@click.option(
    "--clock-ps",
    help="Clock at which designs are compared, in ps  [the smallest that L-Mul and the "
    "conventional design both meet].",
)
@click.option(
    "--effort",
    type=click.Choice(tuple(EFFORTS)),
    default=Settings.effort,
    show_default=True,
    help="Try the recipes that are known to win, or every one. A recipe is a structure of the "
    "hardware with a script that maps it to cells.",
)
@click.option(
    "--workload",
    type=NameOrInputPath(),
    help=f"A .npy file of N x 2 operand codes, or {SMOLLM2}, those of attention and a linear layer "
    "of a language model: one more workload for multipliers, and beside normal ones for both.",
)
@click.option("--out", type=OutputPath(), help="Folder of the report  [build/synth/FMT].")
@click.option("--clock-gates", is_flag=True, help="Registers of units are held by clock gates.")
@click.option(
    "--timed-dots",
    is_flag=True,
    help="Dot products of 16 at the clocks of the MAC as well; always with --effort full.",
)
@click.option(
    "--held-dots",
    is_flag=True,
    help="Those with registers behind their products, or in a window behind the sum of these, too, "
    "for shorter clocks.",
)
@click.option(
    "--all-units",
    is_flag=True,
    help="Units with aligned sums and dot products of 4, too; always with --effort full.",
)
@click.option(
    "--cluster", help="Address of a Dask scheduler whose workers do it, as tcp://host:8786."
)
@verbose_option
def main(
    fmt: str,
    tech: str,
    levels: str,
    wire_ff: str,
    pairs: str,
    seed: str,
    clock_ps: str | None,
    effort: str,
    workload: str | None,
    out: Path | None,
    clock_gates: bool,
    timed_dots: bool,
    held_dots: bool,
    all_units: bool,
    cluster: str | None,
    verbose: bool,
) -> None:
    """Synthesise the designs of one format, check them, measure them, and report."""
    format = format_named(fmt)
    chosen = names_in(levels) or [""]
    for level in chosen:
        if level not in LEVELS:
            raise unknown_choice("level", level, LEVELS)
    stream = None
    if workload is not None:
        if workload == SMOLLM2:
            stream = smollm2_stream(format)
        else:
            with reading_array(Path(workload)):
                stream = code_stream(Path(workload))
    settings = Settings(
        wire_ff=number("wire load", wire_ff, 0, 1000, float),
        pairs=number("number of pairs", pairs, 1024, 10_000_000, int),
        seed=number("seed", seed, 0, 2**63 - 1, int),
        clock_ps=None if clock_ps is None else number("clock", clock_ps, 1, 1_000_000, float),
        effort=effort,
        own=stream,
        clock_gates=clock_gates,
        timed_dots=timed_dots,
        held_dots=held_dots,
        all_units=all_units,
    )
    measure = None
    if cluster is not None:
        # Dask is there by an extra of its own.
        from .cluster.measuring import measured_on

        measure = measured_on(cluster)
    folder = report_folder(format, tech, chosen, settings, out, measure)
    report = render(folder)
    if verbose:
        print_tables(report, console())
    if stream is not None:
        library = load_technology(tech)
        say(own_verdict(own_energies(report, folder, stream, library, settings), stream))
    say(verdict(report, str(folder)))
