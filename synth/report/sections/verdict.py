"""What a page leads with: products and units of each kind per format, and what L-Mul saves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.judgement import LIKE, Verdict, judgements, products
from lmul_pe.synth.published.paper import CLAIMED
from lmul_pe.synth.report.chart import Chart, Dot, dots
from lmul_pe.synth.report.section import KINDS, Results, change, listed, spread
from lmul_pe.synth.report.sections import answers
from lmul_pe.synth.report.sections.split import split_charts
from lmul_pe.synth.report.table import Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import basis, headline, main_saving, smallest, typical
from lmul_pe.synth.results.record import Chosen, Design, Report, Saved, Saving
from lmul_pe.synth.results.split import best_split
from lmul_pe.synth.workload.settings import CLOCK_BAND

SPACE = "\N{NO-BREAK SPACE}"

BAND = (
    f"over clocks from {min(CLOCK_BAND['full']):g} to {max(CLOCK_BAND['full']):g} times the "
    "smallest of both"
)
"""Where the headline figures hold."""

Condition = Callable[[Saving], Saved | None]
Figure = Callable[[Chosen], float]


@dataclass(frozen=True)
class Fact:
    """A figure that stands beside the chart, and what it is."""

    figure: str
    words: str


@dataclass(frozen=True)
class Lead:
    """The verdict in sentences, and what stands behind it.

    Parameters
    ----------
    first
        Energy against accuracy, where that is studied.
    chart
        Of a product.
    conditions
        Its delays, in words.
    units
        Charts of what sums products.
    table
        All of it, a row to a format.
    """

    sentence: str
    first: Chart | None
    chart: Chart
    facts: tuple[Fact, ...]
    conditions: str
    units: tuple[Chart, ...]
    table: Table[Report]


def lead(results: Results) -> Lead:
    """Where neither side is at its limit, if every format has been measured there; without a delay
    target otherwise."""
    saved = _saved(results, typical)
    at_ease = len(saved) == len(results.formats)
    if not at_ease:
        saved = _saved(results, _free)
    clocks = {format: each.clock_ps for format, each in saved.items()}
    priced = answers.priced(results)
    conditions = "no delay target"
    if at_ease:
        delays = [f"{q.CLOCK.number(ps or 0)} ps in {format}" for format, ps in clocks.items()]
        conditions = f"the picture of a product at the middle clock: {listed(delays)}"
    return Lead(
        f"{product_sentence(results)} {unit_sentence(results)}".strip(),
        answers.chart(priced) if priced else None,
        kinds_chart(results, "verdict", q.GLITCH, _energy, clocks),
        tuple(_facts(results, clocks)),
        conditions,
        (
            *_unit_chart(results, "array"),
            *(split_charts(results, "verdict-dot") or _unit_chart(results, "dot")),
        ),
        summary_table(results),
    )


def kinds_chart(
    results: Results,
    name: str,
    quantity: q.Quantity,
    figure: Figure,
    clocks: Mapping[str, float | None] | None = None,
) -> Chart:
    """A figure of the bare adder and of both multipliers, a row to a format, with the saving.

    Parameters
    ----------
    clocks
        At which, by format; None or nothing without a delay target.
    """
    rows = {}
    for report in results.reports:
        clock_ps = (clocks or {}).get(report.format)
        values = {kind: figure(chosen) for kind, chosen in _kinds(report, clock_ps).items()}
        saved = 100 * (1 - values["lmul"] / values["exact"])
        rows[report.format] = [
            Dot(
                KINDS[kind],
                value,
                quantity.number(value) + (f", {change(saved)}" if kind == "lmul" else ""),
            )
            for kind, value in values.items()
        ]
    title = f"{quantity.words.capitalize()} of one product"
    return dots(name, title, quantity.unit, rows, log=True)


def _unit_chart(results: Results, level: str) -> list[Chart]:
    """Total energy of the units that stand for a level, and of int8, without a delay target."""
    rows = {}
    for report in results.reports:
        saving = main_saving(report, level)
        if saving:
            rows[report.format] = [
                Dot(KINDS[unit.kind], unit.total_fj(), q.TOTAL.number(unit.total_fj()))
                for unit in (*report.pair(saving), *_integers(report, level))
            ]
    title = f"{LEVELS[level].title}: total energy of a multiply-accumulate"
    axis = f"{q.TOTAL.unit}, no delay target"
    return [dots(f"verdict-{level}", title, axis, rows, least=0.0)] if rows else []


def _integers(report: Report, level: str) -> list[Design]:
    return [each for each in report.units if (each.level, each.kind) == (level, "int")]


def _energy(chosen: Chosen) -> float:
    return chosen.energy_fj.glitch


def smallest_area(chosen: Chosen) -> float:
    """Of the smallest netlist, in gate equivalents."""
    return chosen.least_area.gate_equivalents


def energy_charts(results: Results) -> list[Chart]:
    """Energy and area of one product without a delay target."""
    return [
        kinds_chart(results, "energy", q.GLITCH, _energy),
        kinds_chart(results, "area", q.AREA, smallest_area),
    ]


def _kinds(report: Report, clock_ps: float | None) -> dict[str, Chosen]:
    main = main_saving(report, "multiplier")
    assert main is not None
    lmul, exact = report.pair(main)
    return {each.kind: each.at(clock_ps) for each in (report.rungs[0], lmul, exact)}


def _free(saving: Saving) -> Saved | None:
    return saving.free


def _saved(results: Results, condition: Condition, level: str = "multiplier") -> dict[str, Saved]:
    """By format, of those that have it."""
    found = {}
    for report in results.reports:
        saving = main_saving(report, level)
        saved = condition(saving) if saving else None
        if saved:
            found[report.format] = saved
    return found


def product_sentence(results: Results) -> str:
    """What L-Mul saves of a multiplication, by format, at the condition of :func:`lead`."""
    saved = _saved(results, typical)
    where = f", median {BAND}"
    if len(saved) < len(results.formats):
        saved, where = _saved(results, _free), ", without a delay target"
    percents = {format: each.glitch_percent for format, each in saved.items()}
    ordered = sorted(percents, key=lambda format: -percents[format])
    wins = [format for format in ordered if round(percents[format]) > 0]
    less = [_in_format(percents[format], format) for format in wins]
    more = [_in_format(-percents[format], format) for format in ordered if format not in wins]
    node = results.reports[0].library.node_nm
    words = f"At {node:g} nm" if node else f"In {results.technology}"
    words += f"{where}, a multiplication by L-Mul takes "
    than = "energy than a conventional one"
    if less:
        words += listed(less).replace(" in ", f" less {than} in ", 1)
    if more:
        words += ", but " if less else ""
        words += listed(more).replace(" in ", f" more {'' if less else than + ' '}in ", 1)
    return f"{words}."


def _arrays(results: Results) -> tuple[dict[str, Saved], str]:
    """What an array saves: at equal delay where every format has that, and how fast."""
    free = _saved(results, _free, "array")
    for condition, where in ((typical, "by the same median"), (smallest, "at equal delay")):
        at_clock = _saved(results, condition, "array")
        if len(at_clock) == len(free):
            return at_clock, where
    return free, "without a delay target"


def unit_sentence(results: Results) -> str:
    """What is left of that where products are summed."""
    arrays, condition = _arrays(results)
    if not arrays:
        return ""
    ordered = sorted(arrays.items(), key=lambda item: -item[1].total_percent)
    each = listed([_in_format(saved.total_percent, format) for format, saved in ordered])
    return f"An 8 x 8 array that sums in fp32 saves {each} {condition}, clock and leakage counted."


def summary_table(results: Results) -> Table[Report]:
    """A row to a format; beside medians the ranges of what they are the medians of."""
    return Table(
        "summary",
        "Saved by L-Mul on standard normal operands, subnormals flushed on both sides, median "
        f"{BAND}: in the multiplier's cells, and with clock and leakage in an output-stationary "
        "array. Without a delay target, a dot-product unit of L-Mul instead of a conventional MAC "
        "with fp32 sums (unit for unit), and instead of the same unit with conventional products "
        "(by L-Mul). Error: "
        "of products of numbers exact in the format, uniform mantissas, against the real product; "
        "from floats to floats it is larger (docs/python.md).",
        (
            words("format", lambda row: row.format),
            figures(q.SAVED_ENERGY, _multiplier_energy, "multiplier: energy saved"),
            words("multiplier_range", _multiplier_range, "its range, %"),
            figures(q.SAVED_AREA, _multiplier_area, "area saved"),
            figures(q.SAVED_TOTAL, _unit_for_unit, "dot product, unit for unit", "dot"),
            figures(q.SAVED_TOTAL, _like_for_like, "dot product, by L-Mul", "dot_lmul"),
            figures(q.SAVED_TOTAL, _array, "8 x 8 array", "array"),
            words("array_range", _array_range, "the array's range, %"),
            figures(q.SAVED_ENERGY, _error, "mean error of a product", "error"),
        ),
        results.reports,
    )


def _product(report: Report) -> Saving:
    saving = main_saving(report, "multiplier")
    assert saving is not None
    return saving


def _multiplier_energy(report: Report) -> float:
    saving = _product(report)
    return (typical(saving) or saving.free).glitch_percent


def _multiplier_area(report: Report) -> float:
    saving = _product(report)
    return (typical(saving) or saving.free).area_percent


def _unit_for_unit(report: Report) -> float | None:
    best = best_split(report)
    return best.whole_percent if best else None


def _like_for_like(report: Report) -> float | None:
    best = best_split(report)
    return best.lmul_percent if best else None


def _array(report: Report) -> float | None:
    saving = main_saving(report, "array")
    if saving is None:
        return None
    return headline(saving).total_percent


def _multiplier_range(report: Report) -> str:
    return spread([each.glitch_percent for each in basis(_product(report))], 1)


def _array_range(report: Report) -> str:
    saving = main_saving(report, "array")
    return spread([each.total_percent for each in basis(saving)], 1) if saving else ""


def _error(report: Report) -> float:
    return 100 * report.errors["lmul"].mean


def _facts(results: Results, clocks: Mapping[str, float | None]) -> list[Fact]:
    """What must be known beside it: what it costs, and what was promised."""
    said = _int8(results)
    errors = [100 * report.errors["lmul"].mean for report in results.reports]
    said.append(Fact(_range(errors, "%", 1), "mean relative error of an L-Mul product"))
    over = []
    for report in results.reports:
        kinds = _kinds(report, clocks[report.format])
        over.append(_energy(kinds["lmul"]) / _energy(kinds["adder"]))
    said.append(
        Fact(
            _range(over, "times", 1),
            "the energy of the bare adder with which the paper reckons",
        )
    )
    return [*said, *_promises(results)]


def _int8(results: Results) -> list[Fact]:
    """What an integer unit takes beside those of floating point."""
    for level in ("array", "mac"):
        shares = []
        for report in results.reports:
            saving, integer = main_saving(report, level), _integers(report, level)
            if saving and integer:
                lmul, _ = report.pair(saving)
                shares.append(100 * integer[0].total_fj() / lmul.total_fj())
        if shares:
            about = f"of the total of an L-Mul {LEVELS[level].title} is what one of int8 takes"
            return [Fact(_range(shares, "%"), about)]
    return []


def _promises(results: Results) -> list[Fact]:
    """How many comparisons of like designs reach what the paper promises."""
    said = []
    like = [
        each
        for each in judgements(results.reports)
        if each.reading == LIKE and each.workload == results.workload
    ]
    for claim, claimed in CLAIMED.items():
        rows = [each for each in like if each.claim == claim]
        if not rows:
            continue
        reached = sum(each.verdict is Verdict.HOLDS for each in rows)
        most = max(rows, key=lambda each: each.measured.total_percent)
        said.append(
            Fact(
                f"{reached} of {len(rows)}",
                f"comparisons reach the paper's {claimed:.0f}{SPACE}% for {products(claim)} "
                f"in total energy; at most {most.measured.total_percent:.0f}{SPACE}%, "
                f"in {most.format}",
            )
        )
    return said


def _in_format(percent: float, format: str) -> str:
    return f"{round(percent) or 0}{SPACE}% in {format}"


def _range(values: Sequence[float], unit: str, digits: int = 0) -> str:
    low, high = (f"{value:.{digits}f}" for value in (min(values), max(values)))
    return f"{low} to {high}{SPACE}{unit}" if low != high else f"{low}{SPACE}{unit}"
