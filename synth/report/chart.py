"""Charts of results: dots by row, stacked bars, lines over a range, and points in a plane.

One chart is drawn once and written as SVG for the page, where text stays text and colours follow
the style sheet in light and dark, or as PNG for a folder.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from lmul_pe.synth.results.quantities import Quantity

matplotlib.use("Agg")

COLOURS = {
    "paper": "#fffffe",
    "ink": "#1d2330",
    "muted": "#5c6470",
    "line": "#c9ced6",
    "adder": "#868c96",
    "lmul": "#0b7a75",
    "exact": "#c4602d",
    "int": "#5b4fa0",
    "part-multiplier": "#0b7a76",
    "part-adder": "#d9a441",
    "part-registers": "#5b6fa8",
    "part-control": "#a9b0bb",
    "part-clock": "#93a5d8",
    "part-leakage": "#7d5a4a",
    "series-1": "#0072b2",
    "series-2": "#d55e01",
    "series-3": "#009e74",
    "series-4": "#b4508f",
    "series-5": "#8a6d00",
}
"""Colours by what they mean, as drawn; each is a variable of that name in the style sheet, and no
two are equal, so that it is known by its value."""

SIGNS = {
    "bare adder": ("o", "adder"),
    "L-Mul": ("s", "lmul"),
    "corrected L-Mul": ("P", "series-1"),
    "conventional": ("^", "exact"),
    "int8": ("D", "int"),
    "multiplier": ("o", "series-1"),
    "MAC": ("s", "series-2"),
    "dot product": ("^", "series-3"),
    "8 x 8 array": ("D", "series-4"),
    "raw": ("^", "series-2"),
    "zero": ("D", "series-3"),
    "range": ("v", "series-4"),
}
"""Marker and colour of what stands in several charts, the same in each; other series take theirs by
their place."""

SERIES = [COLOURS[f"series-{place}"] for place in range(1, 6)]
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lmul-pe",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["muted"],
    "axes.titlecolor": COLOURS["ink"],
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.6,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelcolor": COLOURS["ink"],
    "ytick.labelcolor": COLOURS["ink"],
    "legend.frameon": False,
    "legend.fontsize": 9,
}

_LABEL_WIDTH = 32
"""Characters of a line of a row's name."""

_KEY_WIDTH = 54
"""Characters of a line of the key, with four for each mark."""

WIDTH = 4.7
"""Of a chart, in inches: narrow enough for a phone."""

_FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, sans-serif"
"""Of the system; the first two are as wide as the plotting library thinks."""

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """A drawing, and what it shows.

    Parameters
    ----------
    name
        Of its file, and of the drawing within a page.
    title
        Above the drawing.
    words
        The figures, for those who cannot see them.
    draw
        What draws it.
    height
        In inches.
    key_rows
        Lines of the key, between title and drawing.
    """

    name: str
    title: str
    words: str
    draw: Callable[[Axes], None]
    height: float
    key_rows: int = 0

    def png(self) -> bytes:
        """The picture, the same bytes every time."""
        return png([self])

    def svg(self) -> str:
        """An ``<svg>`` element, the same bytes every time."""
        with matplotlib.rc_context(STYLE):
            figure = Figure(figsize=(WIDTH, self.height), layout="constrained")
            self._place(figure.subplots())
            buffer = io.StringIO()
            nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
            figure.savefig(buffer, format="svg", metadata=nothing)
        svg = buffer.getvalue()
        svg = svg[svg.index("<svg") :]
        # Several drawings share the page, and with it the names of their elements.
        svg = re.sub(r'\bid="', f'id="{self.name}-', svg)
        svg = re.sub(r'xlink:href="#', f'href="#{self.name}-', svg)
        svg = re.sub(r"url\(#", f"url(#{self.name}-", svg)
        svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
        svg = svg.replace("'DejaVu Sans'", _FONTS)
        for role, colour in COLOURS.items():
            svg = svg.replace(colour, f"var(--{role})")
        opening = (
            rf'<svg class="drawing" viewBox="\1" role="img" aria-labelledby="{self.name}-words">'
        )
        svg = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', opening, svg, count=1)
        return re.sub(r"\n\s*", "\n", svg).strip()

    def _place(self, axis: Axes) -> None:
        self.draw(axis)
        axis.set_title(self.title, pad=6 + 15 * self.key_rows)


def png(charts: Sequence[Chart], columns: int | None = None) -> bytes:
    """Charts as one picture, the same bytes every time.

    Parameters
    ----------
    columns
        How many stand side by side; all of them by default.
    """
    across = columns or len(charts)
    down = -(-len(charts) // across)
    with matplotlib.rc_context(STYLE | {"figure.facecolor": "white", "savefig.facecolor": "white"}):
        height = max(chart.height for chart in charts)
        figure = Figure(figsize=(1.4 * WIDTH * across, height * down), layout="constrained")
        axes = figure.subplots(down, across, squeeze=False).flatten()
        for chart, axis in zip(charts, axes, strict=False):
            chart._place(axis)
        for axis in axes[len(charts) :]:
            axis.set_axis_off()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=144, metadata={"Software": None})
    return buffer.getvalue()


