"""Drawings as SVG that stands in a page: text stays text, and colours are those of its style
sheet, so that one drawing serves light and dark."""

import io
import re
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.figure import Figure

matplotlib.use("Agg")

COLOURS = {
    "paper": "#fffffe",
    "ink": "#1d2330",
    "muted": "#5c6470",
    "line": "#c9ced6",
    "adder": "#868c96",
    "lmul": "#0b7a75",
    "exact": "#c4602d",
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
    "hatch.linewidth": 0.6,
}
"""Settings of the plotting library under which every picture is drawn and saved."""

FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, sans-serif"
"""Of the system; the first two are as wide as the plotting library thinks."""


@dataclass(frozen=True)
class Picture:
    """A drawing in the page.

    Parameters
    ----------
    name
        Of the drawing within the page.
    words
        What it shows, for those who cannot see it.
    svg
        An ``<svg>`` element.
    """

    name: str
    words: str
    svg: str


def picture(name: str, words: str, figure: Figure) -> Picture:
    """``figure`` as inline SVG, the same bytes every time; to be called under :data:`STYLE`."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    # Several drawings share the page, and with it the names of their elements.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'xlink:href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = svg.replace("'DejaVu Sans'", FONTS)
    for role, colour in COLOURS.items():
        svg = svg.replace(colour, f"var(--{role})")
    svg = re.sub(r'<svg [^>]*viewBox="([^"]*)"[^>]*>', _opening(name), svg, count=1)
    return Picture(name, words, re.sub(r"\n\s*", "\n", svg).strip())


def _opening(name: str) -> str:
    return rf'<svg class="drawing" viewBox="\1" role="img" aria-labelledby="{name}-words">'
