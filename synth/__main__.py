"""Gates, area, delay and energy of one format at every level: ``python -m synth``."""

import json
import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from model import FloatFormat, format_named
from model.choices import unknown_choice
from model.command import NamedPath, console, run

from .designs import Design, multiplier_level
from .entries import entry_files
from .flow import tool_versions
from .levels import LEVELS
from .measure import Measured
from .render import markdown, print_report
from .report import build_report
from .running import BUILD, measure_all, number
from .settings import Settings
from .store import inputs_digest, is_current, require_writable, write_folder
from .technology import BUILT_IN, load_technology
from .unit_measure import MeasuredUnit
from .units import LeftOut, UnitDesign, units_of


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
@click.option("--out", type=NamedPath(), help="Folder of the report  [build/synth/FMT].")
def main(
    fmt: str, tech: str, levels: str, wire_ff: str, pairs: str, seed: str, out: Path | None
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
    )
    technology = load_technology(tech)
    # A library names itself as it likes.
    library = re.sub(r"[^\w.-]", "_", technology.name)
    suffix = "" if library == BUILT_IN[0] else f"_{library}"
    folder = out or BUILD / "synth" / f"{format.name}{suffix}"
    inputs = inputs_digest(
        {
            "format": format.name,
            "technology": technology.digest,
            "settings": asdict(settings),
            "levels": chosen,
            "tools": tool_versions(),
        }
    )
    output = console()
    if not is_current(folder, inputs):
        require_writable(folder)
        designs: list[Design | UnitDesign] = [*multiplier_level(format)]
        left_out: list[LeftOut] = []
        for level in chosen:
            units, refused = units_of(level, format)
            designs += units
            left_out += refused
        measured = measure_all(designs, technology, settings)
        report = build_report(format, technology, settings, measured, left_out)
        command = _command(format, tech, chosen, settings)
        write_folder(folder, inputs, _files(report, measured, command))
    print_report(json.loads((folder / "report.json").read_text(encoding="utf-8")), output)
    output.print(f"[dim]{folder}/report.md, report.json, *.png, netlists (*.v)[/dim]")


def _command(format: FloatFormat, tech: str, chosen: list[str], settings: Settings) -> str:
    """The command that makes the report again."""
    usual = Settings()
    words = ["make", "synth", f"FMT={format.name}"]
    if tech != BUILT_IN[0]:
        words.append(f"TECH={tech}")
    if chosen != list(LEVELS[1:]):
        words.append(f"LEVELS={','.join([LEVELS[0], *chosen])}")
    for name, value, default in (
        ("WIRE_FF", settings.wire_ff, usual.wire_ff),
        ("PAIRS", settings.pairs, usual.pairs),
        ("SEED", settings.seed, usual.seed),
    ):
        if value != default:
            words.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    return shlex.join(words)


def _files(
    report: dict[str, Any],
    measured: list[Measured | MeasuredUnit],
    command: str,
) -> dict[str, bytes]:
    # Plotting takes as long to import as everything else, and a cached run does not need it.
    from .plots import comparison_plot, levels_plot

    files = {
        "report.json": json.dumps(report, indent=1, allow_nan=False).encode() + b"\n",
        "report.md": markdown(report, command).encode(),
        "comparison.png": comparison_plot(report),
    }
    if report["levels"]:
        files["levels.png"] = levels_plot(report)
    for entry, result in zip(report["designs"], measured, strict=True):
        files |= entry_files(entry, result)
    return files


if __name__ == "__main__":
    run(main)
