"""The sections of what was measured: savings, designs, parts, curves, errors, workloads, wires."""

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple, Protocol, TypeVar

from lmul_pe.model import Multiplier, format_named
from lmul_pe.model.accuracy.product import ProductError
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.measuring.cost import PARTS
from lmul_pe.synth.report.chart import Chart, Dot, dots, lines, plane, stacked
from lmul_pe.synth.report.section import (
    CURVES,
    KINDS,
    SYNTH,
    Results,
    Section,
    change,
    clock_span,
    listed,
    spread,
)
from lmul_pe.synth.report.table import AnyTable, Column, Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import (
    band,
    basis,
    headline,
    main_saving,
    middle,
    percent_saved,
    smallest,
)
from lmul_pe.synth.results.record import (
    Chosen,
    Curve,
    CurvePoint,
    Curves,
    Cycles,
    Design,
    Figures,
    Point,
    Report,
    Saved,
    Saving,
    Sensitivity,
    Ungated,
    WorkloadEnergy,
)

TOTAL_WORDS = (
    "The total energy of a unit is that of its cells (glitches counted, as everywhere), of the "
    "clock in its flip-flops, and of leakage, per multiply-accumulate (MAC)."
)
"""What a total is, said once in each document."""

CLIFF = (
    "At the smallest clock that both sides meet the slower one is at its limit, and a picosecond "
    "more or less moves the saving: that clock stands last, and decides nothing."
)
"""What must be known of figures at single clocks."""

SMALLEST_CLOCK = "smallest clock"
NO_TARGET = "none"
WHOLE = "whole"
STEPS = ("adder", "raw", "zero", "range")
"""What each step of the ladder is; formats without infinity and NaN have no step ``range``."""


STEP_NAMES = {STEPS[0]: KINDS["adder"], WHOLE: KINDS["lmul"]}
"""Those that have a name of their own elsewhere."""


class SavingRow(NamedTuple):
    """What one design saves on one workload: medians over ``basis``, or its only entry."""

    report: Report
    saving: Saving
    saved: Saved
    basis: tuple[Saved, ...]


class DesignRow(NamedTuple):
    """A design, and of its netlists those that a row is about."""

    report: Report
    design: Design
    chosen: Chosen


class PointRow(NamedTuple):
    """One netlist of a design at an equal clock: that of least energy, or of least area."""

    report: Report
    design: Design
    goal: str
    point: Point
    figures: Figures


class StepRow(NamedTuple):
    """A step from the bare adder to L-Mul."""

    report: Report
    step: str
    design: Design
    chosen: Chosen
    floor: Chosen
    clock_ps: float | None


class WorkloadRow(NamedTuple):
    """Energy of a design on one workload."""

    report: Report
    design: Design
    workload: str
    energy: WorkloadEnergy


class CurveRow(NamedTuple):
    """A design at one clock of its curve."""

    curves: Curves
    curve: Curve
    point: CurvePoint


class ErrorRow(NamedTuple):
    """The error of a kind of product, beside the energy of its multiplier."""

    report: Report
    design: Design
    error: ProductError


class SensitivityRow(NamedTuple):
    """A multiplier at one wire load and input slew."""

    report: Report
    point: Sensitivity


class GatingRow(NamedTuple):
    """A unit with clock gates, and without."""

    report: Report
    design: Design
    plain: Ungated


class GatedSavingRow(NamedTuple):
    """What L-Mul saves in units with clock gates, and in those without."""

    report: Report
    saving: Saving
    ungated_percent: float


class OfDesign(Protocol):
    """A row that is about a design of a report."""

    @property
    def report(self) -> Report: ...
    @property
    def design(self) -> Design: ...


RowT = TypeVar("RowT", bound=OfDesign)


def _design_columns() -> tuple[Column[RowT], ...]:
    return (
        words("format", lambda row: row.report.format, choice=True),
        words("level", lambda row: row.design.level, choice=True),
        words("kind", lambda row: row.design.kind, choice=True),
        words("design", lambda row: row.design.name, code=True),
    )


def saving_rows(results: Results, workload: str | None = None) -> tuple[SavingRow, ...]:
    """Every saving on every workload, or on one: at equal clocks, where there are some, then
    without a delay target."""
    return tuple(
        SavingRow(report, saving, *each)
        for report in results.reports
        for saving in report.savings
        for name in dict.fromkeys(saved.workload for saved in saving.saved)
        if workload in (None, name)
        for each in _conditions_of(saving, name)
    )


def _conditions_of(saving: Saving, workload: str) -> Iterator[tuple[Saved, tuple[Saved, ...]]]:
    if saving.equal:
        yield headline(saving, workload), basis(saving, workload)
    free = saving.on(workload)[-1]
    yield free, (free,)


