"""The pictures of the page.  Each says in words what it shows, for those who cannot see it."""

from collections.abc import Sequence

from lmul_pe.synth.design import levels
from lmul_pe.synth.report.chart import (
    MARKERS,
    change,
    drawing,
    figure_text,
    key_above,
    label_ends,
    lines,
    lines_words,
    log_axis,
    panel,
    title,
)
from lmul_pe.synth.report.marks import marks_figure
from lmul_pe.synth.report.picture import COLOURS, Picture, picture
from lmul_pe.synth.results.page_data import PageData
from lmul_pe.synth.results.report_rows import STEPS, WHOLE, CurvePoint, Design, Share

from .answer import KINDS, Answer, level_saving

LABELS = {"adder": "bare adder", "lmul": "L-Mul", "exact": "conventional", "int": "int8"}
LEVELS = {level.name: level.title for level in levels.LEVELS.values()}
PARTS = ("multiplier", "adder", "registers", "control", "clock", "leakage")


def answer_figure(data: PageData, found: Answer) -> Picture:
    """Energy of a multiplication, by format and kind, with the savings at the bars."""
    with drawing():
        figure, axis = panel(0.62 * len(data.formats) + 1.0)
        energies = [each.energy_fj for each in found.operations]
        for group, format in enumerate(data.formats):
            for place, kind in enumerate(KINDS):
                row = group + 0.27 * (place - 1)
                value = found.energy(format, kind)
                axis.barh(
                    row,
                    value,
                    height=0.25,
                    color=COLOURS[kind],
                    label=LABELS[kind] if group == 0 else None,
                )
                text = figure_text(value)
                if kind == "lmul":
                    text += f"\N{EN SPACE}{change(found.saved_percent[format])}"
                axis.annotate(
                    text,
                    (value, row),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center_baseline",
                    fontsize=9,
                    fontweight="bold" if kind == "lmul" else "normal",
                )
        axis.set_xlim(min(energies) / 2.5, max(energies) * 2.8)
        log_axis(axis, "x")
        axis.set_yticks(range(len(data.formats)), data.formats, fontsize=11, fontweight="bold")
        axis.tick_params(axis="y", length=0)
        axis.invert_yaxis()
        axis.set_xlabel("fJ per multiplication, glitches counted, log scale")
        axis.grid(axis="x")
        key_above(axis)
        said = "; ".join(
            f"{format}: "
            + ", ".join(
                f"{LABELS[kind]} {figure_text(found.energy(format, kind))} fJ" for kind in KINDS
            )
            + f", L-Mul {change(found.saved_percent[format])}"
            for format in data.formats
        )
        return picture("answer-bars", f"Bars of energy per multiplication. {said}.", figure)


def levels_figure(data: PageData, field: str, heading: str) -> Picture:
    """What is saved at each level, a line per format; ``field`` is that of a saving."""
    with drawing():
        figure, axis = panel(3.4)
        series: dict[str, list[tuple[float, float]]] = {}
        for format in data.formats:
            found = [level_saving(data, format, level) for level in LEVELS]
            values = [getattr(each, field) if each else None for each in found]
            series[format] = [(at, each) for at, each in enumerate(values) if each is not None]
        axis.axhline(0, color=COLOURS["ink"], linewidth=0.8)
        low = min(value for points in series.values() for _, value in points)
        axis.set_ylim(min(-5.0, low - 5), 100)
        axis.set_xlim(-0.2, len(LEVELS) - 0.3)
        lines(axis, series)
        axis.set_xticks(range(len(LEVELS)), LEVELS.values())
        axis.set_ylabel("% saved")
        axis.grid(axis="y")
        title(axis, heading)
        said = lines_words(series, list(LEVELS.values()))
        words = f"{heading}, in percent, a line per format. {said}."
        return picture(f"levels-{field.replace('_', '-')}", words, figure)


