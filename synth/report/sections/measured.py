"""The sections of what was measured: levels, designs, parts, curves, errors, workloads, wires."""

from dataclasses import asdict

from lmul_pe.synth.report.section import (
    AREA,
    CLOCK,
    CURVES,
    DELAY,
    FORMAT,
    FUNCTIONAL,
    GLITCHES,
    INTERVAL,
    KIND,
    LEAKAGE,
    LEVEL,
    NAME,
    RECIPE,
    SYNTH,
    WORKLOAD,
    Section,
    rows,
)
from lmul_pe.synth.report.table import Column, Style, Table
from lmul_pe.synth.results.page_data import PageData

from .answer import listed
from .figures import (
    curve_figure,
    error_figure,
    ladder_figure,
    levels_figure,
    parts_figure,
    sensitivity_figure,
    spending,
    workload_figure,
    workload_savings,
)


def levels(data: PageData) -> Section:
    """What is saved from level to level."""
    return Section(
        name="levels",
        title="Where products are summed",
        words=[
            "A multiplier is one part of a unit, and in narrow formats a small one. L-Mul against "
            "the conventional multiplier, both with sums in fp32, the array output stationary. "
            "Products of L-Mul have half the bits, so that the adder and the registers in front "
            "of it are smaller too; in narrow formats that is most of what is saved."
        ],
        command=SYNTH,
        pictures=[
            levels_figure(data, "glitch_percent", "Energy saved, glitches counted"),
            levels_figure(data, "total_percent", "Saved with clock and leakage"),
        ],
        tables=[
            Table(
                "savings",
                "Saved by L-Mul, in percent; negative: lost. No delay target; and with glitches at "
                "equal delay, where both meet one clock.",
                (
                    FORMAT,
                    LEVEL,
                    Column("design", "design", Style.CODE),
                    Column("baseline", "instead of", Style.CODE),
                    Column("area_percent", "area", Style.PERCENT),
                    Column("delay_percent", "delay", Style.PERCENT),
                    Column("functional_percent", "functional energy", Style.PERCENT),
                    Column("glitch_percent", "with glitches", Style.PERCENT),
                    Column("total_percent", "with clock, leakage too", Style.PERCENT),
                    Column("equal_ps", "equal delay, ps"),
                    Column("equal_area_percent", "area at it", Style.PERCENT),
                    Column("equal_percent", "energy at it", Style.PERCENT),
                    Column("equal_total_percent", "with clock, leakage, registers", Style.PERCENT),
                    Column("meaning", "reading", Style.TEXT),
                ),
                rows(data.savings),
            )
        ],
    )


def designs(data: PageData) -> Section:
    """Every design that was measured."""
    tables = [
        Table(
            "designs",
            "No delay target: area of the smallest recipe; delay and energy of the recipe of "
            f"least energy, workload {data.workload}. Energy in fJ per operation: a product of a "
            "multiplier, a multiply-accumulate of a unit.",
            (
                FORMAT,
                LEVEL,
                KIND,
                NAME,
                AREA,
                DELAY,
                FUNCTIONAL,
                INTERVAL,
                GLITCHES,
                CLOCK,
                LEAKAGE,
                Column("area_over_adder", "area / adder", Style.RATIO),
                Column("glitch_over_adder", "energy / adder", Style.RATIO),
                Column("summary", "what it is", Style.TEXT),
            ),
            rows(data.designs),
        )
    ]
    if data.equal_delay:
        tables.append(
            Table(
                "equal-delay",
                "At equal delay: of the recipes that meet the clock, the one of least energy and "
                "the one of least area.",
                (
                    FORMAT,
                    LEVEL,
                    KIND,
                    NAME,
                    Column("goal", "least", Style.TEXT, choice=True),
                    Column("clock_ps", "clock, ps"),
                    DELAY,
                    AREA,
                    FUNCTIONAL,
                    GLITCHES,
                    LEAKAGE,
                    Column("registers_fj", "registers, fJ"),
                    RECIPE,
                ),
                rows(data.equal_delay),
            )
        )
    return Section(
        name="designs",
        title="Every design",
        words=[
            "A gate equivalent (GE) is the area of a two-input NAND. Every netlist was checked "
            "against the bit-exact model before it was measured. Kinds: lmul, exact (the "
            "conventional multiplier), adder (the bare integer adder), int (int8)."
        ],
        command=SYNTH,
        tables=tables,
    )


