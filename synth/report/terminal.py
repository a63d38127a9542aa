"""Reports in a terminal: the verdict in a few lines, and the tables for those who ask."""

from collections.abc import Iterator

from rich.console import Console

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.judgement import Verdict, claims_of, products, unit_for_unit
from lmul_pe.synth.published.paper import DOT_PRODUCT
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import basis, headline, main_saving
from lmul_pe.synth.results.record import Report, Saved
from lmul_pe.synth.results.split import best_split
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .folder import verdicts
from .section import KINDS, Results, clock_span, spread
from .sections import measured

_BRIEF = {
    Verdict.HOLDS: "holds",
    Verdict.WITHOUT_CLOCK: "without clock",
    Verdict.FAILS: "does not hold",
}


def verdict(report: Report, folder: str) -> list[str]:
    """What L-Mul saves, and which claims hold: at most eight lines of 80 columns, and one more of
    the seeds where there are several.

    Parameters
    ----------
    folder
        Where the files are.
    """
    return [
        f"{report.format} in {report.technology}: energy saved by L-Mul, "
        "median over clocks (range)",
        *_levels(report),
        *_seeds(report),
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
        if level.name == "dot" and (best := best_split(report)):
            yield (
                f"  {level.title:{width}}  {q.SAVED_TOTAL.text(best.whole_percent):>7} for a MAC: "
                f"{best.unit_percent:.0f} % by the unit, then {best.lmul_percent:.0f} % by L-Mul"
            )
            continue
        alone = level.name == "multiplier"
        quantity = q.SAVED_ENERGY if alone else q.SAVED_TOTAL
        error = f"gates, mean error {100 * report.errors['lmul'].mean:.1f} %"
        counted = error if alone else "with clock and leakage"
        clocks = basis(saving)
        over = spread([getattr(each, quantity.name) for each in clocks])
        over = f"({over})" if over else ""
        figure = quantity.text(getattr(headline(saving), quantity.name))
        where = f"{'' if over else 'at '}{clock_span(clocks)} ps"
        if clocks[0].clock_ps is None:
            where = "no delay target"
        yield f"  {level.title:{width}}  {figure:>7} {over:11} {where}, {counted}"


def _seeds(report: Report) -> Iterator[str]:
    if report.seeds:
        yield f"Over {measured.seed_count(report)} seeds: {measured.over_seeds(report)}"


def _clock(saved: Saved) -> str:
    return f"at {q.CLOCK.number(saved.clock_ps)} ps" if saved.clock_ps else "no delay target"


def _claims(report: Report) -> Iterator[str]:
    judged = claims_of(report)
    for claim in dict.fromkeys(each.claim for each in judged):
        found = [each for each in judged if each.claim == claim]
        said = list(dict.fromkeys(str(each.verdict) for each in found))
        where = "" if len(said) == 1 else f" ({', '.join(each.level for each in found)})"
        percent = f"{found[0].claimed_percent:.0f} %"
        other = unit_for_unit(report) if claim == DOT_PRODUCT else None
        unlike = f"; unit for unit: {_BRIEF[other.verdict]}" if other else ""
        yield f"The paper's {percent} for {products(claim)}: {', '.join(said)}{where}{unlike}"


def array_verdict(report: Report, folder: str) -> list[str]:
    """What an array takes, and what L-Mul saves of it where both kinds are there.

    Parameters
    ----------
    folder
        Where the files are.
    """
    lines = [f"{report.designs[0].summary}, in {report.technology}"]
    for saved in (each for saving in report.savings for each in saving.on(DEFAULT_WORKLOAD)):
        area, energy = _less(saved.area_percent), _less(saved.total_percent)
        lines.append(f"  {_clock(saved)}: L-Mul takes {area} area, {energy} energy with clock")
    width = max(len(KINDS[design.kind]) for design in report.designs)
    for design in report.designs:
        lines.append(
            f"  {KINDS[design.kind]:{width}}  {q.AREA.number(design.least_area.gate_equivalents)} "
            f"GE, {q.TOTAL.number(design.total_fj())} fJ per multiply-accumulate, "
            f"{q.DELAY.number(design.delay_ps)} ps"
        )
    return [*lines, f"{folder}: report.md, report.json, netlists"]


def _less(saved_percent: float) -> str:
    """``3.8 % less``, or ``8.9 % more``."""
    return f"{abs(saved_percent):.1f} % {'less' if saved_percent >= 0 else 'more'}"


def print_tables(report: Report, output: Console) -> None:
    """What matters of a report, in tables, and what the judge says of it."""
    results = Results((report,))
    rows = measured.design_rows(results)
    if report.multipliers:
        table = measured.multipliers_table(rows).only(
            "design", "area_ge", "area_over_adder", "glitch_fj", "energy_over_adder", "delay_ps"
        )
        table.print(output, f"{report.format} multipliers in {report.technology}")
        output.print()
    if report.units:
        table = measured.units_table(rows).only(
            "design", "total_fj", "area_ge", "glitch_fj", "clock_fj", "leakage_fj", "delay_ps"
        )
        table.print(output, f"{report.format} units in {report.technology}")
        output.print()
    saved = measured.savings_table(measured.saving_rows(results, DEFAULT_WORKLOAD)).only(
        "design", "baseline", "clocks", "area_percent", "glitch_percent", "total_percent"
    )
    if saved.rows:
        saved.print(output, "Saved by L-Mul")
        output.print()
    for each in report.cycles:
        output.print(
            f"{each.design}: a {each.m} x {each.k} x {each.n} product takes {each.cycles:,} cycles "
            f"and keeps the units {100 * each.utilisation:.1f} % busy."
        )
    for sentence in verdicts(report):
        output.print(sentence, highlight=False)
