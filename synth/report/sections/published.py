"""The sections of what is published, beside what was measured: claims, gates, memory, others."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lmul_pe.model import format_named
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.gate_counts import Gates, gate_counts
from lmul_pe.synth.published.judgement import (
    LIKE,
    Conclusion,
    Judgement,
    conclusions,
    judgements,
    products,
)
from lmul_pe.synth.published.others import Beside, beside_others
from lmul_pe.synth.published.paper import (
    CLAIMED,
    ELEMENT_WISE,
    EnergyTable,
    OwnArithmetic,
    own_arithmetic,
    published,
)
from lmul_pe.synth.report.chart import Chart, Dot, dots, lines
from lmul_pe.synth.report.section import CLAIMS, Results, Section, clock_span
from lmul_pe.synth.report.table import Column, Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import headline, main_saving
from lmul_pe.synth.system.memory import SIDE, TARGET_PERCENT, Memory, memory_rows
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

OWN = "the paper's own arithmetic"


class OperationRow(NamedTuple):
    """A published energy of an operation."""

    table: EnergyTable
    operation: str


class ArithmeticRow(NamedTuple):
    """The paper's way of reckoning for one format."""

    format: str
    own: OwnArithmetic


def claims(results: Results) -> Section:
    """What the paper says, beside what was measured."""
    judged = judgements(results.judged)
    return Section(
        name="claims",
        title="What the paper says, judged",
        command=CLAIMS,
        words=[],
        charts=[_claim_chart(results, claim) for claim in CLAIMED],
        tables=[
            conclusions_table(conclusions(judged)),
            claims_table(judged),
            break_even_table(judged),
            _arithmetic(results),
            _energies(),
        ],
    )


def _claim_chart(results: Results, claim: str) -> Chart:
    """What the paper says, its own arithmetic, and what was measured, a row per format."""
    counted = "cell" if claim == ELEMENT_WISE else "total"
    rows = {}
    for report in results.reports:
        own = [each for each in own_arithmetic(format_named(report.format)) if each.claim == claim]
        marks = [Dot(OWN, own[0].saving_percent)] if own else []
        levels = ("multiplier",) if claim == ELEMENT_WISE else ("mac", "dot", "array")
        for level in levels:
            saving = main_saving(report, level)
            if saving:
                median = headline(saving)
                alone = level == "multiplier"
                percent = median.glitch_percent if alone else median.total_percent
                marks.append(Dot(LEVELS[level].title, percent))
        if marks:
            rows[report.format] = marks
    return dots(
        f"claim-{claim.split()[0]}",
        products(claim).capitalize(),
        f"% less {counted} energy, median over equal clocks if any",
        rows,
        limits={"the paper says": CLAIMED[claim]},
        hollow=(OWN,),
        least=0.0,
    )


def conclusions_table(found: list[Conclusion]) -> Table[Conclusion]:
    """Where each claim holds."""
    return Table(
        "verdicts",
        f"Over all comparisons, workloads and technologies. {LIKE.capitalize()}: both sides handle "
        "the same special cases, and units have the same sums and registers.",
        (
            words("claim", lambda row: row.claim),
            figures(q.CLAIMED, lambda row: row.claimed_percent),
            words("reading", lambda row: row.reading),
            words("holds", lambda row: _where(row.holds) or "nowhere", "holds for"),
            words(
                "without_clock",
                lambda row: _where(row.without_clock),
                "without clock and leakage for",
            ),
            figures(q.SAVED_ENERGY, lambda row: row.largest.measured.glitch_percent, "most, cells"),
            words("largest", lambda row: _where((row.largest,)), "of"),
            words("verdict", lambda row: row.text, "in full", detail=True),
        ),
        tuple(found),
    )


def _where(judged: Sequence[Judgement]) -> str:
    """Designs, each with the technologies."""
    found: dict[str, dict[str, None]] = {}
    for each in judged:
        found.setdefault(each.design, {})[each.technology] = None
    return ", ".join(f"{design} ({', '.join(where)})" for design, where in found.items())


