"""What the pictures of the page share: size, axes, keys and labels."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from .picture import COLOURS, STYLE

WIDTH = 4.7
"""Of every picture, in inches: narrow enough for a phone."""

SERIES = [COLOURS[f"series-{place}"] for place in range(1, 6)]
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

Points = Sequence[tuple[float, float]]


def drawing() -> AbstractContextManager[None]:
    """The settings under which pictures are drawn and saved."""
    return matplotlib.rc_context(STYLE)


def panel(height: float) -> tuple[Figure, Axes]:
    """An empty picture of :data:`WIDTH`, ``height`` in inches."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def title(axis: Axes, text: str, key_rows: int = 0) -> None:
    """A title, with room below it for so many rows of a key."""
    axis.set_title(text, pad=6 + 15 * key_rows)


def key_above(axis: Axes, columns: int = 3) -> None:
    """The key, between title and drawing, where it covers nothing."""
    axis.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=columns,
        borderaxespad=0.2,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=1.2,
    )


def log_axis(axis: Axes, which: str) -> None:
    """A logarithmic axis with plain numbers; at 1, 2 and 5 where it is short."""
    one: Axis = axis.xaxis if which == "x" else axis.yaxis
    if which == "x":
        axis.set_xscale("log")
    else:
        axis.set_yscale("log")
    low, high = axis.get_xlim() if which == "x" else axis.get_ylim()
    ratio = high / low
    subs = (1.0, 2.0, 5.0) if ratio < 60 else (1.0,)
    # Many decades have long numbers.
    one.set_major_locator(LogLocator(subs=subs, numticks=5 if ratio > 1e6 else 9))
    one.set_major_formatter(FuncFormatter(lambda value, _: plain(value)))
    one.set_minor_formatter(NullFormatter())
    if ratio < 60:
        one.set_minor_locator(NullLocator())


def plain(value: float) -> str:
    """A tick in plain digits."""
    if value >= 1:
        return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
    return f"{value:.10f}".rstrip("0")


def lines(axis: Axes, series: Mapping[str, Points]) -> None:
    """A line for each format with its name at its end; names are moved apart where they touch."""
    ends = []
    for place, (name, points) in enumerate(series.items()):
        colour = SERIES[place % len(SERIES)]
        axis.plot(
            [at for at, _ in points],
            [value for _, value in points],
            color=colour,
            marker=MARKERS[place % len(MARKERS)],
            markersize=5,
            linewidth=1.8,
        )
        ends.append((points[-1][1], points[-1][0], name, colour))
    label_ends(axis, ends)


def lines_words(series: Mapping[str, Points], names: Sequence[str], digits: int = 0) -> str:
    """The points of lines in words; ``names`` are those of the places 0, 1, 2."""
    return "; ".join(
        f"{name}: " + ", ".join(f"{names[round(at)]} {value:.{digits}f}" for at, value in points)
        for name, points in series.items()
    )


def label_ends(
    axis: Axes, ends: Sequence[tuple[float, float, str, str]], apart: float = 0.07
) -> None:
    """Names beside ``(y, x, name, colour)``, moved apart where they would cover each other.

    ``apart`` is a share of the axis's height.
    """
    ends = sorted(ends)
    place = axis.transScale + axis.transLimits
    heights = [float(place.transform((x, y))[1]) for y, x, _, _ in ends]
    for (_, x, name, colour), height in zip(ends, spread(heights, apart), strict=True):
        axis.annotate(
            name,
            (x, float(place.inverted().transform((0, height))[1])),
            xytext=(8, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontweight="bold",
            annotation_clip=False,
        )


def spread(places: Sequence[float], apart: float) -> list[float]:
    """Ascending ``places``, moved as little as need be to stand ``apart`` from each other."""
    groups: list[list[float]] = []
    for place in places:
        groups.append([place])
        while len(groups) > 1 and _start(groups[-1], apart) < _start(groups[-2], apart) + apart * (
            len(groups[-2])
        ):
            last = groups.pop()
            groups[-1] += last
    return [_start(group, apart) + apart * step for group in groups for step in range(len(group))]


def _start(group: Sequence[float], apart: float) -> float:
    """The lowest place of a group that stands around its mean."""
    return sum(group) / len(group) - apart * (len(group) - 1) / 2


def figure_text(value: float) -> str:
    """A figure of three digits at least."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def change(saved_percent: float) -> str:
    """A saving as what happens to the energy: minus where it falls."""
    rounded = round(saved_percent)
    if not rounded:
        return "0 %"
    sign = "\N{MINUS SIGN}" if rounded > 0 else "+"
    return f"{sign}{abs(rounded)} %"
