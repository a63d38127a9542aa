"""The error of one dot product against its length, by products, accumulators and scales."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from lmul_pe.model.accuracy.dot import BLOCK, LENGTHS, OPERANDS, SUMS, Growth, growth
from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.format.floating import FloatFormat, format_named
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.unit.dot import DotProduct
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.names import accumulator_named

from .part import Part, Piece, Section
from .picture import picture
from .report import table

FORMATS = ("e4m3", "e5m2", "bf16", "fp16")
SCALED_FORMATS = ("e4m3", "e5m2", "e3m2", "e2m3", "e2m1")
"""The element formats of MX."""

PRODUCTS: Mapping[str, Callable[..., Multiplier]] = {
    "exact": partial(Multiplier, "exact"),
    "paper": partial(Multiplier, "lmul"),
    "none": partial(Multiplier, "lmul", offset="none"),
    "fitted": partial(Multiplier, "lmul", offset="fitted"),
    "equation": partial(Multiplier, "lmul", carry="equation"),
    "table": partial(Multiplier, "table"),
}
"""From a format to the multiplier, by the name of its product."""

ACCUMULATED = ("exact", "paper")
"""The products that every accumulator adds up."""
ACCUMULATORS = ("bf16", "fp16", "fixed", "aligned", "window")
"""Beside fp32."""
WIDE = "fixed_msb40_lsbm40"
"""The register of formats whose exact one is refused."""
NARROW_BITS = 8
TOGETHER = 16
"""Products that a window takes at once."""

_SCALED = "in blocks"
_DRAWN = "bf16"


def _unit(format: FloatFormat, product: str, accumulator: str, blocks: bool) -> Mac | DotProduct:
    # The elements of MX have subnormal numbers.
    multiplier = PRODUCTS[product](format, subnormals="gradual" if blocks else "flush")
    added = accumulator_named(accumulator)
    if accumulator == "window":
        return DotProduct(multiplier, added, TOGETHER)
    return Mac(multiplier, added)


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    chosen = list(formats) or [format_named(name) for name in FORMATS]
    found = []

    def add(format: FloatFormat, product: str, accumulator: str, blocks: bool = False) -> None:
        # Made here, so that one that cannot be is refused before any work.
        unit = _unit(format, product, accumulator, blocks)
        for kind in OPERANDS:
            words = [format.name, *([_SCALED] if blocks else []), product, accumulator, kind]
            found.append(Piece(", ".join(words), partial(growth, unit, kind, blocks=blocks)))

    for format in chosen:
        for product in PRODUCTS:
            add(format, product, "fp32")
        for accumulator in ACCUMULATORS:
            wide = accumulator == "fixed" and format.width > NARROW_BITS
            for product in ACCUMULATED:
                add(format, product, WIDE if wide else accumulator)
    scaled = [each for each in chosen if each.name in SCALED_FORMATS]
    for format in scaled if formats else map(format_named, SCALED_FORMATS):
        for product in ("exact", "paper", "none", "table"):
            add(format, product, "fp32", blocks=True)
    return found


def slope(growth: Growth, figures: Sequence[float]) -> float:
    """The power of the length by which ``figures`` grow, over all but the shortest."""
    sizes = np.log(np.maximum(np.abs(figures[1:]), 1e-300))
    return float(np.polyfit(np.log(growth.lengths[1:]), sizes, 1)[0])


def _section(found: Mapping[str, Growth]) -> Section:
    verdict = []
    for name in dict.fromkeys(key.split(", ")[0] for key in found):
        key = f"{name}, {{}}, fp32, {{}}"
        paper = found.get(key.format("paper", "positive"))
        noise = found.get(key.format("paper", "signed"))
        if paper and noise:
            ends = ", ".join(
                f"{product} {found[key.format(product, 'positive')].relative[-1]:.2%}"
                for product in PRODUCTS
            )
            verdict.append(
                f"{name}, fp32 sums: L-Mul's bias on positive operands grows with the length to "
                f"the power {slope(paper, paper.bias):.2f}, its noise on signed ones to "
                f"{slope(noise, noise.noise):.2f}; error of a positive sum of "
                f"{paper.lengths[-1]}: {ends}."
            )
    headings = ["format", "product", "sums", "operands", "figure", *map(str, LENGTHS)]
    rows = []
    for key, each in found.items():
        *format, product, accumulator, kind = key.split(", ")
        words = [" ".join(format), product, accumulator, kind]
        rows.append([*words, "bias", *(f"{value:+.3g}" for value in each.bias)])
        rows.append([*words, "noise", *(f"{value:.3g}" for value in each.noise)])
        rows.append([*words, "relative", *(f"{value:.2%}" for value in each.relative)])
    body = [
        f"Mean and standard deviation of the sum less the real one, over {SUMS} sums, in units of "
        "the RMS of one product; `relative` is the RMS of that difference by the RMS of the real "
        "sum. Operands are rounded to the format first.\n",
        *(f"- `{kind}`: {words}." for kind, words in OPERANDS.items()),
        f"- `{_SCALED}`: {BLOCK} operands share a power of two (OCP MX v1.0); their sum is scaled "
        "and added in fp32.",
        f"- `window`: {TOGETHER} products at a time; `{WIDE}`: a register of 81 bits.\n",
        "![error by length](dot.png)\n",
        table(headings, rows, words=5),
    ]
    return Section(verdict, "\n".join(body), {"dot.png": _picture(found)})


def _picture(found: Mapping[str, Growth]) -> bytes:
    names = list(dict.fromkeys(key.split(", ")[0] for key in found))
    name = _DRAWN if _DRAWN in names else names[0]
    panels = [
        (f"{name}, positive operands", "size of the bias", "positive", "bias"),
        (f"{name}, signed operands", "noise", "signed", "noise"),
    ]

    def draw(axes: list[Axes]) -> None:
        for axis, (title, up, kind, figure) in zip(axes, panels, strict=True):
            for product in PRODUCTS:
                each = found.get(f"{name}, {product}, fp32, {kind}")
                if each:
                    axis.plot(each.lengths, np.abs(getattr(each, figure)), label=product)
            power = 1.0 if figure == "bias" else 0.5
            low, high = LENGTHS[0], LENGTHS[-1]
            base = axis.get_ylim()[1] / high**power
            axis.plot(
                [low, high],
                [base * low**power, base * high**power],
                color="#5c6470",
                marker="",
                linestyle=":",
                label="length" if power == 1 else "root of length",
            )
            axis.set_xscale("log", base=2)
            axis.set_yscale("log")
            axis.set_title(title)
            axis.set_xlabel("products in the sum")
            axis.set_ylabel(f"{up}, in RMS of a product")
            axis.grid()
            axis.legend()

    return picture(len(panels), draw)


DOT = Part(
    name="dot",
    title="One dot product",
    record=Growth,
    sources=(*ARITHMETIC, "model/accuracy", "model/study/dot.py"),
    pieces=_pieces,
    section=_section,
)