def savings_table(rows: tuple[SavingRow, ...]) -> Table[SavingRow]:
    """What is saved, in percent."""
    return Table(
        "savings",
        "Saved, in percent; negative: lost. At equal clocks: the median over all of them, each "
        "figure's own. Around multipliers there, registers count in the total.",
        (
            words("format", lambda row: row.report.format, choice=True),
            words("level", lambda row: row.saving.level, choice=True),
            words("design", lambda row: row.saving.design, code=True),
            words("baseline", lambda row: row.saving.baseline, "instead of", code=True),
            words("clocks", lambda row: clock_span(row.basis) or NO_TARGET, "equal clocks, ps"),
            figures(q.SAVED_TOTAL, lambda row: row.saved.total_percent, "total"),
            words("total_range", lambda row: _range(row, q.SAVED_TOTAL), "range of the total, %"),
            figures(q.SAVED_ENERGY, lambda row: row.saved.glitch_percent, "cells"),
            words("glitch_range", lambda row: _range(row, q.SAVED_ENERGY), "range of cells, %"),
            figures(
                q.SAVED_FUNCTIONAL,
                lambda row: row.saved.functional_percent,
                "cells, no glitches",
                detail=True,
            ),
            figures(q.SAVED_AREA, lambda row: row.saved.area_percent, "area"),
            figures(q.SAVED_DELAY, lambda row: row.saved.delay_percent, "delay"),
            words("workload", lambda row: row.saved.workload, choice=True),
            words("meaning", lambda row: row.saving.meaning, "reading", detail=True),
        ),
        rows,
    )


def _range(row: SavingRow, quantity: q.Quantity) -> str:
    return spread([getattr(each, quantity.name) for each in row.basis], 1)


def clock_rows(results: Results) -> tuple[SavingRow, ...]:
    """Every saving on the default workload at each clock, the smallest one last; none where one
    clock alone was asked for, which :func:`saving_rows` has."""
    return tuple(
        SavingRow(report, saving, saved, (saved,))
        for report in results.reports
        for saving in report.savings
        for saved in (*band(saving), smallest(saving))
        if saved and band(saving)
    )


def clocks_table(rows: tuple[SavingRow, ...]) -> Table[SavingRow]:
    """What is saved at single clocks."""
    return Table(
        "savings-by-clock",
        "Saved, in percent, at each clock by which the medians are found, and at the smallest.",
        (
            words("format", lambda row: row.report.format, choice=True),
            words("level", lambda row: row.saving.level, choice=True),
            words("design", lambda row: row.saving.design, code=True),
            words("baseline", lambda row: row.saving.baseline, "instead of", code=True),
            figures(q.CLOCK, lambda row: row.saved.clock_ps, "equal clock"),
            words("place", _saving_place, "which"),
            figures(q.SAVED_TOTAL, lambda row: row.saved.total_percent, "total"),
            figures(q.SAVED_ENERGY, lambda row: row.saved.glitch_percent, "cells"),
            figures(
                q.SAVED_FUNCTIONAL,
                lambda row: row.saved.functional_percent,
                "cells, no glitches",
                detail=True,
            ),
            figures(q.SAVED_AREA, lambda row: row.saved.area_percent, "area"),
            figures(q.SAVED_DELAY, lambda row: row.saved.delay_percent, "delay"),
            words("meaning", lambda row: row.saving.meaning, "reading", detail=True),
        ),
        rows,
    )


def _saving_place(row: SavingRow) -> str:
    return SMALLEST_CLOCK if row.saved == smallest(row.saving) else ""


def savings(results: Results) -> Section:
    """What is saved from level to level."""
    return Section(
        name="levels",
        title="Where products are summed",
        words=[
            TOTAL_WORDS,
            "In narrow formats the multiplier is a small part of a unit. Products of L-Mul have "
            "half the bits, so that adder and registers are smaller too. Sums are in fp32, those "
            "of dot products exact or in a window.",
            *_seed_words(results),
        ],
        command=SYNTH,
        charts=[_levels_chart(results)],
        tables=[savings_table(saving_rows(results))],
    )


def over_seeds(report: Report) -> str:
    """The headlines over the seeds of operands, median and range; empty where there are none.

    Of multipliers the energy of gates, of units the total.
    """
    said = []
    for level in dict.fromkeys(each.level for each in report.seeds):
        quantity = q.SAVED_ENERGY if level == "multiplier" else q.SAVED_TOTAL
        saved = [getattr(each, quantity.name) for each in report.seeds if each.level == level]
        middle = quantity.text(median(saved))
        said.append(f"{LEVELS[level].title} {middle} ({spread(saved, 1)})")
    return ", ".join(said)


def seed_count(report: Report) -> int:
    """Of how many seeds :func:`over_seeds` is."""
    return len({each.seed for each in report.seeds})


def _seed_words(results: Results) -> list[str]:
    """What several seeds say, in a paragraph."""
    found = [report for report in results.reports if report.seeds]
    if not found:
        return []
    said = "; ".join(f"in {report.format} {over_seeds(report)}" for report in found)
    return [
        f"The medians over clocks, by the same netlists on operands of {seed_count(found[0])} "
        f"seeds, median and range: {said}."
    ]