def ladder(data: PageData) -> Section:
    """What each special case costs on top of the bare adder."""
    clocks = {row.format: row.clock_ps for row in data.ladder}
    said = listed(
        [
            f"{format}: {f'{clock_ps:.0f} ps' if clock_ps else 'no delay target'}"
            for format, clock_ps in clocks.items()
        ]
    )
    return Section(
        name="ladder",
        title="What L-Mul costs beyond the bare adder",
        words=[
            "The paper reckons with an adder of exponent and mantissa. From there: raw adds sign "
            "and offset, zero handles zero, range what is too large or too small, and the whole "
            "infinity and NaN. All steps of a format meet the same clock where they have one "
            f"({said})."
        ],
        command=SYNTH,
        pictures=[
            ladder_figure(data, "area_over_adder", "Area"),
            ladder_figure(data, "energy_over_adder", "Energy, glitches counted"),
        ],
        tables=[
            Table(
                "ladder",
                "Steps from the bare adder to L-Mul: the smallest netlist of each, and the one of "
                "least energy, in fJ with glitches.",
                (
                    FORMAT,
                    Column("step", "step", Style.TEXT, choice=True),
                    NAME,
                    Column("clock_ps", "clock, ps"),
                    AREA,
                    Column("area_over_adder", "area / adder", Style.RATIO),
                    GLITCHES,
                    Column("energy_over_adder", "energy / adder", Style.RATIO),
                ),
                rows(data.ladder),
            )
        ],
    )


def parts(data: PageData) -> Section:
    """What units spend their energy on."""
    drawn = [
        parts_figure(data, level, compared, heading)
        for level, compared, heading in (
            ("mac", "multiply-accumulate with fp32 sums", "Multiply-accumulate, sums in fp32"),
            ("array", "output stationary 8 x 8 array with fp32 sums", "8 x 8 array, sums in fp32"),
        )
        if any(share.compared == compared for share in data.parts)
    ]
    units = [design for design in data.designs if design.level != "multiplier"]
    columns = ("multiplier", "adder", "registers", "control", "clock", "leakage")
    return Section(
        name="parts",
        title="Where the energy goes",
        words=[
            "All parts differ between the two bars of a format: a shorter product makes a smaller "
            "adder and fewer registers. Registers are the flip-flops without their clock; control "
            "is everything else: handshakes, and the multiplexers that hold registers."
        ],
        command=SYNTH,
        pictures=drawn,
        tables=[
            Table(
                "parts",
                "Energy of every unit by part, in fJ per multiply-accumulate, glitches counted.",
                (FORMAT, LEVEL, KIND, NAME, *(Column(name, f"{name}, fJ") for name in columns)),
                tuple({**asdict(unit), **spending(unit, data.parts)} for unit in units),
            )
        ]
        if units
        else [],
        missing="" if units else f"There are no units: `{SYNTH}` makes them.",
    )


def curves(data: PageData) -> Section:
    """Area and energy over a range of clocks."""
    formats = dict.fromkeys(point.format for point in data.curves)
    return Section(
        name="curves",
        title="Area and energy against delay",
        words=[
            "For each clock the smallest netlist that meets it, and the one of least energy, "
            "glitches counted."
        ],
        command=CURVES,
        pictures=[
            curve_figure(data, format, what) for format in formats for what in ("area", "energy")
        ],
        tables=[
            Table(
                "curves",
                "A row for each design and clock; delay is that of the smallest netlist.",
                (
                    FORMAT,
                    KIND,
                    NAME,
                    Column("clock_ps", "clock, ps"),
                    DELAY,
                    AREA,
                    FUNCTIONAL,
                    GLITCHES,
                    Column("leakage_nw", "leakage, nW"),
                    RECIPE,
                ),
                rows(data.curves),
            )
        ]
        if data.curves
        else [],
        missing="" if data.curves else f"There are no curves yet: `{CURVES}` makes them.",
    )


