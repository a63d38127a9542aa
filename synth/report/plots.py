"""Plots of a report: area, energy and delay side by side, with the saving on them."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib.axes import Axes
from matplotlib.figure import Figure

LABELS = {"adder": "bare adder", "lmul": "L-Mul", "exact": "conventional"}
COLOURS = {"adder": "#8a8f98", "lmul": "#0b7a75", "exact": "#c4602d"}
"""Colour of each kind: the floor grey, L-Mul teal, conventional orange; told apart without red
and green."""


def comparison_plot(report: Mapping[str, Any]) -> bytes:
    """Area, energy with glitches and delay of every design, as PNG.

    One panel per figure; every bar carries its value, and each L-Mul bar what it saves over the
    conventional multiplier with the same handling of subnormals.
    """
    designs: Sequence[Mapping[str, Any]] = [
        design for design in report["designs"] if design["level"] == "multiplier"
    ]
    savings = {saving["design"]: saving for saving in reversed(report["savings"])}
    panels = (
        (
            "Area, smallest recipe",
            "gate equivalents (NAND2)",
            [design["least_area"]["gate_equivalents"] for design in designs],
            lambda saving: saving["area_percent"],
        ),
        (
            "Energy, least-energy recipe",
            "fJ per operation, with glitches",
            [design["energy_fj"]["glitch"] for design in designs],
            lambda saving: saving["glitch_energy_percent"],
        ),
        (
            "Delay, least-energy recipe",
            "ps, unconstrained",
            [design["delay_ps"] for design in designs],
            lambda saving: saving["delay_percent"],
        ),
    )
    figure = Figure(figsize=(12.5, 4.4), layout="constrained")
    axes = figure.subplots(1, len(panels), sharey=True)
    for axis, (title, unit, values, saved) in zip(axes, panels, strict=True):
        _bars(axis, designs, values)
        axis.set_title(title, fontsize=11, loc="left")
        axis.set_xlabel(unit, fontsize=9)
        for row, (design, value) in enumerate(zip(designs, values, strict=True)):
            text = f" {value:,.0f}" if value >= 10 else f" {value:.2g}"
            saving = savings.get(design["name"])
            if design["kind"] == "lmul" and saving:
                percent = saved(saving)
                text += (
                    f"  ({percent:.0f} % less)" if percent >= 0 else f"  ({-percent:.0f} % more)"
                )
            axis.text(value, row, text, va="center", fontsize=9)
    node_nm = report["library"]["node_nm"]
    node = f", {node_nm} nm" if node_nm else ""
    figure.suptitle(
        f"{report['format']} multipliers in {report['technology']}{node}: "
        f"workload {designs[0]['workload']}; savings over the conventional multiplier "
        "with the same handling of subnormals (raw: over the flushing one)",
        fontsize=10,
    )
    return _png(figure)


PART_COLOURS = {
    "multiplier": "#0b7a75",
    "adder": "#d9a441",
    "registers": "#5b6fa8",
    "control": "#b9bec6",
}


def levels_plot(report: Mapping[str, Any]) -> bytes:
    """What L-Mul saves at each level, and what each unit spends its energy on, as PNG."""
    units = [design for design in report["designs"] if "parts" in design]
    names = {design["name"]: design for design in units}
    first = report["savings"][0]
    savings = [first, *(each for each in report["savings"] if each["design"] in names)]
    height = 1.4 + 0.36 * max(len(units), 1.6 * len(savings))
    figure = Figure(figsize=(15, height), layout="constrained")
    saved, spent = figure.subplots(1, 2, width_ratios=(1, 1.25))
    _saved_panel(saved, savings, first)
    _spent_panel(spent, units)
    figure.suptitle(
        f"{report['format']} in {report['technology']}, workload {first_workload(report)}: L-Mul "
        "against conventional units with the same accumulator; an operation is one "
        "multiply-accumulate",
        fontsize=10,
    )
    return _png(figure)


def first_workload(report: Mapping[str, Any]) -> str:
    """The workload of a report's figures."""
    return str(report["designs"][0]["workload"])