def _levels_chart(results: Results) -> Chart:
    rows = {}
    for report in results.reports:
        rows[report.format] = [
            Dot(level.title, saving.free.total_percent)
            for level in LEVELS.values()
            if (saving := main_saving(report, level.name))
        ]
    title = "Total energy saved, no delay target"
    return dots("levels", title, "% saved by L-Mul", rows, least=0.0)


def design_rows(results: Results) -> tuple[DesignRow, ...]:
    """Every design without a delay target."""
    return tuple(
        DesignRow(report, design, design) for report in results.reports for design in report.designs
    )


def multipliers_table(rows: tuple[DesignRow, ...]) -> Table[DesignRow]:
    """Multipliers, without a delay target."""
    return Table(
        "multipliers",
        "No delay target: area of the smallest netlist; delay and energy (per product) of the one "
        "of least energy.",
        (
            *_design_columns(),
            figures(q.AREA, lambda row: row.chosen.least_area.gate_equivalents),
            figures(
                q.AREA_UM2,
                lambda row: row.chosen.least_area.area_um2,
                name="area_um2",
                detail=True,
            ),
            figures(q.AREA_RATIO, lambda row: _over(row.design, "area")),
            figures(q.GLITCH, lambda row: row.chosen.energy_fj.glitch),
            figures(
                q.GLITCH_UNCERTAINTY,
                lambda row: row.chosen.interval.glitch_uncertainty,
                detail=True,
            ),
            figures(q.GLITCH_RATIO, lambda row: _over(row.design, "glitch")),
            figures(
                q.FUNCTIONAL,
                lambda row: row.chosen.energy_fj.functional,
                detail=True,
            ),
            figures(q.UNCERTAINTY, lambda row: row.chosen.interval.uncertainty, detail=True),
            figures(q.LEAKAGE, lambda row: row.chosen.energy_fj.leakage),
            figures(q.DELAY, lambda row: row.chosen.delay_ps),
            figures(q.FASTEST, lambda row: row.design.fastest_ps),
            words("summary", lambda row: row.design.summary, "what it is", detail=True),
            words("checked", lambda row: _checked(row.design), "checked on", detail=True),
        ),
        tuple(row for row in rows if not row.design.parts),
    )


def _over(design: Design, what: str) -> float | None:
    return getattr(design.over_adder, what) if design.over_adder else None


def _checked(design: Design) -> str:
    if design.checked.every_pair:
        return "every pair"
    return f"{design.checked.pairs:,} {'products' if design.parts else 'pairs'}"


def units_table(rows: tuple[DesignRow, ...]) -> Table[DesignRow]:
    """Units, without a delay target."""
    return Table(
        "units",
        "No delay target: area of the whole unit's smallest netlist; delay and energy (per MAC) of "
        "the one of least energy.",
        (
            *_design_columns(),
            figures(q.TOTAL, lambda row: row.chosen.total_fj()),
            figures(q.GLITCH, lambda row: row.chosen.energy_fj.glitch),
            figures(q.CLOCK_ENERGY, lambda row: row.chosen.energy_fj.clock),
            figures(q.LEAKAGE, lambda row: row.chosen.energy_fj.leakage),
            figures(q.AREA, lambda row: row.chosen.least_area.gate_equivalents),
            figures(q.DELAY, lambda row: row.chosen.delay_ps),
            figures(
                q.GLITCH_UNCERTAINTY,
                lambda row: row.chosen.interval.glitch_uncertainty,
                detail=True,
            ),
            figures(
                q.FUNCTIONAL,
                lambda row: row.chosen.energy_fj.functional,
                detail=True,
            ),
            words("summary", lambda row: row.design.summary, "what it is", detail=True),
            words("checked", lambda row: _checked(row.design), "checked on", detail=True),
        ),
        tuple(row for row in rows if row.design.parts),
    )


def recipes_table(rows: tuple[DesignRow, ...]) -> Table[DesignRow]:
    """What made the netlists, and what could not be made."""
    return Table(
        "recipes",
        "Recipes: a structure (how a design is built, as from equations or full-adder cells) and "
        "the script that maps it onto cells. Given up: the synthesis tool failed.",
        (
            *_design_columns(),
            words("area_recipe", lambda row: row.design.least_area.recipe, "smallest netlist"),
            words("energy_recipe", lambda row: row.design.recipe, "netlist of least energy"),
            words("given_up", lambda row: ", ".join(row.design.given_up), "given up"),
        ),
        rows,
    )


