"""A report in a terminal: the verdict in a few lines, and its tables for those who ask."""

from collections.abc import Iterator

from rich.console import Console

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.judgement import claims_of, products
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import main_saving, relaxed, smallest
from lmul_pe.synth.results.record import Report
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .folder import verdicts
from .section import Results
from .sections import measured


def verdict(report: Report, folder: str) -> list[str]:
    """At most eight lines of 80 columns: what L-Mul saves, and which claims hold.

    Parameters
    ----------
    folder
        Where the files are.
    """
    return [
        f"{report.format} in {report.technology}: energy that L-Mul saves of a conventional design",
        *_levels(report),
        *_claims(report),
        f"{folder}: report.md, report.json, pictures, netlists",
    ]


def _levels(report: Report) -> Iterator[str]:
    """Of the multiplier its gates, where neither side is at its limit; of units all they take."""
    width = max(len(level.title) for level in LEVELS.values())
    for level in LEVELS.values():
        saving = main_saving(report, level.name)
        if saving is None:
            continue
        alone = level.name == "multiplier"
        saved = (relaxed if alone else smallest)(saving) or saving.free
        percent = saved.glitch_percent if alone else saved.total_percent
        clock = f"at {q.CLOCK.number(saved.clock_ps)} ps" if saved.clock_ps else "no delay target"
        error = f"gates alone, mean error {100 * report.errors['lmul'].mean:.1f} %"
        counted = error if alone else "clock and leakage counted"
        yield f"  {level.title:{width}}  {q.SAVED_TOTAL.text(percent):>7}  {clock}, {counted}"


def _claims(report: Report) -> Iterator[str]:
    judged = claims_of(report)
    for claim in dict.fromkeys(each.claim for each in judged):
        found = [each for each in judged if each.claim == claim]
        said = list(dict.fromkeys(str(each.verdict) for each in found))
        where = "" if len(said) == 1 else f" ({', '.join(each.level for each in found)})"
        percent = f"{found[0].claimed_percent:.0f} %"
        yield f"The paper's {percent} for {products(claim)}: {', '.join(said)}{where}"


def print_tables(report: Report, output: Console) -> None:
    """What matters of a report, in tables, and what the judge says of it."""
    results = Results((report,))
    rows = measured.design_rows(results)
    if report.multipliers:
        table = measured.multipliers_table(rows).only(
            "design", "area_ge", "area_over_adder", "glitch_fj", "energy_over_adder", "delay_ps"
        )
        table.print(output, f"{report.format} multipliers in {report.technology}")
    if report.units:
        table = measured.units_table(rows).only(
            "design", "area_ge", "glitch_fj", "clock_fj", "leakage_fj", "delay_ps"
        )
        table.print(output, f"{report.format} units in {report.technology}")
    saved = measured.savings_table(measured.saving_rows(results, DEFAULT_WORKLOAD)).only(
        "design", "baseline", "clock_ps", "area_percent", "glitch_percent", "total_percent"
    )
    saved.print(output, "Saved by L-Mul")
    for sentence in verdicts(report):
        output.print(sentence, highlight=False)
