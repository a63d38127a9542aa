"""Gates, area, delay and energy of one format: ``lmul-pe synth``."""

import json
from pathlib import Path

import click

from lmul_pe.model import format_named
from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.run import NamedPath, console, number
from lmul_pe.synth.cells.technology import BUILT_IN
from lmul_pe.synth.report.terminal import print_report
from lmul_pe.synth.results.levels import LEVELS
from lmul_pe.synth.results.making import report_folder
from lmul_pe.synth.workload.settings import Settings
from lmul_pe.synth.workload.streams import code_stream


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fmt", required=True, help="Format, as e4m3, bf16 or e5m6.")
@click.option(
    "--tech",
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option(
    "--levels",
    default=",".join(LEVELS),
    show_default=True,
    help="With commas; the multiplier is always there.",
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
    "--workload",
    type=NamedPath(),
    help="A .npy file of N x 2 operand codes: one more workload for the multipliers.",
)
@click.option("--out", type=NamedPath(), help="Folder of the report  [build/synth/FMT].")
def main(
    fmt: str,
    tech: str,
    levels: str,
    wire_ff: str,
    pairs: str,
    seed: str,
    clock_ps: str | None,
    workload: Path | None,
    out: Path | None,
) -> None:
    """Synthesise the designs of one format, check them, measure them, and report."""
    format = format_named(fmt)
    for level in levels.split(","):
        if level not in LEVELS:
            raise unknown_choice("level", level, LEVELS)
    chosen = [level for level in LEVELS[1:] if level in levels.split(",")]
    settings = Settings(
        wire_ff=number("wire load", wire_ff, 0, 1000, float),
        pairs=number("number of pairs", pairs, 1024, 10_000_000, int),
        seed=number("seed", seed, 0, 2**63 - 1, int),
        clock_ps=None if clock_ps is None else number("clock", clock_ps, 1, 1_000_000, float),
        own=code_stream(workload) if workload else None,
    )
    folder = report_folder(format, tech, chosen, settings, out)
    output = console()
    print_report(json.loads((folder / "report.json").read_text(encoding="utf-8")), output)
    output.print(f"[dim]{folder}/report.md, report.json, *.png, netlists (*.v)[/dim]")
