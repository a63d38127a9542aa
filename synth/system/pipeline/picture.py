"""Pictures: what each accelerator runs when, and energy over iteration time."""

import io

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PolyCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from .planning import Plans
from .profile import FORWARD, RECOMPUTATION
from .realised import Realised

_COLOURS = "viridis"
_LABELLED = 250
"""Operations up to which each is hatched by its instruction and labelled with its microbatch."""
_HATCHES = {FORWARD: "", RECOMPUTATION: "...."}
_OTHER_HATCH = "////"


def gantt_picture(plans: Plans, point: int) -> bytes:
    """PNG: accelerators down, time across, frequency as colour; above all at the highest."""
    after = plans.realised(point)
    frequencies = plans.baseline.frequency.tolist()
    for each in plans.candidates.values():
        frequencies += [candidate.run.frequency for candidate in each.chosen]
    colours = ScalarMappable(Normalize(min(frequencies), max(frequencies)), colormaps[_COLOURS])
    rows = plans.graph.schedule.accelerators
    figure = Figure(figsize=(11, 2.4 + 0.5 * rows), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    for axes, realised, what in (
        (panels[0], plans.baseline, "every instruction at its highest frequency"),
        (panels[1], after, "by the plan"),
    ):
        _draw_rows(axes, plans, realised, colours)
        axes.set_title(
            f"{what}: {readable(realised.iteration_s)} s, {readable(realised.iteration_j)} J",
            loc="left",
            fontsize=10,
        )
    few = len(plans.graph.kind_of) <= _LABELLED
    said = "hatched: backward; numbers: microbatches" if few else "one bar an instruction"
    panels[1].set_xlabel(f"time, s; white: the accelerator waits; {said}")
    figure.colorbar(colours, ax=list(panels), label="frequency, as in the profile", pad=0.01)
    return _png(figure)


def _draw_rows(axes: Axes, plans: Plans, realised: Realised, colours: ScalarMappable) -> None:
    operations = plans.graph.schedule.operations
    accelerator = plans.graph.accelerator_of
    begin, end = realised.start_s, realised.start_s + realised.time_s
    fill = colours.to_rgba(realised.frequency)
    few = len(operations) <= _LABELLED
    instructions = [operation.kind.instruction for operation in operations]
    for instruction in dict.fromkeys(instructions):
        which = [place for place, each in enumerate(instructions) if each == instruction]
        corners = [
            [(begin[place], accelerator[place] + side) for side in (-0.42, 0.42)]
            + [(end[place], accelerator[place] + side) for side in (0.42, -0.42)]
            for place in which
        ]
        axes.add_collection(
            PolyCollection(
                corners,
                facecolors=fill[which],
                edgecolors="white",
                linewidths=0.6 if few else 0.1,
                hatch=_HATCHES.get(instruction, _OTHER_HATCH) if few else "",
            )
        )
    if few:
        for place, operation in enumerate(operations):
            # Dark on light colours, light on dark ones.
            light = float(np.dot(fill[place][:3], (0.299, 0.587, 0.114))) > 0.55
            axes.text(
                (begin[place] + end[place]) / 2,
                accelerator[place],
                str(operation.microbatch),
                ha="center",
                va="center",
                fontsize=7,
                color="black" if light else "white",
                bbox={"boxstyle": "round,pad=0.1", "facecolor": fill[place], "linewidth": 0},
            )
    rows = plans.graph.schedule.accelerators
    axes.set_xlim(0, max(plans.baseline.iteration_s, realised.iteration_s) * 1.005)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks(range(rows))
    axes.set_ylabel("accelerator")
    axes.spines[["top", "right"]].set_visible(False)


def frontier_picture(plans: Plans, straggler_s: float | None = None) -> bytes:
    """PNG: planned energy over time, what plans come to, and all at the highest frequencies."""
    frontier = plans.frontier
    shown = np.unique(np.linspace(0, len(frontier) - 1, 200).astype(np.int64))
    realised = [plans.realised(int(point)) for point in shown]
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    axes = figure.subplots()
    axes.plot(frontier.time_s, frontier.energy_j, color="#0072b2", label="planned")
    axes.plot(
        [each.iteration_s for each in realised],
        [each.iteration_j for each in realised],
        ".",
        markersize=3,
        color="#d55e01",
        label="at profiled frequencies",
    )
    axes.plot(
        plans.baseline.iteration_s,
        plans.baseline.iteration_j,
        "^",
        color="#1d2330",
        label="all at the highest frequency",
    )
    best = frontier.best
    axes.plot(
        frontier.time_s[best], frontier.energy_j[best], "o", color="#009e74", label="least energy"
    )
    if straggler_s is not None:
        axes.axvline(straggler_s, color="#5c6470", linestyle="--", label="straggler")
    axes.set_xlabel("iteration time, s")
    axes.set_ylabel("energy of one pipeline, J")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    return _png(figure)


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    # Without the version of the plotting library: the same bytes every time.
    figure.savefig(content, format="png", dpi=130, metadata={"Software": None})
    return content.getvalue()


def readable(value: float) -> str:
    """Four digits at least, and no exponent where people would not write one."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
