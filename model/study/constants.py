"""Constants of L-Mul: the paper's, none, and fitted ones, by mantissa bits; the paper's Table 7."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from lmul_pe.model.accuracy.expected_error import (
    EVEN,
    KEPT,
    MANTISSA_BITS,
    PRINTED,
    WEIGHTS,
    expected_errors,
)
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import distribution
from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.format.codec import encode
from lmul_pe.model.format.floating import FloatFormat, format_named
from lmul_pe.model.multiplier.corrections import LARGEST_TABLE_BITS
from lmul_pe.model.multiplier.offset import CRITERIA, STORED, fit_offset
from lmul_pe.model.multiplier.specification import Multiplier

from .part import Part, Piece, Section
from .picture import picture
from .report import table

Figures = dict[str, float]
"""By what each is."""

BITS = (1, 2, 3, 4, 5, 6, 7, 10)
"""Mantissa bits that are looked at."""

OFFSETS = ("paper", "none", "fitted", "fitted_mean", "fitted_square")
_TABLE_7 = "table 7"
STAND_IN = {EVEN: "even", WEIGHTS: "normal"}
"""What stands for each distribution of mantissas: the paper's weights are not named, and those of
normal numbers take their place."""
CLOSE = 0.01
"""How far from a printed figure one may be that stands for it."""
_SAMPLE = 2**20


def _of_bits(bits: int) -> Figures:
    """The constants in units of ``2^-M``, and the errors with them in percent."""
    format = format_named(f"e8m{bits}")
    found: Figures = {}
    for stored in STORED:
        for criterion in CRITERIA:
            found[f"constant {criterion} {stored}"] = fit_offset(bits, criterion, stored=stored)
    named = {offset: Multiplier("lmul", format, offset=offset) for offset in OFFSETS}
    for offset, multiplier in named.items():
        assert multiplier.offset is not None
        found[f"constant {offset}"] = multiplier.offset
    named["exact"] = Multiplier("exact", format)
    for seen in range(2, min(LARGEST_TABLE_BITS, bits) + 1):
        named[f"table of {seen} bits"] = Multiplier("table", format, table_bits=seen)
    for stored in STORED:
        pairs = operands(stored, format)
        for words, multiplier in named.items():
            each = distribution(multiplier, pairs)
            found[f"mean {words} {stored}"] = 100 * each.mean
            found[f"bias {words} {stored}"] = 100 * each.bias
    return found


def _table_7() -> Figures:
    """The paper's measure, for equally frequent mantissas and for those of normal numbers."""
    codes = encode(np.random.default_rng(7).normal(size=_SAMPLE), "bf16")
    count = 2**MANTISSA_BITS
    normal = np.bincount(codes & (count - 1), minlength=count).astype(np.float64)
    weights = {"even": np.ones(count), "normal": normal}
    return {
        f"{among} {words} {kept}": value
        for among, frequent in weights.items()
        for kept in KEPT
        for words, value in expected_errors(kept, frequent).items()
    }


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    chosen = sorted({format.mantissa_bits for format in formats}) or BITS
    return [
        Piece(_TABLE_7, _table_7),
        *(Piece(f"M={bits}", partial(_of_bits, bits)) for bits in chosen),
    ]


def _section(found: Mapping[str, Figures]) -> Section:
    by_bits = {int(key[2:]): figures for key, figures in found.items() if key != _TABLE_7}
    worse = {
        stored: [
            bits
            for bits, figures in by_bits.items()
            if figures[f"mean paper {stored}"] > figures[f"mean none {stored}"]
        ]
        for stored in STORED
    }
    verdict = [
        f"With {stored} operands the paper's constant is worse than none for "
        + (f"M = {', '.join(map(str, bits))}." if bits else "no M.")
        for stored, bits in worse.items()
    ]
    verdict += _table_7_verdict(found[_TABLE_7])
    body = [
        "### Constants of least error, in units of 2^-M\n",
        _constants(by_bits),
        "### Mean error / bias, in %\n",
        *(f"Operands {stored}:\n\n{_errors(by_bits, stored)}" for stored in STORED),
        "![mean error by mantissa bits](constants.png)\n",
        "### Table 7 of the paper\n",
        "Mean of the real product less the approximate one, operands of bf16 truncated to k bits, "
        "in units of 2^(xe + ye). The paper does not name its real weights: mantissas of standard "
        "normal numbers stand for them.\n",
        _table_7_rows(found[_TABLE_7]),
    ]
    return Section(verdict, "\n".join(body), {"constants.png": _picture(by_bits)})