def points_table(results: Results) -> Table[PointRow]:
    """Designs at equal clocks."""
    return Table(
        "equal-clock",
        "The netlists of least energy and of least area that meet the clock. The total counts the "
        "registers at all ports of a multiplier.",
        (
            *_design_columns(),
            words("goal", lambda row: row.goal, "least", choice=True),
            figures(q.CLOCK, lambda row: row.point.clock_ps),
            words("place", _point_place, "which"),
            figures(q.TOTAL, lambda row: row.figures.total_fj() + _around(row)),
            figures(q.GLITCH, lambda row: row.figures.energy_fj.glitch),
            figures(q.GLITCH_RATIO, lambda row: _point_over(row, "energy")),
            figures(q.AREA, lambda row: row.figures.gate_equivalents),
            figures(q.AREA_RATIO, lambda row: _point_over(row, "area")),
            figures(q.DELAY, lambda row: row.figures.delay_ps),
            figures(
                q.FUNCTIONAL,
                lambda row: row.figures.energy_fj.functional,
                detail=True,
            ),
            figures(q.LEAKAGE, lambda row: row.figures.energy_fj.leakage, detail=True),
            figures(
                q.REGISTERS,
                lambda row: row.point.registers_fj or row.point.energy_fj.clock,
                "registers or clock",
                detail=True,
            ),
            words("recipe", lambda row: row.figures.recipe, detail=True),
        ),
        tuple(
            PointRow(report, design, goal, point, chosen)
            for report in results.reports
            for design in report.designs
            for point in (*design.iso_delay[1:], *design.iso_delay[:1])
            for goal, chosen in (("energy", point), ("area", point.least_area))
        ),
    )


def _point_place(row: PointRow) -> str:
    """Of several clocks only the smallest has a name."""
    first, *others = row.design.iso_delay
    return SMALLEST_CLOCK if others and row.point is first else ""


def _around(row: PointRow) -> float:
    """Energy of the registers around, where the netlist does not count them itself."""
    return row.point.registers_fj - row.figures.registers_fj


def _point_over(row: PointRow, goal: str) -> float | None:
    """Over the bare adder at the same clock, of the netlist that is the best by that figure."""
    over = row.point.over_adder
    if over is None or row.goal != goal:
        return None
    return over.area if goal == "area" else over.glitch


def designs(results: Results) -> Section:
    """Every design that was measured."""
    rows = design_rows(results)
    tables: list[AnyTable] = [multipliers_table(rows)]
    if any(row.design.parts for row in rows):
        tables.append(units_table(rows))
    return Section(
        name="designs",
        title="Every design",
        words=[
            "GE, a gate equivalent: the area of a two-input NAND. Every netlist was checked "
            "against the bit-exact model. Kind exact is the conventional multiplier. `fold`: the "
            "offset of L-Mul is added to the weights, once."
        ],
        command=SYNTH,
        tables=[*tables, recipes_table(rows)],
    )


def clocks(results: Results) -> Section:
    """Savings and designs at single clocks."""
    title = "One clock at a time"
    points = points_table(results)
    if not points.rows:
        missing = f"Nothing was measured at an equal clock: `{SYNTH}` does it."
        return Section("clocks", title, [], SYNTH, missing=missing)
    tables: list[AnyTable] = [clocks_table(clock_rows(results)), points]
    return Section("clocks", title, [CLIFF], SYNTH, tables=tables)


def ladder(results: Results) -> Section:
    """What each special case costs on top of the bare adder."""
    rows = tuple(row for report in results.reports for row in _steps(report))
    clocks = {row.report.format: row.clock_ps for row in rows}
    said = listed(
        [
            f"{format}: " + (f"{q.CLOCK.number(clock_ps)} ps" if clock_ps else "no delay target")
            for format, clock_ps in clocks.items()
        ]
    )
    return Section(
        name="ladder",
        title="What L-Mul costs beyond the bare adder",
        words=[
            "The paper reckons with a bare adder of exponent and mantissa. Step by step, raw adds "
            "sign and offset; zero handles zero; range what is too large or too small; and the "
            f"whole L-Mul infinity and NaN. Equal clock: {said}."
        ],
        command=SYNTH,
        charts=[
            dots(
                f"ladder-{quantity.name}",
                title,
                "times the bare adder",
                {
                    format: [
                        Dot(STEP_NAMES.get(row.step, row.step), ratio(row))
                        for row in rows
                        if row.report.format == format
                    ]
                    for format in results.formats
                },
                least=1.0,
            )
            for title, quantity, ratio in (
                ("Area over the adder", q.AREA_RATIO, _area_over),
                ("Energy of the cells over the adder", q.GLITCH_RATIO, _energy_over),
            )
        ],
        tables=[
            Table(
                "ladder",
                "Area of the smallest netlist of each step; energy of the one of least energy.",
                (
                    words("format", lambda row: row.report.format, choice=True),
                    words("step", lambda row: row.step, choice=True),
                    words("design", lambda row: row.design.name, code=True),
                    figures(q.CLOCK, lambda row: row.clock_ps),
                    figures(q.AREA, lambda row: row.chosen.least_area.gate_equivalents),
                    figures(q.AREA_RATIO, _area_over),
                    figures(q.GLITCH, lambda row: row.chosen.energy_fj.glitch),
                    figures(q.GLITCH_RATIO, _energy_over),
                ),
                rows,
            )
        ],
    )


