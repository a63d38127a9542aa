"""The page over several formats: ``make report``."""

import shlex
from pathlib import Path

import click
from rich.console import Console

from lmul_pe.model import FloatFormat, SpecificationError, format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import Command, console, say
from lmul_pe.model.multiplier.kinds import COMPARED

from .cells.library import BUILT_IN, load_technology
from .claims import make_reports
from .curves import curves_file
from .fpga.record import FOLDER as FPGA_FOLDER
from .fpga.record import RECORD as FPGA
from .fpga.record import Record as FpgaRecord
from .report.folder import read_report
from .report.section import Results
from .report.site import FOLDER, PAGE, page_files
from .results.compare import main_saving
from .results.making import FORMATS, REPORT_FILE, build_name
from .results.record import CURVES
from .results.store import BUILD, require_writable
from .system.energy_report import ENERGY, EnergyReport
from .system.energy_report import FILE as LEDGER_FILE
from .system.pipeline.pipeline_report import FILE as PIPELINE_FILE
from .system.pipeline.pipeline_report import PIPELINE, PipelineReport
from .system.spoiled import ACCURACY, TRAIN, Spoiled
from .system.unit import lmul_label


@click.command(cls=Command)
@click.option(
    "--formats", default=" ".join(FORMATS), show_default=True, help="With commas or blanks."
)
@click.option("--out", type=OutputPath(), default=BUILD / "report", show_default=True)
@click.option("--as-is", is_flag=True, help="Show what is there, and make nothing first.")
def main(formats: str, out: Path, as_is: bool) -> None:
    """Make what is missing or stale, and one self-contained HTML page of it."""
    chosen = list(dict.fromkeys(map(format_named, names_in(formats))))
    if not chosen:
        raise click.UsageError("no format is named: expected one at least")
    require_writable(out / FOLDER)
    output = console()
    if not as_is:
        make_sources(chosen, output)
    words = ["make", "report"]
    if [format.name for format in chosen] != list(FORMATS):
        words.append(f"FORMATS={' '.join(format.name for format in chosen)}")
    for name, content in page_files(read_results(BUILD, chosen), shlex.join(words)).items():
        write_whole(out / name, content)
    say([f"{out / PAGE}, and {out / FOLDER}: CSV and JSON of everything in it"])


def make_sources(formats: list[FloatFormat], output: Console) -> None:
    """Make what is missing or stale: reports in every built-in technology, and curves.

    Raises
    ------
    SpecificationError, OSError, click.ClickException
        As :func:`~.making.report_folder` and :func:`~.curves.curves_file`.
    """
    make_reports(formats, list(BUILT_IN), output)
    for place, format in enumerate(formats, start=1):
        output.print(f"{place}/{len(formats)} curves of {format}", style="dim")
        curves_file(format)


def read_results(build: Path, formats: list[FloatFormat]) -> Results:
    """What is under ``build``: reports in the default technology, and whatever else is there.

    Raises
    ------
    SpecificationError
        There is no report of a format, or a file holds something else.
    """
    reports, judged, curves = [], [], []
    for tech in BUILT_IN:
        technology = load_technology(tech)
        for format in formats:
            command = f"make synth FMT={format}" + (f" TECH={tech}" if tech != BUILT_IN[0] else "")
            folder = build / "synth" / build_name(format, technology)
            if (folder / REPORT_FILE).exists():
                judged.append(read_report(folder, command))
                if main_saving(judged[-1], "multiplier") is None:
                    raise SpecificationError(
                        f"{folder / REPORT_FILE} has no multipliers, which the page begins with: "
                        f"`{command}` in an empty folder makes it with them"
                    )
            elif tech == BUILT_IN[0]:
                raise SpecificationError(
                    f"there is no {folder / REPORT_FILE}: `make report` or `{command}` makes it"
                )
            if tech == BUILT_IN[0]:
                reports.append(judged[-1])
                path = build / "curves" / f"{format}.json"
                if path.exists():
                    curves.append(CURVES.read(path, f"lmul-pe curves --fmt {format}"))
    studied = Spoiled(build / ACCURACY.name, build / TRAIN.name)
    found = {
        (format.name, kind): studied.least(format, kind, "attention")
        for format in formats
        for kind in COMPARED
    }
    spoilt = {key: each for key, each in found.items() if each is not None}
    return Results(
        tuple(reports),
        tuple(judged),
        tuple(curves),
        spoilt,
        _ledgers(build, formats),
        _planned(build),
        _fpga(build, formats),
    )


def _ledgers(build: Path, formats: list[FloatFormat]) -> tuple[EnergyReport, ...]:
    """Of whole models, in every technology, with L-Mul in one of the formats."""
    paths = sorted((build / "energy").glob(f"*/{LEDGER_FILE}"))
    labels = {lmul_label(format.name) for format in formats}
    found = (ENERGY.read(path, "make energy") for path in paths)
    return tuple(each for each in found if each.compared.lmul.unit.label in labels)


def _planned(build: Path) -> PipelineReport | None:
    path = build / "pipeline" / PIPELINE_FILE
    return PIPELINE.read(path, "make pipeline") if path.exists() else None


def _fpga(build: Path, formats: list[FloatFormat]) -> tuple[FpgaRecord, ...]:
    """Of these formats, in their order, on every part that was tried."""
    names = [format.name for format in formats]
    found = (
        FPGA.read(path, "make fpga") for path in sorted((build / FPGA_FOLDER).glob("*_*.json"))
    )
    shown = [each for each in found if each.format in names]
    return tuple(sorted(shown, key=lambda each: names.index(each.format)))
