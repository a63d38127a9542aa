"""The results over several formats, as the README shows them: ``python -m synth.summary``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from model import SpecificationError
from model.command import run
from model.files import write_whole

from .plots import summary_plot

BEGIN = "<!-- results: written by `make results` -->"
END = "<!-- end of results -->"


def summary_table(reports: Sequence[dict[str, Any]]) -> str:
    """A Markdown table: one line per format, both multipliers, the bare adder, and the savings."""
    lines = [
        "| format | area, GE: adder | L-Mul | conventional | saved "
        "| energy, fJ: adder | L-Mul | conventional | saved | with glitches "
        "| delay, ps: adder | L-Mul | conventional |",
        f"|---|{'--:|' * 12}",
    ]
    for report in reports:
        designs = {design["name"]: design for design in report["designs"]}
        saving = report["savings"][0]
        names = [f"adder_{report['format']}", saving["design"], saving["baseline"]]
        areas = [f"{designs[name]['least_area']['gate_equivalents']:.0f}" for name in names]
        energies = [_figure(designs[name]["energy_fj"]["functional"]) for name in names]
        delays = [f"{designs[name]['delay_ps']:.0f}" for name in names]
        percent = saving["energy_percent"][designs[names[0]]["workload"]]
        lines.append(
            f"| {report['format']} | {' | '.join(areas)} | {saving['area_percent']:.0f} % | "
            f"{' | '.join(energies)} | {percent:.0f} % | {saving['glitch_energy_percent']:.0f} % | "
            f"{' | '.join(delays)} |"
        )
    return "\n".join(lines) + "\n"


UNITS = {
    "multiply-accumulate, fp32": "mac_lmul_{}_fp32",
    "multiply-accumulate, fixed": "mac_lmul_{}_fixed",
    "dot product of 4, aligned": "dot4_lmul_{}_aligned",
    "8 x 8 array, fp32": "array_os_8x8_lmul_{}_fp32",
}
"""Heading of each column to what the name of its unit begins with."""


def levels_table(reports: Sequence[dict[str, Any]]) -> str:
    """A Markdown table: what is saved at each level, in area, in energy, and with the clock.

    Empty if no report has any units.
    """
    lines = [
        f"| saved, %: area, energy, with clock | multiplier | {' | '.join(UNITS)} |",
        f"|---|{'--:|' * (len(UNITS) + 1)}",
    ]
    for report in reports:
        savings = report["savings"]
        if all(saving["level"] == "multiplier" for saving in savings):
            continue
        cells = [_saved(savings[0], report)]
        for name in UNITS.values():
            start = name.format(report["format"])
            found = [each for each in savings if each["design"].startswith(start)]
            cells.append(_saved(found[0], report) if found else "")
        lines.append(f"| {report['format']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n" if len(lines) > 2 else ""


def _saved(saving: dict[str, Any], report: dict[str, Any]) -> str:
    functional = saving["energy_percent"][report["designs"][0]["workload"]]
    figures = (saving["area_percent"], functional, saving["total_energy_percent"])
    return ", ".join(f"{figure:.0f}" for figure in figures)


def _load(path: Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecificationError(f"{path} is no report: {error}; expected a report.json") from None
    if not isinstance(report, dict) or not {"format", "designs", "savings"} <= report.keys():
        raise SpecificationError(f"{path} is no report; expected a report.json of synth")
    return report


def _figure(value: float) -> str:
    """Two digits at least; whole numbers from 10 up."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--readme", type=click.Path(path_type=Path), help="File whose table is replaced.")
@click.option("--plot", type=click.Path(path_type=Path), help="PNG to write.")
def main(reports: tuple[Path, ...], readme: Path | None, plot: Path | None) -> None:
    """Print the results of several report.json, and put them where people look."""
    loaded = [_load(path) for path in reports]
    levels = levels_table(loaded)
    table = summary_table(loaded) + (f"\n{levels}" if levels else "")
    click.echo(table, nl=False)
    text = readme.read_text(encoding="utf-8") if readme else ""
    if readme and (BEGIN not in text or END not in text):
        raise SpecificationError(f"{readme} has no place for results: expected {BEGIN} ... {END}")
    if plot:
        write_whole(plot, summary_plot(loaded))
    if readme:
        head, rest = text.split(BEGIN, 1)
        write_whole(readme, f"{head}{BEGIN}\n{table}{END}{rest.split(END, 1)[1]}")


if __name__ == "__main__":
    run(main)