def ladder_figure(data: PageData, field: str, heading: str) -> Picture:
    """What each special case costs, a line per format; ``field`` is that of a step."""
    steps = [each for each in (*STEPS, WHOLE) if any(row.step == each for row in data.ladder)]
    series = {
        format: [
            (float(steps.index(row.step)), getattr(row, field))
            for row in data.ladder
            if row.format == format
        ]
        for format in data.formats
    }
    with drawing():
        figure, axis = panel(3.4)
        axis.set_ylim(0.9, 1.05 * max(value for points in series.values() for _, value in points))
        axis.set_xlim(-0.2, len(steps) - 0.3)
        lines(axis, series)
        axis.set_xticks(range(len(steps)), steps)
        axis.set_ylabel("times the bare adder")
        axis.grid(axis="y")
        title(axis, heading)
        said = lines_words(series, steps, digits=2)
        words = f"{heading}, times the bare adder, a line per format. {said}."
        return picture(f"ladder-{field.replace('_', '-')}", words, figure)


def parts_figure(data: PageData, level: str, compared: str, heading: str) -> Picture:
    """What units spend their energy on: a stacked bar for each format and kind."""
    units = [
        unit
        for format in data.formats
        for unit in data.designs
        if (unit.format, unit.level, unit.compared) == (format, level, compared)
    ]
    with drawing():
        figure, axis = panel(0.29 * len(units) + 1.5)
        places: list[float] = []
        most = 0.0
        for unit in units:
            # Both kinds of a format stand together.
            gap = 1.0 if not places or unit.kind != "lmul" else 1.35
            places.append(places[-1] + gap if places else 0.0)
            start = 0.0
            for part, value in spending(unit, data.parts).items():
                axis.barh(
                    places[-1],
                    value,
                    left=start,
                    height=0.82,
                    color=COLOURS[f"part-{part}"],
                    label=part if len(places) == 1 else None,
                )
                start += value
            axis.annotate(
                f"{start:,.0f}",
                (start, places[-1]),
                xytext=(4, 0),
                textcoords="offset points",
                va="center_baseline",
                fontsize=8.5,
            )
            most = max(most, start)
        axis.set_yticks(places, [f"{unit.format} {LABELS[unit.kind]}" for unit in units])
        axis.tick_params(axis="y", length=0)
        axis.invert_yaxis()
        axis.set_xlim(0, 1.16 * most)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlabel("fJ per multiply-accumulate")
        axis.grid(axis="x")
        title(axis, heading, key_rows=2)
        key_above(axis)
        said = "; ".join(
            f"{unit.format} {LABELS[unit.kind]}: "
            + ", ".join(f"{part} {value:.0f}" for part, value in spending(unit, data.parts).items())
            for unit in units
        )
        return picture(f"parts-{level}", f"{heading}: energy in fJ by part. {said}.", figure)


def spending(unit: Design, shares: Sequence[Share]) -> dict[str, float]:
    """Energy of a unit by part, with glitches, in fJ."""
    parts = [share for share in shares if (share.format, share.name) == (unit.format, unit.name)]
    spent = {share.part: share.glitch_fj for share in parts}
    spent["clock"] = sum(share.clock_fj for share in parts)
    spent["leakage"] = unit.leakage_fj
    return {part: spent[part] for part in PARTS}


def curve_figure(data: PageData, format: str, what: str) -> Picture:
    """``area`` or ``energy`` of the multipliers of a format against the clock."""
    unit = "gate equivalents" if what == "area" else "fJ per multiplication"
    with drawing():
        figure, axis = panel(3.0)
        said = []
        for kind, marker in zip(KINDS, MARKERS, strict=False):
            points = sorted(
                (point.clock_ps, curve_value(point, what))
                for point in data.curves
                if point.name == f"{kind}_{format}"
            )
            if not points:
                continue
            axis.plot(
                [delay for delay, _ in points],
                [value for _, value in points],
                color=COLOURS[kind],
                marker=marker,
                markersize=5,
                linewidth=1.5,
                label=LABELS[kind],
            )
            said.append(
                f"{LABELS[kind]} from {points[0][1]:.0f} at {points[0][0]:.0f} ps "
                f"to {points[-1][1]:.0f} at {points[-1][0]:.0f} ps"
            )
        log_axis(axis, "x")
        log_axis(axis, "y")
        axis.set_xlabel("clock, ps")
        axis.set_ylabel(unit)
        axis.grid()
        title(axis, f"{format}: {what}", key_rows=1)
        key_above(axis)
        words = f"{format}: {what} in {unit} by clock. {'; '.join(said)}."
        return picture(f"curve-{what}-{format}", words, figure)