def _constants(by_bits: Mapping[int, Figures]) -> str:
    headings = ["M", "paper"]
    headings += [f"{criterion}, {stored}" for stored in STORED for criterion in CRITERIA]
    rows = [
        [
            str(bits),
            f"{figures['constant paper']:.0f}",
            *(
                f"{figures[f'constant {criterion} {stored}']:.0f}"
                for stored in STORED
                for criterion in CRITERIA
            ),
        ]
        for bits, figures in by_bits.items()
    ]
    return table(headings, rows, words=0)


def _errors(by_bits: Mapping[int, Figures], stored: str) -> str:
    tables = [f"table of {seen} bits" for seen in range(2, LARGEST_TABLE_BITS + 1)]
    kinds = [*OFFSETS, *tables, "exact"]
    rows = []
    for bits, figures in by_bits.items():
        cells = [
            f"{figures[f'mean {kind} {stored}']:.2f} / {figures[f'bias {kind} {stored}']:+.2f}"
            if f"mean {kind} {stored}" in figures
            else ""
            for kind in kinds
        ]
        rows.append([str(bits), *cells])
    return table(["M", *kinds], rows, words=0)


def _table_7_rows(figures: Figures) -> str:
    rows = []
    for among, stand_in in STAND_IN.items():
        for words, values in PRINTED[among].items():
            rows.append([among, f"{words}, printed", *(f"{value:g}" for value in values)])
        for words in expected_errors(KEPT[0]):
            values = tuple(figures[f"{stand_in} {words} {kept}"] for kept in KEPT)
            rows.append([stand_in, words, *(f"{value:.3f}" for value in values)])
    return table(["mantissas", "product", *(f"k = {kept}" for kept in KEPT)], rows, words=2)


def _table_7_verdict(figures: Figures) -> list[str]:
    """Which reading gives what the paper prints."""
    said = []
    for among, stand_in in STAND_IN.items():
        agreeing = [
            words
            for words in expected_errors(KEPT[0])
            if words != "multiply"
            and all(
                abs(figures[f"{stand_in} {words} {kept}"] - value) < CLOSE
                for kept, value in zip(KEPT, PRINTED[among]["L-Mul"], strict=True)
            )
        ]
        which = " and ".join(agreeing) if agreeing else "of no reading"
        said.append(f"Table 7 of the paper, {among}: its L-Mul is {which}.")
    return said


def _picture(by_bits: Mapping[int, Figures]) -> bytes:
    def draw(axes: list[Axes]) -> None:
        for axis, stored in zip(axes, STORED, strict=True):
            for words in ("none", "paper", "fitted_square", "table of 3 bits", "exact"):
                points = [
                    (bits, figures[f"mean {words} {stored}"])
                    for bits, figures in by_bits.items()
                    if f"mean {words} {stored}" in figures
                ]
                if points:
                    axis.plot(*zip(*points, strict=True), label=words)
            axis.set_title(f"{stored} operands")
            axis.set_xlabel("mantissa bits")
            axis.set_ylabel("mean error, %")
            axis.set_ylim(0, 20)
            axis.grid()
        axes[0].legend()

    return picture(len(STORED), draw, columns=3)


CONSTANTS = Part(
    name="constants",
    title="Constants of L-Mul",
    record=Figures,
    sources=(*ARITHMETIC, "model/accuracy", "model/study/constants.py"),
    pieces=_pieces,
    section=_section,
)