@dataclass(frozen=True)
class Dot:
    """A mark in a row: which series, its value, and what is written beside it."""

    series: str
    value: float
    label: str = ""


def dots(
    name: str,
    title: str,
    axis_words: str,
    rows: Mapping[str, Sequence[Dot]],
    *,
    limits: Mapping[str, float] | None = None,
    log: bool = False,
    hollow: Sequence[str] = (),
    least: float | None = None,
) -> Chart:
    """Dots along a line, a row to a category.

    Parameters
    ----------
    limits
        Lines through all rows, by name.
    log
        Whether the axis is logarithmic.
    hollow
        Series that are not measured.
    least
        Where a linear axis begins at the latest; by default a little below the least value.
    """
    series = list(dict.fromkeys(dot.series for row in rows.values() for dot in row))
    bounds = limits or {}
    entries = [*(series if len(series) > 1 else ()), *bounds]
    columns = _key_columns(entries)
    key_rows = -(-len(entries) // columns)
    labelled = any(dot.label for row in rows.values() for dot in row)
    # Marks of equal value stay apart, and what is written beside them too.
    apart = 0.72 * any(len(row) > 1 for row in rows.values())

    def style(each: str) -> dict[str, Any]:
        marker, colour = sign(each, series.index(each))
        face = COLOURS["paper"] if each in hollow else colour
        return {
            "marker": marker,
            "color": colour,
            "markerfacecolor": face,
            "markeredgewidth": 1.5,
            "markersize": 7,
            "linestyle": "",
        }

    def draw(axis: Axes) -> None:
        values = [dot.value for row in rows.values() for dot in row]
        if log:
            axis.set_xlim(min(values) / 2, max(values) * 3)
            log_axis(axis, "x")
        else:
            everything = [*values, *bounds.values(), *([least] if least is not None else [])]
            room = 0.06 * (max(everything) - min(everything) or 1.0)
            wide = 3 if labelled else 1
            axis.set_xlim(min(everything) - room, max(everything) + wide * room)
        for place, row in enumerate(rows.values()):
            if place:
                axis.axhline(place - 0.5, color=COLOURS["line"], linewidth=0.6)
            for dot in row:
                shift = apart * ((series.index(dot.series) + 0.5) / len(series) - 0.5)
                axis.plot(dot.value, place + shift, **style(dot.series))
                if dot.label:
                    axis.annotate(
                        dot.label,
                        (dot.value, place + shift),
                        xytext=(7, 0),
                        textcoords="offset points",
                        va="center",
                        fontsize=8.5,
                        bbox={"facecolor": COLOURS["paper"], "edgecolor": "none", "pad": 0.6},
                        zorder=1.5,
                    )
        for each in series if len(series) > 1 else ():
            axis.plot([], [], label=each, **style(each))
        for limit, value in bounds.items():
            axis.axvline(
                value, color=COLOURS["ink"], linewidth=1.2, linestyle=(0, (4, 3)), label=limit
            )
        if not log and axis.get_xlim()[0] < 0:
            axis.axvline(0, color=COLOURS["ink"], linewidth=0.8)
        _rows_axis(axis, list(rows))
        if not log:
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        axis.set_xlabel(axis_words + (", log scale" if log else ""))
        if key_rows:
            key_above(axis, columns)

    said = "; ".join(
        f"{row}: " + ", ".join(f"{dot.series} {dot.label or short(dot.value)}" for dot in each)
        for row, each in rows.items()
    )
    said += "".join(f"; {limit} {short(value)}" for limit, value in bounds.items())
    of_row = max(0.6 if labelled else 0.42, 0.13 * len(series)) if apart else 0.42
    height = of_row * len(rows) + 1.1 + 0.2 * key_rows
    return Chart(name, title, f"{title}, {axis_words}. {said}.", draw, height, key_rows)


def stacked(
    name: str, title: str, quantity: Quantity, rows: Mapping[str, Mapping[str, float]]
) -> Chart:
    """A bar to a row, made of parts; what it comes to stands at its end."""

    def draw(axis: Axes) -> None:
        most = max(sum(parts.values()) for parts in rows.values())
        for place, parts in enumerate(rows.values()):
            start = 0.0
            for part, value in parts.items():
                label = part if place == 0 else None
                colour = COLOURS[f"part-{part}"]
                axis.barh(place, value, left=start, height=0.8, color=colour, label=label)
                start += value
            axis.annotate(
                quantity.number(start),
                (start, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center_baseline",
                fontsize=8.5,
            )
        _rows_axis(axis, list(rows))
        axis.set_xlim(0, 1.16 * most)
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlabel(quantity.axis)
        key_above(axis)

    said = "; ".join(
        f"{row}: " + ", ".join(f"{part} {quantity.number(value)}" for part, value in parts.items())
        for row, parts in rows.items()
    )
    words = f"{title}, {quantity.axis}. {said}."
    key_rows = -(-len(next(iter(rows.values()))) // 3)
    return Chart(name, title, words, draw, 0.29 * len(rows) + 1.5, key_rows)


def lines(
    name: str,
    title: str,
    across: str,
    up: str,
    series: Mapping[str, Points],
    *,
    log: bool = False,
    log_up: bool = False,
) -> Chart:
    """Lines over a range of numbers.

    Parameters
    ----------
    log, log_up
        Whether the range, and the values, are on a logarithmic axis.
    """

    def draw(axis: Axes) -> None:
        values = [value for points in series.values() for _, value in points]
        for place, (each, points) in enumerate(series.items()):
            marker, colour = sign(each, place)
            axis.plot(
                *zip(*points, strict=True),
                color=colour,
                marker=marker,
                markersize=4.5,
                linewidth=1.6,
                label=each,
            )
        if log_up:
            log_axis(axis, "y")
        else:
            room = 0.05 * (max(values) - min(0.0, *values))
            axis.set_ylim(min(0.0, *values) - room, max(values) + room)
        if log:
            log_axis(axis, "x")
        axis.set_xlabel(across)
        axis.set_ylabel(up)
        axis.grid()
        key_above(axis)

    said = "; ".join(
        f"{each}: {short(points[0][1])} at {short(points[0][0])} to {short(points[-1][1])} at "
        f"{short(points[-1][0])}"
        for each, points in series.items()
    )
    key_rows = -(-len(series) // 3)
    return Chart(name, title, f"{title}: {up} by {across}. {said}.", draw, 3.2, key_rows)


def plane(
    name: str,
    title: str,
    across: str,
    up: str,
    pairs: Mapping[str, Mapping[str, tuple[float, float]]],
    labels: Mapping[str, str],
) -> Chart:
    """Points in a plane of two logarithmic axes, each with the name of its group.

    Parameters
    ----------
    pairs
        Group to kind to its place.
    labels
        What a kind is called.
    """

    def draw(axis: Axes) -> None:
        for group, points in pairs.items():
            for place, (kind, at) in enumerate(points.items()):
                label = labels[kind] if group == next(iter(pairs)) else None
                marker, colour = sign(labels[kind], place)
                axis.plot(*at, marker, color=colour, markersize=7, label=label)
                axis.annotate(
                    group,
                    at,
                    xytext=(7, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=8.5,
                    color=colour,
                )
        axis.margins(x=0.2, y=0.1)
        for which in "xy":
            log_axis(axis, which)
        axis.set_xlabel(across)
        axis.set_ylabel(up)
        axis.grid()
        key_above(axis)

    said = "; ".join(
        f"{group} {labels[kind]}: {short(x)}, {short(y)}"
        for group, points in pairs.items()
        for kind, (x, y) in points.items()
    )
    return Chart(name, title, f"{title}: {across}, then {up}. {said}.", draw, 3.6, 1)


def trade_off(
    name: str,
    title: str,
    across: str,
    up: str,
    points: Mapping[str, tuple[float, float]],
    names: Sequence[str],
) -> Chart:
    """Points by name, on a logarithmic axis across and one that begins at zero upwards.

    Parameters
    ----------
    names
        All that there may be in charts of this kind, so that each has one sign in all of them.
    """

    def draw(axis: Axes) -> None:
        for each, at in points.items():
            place = names.index(each)
            marker, colour = MARKERS[place % len(MARKERS)], SERIES[place % len(SERIES)]
            axis.plot(*at, marker, color=colour, markersize=8, label=each, clip_on=False)
        values = [value for value, _ in points.values()]
        axis.set_xlim(min(values) / 1.5, max(values) * 1.5)
        axis.set_ylim(0, 1.1 * max(value for _, value in points.values()))
        log_axis(axis, "x")
        axis.set_xlabel(across + ", log scale")
        axis.set_ylabel(up)
        axis.grid()
        key_above(axis)

    said = "; ".join(f"{each}: {short(x)}, {short(y)}" for each, (x, y) in points.items())
    key_rows = -(-len(points) // 3)
    return Chart(name, title, f"{title}: {across}, then {up}. {said}.", draw, 3.6, key_rows)


def sign(series: str, place: int) -> tuple[str, str]:
    """Marker and colour of a series, which stands at ``place`` among those of its chart."""
    if series in SIGNS:
        marker, role = SIGNS[series]
        return marker, COLOURS[role]
    return MARKERS[place % len(MARKERS)], SERIES[place % len(SERIES)]


def _rows_axis(axis: Axes, names: Sequence[str]) -> None:
    axis.set_yticks(
        range(len(names)), [fill(name, _LABEL_WIDTH, break_long_words=False) for name in names]
    )
    axis.set_ylim(len(names) - 0.45, -0.55)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x")


def _key_columns(entries: Sequence[str]) -> int:
    """Of the key: all in one line where that is wide enough."""
    if sum(len(each) + 4 for each in entries) <= _KEY_WIDTH:
        return max(len(entries), 1)
    return 2 if max(map(len, entries)) > 13 else 3


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


def grouped(value: float) -> str:
    """A tick of a linear axis, thousands apart."""
    return f"{value:,.10g}".replace("-", "\N{MINUS SIGN}")


def short(value: float) -> str:
    """A figure of three digits at least."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