def _steps(report: Report) -> Iterator[StepRow]:
    """Of one report, at the middle one of the clocks that all steps meet, or the only one."""
    rungs = report.rungs
    clocks = [{point.clock_ps for point in rung.iso_delay} for rung in rungs]
    common = sorted(set.intersection(*clocks)) if clocks else []
    clock_ps = middle(common) or next(iter(common), None)
    names = [*STEPS[: len(rungs) - 1], WHOLE]
    chosen = [rung.at(clock_ps) for rung in rungs]
    for name, rung, each in zip(names, rungs, chosen, strict=True):
        yield StepRow(report, name, rung, each, chosen[0], clock_ps)


def _area_over(row: StepRow) -> float:
    return row.chosen.least_area.gate_equivalents / row.floor.least_area.gate_equivalents


def _energy_over(row: StepRow) -> float:
    return row.chosen.energy_fj.glitch / row.floor.energy_fj.glitch


def parts(results: Results) -> Section:
    """What units spend their energy on."""
    rows = tuple(row for row in design_rows(results) if row.design.parts)
    if not rows:
        missing = f"There are no units: `{SYNTH}` makes them."
        return Section("parts", "Where the energy goes", [], SYNTH, missing=missing)
    columns = (*PARTS, "clock", "leakage")
    return Section(
        name="parts",
        title="Where the energy goes",
        words=[
            "Parts add up to the total. Registers: flip-flops without their clock. Control: "
            "handshakes, and the multiplexers that hold registers."
        ],
        command=SYNTH,
        charts=[chart for level in ("mac", "array") for chart in _parts_chart(results, level)],
        tables=[
            Table(
                "parts",
                "fJ per multiply-accumulate without a delay target.",
                (
                    *_design_columns(),
                    figures(q.TOTAL, lambda row: row.chosen.total_fj()),
                    *(_spent(name) for name in columns),
                    *(_area_share(name) for name in PARTS),
                ),
                rows,
            )
        ],
    )


def clock_gates(results: Results) -> list[Section]:
    """Units with clock gates beside those without, where both were measured."""
    rows = tuple(
        GatingRow(report, design, plain)
        for report in results.reports
        for plain in report.without_clock_gates
        if (design := report.design(plain.design))
    )
    if not rows:
        return []
    return [
        Section(
            name="clock-gates",
            title="Clock gates",
            words=[
                "A clock gate keeps the clock from registers that hold, and replaces the "
                "multiplexers by which they would. Gate, its clock pin and enable count. Both "
                "kinds of units get them by the same rule; every figure outside this section is "
                "of units with gates."
            ],
            command=f"{SYNTH} CLOCK_GATES=1",
            tables=[
                Table(
                    "clock_gates",
                    "fJ per multiply-accumulate without a delay target; area of the smallest "
                    "netlist.",
                    (
                        *_design_columns(),
                        figures(q.TOTAL, lambda row: row.design.total_fj(), "total, gates"),
                        figures(
                            q.TOTAL, lambda row: row.plain.total_fj, "none", "ungated_total_fj"
                        ),
                        figures(
                            q.SAVED_TOTAL,
                            lambda row: percent_saved(row.design.total_fj(), row.plain.total_fj),
                            "saved",
                            "saved_by_gates_percent",
                        ),
                        figures(
                            q.CLOCK_ENERGY, lambda row: row.design.energy_fj.clock, "clock, gates"
                        ),
                        figures(
                            q.CLOCK_ENERGY,
                            lambda row: row.plain.energy_fj.clock,
                            "none",
                            "ungated_clock_fj",
                        ),
                        figures(q.GLITCH, lambda row: row.design.energy_fj.glitch, "cells, gates"),
                        figures(
                            q.GLITCH,
                            lambda row: row.plain.energy_fj.glitch,
                            "none",
                            "ungated_glitch_fj",
                        ),
                        figures(
                            q.AREA,
                            lambda row: row.design.least_area.gate_equivalents,
                            "area, gates",
                        ),
                        figures(
                            q.AREA,
                            lambda row: row.plain.gate_equivalents,
                            "none",
                            "ungated_area_ge",
                        ),
                    ),
                    rows,
                ),
                Table(
                    "clock_gates_saving",
                    "Total energy that L-Mul saves, without a delay target.",
                    (
                        words("format", lambda row: row.report.format, choice=True),
                        words("design", lambda row: row.saving.design, code=True),
                        words("baseline", lambda row: row.saving.baseline, "instead of", code=True),
                        figures(
                            q.SAVED_TOTAL, lambda row: row.saving.free.total_percent, "with gates"
                        ),
                        figures(
                            q.SAVED_TOTAL,
                            lambda row: row.ungated_percent,
                            "without gates",
                            "ungated_saved_total_percent",
                        ),
                    ),
                    tuple(_gated_savings(results)),
                ),
            ],
        )
    ]


