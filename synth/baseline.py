"""Whether the key figures are still those that were accepted: ``lmul-pe baseline``.

The figures are those of the README's tables; the accepted ones are committed, so that neither a
change of the code nor one of a tool moves them unseen.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.run import FAILED, NamedPath, console
from lmul_pe.synth.results.making import report_folder

from .summary import FIGURES, Report, key_figures, load_report

SCHEMA = 1
PATH = Path("docs/baseline.json")
FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")

RELATIVE_TOLERANCE = 0.02
"""Of areas, energies, delays and ratios.  With the same tools and seed they repeat to the last
digit; this is what another release of a tool may move without anybody having to look."""
POINTS_TOLERANCE = 1.0
"""Of savings, which are percents: the last digit that the README shows."""


@dataclass(frozen=True)
class Drift:
    """A figure that is not what was accepted.

    ``accepted`` or ``now`` is None where there is no such figure; ``tolerance`` is in its unit.
    """

    format: str
    key: str
    unit: str
    accepted: float | None
    now: float | None
    tolerance: float


def entry(report: Report) -> dict[str, Any]:
    """What a baseline says of one report: its tools, and its key figures with their source."""
    format = report["format"]
    return {
        "command": f"make synth FMT={format}",
        "technology": report["technology"],
        "tools": dict(report["tools"]),
        "figures": {
            key: {
                "value": value,
                "unit": FIGURES[key].unit,
                "tolerance": tolerance(value, FIGURES[key].unit),
                "from": FIGURES[key].source(format),
            }
            for key, value in key_figures(report).items()
        },
    }


def tolerance(value: float, unit: str) -> float:
    """By how much a figure may move, in its own unit."""
    if unit == "%":
        return POINTS_TOLERANCE
    return float(f"{abs(value) * RELATIVE_TOLERANCE:.3g}")


def drifts(accepted: Mapping[str, Any], now: Mapping[str, Any]) -> list[Drift]:
    """The figures of ``now`` (entries by format) beyond their tolerance, missing or new.

    Formats that only ``accepted`` has are not looked at.
    """
    found = []
    for format, measured in now.items():
        before = accepted.get(format, {"figures": {}})["figures"]
        after = measured["figures"]
        for key in dict.fromkeys((*before, *after)):
            old, new = before.get(key), after.get(key)
            allowed = (old or new)["tolerance"]
            if old is None or new is None or abs(new["value"] - old["value"]) > allowed:
                found.append(
                    Drift(
                        format,
                        key,
                        (old or new)["unit"],
                        old and old["value"],
                        new and new["value"],
                        allowed,
                    )
                )
    return found


def load_baseline(path: Path) -> dict[str, Any]:
    """Entries by format; empty where there is no file.

    Raises
    ------
    SpecificationError
        A file that is no baseline.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries: dict[str, Any] = content["formats"]
        for each in entries.values():
            for figure in each["figures"].values():
                float(figure["value"]), float(figure["tolerance"]), str(figure["unit"])
            dict(each["tools"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecificationError(
            f"{path} is no baseline: {type(error).__name__} {error}; expected the committed file, "
            "or none, to accept a new one"
        ) from None
    return entries


def baseline_text(entries: Mapping[str, Any]) -> str:
    """The file that holds ``entries``."""
    content = {
        "schema": SCHEMA,
        "about": "Accepted key figures, those of the tables in README.md. `make baseline` compares "
        "them with reports; `make baseline ACCEPT=1` accepts what the reports say. A value may "
        "move by its tolerance, which is in its own unit.",
        "formats": dict(entries),
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def drift_table(found: Sequence[Drift]) -> Table:
    """Both numbers of every drift."""
    table = Table(title="not as accepted", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("format", "figure"):
        table.add_column(heading)
    for heading in ("accepted", "now", "allowed"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in found:
        table.add_row(
            each.format,
            each.key,
            "none" if each.accepted is None else f"{each.accepted:g} {each.unit}",
            "none" if each.now is None else f"{each.now:g} {each.unit}",
            f"± {each.tolerance:g}",
        )
    return table


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--formats", default=" ".join(FORMATS), show_default=True, help="With blanks.")
@click.option("--accept", is_flag=True, help="Write what the reports say as the new baseline.")
@click.option("--file", type=NamedPath(), default=PATH, show_default=True, help="The baseline.")
def main(formats: str, accept: bool, file: Path) -> int:
    """Compare reports with the accepted figures; missing or stale reports are made first."""
    chosen = list(dict.fromkeys(map(format_named, formats.split())))
    if not chosen:
        raise click.UsageError("no format is named: expected one at least")
    accepted = load_baseline(file)
    now = {
        format.name: entry(load_report(report_folder(format) / "report.json")) for format in chosen
    }
    found = drifts(accepted, now)
    output = console()
    if found:
        output.print(drift_table(found))
        for line in _other_tools(accepted, now):
            output.print(line)
    if accept:
        write_whole(file, baseline_text({**accepted, **now}))
        output.print(f"accepted: {len(found)} figures moved; {file} is to be committed")
        return 0
    count = sum(len(each["figures"]) for each in now.values())
    if found:
        names = " ".join(now)
        click.echo(
            f"error: {len(found)} of {count} figures are not as accepted in {file}; if they are as "
            f'they should be: make baseline FORMATS="{names}" ACCEPT=1, and make results',
            err=True,
        )
        return FAILED
    output.print(f"{count} figures of {', '.join(now)} are as accepted in {file}")
    return 0


def _other_tools(accepted: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    lines = []
    for format, measured in now.items():
        before = accepted.get(format, measured)["tools"]
        moved = [
            f"{name} {before.get(name, 'none')} -> {number}"
            for name, number in measured["tools"].items()
            if before.get(name) != number
        ]
        if moved:
            lines.append(f"{format} was accepted with other tools: {', '.join(moved)}")
    return lines
