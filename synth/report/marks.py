"""Percents as marks along a line, a row per format."""

from collections.abc import Mapping, Sequence

from .chart import MARKERS, SERIES, drawing, key_above, panel, title
from .picture import COLOURS, Picture, picture


def marks_figure(
    name: str,
    heading: str,
    rows: Mapping[str, Sequence[tuple[str, float]]],
    limits: Mapping[str, float],
) -> Picture:
    """Percents as marks, a row per format; ``limits`` are lines through all rows."""
    names = list(dict.fromkeys(mark for marks in rows.values() for mark, _ in marks))
    columns = 2 if max(len(each) for each in names) > 12 else 4
    with drawing():
        figure, axis = panel(0.4 * len(rows) + 1.7)
        for row, marks in enumerate(rows.values()):
            values = [value for _, value in marks]
            axis.plot(
                [min(values), max(values)], [row, row], color=COLOURS["line"], linewidth=3, zorder=1
            )
            for mark, value in marks:
                place = names.index(mark)
                measured = not mark.startswith("the paper")
                # Marks of equal value stay apart.
                axis.plot(
                    value,
                    row + 0.1 * (place - (len(names) - 1) / 2),
                    MARKERS[place % len(MARKERS)],
                    color=SERIES[place % len(SERIES)],
                    markerfacecolor=None if measured else COLOURS["paper"],
                    markeredgewidth=1.5,
                    markersize=7,
                    linestyle="",
                )
        for place, mark in enumerate(names):
            axis.plot(
                [],
                [],
                MARKERS[place % len(MARKERS)],
                color=SERIES[place % len(SERIES)],
                markerfacecolor=COLOURS["paper"] if mark.startswith("the paper") else None,
                markeredgewidth=1.5,
                linestyle="",
                label=mark,
            )
        for limit, value in limits.items():
            axis.axvline(
                value, color=COLOURS["ink"], linewidth=1.2, linestyle=(0, (4, 3)), label=limit
            )
        axis.axvline(0, color=COLOURS["ink"], linewidth=0.8)
        low = min(value for marks in rows.values() for _, value in marks)
        axis.set_xlim(min(-3.0, low - 4), 103)
        axis.set_yticks(range(len(rows)), rows, fontweight="bold")
        axis.set_ylim(len(rows) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel("% saved by L-Mul")
        axis.grid(axis="x")
        title(axis, heading, key_rows=-(-(len(names) + len(limits)) // columns))
        key_above(axis, columns)
        said = "; ".join(
            f"{format}: " + ", ".join(f"{mark} {value:.0f} %" for mark, value in marks)
            for format, marks in rows.items()
        )
        said += "".join(f"; {limit} {value:.0f} %" for limit, value in limits.items())
        return picture(name, f"{heading}, in percent. {said}.", figure)