def _gated_savings(results: Results) -> Iterator[GatedSavingRow]:
    for report in results.reports:
        totals = {each.design: each.total_fj for each in report.without_clock_gates}
        for saving in report.savings:
            own, other = totals.get(saving.design), totals.get(saving.baseline)
            if own and other:
                yield GatedSavingRow(report, saving, percent_saved(own, other))


def _spent(part: str) -> Column[DesignRow]:
    return figures(q.GLITCH, lambda row: row.chosen.spent()[part], part, f"{part}_fj")


def _area_share(part: str) -> Column[DesignRow]:
    def share(row: DesignRow) -> float:
        smallest = row.chosen.least_area
        return 100 * smallest.parts[part].area_um2 / smallest.area_um2

    return figures(q.SHARE, share, f"area: {part}", f"{part}_area_percent", detail=True)


def _parts_chart(results: Results, level: str) -> list[Chart]:
    """Of the units whose saving stands for their level, and of int8 beside them."""
    rows = {}
    for report in results.reports:
        saving = main_saving(report, level)
        if saving is None:
            continue
        integers = (each for each in report.units if (each.level, each.kind) == (level, "int"))
        for design in (*report.pair(saving), *integers):
            rows[f"{report.format} {KINDS[design.kind]}"] = design.spent()
    title = f"{LEVELS[level].title}, sums in fp32"
    return [stacked(f"parts-{level}", title, q.TOTAL, rows)] if rows else []


def curves(results: Results) -> Section:
    """Area and energy over a range of clocks."""
    rows = tuple(
        CurveRow(each, curve, point)
        for each in results.curves
        for curve in each.designs
        for point in curve.points
    )
    title = "Area and energy by clock"
    if not rows:
        return Section(
            "curves", title, [], CURVES, missing=f"No curves yet: `{CURVES}` makes them."
        )
    return Section(
        name="curves",
        title=title,
        words=[
            "For each clock the smallest netlist that meets it, and the one whose cells take least "
            "energy."
        ],
        command=CURVES,
        charts=[
            lines(
                f"curve-{quantity.name}-{each.format}",
                f"{each.format}: {quantity.words}",
                q.CLOCK.axis,
                quantity.axis,
                {
                    KINDS[curve.kind]: [
                        (point.clock_ps, getattr(point, field)) for point in curve.points
                    ]
                    for curve in each.designs
                    if curve.points
                },
            )
            for each in results.curves
            for quantity, field in ((q.AREA, "gate_equivalents"), (q.GLITCH, "glitch_fj"))
        ],
        tables=[
            Table(
                "curves",
                "Delay is that of the smallest netlist.",
                (
                    words("format", lambda row: row.curves.format, choice=True),
                    words("kind", lambda row: row.curve.kind, choice=True),
                    words("design", lambda row: row.curve.name, code=True),
                    figures(q.CLOCK, lambda row: row.point.clock_ps),
                    figures(q.DELAY, lambda row: row.point.delay_ps),
                    figures(q.AREA, lambda row: row.point.gate_equivalents),
                    figures(q.GLITCH, lambda row: row.point.glitch_fj),
                    figures(q.FUNCTIONAL, lambda row: row.point.functional_fj),
                    figures(q.LEAKAGE_POWER, lambda row: row.point.leakage_nw),
                    words("recipe", lambda row: row.point.recipe, detail=True),
                ),
                rows,
            )
        ],
    )


def errors(results: Results) -> Section:
    """Energy against error."""
    rows = tuple(
        ErrorRow(report, design, error)
        for report in results.reports
        for kind, error in report.errors.items()
        if (design := report.design(Multiplier(kind, format_named(report.format)).name))
    )
    return Section(
        name="errors",
        title="Energy against error",
        words=[
            "An L-Mul product is approximate in every format; wider mantissas hardly help. The "
            "conventional product is correctly rounded."
        ],
        command=SYNTH,
        charts=[
            plane(
                "error",
                "Energy against error",
                "mean relative error of a product, %",
                "cells, fJ per product",
                {
                    format: {
                        row.design.kind: (100 * row.error.mean, row.design.energy_fj.glitch)
                        for row in reversed(rows)
                        if row.report.format == format
                    }
                    for format in results.formats
                },
                KINDS,
            )
        ],
        tables=[
            Table(
                "errors",
                "Relative error against the real product of uniform mantissas, no overflow or "
                "underflow: every pair, above 10 mantissa bits a sample of 2^20. Energy without a "
                "delay target.",
                (
                    words("format", lambda row: row.report.format, choice=True),
                    words("kind", lambda row: row.design.kind, choice=True),
                    words("design", lambda row: row.design.name, code=True),
                    figures(q.GLITCH, lambda row: row.design.energy_fj.glitch),
                    figures(q.MEAN_ERROR, lambda row: row.error.mean),
                    figures(q.BIAS, lambda row: row.error.bias),
                    figures(q.LEAST_ERROR, lambda row: row.error.least),
                    figures(q.GREATEST_ERROR, lambda row: row.error.greatest),
                ),
                rows,
            )
        ],
    )