def _place() -> tuple[Column[Judgement], ...]:
    return (
        words("claim", lambda row: row.claim, choice=True),
        words("format", lambda row: row.format, choice=True),
        words("technology", lambda row: row.technology, choice=True),
        words("level", lambda row: row.level, choice=True, detail=True),
        words("design", lambda row: row.design, code=True),
        words("baseline", lambda row: row.baseline, "instead of", code=True),
    )


def claims_table(judged: list[Judgement]) -> Table[Judgement]:
    """Every comparison beside its claim."""
    return Table(
        "claims",
        "Saved, in percent, median over equal clocks, if any. A claim holds if cells and total "
        "both reach it.",
        (
            *_place(),
            figures(q.SAVED_ENERGY, lambda row: row.measured.glitch_percent, "cells"),
            figures(q.SAVED_TOTAL, lambda row: row.measured.total_percent, "total"),
            figures(q.CLAIMED, lambda row: row.claimed_percent),
            words("verdict", lambda row: str(row.verdict), choice=True, essential=True),
            words("clocks", lambda row: clock_span(row.basis), "equal clocks, ps"),
            words("workload", lambda row: row.workload, choice=True),
            words("reading", lambda row: row.reading, choice=True),
            figures(
                q.SAVED_ENERGY,
                lambda row: row.free.glitch_percent,
                "cells, no delay target",
                "free_percent",
                detail=True,
            ),
            figures(
                q.SAVED_FUNCTIONAL,
                lambda row: row.measured.functional_percent,
                "cells, no glitches",
                detail=True,
            ),
            figures(
                q.OWN_ARITHMETIC,
                lambda row: row.paper[0].saving_percent if row.paper else None,
                detail=True,
            ),
        ),
        tuple(judged),
    )


def break_even_table(judged: list[Judgement]) -> Table[Judgement]:
    """What may be left to the rest of a unit for its claim to hold."""
    return Table(
        "break-even",
        "What L-Mul saves in the multiplier and in the rest of a unit, cells and clock; the share "
        "of the rest in the conventional unit; and the largest share at which the claim would "
        "hold, if any.",
        (
            *_place(),
            figures(q.SAVED_ENERGY, _even("multiplier_percent"), "in the multiplier", "multiplier"),
            figures(q.SAVED_ENERGY, _even("rest_percent"), "in the rest", "rest"),
            figures(q.SHARE, _even("rest_share_percent"), "share of the rest", "rest_share"),
            figures(q.SHARE, _even("allowed_rest_percent"), "largest for the claim", "allowed"),
        ),
        # Of other workloads the parts are not known.
        tuple(each for each in judged if each.break_even and each.workload == DEFAULT_WORKLOAD),
    )


def _even(field: str) -> Callable[[Judgement], float | None]:
    return lambda row: getattr(row.break_even, field)


def _arithmetic(results: Results) -> Table[ArithmeticRow]:
    return Table(
        "paper-arithmetic",
        "The paper's reckoning on published energies: an integer addition for a multiplication, "
        "without special cases, registers, clock or memory.",
        (
            words("format", lambda row: row.format, choice=True),
            words("claim", lambda row: row.own.claim),
            words("before", lambda row: _operations(row.own.before)),
            words("after", lambda row: _operations(row.own.after)),
            figures(q.PUBLISHED_PJ, lambda row: row.own.before_pj, "before", "before_pj"),
            figures(q.PUBLISHED_PJ, lambda row: row.own.after_pj, "after", "after_pj"),
            figures(q.OWN_ARITHMETIC, lambda row: row.own.saving_percent, "saved"),
            words("source", lambda row: row.own.source),
        ),
        tuple(
            ArithmeticRow(format, own)
            for format in results.formats
            for own in own_arithmetic(format_named(format))
        ),
    )


def _operations(names: tuple[str, ...]) -> str:
    return " + ".join(name.replace("_", " ") for name in names)


