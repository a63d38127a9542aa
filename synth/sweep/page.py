"""The points of a sweep on one page that a browser shows without any network."""

import json
from collections.abc import Sequence
from pathlib import Path

from .point import Point

FIGURES = {
    "energy_fj": "energy of an operation, fJ",
    "area_um2": "area by products a cycle, um2",
    "delay_ps": "delay, ps",
    "clock_ghz": "clock, GHz",
    "mean_error": "mean error of a product",
    "sum_error": "error of sums",
    "least_area_um2": "area of the smallest netlist, um2",
}
"""What an axis may be, and how it is called."""

_WORDS = ("design", "level", "format", "kind", "accumulator", "technology", "target_ps", "recipe")
_TEMPLATE = Path(__file__).with_name("page.html")


def page(points: Sequence[Point]) -> str:
    """The HTML file; points that miss their clock are not on it."""
    rows = [
        {
            **{name: getattr(point, name) for name in (*_WORDS, *FIGURES)},
            "command": point.command,
            "verilog": point.verilog,
        }
        for point in points
        if point.meets
    ]
    data = json.dumps({"points": rows, "figures": FIGURES}, allow_nan=False)
    # Inside a script's element nothing may look like its end.
    return _TEMPLATE.read_text(encoding="utf-8").replace("DATA", data.replace("<", "\\u003c"))
