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
from .report.sections.verdict import energy_charts, product_sentence, unit_sentence
from .report.table import Table, figures, words
from .results import quantities as q
from .results.compare import main_saving, relaxed, smallest
from .results.record import REPORT, Report, Saving
from .workload.settings import DEFAULT_WORKLOAD

BEGIN = "<!-- results: written by `make results` -->"
END = "<!-- end of results -->"


def readme_text(results: Results) -> str:
    """What stands in the README: the verdict in sentences, and one table."""
    judged = [
        each
        for each in judgements(results.reports)
        if each.reading == LIKE and each.workload == DEFAULT_WORKLOAD
    ]
    claims = " ".join(each.brief for each in conclusions(judged))
    claims += " Both are judged on standard normal operands."
    table = summary_table(results)
    verdict = f"{product_sentence(results)} {unit_sentence(results)} {claims}"
    return f"{verdict}\n\n{table.markdown()}\n{table.caption}\n"


def summary_table(results: Results) -> Table[Report]:
    """A row to a format, a figure to a cell."""
    return Table(
        "summary",
        "Saved by L-Mul, glitches included, subnormals flushed on both sides, standard normal "
        "operands. Multiplier: gates at 1.25 times the smallest clock that both kinds meet. Units "
        "have registers, clock and leakage counted: the dot-product unit where L-Mul saves most, "
        "without a delay target, and an 8 x 8 output-stationary array at equal delay. Error: of "
        "products of uniform mantissas against the real product.",
        (
            words("format", lambda row: row.format),
            figures(q.SAVED_ENERGY, _multiplier_energy, "multiplier: energy saved"),
            figures(q.SAVED_AREA, _multiplier_area, "area saved"),
            figures(q.SAVED_TOTAL, _best_dot, "best dot-product unit", "dot"),
            figures(q.SAVED_TOTAL, _array, "8 x 8 array", "array"),
            figures(q.SAVED_ENERGY, _error, "mean error", "error"),
        ),
        results.reports,
    )


def _multiplier(report: Report) -> Saving:
    saving = main_saving(report, "multiplier")
    assert saving is not None
    return saving


def _multiplier_energy(report: Report) -> float:
    saving = _multiplier(report)
    return (relaxed(saving) or saving.free).glitch_percent


def _multiplier_area(report: Report) -> float:
    saving = _multiplier(report)
    return (relaxed(saving) or saving.free).area_percent


def _best_dot(report: Report) -> float | None:
    found = [each.free.total_percent for each in report.savings if each.level == "dot"]
    return max(found, default=None)


def _array(report: Report) -> float | None:
    saving = main_saving(report, "array")
    return (smallest(saving) or saving.free).total_percent if saving else None


def _error(report: Report) -> float:
    return 100 * report.errors["lmul"].mean


def results_sections(results: Results) -> list[Section]:
    """Everything that is measured of several formats, on the default workload."""
    rows = measured.design_rows(results)
    savings = measured.savings_table(measured.saving_rows(results, DEFAULT_WORKLOAD)).only(
        "format",
        "design",
        "baseline",
        "clock_ps",
        "area_percent",
        "functional_percent",
        "glitch_percent",
        "total_percent",
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
            "design", "area_ge", "glitch_fj", "clock_fj", "leakage_fj", "total_fj", "delay_ps"
        ),
    ]
    (verdicts, *_) = published.claims(results).tables
    return [
        Section("claims", "The paper's claims", [], "make results", tables=[verdicts]),
        Section("saved", "Saved by L-Mul", [], "make results", tables=[savings]),
        Section("designs", "Designs", [], "make results", tables=tables),
        measured.ladder(results),
        measured.parts(results),
        measured.errors(results),
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