def workloads(results: Results) -> Section:
    """How much the answer depends on the operands."""
    found = {
        report.format: {each.workload: each.glitch_percent for each in _free(report)}
        for report in results.reports
    }
    moves = {format: max(each.values()) - min(each.values()) for format, each in found.items()}
    said = listed([f"{value:.0f} in {format}" for format, value in moves.items()])
    return Section(
        name="workloads",
        title="How much the answer depends on the operands",
        words=[
            "Between the workloads that favour L-Mul least and most, the multiplier's saving moves "
            f"by so many points: {said}."
        ],
        command=SYNTH,
        charts=[
            dots(
                "workloads",
                "Energy of cells saved by the multiplier",
                "% saved by L-Mul",
                {format: [Dot(*each) for each in found[format].items()] for format in found},
                least=0.0,
            )
        ],
        tables=[
            Table(
                "workloads",
                "fJ per operation without a delay target. Interval: 95 %, of the sampling.",
                (
                    *_design_columns(),
                    words("workload", lambda row: row.workload, choice=True),
                    figures(q.TOTAL, lambda row: row.design.total_fj(row.workload)),
                    figures(q.GLITCH, lambda row: row.energy.glitch),
                    figures(q.GLITCH_UNCERTAINTY, lambda row: row.energy.glitch_uncertainty),
                    figures(
                        q.FUNCTIONAL,
                        lambda row: row.energy.functional,
                        detail=True,
                    ),
                    figures(q.UNCERTAINTY, lambda row: row.energy.uncertainty, detail=True),
                    figures(q.SWITCHING, lambda row: row.energy.switching, detail=True),
                    figures(q.INTERNAL, lambda row: row.energy.internal, detail=True),
                ),
                tuple(
                    WorkloadRow(report, design, workload, energy)
                    for report in results.reports
                    for design in report.designs
                    if len(design.energy_by_workload) > 1
                    for workload, energy in design.energy_by_workload.items()
                ),
            )
        ],
    )


def _free(report: Report) -> list[Saved]:
    """Of the multiplier, without a delay target, on every workload."""
    return [each for each in report.savings[0].saved if each.clock_ps is None]


def sensitivity(results: Results) -> Section:
    """How far wire load and input slew move the figures."""
    rows = tuple(
        SensitivityRow(report, point) for report in results.reports for point in report.sensitivity
    )
    title = "How much it depends on wires and slews"
    if not rows:
        missing = f"Not measured yet: `{SYNTH}` does it."
        return Section("sensitivity", title, [], SYNTH, missing=missing)
    return Section(
        name="sensitivity",
        title=title,
        words=["Before layout neither wire load nor input slew is known. One varies at a time."],
        command=SYNTH,
        charts=[
            dots(
                "sensitivity",
                "Energy of cells saved by the multiplier",
                "% saved by L-Mul",
                {report.format: list(_sensitivity_dots(report)) for report in results.reports},
                least=0.0,
            )
        ],
        tables=[
            Table(
                "sensitivity",
                "Of the two netlists of least energy, per product. Wire: load per driven pin.",
                (
                    words("format", lambda row: row.report.format, choice=True),
                    words("design", lambda row: row.point.design, code=True),
                    figures(q.WIRE_LOAD, lambda row: row.point.wire_ff),
                    figures(q.SLEW, lambda row: row.point.input_slew_ps),
                    figures(q.GLITCH, lambda row: row.point.glitch_fj),
                    figures(q.FUNCTIONAL, lambda row: row.point.functional_fj),
                    figures(q.DELAY, lambda row: row.point.delay_ps),
                ),
                rows,
            )
        ],
    )


def _sensitivity_dots(report: Report) -> Iterator[Dot]:
    main = report.savings[0]
    energies = {
        (each.design, each.wire_ff, each.input_slew_ps): each.glitch_fj
        for each in report.sensitivity
    }
    for (design, wire_ff, slew_ps), energy in energies.items():
        other = energies.get((main.baseline, wire_ff, slew_ps))
        if design == main.design and other:
            yield Dot(f"{wire_ff:g} fF, {slew_ps:g} ps", 100 * (1 - energy / other))


def cycles_table(report: Report) -> Table[Cycles]:
    """Cycles of a matrix product in the arrays of a report."""
    return Table(
        "cycles",
        "Cycles by the closed formula, fill and drain included.",
        (
            words("design", lambda row: row.design, "array", code=True),
            words("product", lambda row: f"{row.m} x {row.k} x {row.n}"),
            figures(q.CYCLES, lambda row: row.cycles),
            figures(q.UTILISATION, lambda row: row.utilisation),
        ),
        report.cycles,
    )


class ConditionRow(NamedTuple):
    """One thing that figures depend on."""

    format: str
    what: str
    value: str


EVERY_FORMAT = "all"


