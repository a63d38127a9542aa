"""Gates, shares and energy of one systolic array: ``lmul-pe array-cost --fmt e4m3``."""

import json
import shlex
from pathlib import Path

import click

from lmul_pe.model.command.run import NamedPath, console, number
from lmul_pe.model.command.unit_options import arrays_of, unit_options
from lmul_pe.synth.cells.technology import BUILT_IN, load_technology
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.measuring.unit import MeasuredUnit
from lmul_pe.synth.results.array_report import array_markdown, array_report, print_array
from lmul_pe.synth.results.progress import BUILD, measure_all
from lmul_pe.synth.results.record import entry_files
from lmul_pe.synth.results.store import inputs_digest, is_current, require_writable, write_folder
from lmul_pe.synth.workload.settings import Settings


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@unit_options("array")
@click.option(
    "--tech",
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option("--wire-ff", default="0", show_default=True, help="Wire load per driven pin, in fF.")
@click.option("--seed", default=str(Settings.seed), show_default=True, help="Of every stream.")
@click.option("--out", type=NamedPath(), help="Folder of the report  [build/array/NAME].")
def main(tech: str, wire_ff: str, seed: str, out: Path | None, **options: str | None) -> None:
    """Synthesise one array, check it, measure it, and report.

    Both kinds of multiplier, unless --kind names one.
    """
    arrays = arrays_of(options)
    settings = Settings(
        wire_ff=number("wire load", wire_ff, 0, 1000, float),
        seed=number("seed", seed, 0, 2**63 - 1, int),
    )
    technology = load_technology(tech)
    folder = out or BUILD / "array" / arrays[0].name
    inputs = inputs_digest(
        {
            "arrays": [array.name for array in arrays],
            "technology": technology.digest,
            "settings": settings.stated,
            "tools": tool_versions(),
        },
        "synth/array.py",
    )
    if not is_current(folder, inputs):
        require_writable(folder)
        measured = [
            result
            for result in measure_all(list(map(unit_design, arrays)), technology, settings)
            if isinstance(result, MeasuredUnit)
        ]
        report = array_report(technology, settings, measured)
        files = {
            "report.json": json.dumps(report, indent=1, allow_nan=False).encode() + b"\n",
            "report.md": array_markdown(report, _command(options, tech, wire_ff, seed)).encode(),
        }
        for entry, result in zip(report["designs"], measured, strict=True):
            files |= entry_files(entry, result)
        write_folder(folder, inputs, files)
    output = console()
    print_array(json.loads((folder / "report.json").read_text(encoding="utf-8")), output)
    output.print(f"[dim]{folder}/report.md, report.json, netlists (*.v)[/dim]")


def _command(options: dict[str, str | None], tech: str, wire_ff: str, seed: str) -> str:
    """The command that makes the report again."""
    words = ["lmul-pe", "array-cost"]
    usual = {"tech": BUILT_IN[0], "wire_ff": "0", "seed": str(Settings.seed)}
    given = {"tech": tech, "wire_ff": wire_ff, "seed": seed}
    for name, value in {**options, **given}.items():
        if value is not None and value != usual.get(name):
            words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join(words)
