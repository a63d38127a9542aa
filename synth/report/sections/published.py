"""The sections of what is published, beside what was measured: claims, gates, memory, others."""

from collections.abc import Callable
from typing import NamedTuple

from lmul_pe.model import format_named
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
from lmul_pe.synth.report.section import CLAIMS, Results, Section
from lmul_pe.synth.report.table import Column, Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.system.memory import SIDE, TARGET_PERCENT, Memory, memory_rows

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
        words=[
            "Both sides of a comparison with like features handle the same special cases, and "
            "units have the same sums and registers. In the pictures glitches are counted, and of "
            "units, which have fp32 sums there, clock and leakage too."
        ],
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
    rows = {}
    for report in results.reports:
        own = [each for each in own_arithmetic(format_named(report.format)) if each.claim == claim]
        marks = [Dot(OWN, own[0].saving_percent)] if own else []
        levels = ("multiplier",) if claim == ELEMENT_WISE else ("mac", "dot", "array")
        for level in levels:
            saving = main_saving(report, level)
            if saving:
                first = saving.on()[0]
                alone = level == "multiplier"
                marks.append(Dot(level, first.glitch_percent if alone else first.total_percent))
        if marks:
            rows[report.format] = marks
    return dots(
        f"claim-{claim.split()[0]}",
        products(claim).capitalize(),
        "% less energy",
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
        "the same cases, units have the same sums and registers.",
        (
            words("claim", lambda row: row.claim),
            figures(q.CLAIMED, lambda row: row.claimed_percent),
            words("reading", lambda row: row.reading),
            words("verdict", lambda row: row.text, "it"),
        ),
        tuple(found),
    )


def _place() -> tuple[Column[Judgement], ...]:
    return (
        words("claim", lambda row: row.claim, choice=True),
        words("format", lambda row: row.format, choice=True),
        words("technology", lambda row: row.technology, choice=True),
        words("level", lambda row: row.level, choice=True),
        words("design", lambda row: row.design, code=True),
        words("baseline", lambda row: row.baseline, "instead of", code=True),
    )


def claims_table(judged: list[Judgement]) -> Table[Judgement]:
    """Every comparison beside its claim."""
    return Table(
        "claims",
        "Saved, in percent. Published: what the paper says, and what its own arithmetic on a table "
        "of energies gives. Measured: at the smallest equal clock where there is one (energy with "
        "glitches; then with clock, leakage and, around multipliers, registers), and without a "
        "delay target. A claim holds if both of the first two reach it.",
        (
            *_place(),
            words("workload", lambda row: row.workload, choice=True),
            figures(q.CLAIMED, lambda row: row.claimed_percent),
            figures(
                q.OWN_ARITHMETIC, lambda row: row.paper[0].saving_percent if row.paper else None
            ),
            figures(q.SAVED_ENERGY, lambda row: row.measured.glitch_percent, "energy"),
            figures(q.SAVED_TOTAL, lambda row: row.measured.total_percent, "with clock"),
            figures(q.SAVED_FUNCTIONAL, lambda row: row.measured.functional_percent, "no glitches"),
            figures(q.CLOCK, lambda row: row.measured.clock_ps, "equal clock"),
            figures(
                q.SAVED_ENERGY, lambda row: row.free.glitch_percent, "no target", "free_percent"
            ),
            words("verdict", lambda row: str(row.verdict), choice=True, essential=True),
            words("reading", lambda row: row.reading, choice=True),
        ),
        tuple(judged),
    )


def break_even_table(judged: list[Judgement]) -> Table[Judgement]:
    """What may be left to the rest of a unit for its claim to hold."""
    return Table(
        "break-even",
        "Dot products: what L-Mul saves in the multiplier and in the rest (adder, registers, "
        "control), gates with glitches and clock; the share that the rest has in the conventional "
        "unit; and the largest share at which the claim would hold, nothing where none is small "
        "enough.",
        (
            *_place(),
            figures(q.SAVED_ENERGY, _even("multiplier_percent"), "in the multiplier", "multiplier"),
            figures(q.SAVED_ENERGY, _even("rest_percent"), "in the rest", "rest"),
            figures(q.SHARE, _even("rest_share_percent"), "share of the rest", "rest_share"),
            figures(q.SHARE, _even("allowed_rest_percent"), "largest for the claim", "allowed"),
        ),
        tuple(each for each in judged if each.break_even and each.measured is not None),
    )


def _even(field: str) -> Callable[[Judgement], float | None]:
    return lambda row: getattr(row.break_even, field)