def _energies() -> Table[OperationRow]:
    return Table(
        "published-energies",
        "Energies of operations that others published.",
        (
            words("operation", lambda row: row.operation.replace("_", " ")),
            figures(q.PUBLISHED_PJ, lambda row: row.table.pj[row.operation]),
            words("table", lambda row: row.table.name, choice=True),
            words("source", lambda row: row.table.source),
        ),
        tuple(
            OperationRow(table, operation) for table in published().energy for operation in table.pj
        ),
    )


def gates(results: Results) -> Section:
    """The paper's gate formulas beside measured gates."""
    return Section(
        name="gates",
        title="Gates, by the paper's formulas and measured",
        words=[
            "The formulas let the array of mantissas grow linearly, which understates wide "
            "multipliers most."
        ],
        command=CLAIMS,
        tables=[
            Table(
                "gates",
                "GE: the smallest mapped netlist. Gates: two-input gates without a technology. "
                "Published: the paper's formulas (Eq. 6 to 8), and what it prints.",
                (
                    words("format", lambda row: row.format, choice=True),
                    words("technology", lambda row: row.technology, choice=True),
                    figures(q.AREA, lambda row: row.exact_mapped, "conventional", "exact_mapped"),
                    figures(q.AREA, lambda row: row.lmul_mapped, "L-Mul", "lmul_mapped"),
                    figures(
                        q.SAVED_AREA,
                        lambda row: row.mapped_percent,
                        "area saved",
                        "mapped_percent",
                    ),
                    _generic("conventional", "exact_generic", lambda row: row.exact_generic),
                    _generic("L-Mul", "lmul_generic", lambda row: row.lmul_generic),
                    figures(
                        q.SAVED_AREA,
                        lambda row: row.generic_percent,
                        "gates saved",
                        "generic_percent",
                    ),
                    _generic("L-Mul raw", "raw_generic", lambda row: row.raw_generic, detail=True),
                    _generic("adder", "adder_generic", lambda row: row.adder_generic, detail=True),
                    _formula("conventional", "exact", lambda row: row.exact_formula),
                    _formula("L-Mul", "lmul", lambda row: row.lmul_formula),
                    figures(q.OWN_ARITHMETIC, lambda row: row.formula_percent, "saved"),
                    _formula(
                        "conventional, printed",
                        "exact_printed",
                        lambda row: row.exact_printed,
                        detail=True,
                    ),
                    _formula(
                        "L-Mul, printed", "lmul_printed", lambda row: row.lmul_printed, detail=True
                    ),
                ),
                tuple(gate_counts(results.judged)),
            )
        ],
    )


def _formula(
    heading: str, name: str, value: Callable[[Gates], float | None], detail: bool = False
) -> Column[Gates]:
    return figures(q.FORMULA_GATES, value, heading, name, detail=detail)


def _generic(
    heading: str, name: str, value: Callable[[Gates], float], detail: bool = False
) -> Column[Gates]:
    return figures(q.GENERIC_COUNT, value, f"{heading}, gates", name, detail=detail)


def memory(results: Results, side: int = SIDE, target_percent: float = TARGET_PERCENT) -> Section:
    """Memory beside arithmetic."""
    rows = memory_rows(results.judged, side, target_percent)
    title = "Memory beside arithmetic"
    if not rows:
        missing = "No memory is published for this technology."
        return Section("memory", title, [], CLAIMS, missing=missing)
    return Section(
        name="memory",
        title=title,
        command=CLAIMS,
        words=[
            "Energies of memory are published, totals of arrays measured; columns that combine "
            "them say so. The pictures are of the output stationary array at an equal clock."
        ],
        charts=_memory_charts(results, rows),
        tables=[memory_table(rows)],
    )


