"""What people read beside ``report.json``: Markdown and pictures, made from the record alone."""

import hashlib
from pathlib import Path

from lmul_pe.model.command.source import source_digest
from lmul_pe.synth.published.judgement import claims_of
from lmul_pe.synth.results.making import REPORT_FILE
from lmul_pe.synth.results.record import REPORT, Report
from lmul_pe.synth.results.split import splits
from lmul_pe.synth.results.store import RENDERED, is_current, write_folder

from .chart import png
from .markdown import markdown
from .section import Results, Section
from .sections import measured, published
from .sections.split import split


def read_report(folder: Path, command: str) -> Report:
    """The record in a folder of ``make synth`` or ``make array``.

    Raises
    ------
    SpecificationError
        Something else is there; the text names ``command``, which makes it again.
    OSError
        It cannot be read.
    """
    return REPORT.read(folder / REPORT_FILE, command)


def render(folder: Path) -> Report:
    """Write ``report.md`` and the pictures unless they are there; the record they are made from.

    Raises
    ------
    SpecificationError
        There is no report of this version.
    OSError
        The folder cannot be read or written.
    """
    content = hashlib.sha256((folder / REPORT_FILE).read_bytes()).hexdigest()
    sources = ("synth/report", "synth/published", "synth/system")
    inputs = source_digest({"report": content}, *sources)
    report = read_report(folder, "make synth or make array")
    if not is_current(folder, inputs, RENDERED):
        write_folder(folder, inputs, _files(report), RENDERED)
    return report


def verdicts(report: Report) -> list[str]:
    """What the judge says of one report, a sentence to a level."""
    return [judgement.sentence for judgement in claims_of(report)]


def _files(report: Report) -> dict[str, bytes]:
    charts = {"comparison.png": measured.comparison_charts(report)} if report.multipliers else {}
    if report.units:
        charts["levels.png"] = measured.level_charts(report)
    pictures = {name: "; ".join(each.words for each in drawn) for name, drawn in charts.items()}
    title = f"{report.format} in {report.technology}"
    if report.cycles:
        title = f"{report.designs[0].summary}, in {report.technology}"
    text = markdown(title, verdicts(report), _sections(report), report.command, pictures)
    return {"report.md": text.encode(), **{name: png(drawn) for name, drawn in charts.items()}}


def _sections(report: Report) -> list[Section]:
    results = Results((report,), (report,))
    if not report.multipliers:
        return [
            measured.savings(results),
            measured.units(results),
            measured.clocks(results),
            measured.parts(results),
            *measured.clock_gates(results),
            measured.cycles(results),
            measured.method(results),
        ]
    return [
        measured.savings(results),
        *([split(results)] if splits(report) else []),
        measured.designs(results),
        measured.ladder(results),
        measured.parts(results),
        *measured.clock_gates(results),
        measured.workloads(results),
        measured.sensitivity(results),
        measured.errors(results),
        published.claims(results),
        published.gates(results),
        measured.clocks(results),
        measured.method(results),
    ]