def errors(data: PageData) -> Section:
    """Energy against error."""
    return Section(
        name="errors",
        title="Energy against error",
        words=[
            "An L-Mul product is an approximation in every format, and wider mantissas hardly "
            "make it better. The conventional product is correctly rounded; its error is that of "
            "rounding. A line joins both products of a format."
        ],
        command="make report",
        pictures=[error_figure(data)],
        tables=[
            Table(
                "errors",
                "Relative error against the real product, uniform mantissas, no overflow or "
                "underflow: every pair, above 10 mantissa bits a sample of 2^20. Energy without a "
                "delay target, glitches counted.",
                (
                    FORMAT,
                    KIND,
                    NAME,
                    Column("mean", "mean, without sign", Style.SMALL),
                    Column("bias", "mean, with sign", Style.SMALL),
                    Column("least", "least", Style.SMALL),
                    Column("greatest", "greatest", Style.SMALL),
                    Column("energy_fj", "energy, fJ"),
                ),
                rows(data.errors),
            )
        ],
    )


def workloads(data: PageData) -> Section:
    """How much the answer depends on the operands."""
    found = {format: workload_savings(data, format) for format in data.formats}
    moves = {format: max(each.values()) - min(each.values()) for format, each in found.items()}
    said = listed([f"{value:.0f} in {format}" for format, value in moves.items()])
    several = {row.name for row in data.workloads if row.workload != data.workload}
    return Section(
        name="workloads",
        title="How much the answer depends on the operands",
        words=[
            "From the workload that favours L-Mul least to the one that favours it most, the "
            f"multiplier's saving in energy moves by so many points: {said}."
        ],
        command=SYNTH,
        pictures=[workload_figure(data)],
        tables=[
            Table(
                "workloads",
                "Energy of the designs that were measured on several workloads, in fJ per "
                "operation; the interval is that of the sampling, 95 %.",
                (
                    FORMAT,
                    LEVEL,
                    KIND,
                    NAME,
                    WORKLOAD,
                    FUNCTIONAL,
                    INTERVAL,
                    Column("switching_fj", "switching, fJ"),
                    Column("internal_fj", "internal, fJ"),
                    GLITCHES,
                    Column(
                        "glitch_uncertainty_fj", "\N{PLUS-MINUS SIGN} with glitches", Style.SMALL
                    ),
                ),
                rows(row for row in data.workloads if row.name in several),
            )
        ],
    )


def sensitivity(data: PageData) -> Section:
    """How far wire load and input slew move the figures."""
    return Section(
        name="sensitivity",
        title="How much it depends on wires and slews",
        words=[
            "Neither the load of the wires nor the slew of the inputs is known before layout. One "
            "of them varies at a time."
        ],
        command=SYNTH,
        pictures=[sensitivity_figure(data)] if data.sensitivity else [],
        tables=[
            Table(
                "sensitivity",
                "Energy in fJ per multiplication and delay by wire load per driven pin and input "
                "slew.",
                (
                    FORMAT,
                    NAME,
                    Column("wire_ff", "wire, fF"),
                    Column("input_slew_ps", "slew, ps"),
                    FUNCTIONAL,
                    GLITCHES,
                    DELAY,
                ),
                rows(data.sensitivity),
            )
        ]
        if data.sensitivity
        else [],
        missing="" if data.sensitivity else f"Not measured yet: `{SYNTH}` does it.",
    )
