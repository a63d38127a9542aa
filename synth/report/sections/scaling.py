"""The section of growth: by which power of a mantissa's bits costs grow, and where they cross."""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, NamedTuple

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.judgement import GrowthJudgement, growth_brief, growth_judgements
from lmul_pe.synth.report.chart import Chart, lines
from lmul_pe.synth.report.section import KINDS, Section
from lmul_pe.synth.report.table import Column, RowT, Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.growth import Growth
from lmul_pe.synth.results.scaling import (
    COSTS,
    Crossing,
    Scaling,
    ScalingLine,
    ScalingPoint,
)

PICTURED = ("gates", "energy", "fastest")
"""The costs in the picture."""

CLAIM = "from O(n^2) to O(n) in the mantissa's bits"

ABOUT = (
    "Cost = fixed + slope (M + 1)^p with M mantissa bits, by relative least squares; p = 0 is the "
    "logarithm. The interval of p (95 %, bootstrap of residuals in blocks of neighbours) says how "
    "well one power describes the widths that were measured. Two-input gates are of no technology; "
    "energy and delay are of the netlist of least energy, shortest delays of the fastest one."
)


class GrowthRow(NamedTuple):
    line: ScalingLine
    cost: str

    @property
    def growth(self) -> Growth:
        return self.line.growth[self.cost]


class PointRow(NamedTuple):
    line: ScalingLine
    point: ScalingPoint


def scaling_section(scaling: Scaling) -> Section:
    """The judgement first, then crossings, powers, and what they are fitted to."""
    return Section(
        "scaling",
        f"The claim {CLAIM}",
        [ABOUT],
        scaling.command,
        charts=scaling_charts(scaling),
        tables=[*growth_tables(scaling), points_table(scaling)],
    )


def growth_tables(scaling: Scaling) -> list[Table[Any]]:
    """Verdicts where there are multipliers, which the claim is about; crossings and powers."""
    judged = judged_table([scaling])
    return [*([judged] if judged.rows else []), crossings_table(scaling), growth_table(scaling)]


def claimed_growth(scalings: Sequence[Scaling]) -> Section:
    """The verdicts alone, of each technology."""
    return Section(
        "scaling",
        f"The claim {CLAIM}",
        [growth_brief(each) for each in scalings],
        scalings[0].command,
        tables=[judged_table(scalings)],
    )


def judged_table(scalings: Sequence[Scaling]) -> Table[GrowthJudgement]:
    """The verdict on each cost of multipliers."""
    return Table(
        "scaling-verdicts",
        "The claim holds if the interval of L-Mul's power reaches 1 or lies below, and does not "
        "reach 2, and that of the conventional one has 2 in it and not 1.",
        (
            words("claim", lambda row: CLAIM),
            words("technology", lambda row: row.technology, choice=True),
            words("exponent_bits", lambda row: str(row.crossing.line.exponent_bits), "exponent"),
            words("cost", lambda row: COSTS[row.crossing.cost][0].words, "in"),
            figures(q.POWER, lambda row: row.lmul.power, "power, L-Mul", "lmul_power"),
            words("lmul_interval", lambda row: interval(row.lmul), "interval"),
            figures(q.POWER, lambda row: row.exact.power, "conventional", "exact_power"),
            words("exact_interval", lambda row: interval(row.exact), "interval"),
            words("verdict", lambda row: str(row.verdict)),
            words("reason", lambda row: row.reason),
        ),
        tuple(each for scaling in scalings for each in growth_judgements(scaling)),
    )


def crossings_table(scaling: Scaling) -> Table[Crossing]:
    """From which width on L-Mul costs less."""
    return Table(
        "scaling-crossings",
        "From how many mantissa bits on L-Mul stays below the conventional design, interpolated "
        "between measured neighbours; all: from the narrowest on.",
        (
            *_place(lambda row: row.line),
            words("cost", lambda row: COSTS[row.cost][0].words),
            words("from", crossing_words, "L-Mul is below from"),
            figures(q.CROSSING, lambda row: row.mantissa_bits, detail=True),
        ),
        scaling.crossings(),
    )


def crossing_words(row: Crossing) -> str:
    """Where it is, in words."""
    if row.mantissa_bits is None:
        return "nowhere"
    number = q.CROSSING.number(row.mantissa_bits)
    return f"{number} (all)" if row.is_first else number


def growth_table(scaling: Scaling) -> Table[GrowthRow]:
    """The power of every cost of every line."""
    return Table(
        "scaling-powers",
        "Power of the significand's bits by which each cost grows.",
        (
            *_place(lambda row: row.line),
            words("kind", lambda row: KINDS[row.line.kind]),
            words("cost", lambda row: COSTS[row.cost][0].words),
            figures(q.POWER, lambda row: row.growth.power),
            words("interval", lambda row: interval(row.growth)),
            figures(q.RESIDUAL, lambda row: row.growth.residual_percent),
            figures(q.POWER, lambda row: row.growth.low, "low", "low", detail=True),
            figures(q.POWER, lambda row: row.growth.high, "high", "high", detail=True),
        ),
        tuple(GrowthRow(line, cost) for line in scaling.lines for cost in line.growth),
    )


def points_table(scaling: Scaling) -> Table[PointRow]:
    """Everything that was measured."""
    return Table(
        "scaling",
        "Multipliers: cells alone. Units: a multiply-accumulate, with the clock.",
        (
            *_place(lambda row: row.line),
            figures(q.MANTISSA_BITS, lambda row: row.point.mantissa_bits),
            words("design", lambda row: row.point.design, code=True),
            *(figures(quantity, _of(cost)) for cost, (quantity, _) in COSTS.items()),
        ),
        tuple(PointRow(line, point) for line in scaling.lines for point in line.points),
    )


def _of(cost: str) -> Callable[[PointRow], float | None]:
    _, of = COSTS[cost]
    return lambda row: of(row.point)


def _place(line: Callable[[RowT], ScalingLine]) -> tuple[Column[RowT], ...]:
    return (
        words("level", lambda row: LEVELS[line(row).level].title, choice=True),
        words(
            "exponent_bits", lambda row: str(line(row).exponent_bits), "exponent bits", choice=True
        ),
    )


def interval(growth: Growth) -> str:
    """``0.98 to 1.07``."""
    return f"{q.POWER.number(growth.low)} to {q.POWER.number(growth.high)}"


def scaling_charts(scaling: Scaling) -> list[Chart]:
    """Of the first exponent width, on two logarithmic axes, where a power is a slope."""
    bits = scaling.lines[0].exponent_bits
    charts = []
    levels = dict.fromkeys(each.level for each in scaling.lines)
    for level, (cost, (quantity, _)) in product(levels, COSTS.items()):
        series = {
            KINDS[each.kind]: each.costs(cost)
            for each in scaling.lines
            if (each.level, each.exponent_bits) == (level, bits) and each.costs(cost)
        }
        if cost in PICTURED and series:
            charts.append(
                lines(
                    f"scaling-{level}-{cost}",
                    f"{quantity.words.capitalize()}, {LEVELS[level].title}, {bits} exponent bits",
                    "bits of the significand, M + 1",
                    quantity.axis,
                    {
                        name: [(mantissa + 1.0, value) for mantissa, value in points]
                        for name, points in series.items()
                    },
                    log=True,
                    log_up=True,
                )
            )
    return charts