def memory_table(rows: list[Memory]) -> Table[Memory]:
    """Both arrays with each level of memory."""
    first = rows[0]
    return Table(
        "memory",
        f"fJ per multiply-accumulate of a product of {first.side} x {first.side} matrices. Whole: "
        "array and memory. Reuse: uses of each fetched operand for "
        f"{first.target_percent:g} % in the whole, if any. Limit: saved in the whole if operands "
        "cost nothing. No equal clock: no delay target.",
        (
            words("format", lambda row: row.format, choice=True),
            words("technology", lambda row: row.technology, choice=True),
            words("dataflow", lambda row: row.array.dataflow, choice=True),
            words("array", lambda row: row.design, code=True),
            words("memory", lambda row: row.memory, "operands from", choice=True),
            figures(q.CLOCK, lambda row: row.clock_ps, "equal clock"),
            figures(q.TOTAL, lambda row: row.exact_fj, "conventional", "exact_fj"),
            figures(q.TOTAL, lambda row: row.lmul_fj, "L-Mul", "lmul_fj"),
            figures(q.SAVED_TOTAL, lambda row: row.saving_percent, "saved"),
            figures(q.SAVED_WHOLE, lambda row: row.whole_percent),
            figures(q.MEMORY, lambda row: row.memory_fj),
            figures(q.REUSE, lambda row: row.break_even_reuse),
            figures(q.LIMIT, lambda row: row.limit_percent),
            figures(q.ACCESS_PJ, lambda row: row.published_pj, detail=True),
            *(
                figures(q.WHOLE_SHARE, share, heading, name, detail=True)
                for share, heading, name in (
                    (_memory_share, "memory's share", "memory_share"),
                    (_exact_share, "multiplier's share", "exact_multiplier_share"),
                    (_lmul_share, "L-Mul's share", "lmul_multiplier_share"),
                )
            ),
        ),
        tuple(rows),
    )


def _memory_share(row: Memory) -> float:
    return row.memory_share_percent


def _exact_share(row: Memory) -> float:
    return row.exact_multiplier_share_percent


def _lmul_share(row: Memory) -> float:
    return row.lmul_multiplier_share_percent


def _memory_charts(results: Results, rows: list[Memory]) -> list[Chart]:
    shown = [
        row
        for row in rows
        if row.headline and (row.technology, row.array.dataflow) == (results.technology, "os")
    ]
    if not shown:
        return []
    levels = list(dict.fromkeys(row.memory for row in shown))
    charts = [
        dots(
            "memory-share",
            "The conventional multiplier in the whole",
            "% of the energy, by where operands come from",
            {
                format: [
                    Dot(row.memory, row.exact_multiplier_share_percent)
                    for row in shown
                    if row.format == format
                ]
                for format in dict.fromkeys(row.format for row in shown)
            },
            least=0.0,
        )
    ]
    for level in dict.fromkeys((levels[1], levels[-1])) if len(levels) > 1 else ():
        charts.append(
            lines(
                f"reuse-{level.replace(' ', '-').lower()}",
                f"Saved in the whole, operands from {level}",
                "times that each fetched operand is used",
                "% saved",
                {row.format: row.curve for row in shown if row.memory == level},
                log=True,
            )
        )
    return charts


def others(results: Results) -> Section:
    """What others published."""
    return Section(
        name="others",
        title="What others published, beside this",
        words=["The nearest like thing here stands beside; conditions differ as named."],
        command=CLAIMS,
        tables=[
            Table(
                "others",
                "Here: mapped and not placed; units with registers and handshakes; special values "
                "handled on both sides.",
                (
                    words("who", lambda row: row.work.who, "project", choice=True),
                    words("compared", lambda row: row.work.compared),
                    words("format", lambda row: row.figure.format),
                    words("quantity", lambda row: row.figure.quantity),
                    words("measured", _beside, "measured here"),
                    words("published", lambda row: row.figure.value),
                    words("designs", lambda row: row.designs, "of", code=True),
                    words("conditions", lambda row: row.work.conditions),
                    words("how", lambda row: row.how),
                ),
                tuple(beside_others(results.judged)),
            )
        ],
    )


def _beside(row: Beside) -> str:
    if row.quantity is None:
        return "not measured"
    unit = "" if row.quantity.unit == "%" else f" {row.quantity.unit}"
    return f"{row.quantity.words} {row.quantity.text(row.value)}{unit}"
