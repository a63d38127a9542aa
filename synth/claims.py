"""The paper's claims judged over formats and technologies: ``lmul-pe claims``."""

import csv
import io
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from lmul_pe.model import FloatFormat, format_named
from lmul_pe.model.command.run import NamedPath, console, number
from lmul_pe.synth.published.data import brief, claims_data
from lmul_pe.synth.report.claims_tables import claims_tables
from lmul_pe.synth.report.terminal import markdown_template
from lmul_pe.synth.results.levels import LEVELS
from lmul_pe.synth.results.making import report_command, report_folder
from lmul_pe.synth.results.progress import BUILD
from lmul_pe.synth.results.store import inputs_digest, write_folder
from lmul_pe.synth.system.memory import SIDE, TARGET_PERCENT
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")
TECHNOLOGIES = ("nangate45", "asap7", "sky130hd")


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV, nested fields by their path with dots; lists are left out."""
    flat = [dict(_fields(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    # A row without a nested field has nothing in its place, which is no column of its own.
    names = [name for name in names if not any(each.startswith(f"{name}.") for each in names)]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()


def _fields(row: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, Mapping):
            found += _fields(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            found.append((f"{prefix}{name}", value))
    return found


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--formats", default=" ".join(FORMATS), show_default=True, help="With blanks.")
@click.option(
    "--techs",
    default=" ".join(TECHNOLOGIES),
    show_default=True,
    help="With blanks; each one of these or the path of a Liberty file.",
)
@click.option(
    "--side", default=str(SIDE), show_default=True, help="Of the matrices that memory is read for."
)
@click.option(
    "--target",
    default=f"{TARGET_PERCENT:g}",
    show_default=True,
    help="Saving in the whole, in %, that the break-even reuse is for.",
)
@click.option("--out", type=NamedPath(), help="Folder of the result  [build/claims].")
def main(formats: str, techs: str, side: str, target: str, out: Path | None) -> None:
    """Judge the paper's claims; reports that are missing or stale are made first."""
    chosen = list(dict.fromkeys(map(format_named, formats.split())))
    technologies = list(dict.fromkeys(techs.split()))
    if not chosen or not technologies:
        what = "format" if not chosen else "technology"
        raise click.UsageError(f"no {what} is named: expected one at least")
    length = number("side", side, 1, 2**20, int)
    percent = number("target", target, 1, 99, float)
    output = console()
    wanted = [(format, tech) for tech in technologies for format in chosen]
    made = {}
    for place, (format, tech) in enumerate(wanted, start=1):
        output.print(f"[dim]{place}/{len(wanted)} report of {format} in {tech}[/dim]")
        command = report_command(format, tech, LEVELS[1:], Settings())
        made[command] = _report(format, tech)
    reports = list(made.values())
    data = claims_data(reports, length, percent)
    words = ["make", "claims", f"FORMATS={' '.join(each.name for each in chosen)}"]
    words.append(f"TECHS={' '.join(technologies)}")
    if (length, percent) != (SIDE, TARGET_PERCENT):
        words += [f"SIDE={length}", f"TARGET={percent:g}"]
    text = markdown_template("lmul_pe.synth.report", "claims.md.jinja").render(
        tables=claims_tables(data),
        command=shlex.join(words),
        commands=list(made),
        holds_when=data["holds_when"],
    )
    folder = out or BUILD / "claims"
    files = {
        "claims.json": json.dumps(data, indent=1, allow_nan=False) + "\n",
        "claims.md": text,
        "claims.csv": csv_text(data["claims"]),
        "gates.csv": csv_text(data["gates"]),
        "memory.csv": csv_text(data["memory"]),
    }
    inputs = inputs_digest(
        {"reports": reports, "side": length, "target": percent}, "synth/system", "synth/claims.py"
    )
    write_folder(folder, inputs, {name: text.encode() for name, text in files.items()})
    for table in claims_tables(brief(data)):
        output.print(table.terminal())
    output.print(
        "Of each level the comparison that saves most, like features, workload "
        f"{DEFAULT_WORKLOAD}; of the arrays with memory those that are output stationary. "
        f"{folder}/claims.md has all."
    )
    output.print(f"[dim]{folder}/{', '.join(files)}[/dim]")


def _report(format: FloatFormat, tech: str) -> dict[str, Any]:
    path = report_folder(format, tech) / "report.json"
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report