def _saved_panel(
    axis: Axes, savings: Sequence[Mapping[str, Any]], first: Mapping[str, Any]
) -> None:
    kinds = (
        ("area", "#c9c2b5", lambda saving: saving["area_percent"]),
        (
            "energy with glitches",
            "#0b7a75",
            lambda saving: saving["glitch_energy_percent"],
        ),
        ("with clock and leakage", "#7fb7b3", lambda saving: saving["total_energy_percent"]),
    )
    least = min(0.0, *(value(saving) for saving in savings for _, _, value in kinds))
    most = max(value(saving) for saving in savings for _, _, value in kinds)
    room = 0.1 * (most - least)
    for place, (label, colour, value) in enumerate(kinds):
        rows = [row + 0.27 * (place - 1) for row in range(len(savings))]
        values = [value(saving) for saving in savings]
        axis.barh(rows, values, height=0.25, color=colour, label=label)
        for row, number in zip(rows, values, strict=True):
            text = f"{number:.0f}" if round(number) else "0"
            axis.text(max(number, 0) + room / 8, row, text, va="center", fontsize=7.5)
    axis.axvline(0, color="black", linewidth=0.8)
    labels = ["multiplier alone" if saving is first else saving["meaning"] for saving in savings]
    axis.set_yticks(range(len(savings)), labels, fontsize=8.5)
    axis.invert_yaxis()
    axis.set_xlim(least - room / 2, most + room)
    axis.set_title("Saved by L-Mul, %", fontsize=11, loc="left")
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3)


def _spent_panel(axis: Axes, units: Sequence[Mapping[str, Any]]) -> None:
    rows = range(len(units))
    start = [0.0] * len(units)
    for name, colour in PART_COLOURS.items():
        for what, hatch, label in (
            ("glitch_fj", "", name),
            ("clock_fj", "////", f"{name}, clock"),
        ):
            values = [design["parts"][name][what] for design in units]
            if not any(values):
                continue
            axis.barh(
                rows,
                values,
                left=start,
                height=0.7,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.4,
                label=label,
            )
            start = [begin + value for begin, value in zip(start, values, strict=True)]
    most = max(start)
    for row, total in zip(rows, start, strict=True):
        axis.text(total + 0.01 * most, row, f"{total:,.0f}", va="center", fontsize=8)
    axis.set_yticks(rows, [design["name"] for design in units], fontsize=8.5)
    axis.invert_yaxis()
    axis.set_xlim(0, 1.1 * most)
    axis.set_title("Energy of a multiply-accumulate by part, fJ", fontsize=11, loc="left")
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(fontsize=8, frameon=False, loc="upper center", bbox_to_anchor=(0.4, -0.06), ncols=5)


def summary_plot(reports: Sequence[Mapping[str, Any]]) -> bytes:
    """Energy and area of both multipliers and of the bare adder, format by format, as PNG.

    Logarithmic, because formats differ a hundredfold; every L-Mul bar carries its difference from
    the conventional one.
    """
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    panels = (
        ("Energy per product, with glitches", "fJ, log scale", "energy"),
        ("Area", "gate equivalents (NAND2), log scale", "area"),
    )
    for axis, (title, unit, what) in zip(figure.subplots(1, 2), panels, strict=True):
        for column, report in enumerate(reports):
            designs = {design["name"]: design for design in report["designs"]}
            saving = report["savings"][0]
            names = (f"adder_{report['format']}", saving["design"], saving["baseline"])
            for place, name in enumerate(names):
                design = designs[name]
                value = (
                    design["energy_fj"]["glitch"]
                    if what == "energy"
                    else design["least_area"]["gate_equivalents"]
                )
                kind = design["kind"]
                position = column + 0.27 * (place - 1)
                axis.bar(
                    position,
                    value,
                    width=0.25,
                    color=COLOURS[kind],
                    label=LABELS[kind] if column == 0 else None,
                )
                if kind == "lmul":
                    percent = (
                        saving["glitch_energy_percent"]
                        if what == "energy"
                        else saving["area_percent"]
                    )
                    axis.annotate(
                        f"{-percent:+.0f} %" if round(percent) else "0 %",
                        (position, value),
                        xytext=(0, -4),
                        textcoords="offset points",
                        ha="center",
                        va="top",
                        rotation=90,
                        color="white",
                        fontsize=8.5,
                        fontweight="bold",
                    )
        axis.set_yscale("log")
        axis.set_xticks(range(len(reports)), [report["format"] for report in reports])
        axis.set_title(title, fontsize=11, loc="left")
        axis.set_ylabel(unit, fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(fontsize=8, frameon=False, loc="upper left")
    technology, workload = reports[0]["technology"], reports[0]["designs"][0]["workload"]
    figure.suptitle(
        f"{technology}, workload {workload}, subnormals flushed, no delay target: "
        "L-Mul against the conventional multiplier",
        fontsize=10,
    )
    return _png(figure)


def _bars(axis: Axes, designs: Sequence[Mapping[str, Any]], values: Sequence[float]) -> None:
    axis.barh(
        range(len(designs)),
        values,
        color=[COLOURS[design["kind"]] for design in designs],
        height=0.66,
    )
    axis.set_yticks(range(len(designs)), [design["name"] for design in designs], fontsize=9)
    axis.invert_yaxis()
    axis.set_xlim(0, max(values) * 1.42)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without the version of the plotting library in the file, equal plots are equal bytes.
    figure.savefig(buffer, format="png", dpi=144, metadata={"Software": None})
    return buffer.getvalue()