def _arithmetic(results: Results) -> Table[ArithmeticRow]:
    return Table(
        "paper-arithmetic",
        "The paper's way of reckoning on its table of published energies: a bare integer addition "
        "in place of a multiplication, without special cases, registers, clock or memory. Nothing "
        "here is measured.",
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
            "The formulas count the array of mantissas as growing linearly, which understates wide "
            "multipliers most."
        ],
        command=CLAIMS,
        tables=[
            Table(
                "gates",
                "Published: the paper's formulas (Eq. 6 to 8), and what it prints, where it does. "
                "Measured: two-input gates without a technology, and NAND2 equivalents of the "
                "smallest mapped netlist.",
                (
                    words("format", lambda row: row.format, choice=True),
                    words("technology", lambda row: row.technology, choice=True),
                    _formula("conventional", "exact", lambda row: row.exact_formula),
                    _formula(
                        "conventional, printed", "exact_printed", lambda row: row.exact_printed
                    ),
                    _formula("L-Mul", "lmul", lambda row: row.lmul_formula),
                    _formula("L-Mul, printed", "lmul_printed", lambda row: row.lmul_printed),
                    figures(q.OWN_ARITHMETIC, lambda row: row.formula_percent, "saved"),
                    _generic("conventional", "exact_generic", lambda row: row.exact_generic),
                    _generic("L-Mul", "lmul_generic", lambda row: row.lmul_generic),
                    _generic("L-Mul raw", "raw_generic", lambda row: row.raw_generic),
                    _generic("adder", "adder_generic", lambda row: row.adder_generic),
                    figures(
                        q.SAVED_AREA, lambda row: row.generic_percent, "saved", "generic_percent"
                    ),
                    figures(q.AREA, lambda row: row.exact_mapped, "conventional", "exact_mapped"),
                    figures(q.AREA, lambda row: row.lmul_mapped, "L-Mul", "lmul_mapped"),
                    figures(
                        q.SAVED_AREA, lambda row: row.mapped_percent, "saved", "mapped_percent"
                    ),
                ),
                tuple(gate_counts(results.judged)),
            )
        ],
    )


def _formula(heading: str, name: str, value: Callable[[Gates], float | None]) -> Column[Gates]:
    return figures(q.FORMULA_GATES, value, heading, name)


def _generic(heading: str, name: str, value: Callable[[Gates], float]) -> Column[Gates]:
    return figures(q.GENERIC_COUNT, value, f"{heading}, gates", name)


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
            "Energies of memory are published, those of the arrays measured; they meet only in "
            "what is computed from both, and columns say which is which. The pictures are of the "
            "output stationary array at an equal clock."
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
        "array and memory. Reuse: how often each fetched operand must be used for "
        f"{first.target_percent:g} % in the whole; nothing where no reuse is enough. Limit: saved "
        "in the whole if operands cost nothing. Without an equal clock there was no delay target.",
        (
            words("format", lambda row: row.format, choice=True),
            words("technology", lambda row: row.technology, choice=True),
            words("dataflow", lambda row: row.array.dataflow, choice=True),
            words("array", lambda row: row.design, code=True),
            figures(q.CLOCK, lambda row: row.clock_ps, "equal clock"),
            words("memory", lambda row: row.memory, "operands from", choice=True),
            figures(q.ACCESS_PJ, lambda row: row.published_pj),
            figures(q.TOTAL, lambda row: row.exact_fj, "conventional", "exact_fj"),
            figures(q.TOTAL, lambda row: row.lmul_fj, "L-Mul", "lmul_fj"),
            figures(q.SAVED_TOTAL, lambda row: row.saving_percent, "saved"),
            figures(q.MEMORY, lambda row: row.memory_fj),
            figures(
                q.WHOLE_SHARE, lambda row: row.memory_share_percent, "its share", "memory_share"
            ),
            figures(
                q.WHOLE_SHARE,
                lambda row: row.exact_multiplier_share_percent,
                "multiplier's share",
                "exact_multiplier_share",
            ),
            figures(
                q.WHOLE_SHARE,
                lambda row: row.lmul_multiplier_share_percent,
                "L-Mul's",
                "lmul_multiplier_share",
            ),
            figures(q.SAVED_WHOLE, lambda row: row.whole_percent),
            figures(q.REUSE, lambda row: row.break_even_reuse),
            figures(q.LIMIT, lambda row: row.limit_percent),
        ),
        tuple(rows),
    )


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
        words=["Conditions differ as named; the nearest like thing here stands beside."],
        command=CLAIMS,
        tables=[
            Table(
                "others",
                "Published figures of others, and what was measured here: mapped and not placed; "
                "units with registers and handshakes; special values handled on both sides.",
                (
                    words("who", lambda row: row.work.who, "project", choice=True),
                    words("conditions", lambda row: row.work.conditions),
                    words("compared", lambda row: row.work.compared),
                    words("format", lambda row: row.figure.format),
                    words("quantity", lambda row: row.figure.quantity),
                    words("published", lambda row: row.figure.value),
                    words("measured", _beside, "measured here"),
                    words("designs", lambda row: row.designs, "of", code=True),
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