def curve_value(point: CurvePoint, what: str) -> float:
    """``area`` in gate equivalents, or ``energy`` in fJ."""
    return point.area_ge if what == "area" else point.glitch_fj


def error_figure(data: PageData) -> Picture:
    """Energy of a product against its error, a line from conventional to L-Mul per format."""
    with drawing():
        figure, axis = panel(3.6)
        known = {(row.format, row.kind): row for row in data.errors}
        ends = []
        for format in data.formats:
            exact, lmul = known[format, "exact"], known[format, "lmul"]
            axis.plot(
                [100 * exact.mean, 100 * lmul.mean],
                [exact.energy_fj, lmul.energy_fj],
                color=COLOURS["line"],
                linewidth=1.2,
                zorder=1,
            )
            for row, marker in ((exact, "s"), (lmul, "o")):
                axis.plot(
                    100 * row.mean,
                    row.energy_fj,
                    marker,
                    color=COLOURS[row.kind],
                    markersize=7,
                    label=LABELS[row.kind] if format == data.formats[0] else None,
                )
            axis.annotate(
                format,
                (100 * exact.mean, exact.energy_fj),
                xytext=(-7, -7),
                textcoords="offset points",
                ha="right",
                va="center",
                color=COLOURS["exact"],
            )
            ends.append((lmul.energy_fj, 100 * lmul.mean, format, COLOURS["lmul"]))
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.margins(x=0.17, y=0.1)
        log_axis(axis, "y")
        axis.autoscale_view()
        # Names stand to the right of the rightmost point.
        right = max(x for _, x, _, _ in ends)
        label_ends(axis, [(y, right, name, colour) for y, _, name, colour in ends])
        log_axis(axis, "x")
        axis.set_xlabel("mean relative error of a product, %")
        axis.set_ylabel("fJ per multiplication")
        axis.grid()
        key_above(axis)
        said = "; ".join(
            f"{row.format} {LABELS[row.kind]}: {100 * row.mean:.2g} % at "
            f"{figure_text(row.energy_fj)} fJ"
            for row in data.errors
        )
        return picture("error", f"Energy against mean relative error. {said}.", figure)


def workload_figure(data: PageData) -> Picture:
    """What a multiplier saves on each workload, a row of marks per format."""
    found = {format: workload_savings(data, format) for format in data.formats}
    return marks_figure(
        "workloads",
        "Energy saved by the multiplier, glitches counted",
        {format: [(name, value) for name, value in each.items()] for format, each in found.items()},
        {},
    )


def workload_savings(data: PageData, format: str) -> dict[str, float]:
    """Energy that L-Mul saves in a format's multiplier, in percent, by workload."""
    energy = {
        (row.name, row.workload): row.glitch_fj
        for row in data.workloads
        if row.format == format and row.level == "multiplier"
    }
    return {
        workload: 100 * (1 - value / energy[f"exact_{format}", workload])
        for (name, workload), value in energy.items()
        if name == f"lmul_{format}" and (f"exact_{format}", workload) in energy
    }


def sensitivity_figure(data: PageData) -> Picture:
    """What a multiplier saves at each wire load and input slew, a row of marks per format."""
    rows: dict[str, list[tuple[str, float]]] = {}
    for format in data.formats:
        energy = {
            (row.name, row.wire_ff, row.input_slew_ps): row.glitch_fj
            for row in data.sensitivity
            if row.format == format
        }
        for (name, wire_ff, slew_ps), value in energy.items():
            other = energy.get((f"exact_{format}", wire_ff, slew_ps))
            if name == f"lmul_{format}" and other:
                mark = f"{wire_ff:g} fF, {slew_ps:g} ps"
                rows.setdefault(format, []).append((mark, 100 * (1 - value / other)))
    heading = "Energy saved by the multiplier, by wire and slew"
    return marks_figure("sensitivity", heading, rows, {})
