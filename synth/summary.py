"""Results over formats, for the README and docs/results.md: ``make results``."""

from pathlib import Path

import click

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import InputPath, OutputPath
from lmul_pe.model.command.run import Command

from .published.judgement import LIKE, conclusions, judgements
from .report.chart import png
from .report.markdown import markdown
from .report.section import Results, Section
from .report.sections import measured, published
from .report.sections.measured import CLIFF, TOTAL_WORDS
from .report.sections.split import split, split_sentence
from .report.sections.verdict import (
    energy_charts,
    product_sentence,
    summary_table,
    unit_sentence,
)
from .results.compare import UNIT_FOR_UNIT, smallest
from .results.record import REPORT
from .workload.settings import DEFAULT_WORKLOAD

BEGIN = "<!-- results: written by `make results` -->"
END = "<!-- end of results -->"


def readme_text(results: Results) -> str:
    """What stands in the README: the verdict in sentences, and one table."""
    judged = [
        each
        for each in judgements(results.reports)
        if each.reading in (LIKE, UNIT_FOR_UNIT) and each.workload == DEFAULT_WORKLOAD
    ]
    claims = " ".join(each.brief for each in conclusions(judged))
    table = summary_table(results).only(
        "format", "glitch_percent", "area_percent", "dot", "dot_lmul", "array", "error"
    )
    verdict = [
        product_sentence(results),
        unit_sentence(results),
        split_sentence(results),
        claims,
    ]
    lines = "\n".join(f"- {each}" for each in filter(None, verdict))
    return f"{lines}\n\n{table.markdown()}\n{table.caption}\n"


def results_sections(results: Results) -> list[Section]:
    """Everything that is measured of several formats, on the default workload."""
    rows = measured.design_rows(results)
    savings = measured.savings_table(measured.saving_rows(results, DEFAULT_WORKLOAD)).only(
        "format",
        "design",
        "baseline",
        "clocks",
        "total_percent",
        "total_range",
        "glitch_percent",
        "glitch_range",
        "functional_percent",
        "area_percent",
    )
    last = (row for row in measured.clock_rows(results) if row.saved == smallest(row.saving))
    clocks = measured.clocks_table(tuple(last)).only(
        "format",
        "design",
        "baseline",
        "clock_ps",
        "place",
        "total_percent",
        "glitch_percent",
        "area_percent",
    )
    tables = [
        measured.multipliers_table(rows).only(
            "design",
            "area_ge",
            "area_over_adder",
            "glitch_fj",
            "energy_over_adder",
            "delay_ps",
            "fastest_ps",
        ),
        measured.units_table(rows).only(
            "design", "total_fj", "glitch_fj", "clock_fj", "leakage_fj", "area_ge", "delay_ps"
        ),
    ]
    (judged_table, *_) = published.claims(results).tables
    verdicts = judged_table.only(
        "claim", "claimed_percent", "reading", "holds", "without_clock", "glitch_percent", "largest"
    )
    return [
        Section("claims", "The paper's claims", [], "make results", tables=[verdicts]),
        Section("saved", "Saved by L-Mul", [TOTAL_WORDS], "make results", tables=[savings]),
        split(results),
        Section("designs", "Designs", [], "make results", tables=tables),
        measured.ladder(results),
        measured.parts(results),
        measured.errors(results),
        Section("clocks", "At the smallest clock", [CLIFF], "make results", tables=[clocks]),
    ]


@click.command(cls=Command)
@click.argument("reports", nargs=-1, required=True, type=InputPath())
@click.option("--readme", type=OutputPath(), help="File whose results are replaced.")
@click.option("--page", type=OutputPath(), help="Markdown file of all results.")
@click.option("--plot", type=OutputPath(), help="PNG to write.")
def main(
    reports: tuple[Path, ...], readme: Path | None, page: Path | None, plot: Path | None
) -> None:
    """Print the results of several report.json, and put them where people look."""
    loaded = tuple(REPORT.read(path, "make synth") for path in reports)
    results = Results(loaded, loaded)
    block = readme_text(results)
    click.echo(block, nl=False)
    text = readme.read_text(encoding="utf-8") if readme else ""
    if readme and (BEGIN not in text or END not in text):
        raise SpecificationError(f"{readme} has no place for results: expected {BEGIN} ... {END}")
    if plot:
        write_whole(plot, png(energy_charts(results)))
    if page:
        write_whole(page, markdown("Results", [], results_sections(results), "make results"))
    if readme:
        head, rest = text.split(BEGIN, 1)
        write_whole(readme, f"{head}{BEGIN}\n{block}{END}{rest.split(END, 1)[1]}")