def method(results: Results) -> Section:
    """Methods and limits."""
    values: dict[str, dict[str, str]] = {}
    for report in results.reports:
        for what, value in _conditions(report).items():
            values.setdefault(what, {})[report.format] = value
    rows = []
    for what, by_format in values.items():
        shared = len(by_format) == len(results.formats) and len(set(by_format.values())) == 1
        if shared:
            by_format = {EVERY_FORMAT: next(iter(by_format.values()))}
        rows += [ConditionRow(format, what, value) for format, value in by_format.items()]
    gated = any(report.without_clock_gates for report in results.reports)
    return Section(
        name="method",
        title="Methods and limits",
        words=[
            "Both sides are built in the same ways and mapped by the same scripts, and the best "
            "netlist is kept. Its cells' energy is simulated with the delay of every cell "
            "(`docs/method.md`). Left out: placement, wires unless a load is given, clock tree"
            f"{'' if gated else ', clock gating'}.",
        ],
        command="make report",
        tables=[
            Table(
                "conditions",
                "What the figures depend on.",
                (
                    words("format", lambda row: row.format, choice=True),
                    words("what", lambda row: row.what),
                    words("value", lambda row: row.value),
                ),
                tuple(rows),
            )
        ],
    )


def _conditions(report: Report) -> dict[str, str]:
    given, library = report.assumptions, report.library
    return {
        **({"measured on": report.measured_on} if report.measured_on else {}),
        "technology": f"{report.technology}: {library.source}",
        "supply": f"{given.voltage} V, {given.temperature} degrees Celsius",
        "gate equivalent": f"{library.gate_equivalent_cell}, {library.gate_equivalent_um2} um2",
        "wire load": f"{given.wire_ff_per_fanout} fF per driven pin",
        "input slew": f"{given.input_slew_ps:g} ps",
        "clock": f"{given.clock_ps:.0f} ps, by which leakage becomes energy",
        "delay target": given.delay_target,
        "operand pairs": f"{given.pairs_per_workload:,} per workload, seed {report.seed}",
        **{f"workload {name}": meaning for name, meaning in given.workloads.items()},
        "units": given.units,
        "tools": ", ".join(f"{name} {version}" for name, version in report.tools.items()),
        **{f"left out of {each.level}": each.why for each in report.left_out},
    }


def comparison_charts(report: Report) -> list[Chart]:
    """Area, energy and delay of every multiplier, with what L-Mul saves where it is compared."""
    saved = {each.design: each.free for each in reversed(report.savings)}
    panels = (
        ("area", "Area of the smallest netlist", q.AREA, _smallest_ge, q.SAVED_AREA),
        ("energy", "Cells of the netlist of least energy", q.GLITCH, _energy_fj, q.SAVED_ENERGY),
        ("delay", "Delay of that netlist, no target", q.DELAY, _delay_ps, q.SAVED_DELAY),
    )
    charts = []
    for name, title, quantity, value, saving in panels:
        rows = {}
        for design in report.multipliers:
            label = quantity.number(value(design))
            if design.kind == "lmul" and design.name in saved:
                label += f", {change(getattr(saved[design.name], saving.name))}"
            rows[design.name] = [Dot(KINDS[design.kind], value(design), label)]
        charts.append(dots(name, title, quantity.axis, rows, least=0.0))
    return charts


def _smallest_ge(design: Chosen) -> float:
    return design.least_area.gate_equivalents


def _energy_fj(design: Chosen) -> float:
    return design.energy_fj.glitch


def _delay_ps(design: Chosen) -> float:
    return design.delay_ps


def level_charts(report: Report) -> list[Chart]:
    """What L-Mul saves in the multiplier and in each unit, and what units spend energy on."""
    first = main_saving(report, "multiplier")
    compared = [each for each in report.savings if each is first or each.level != "multiplier"]
    rows = {
        "multiplier alone" if each is first else each.meaning: [
            Dot(words, getattr(each.free, quantity.name))
            for words, quantity in (
                ("area", q.SAVED_AREA),
                ("total energy", q.SAVED_TOTAL),
            )
        ]
        for each in compared
    }
    spent = {design.name: design.spent() for design in report.units}
    charts = [stacked("parts", "Energy of a multiply-accumulate by part", q.TOTAL, spent)]
    if rows:
        charts.insert(
            0,
            dots("saved", "Saved by L-Mul, no delay target", "% saved", rows, least=0.0),
        )
    return charts


def units(results: Results) -> Section:
    """The units of one array's report."""
    rows = design_rows(results)
    return Section(
        name="designs",
        title="Designs",
        words=[],
        command=SYNTH,
        tables=[units_table(rows), recipes_table(rows)],
    )


def cycles(results: Results) -> Section:
    """Cycles of a matrix product."""
    return Section(
        name="cycles",
        title="Cycles",
        words=[],
        command=SYNTH,
        tables=[cycles_table(report) for report in results.reports],
    )
