"""Gates, area, delay and energy of the multipliers of one format: ``python -m synth``."""

import json
import re
import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hw.yosys import YosysStopped
from model import FloatFormat, SpecificationError, format_named
from model.choices import unknown_choice
from model.command import NamedPath, run

from .designs import Design, MacDesign, mac_level, multiplier_level
from .flow import Synthesis, tool_versions
from .measure import Measured, MismatchError, Settings, measure
from .render import markdown, print_report
from .report import build_report
from .store import inputs_digest, is_current, require_writable, write_folder
from .technology import BUILT_IN, Technology, load_technology

LEVELS = ("multiplier", "mac")
BUILD = Path("build")


def _number(name: str, text: str, least: int, most: int, kind: type[int] | type[float]) -> Any:
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        noun = "an integer" if kind is int else "a number"
        raise SpecificationError(f"{name} {text[:40]!r} is not {noun} from {least} to {most}")
    return value


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
    default=LEVELS[0],
    show_default=True,
    help=f"Of {', '.join(LEVELS)}, with commas; the multiplier is always there.",
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
    """Synthesise the multipliers of one format, check them, measure them, and report."""
    format = format_named(fmt)
    for level in levels.split(","):
        if level not in LEVELS:
            raise unknown_choice("level", level, LEVELS)
    settings = Settings(
        wire_ff=_number("wire load", wire_ff, 0, 1000, float),
        pairs=_number("number of pairs", pairs, 1024, 10_000_000, int),
        seed=_number("seed", seed, 0, 2**63 - 1, int),
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
            "levels": levels,
            "tools": tool_versions(),
        }
    )
    console = Console()
    if not is_current(folder, inputs):
        require_writable(folder)
        designs: list[Design | MacDesign] = [*multiplier_level(format)]
        if "mac" in levels.split(","):
            designs += mac_level(format)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as progress:
            task = progress.add_task("synthesis", total=None)
            try:
                measured = measure(
                    designs,
                    technology,
                    Synthesis(BUILD / "cache"),
                    settings,
                    lambda done, total: progress.update(
                        task, advance=1, total=total, description=done
                    ),
                )
            except (MismatchError, YosysStopped) as error:
                raise click.ClickException(str(error)) from None
        report = build_report(format, technology, settings, measured)
        command = _command(format, tech, levels, settings)
        write_folder(folder, inputs, _files(report, measured, technology, command))
    print_report(json.loads((folder / "report.json").read_text(encoding="utf-8")), console)
    console.print(f"[dim]{folder}/report.md, report.json, comparison.png, netlists (*.v)[/dim]")


def _command(format: FloatFormat, tech: str, levels: str, settings: Settings) -> str:
    """The command that makes the report again."""
    usual = Settings()
    words = ["make", "synth", f"FMT={format.name}"]
    if tech != BUILT_IN[0]:
        words.append(f"TECH={tech}")
    if levels != LEVELS[0]:
        words.append(f"LEVELS={levels}")
    for name, value, default in (
        ("WIRE_FF", settings.wire_ff, usual.wire_ff),
        ("PAIRS", settings.pairs, usual.pairs),
        ("SEED", settings.seed, usual.seed),
    ):
        if value != default:
            words.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    return shlex.join(words)


def _files(
    report: dict[str, Any], measured: list[Measured], technology: Technology, command: str
) -> dict[str, bytes]:
    # Plotting takes as long to import as everything else, and a cached run does not need it.
    from .plots import comparison_plot

    files = {
        "report.json": json.dumps(report, indent=1, allow_nan=False).encode() + b"\n",
        "report.md": markdown(report, command).encode(),
        "comparison.png": comparison_plot(report),
    }
    for entry, result in zip(report["designs"], measured, strict=True):
        files[entry["netlist"]] = result.least_energy.mapped.verilog.encode()
        files[entry["least_area"]["netlist"]] = result.least_area.mapped.verilog.encode()
    return files


if __name__ == "__main__":
    run(main)
