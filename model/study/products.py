"""The error of one product: every format, kind, reading and offset, on operands of four kinds."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from lmul_pe.model.accuracy.operands import OPERANDS, operands
from lmul_pe.model.accuracy.product import HISTOGRAM, Distribution, distribution, surface
from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.format.floating import CATALOG, FloatFormat, format_named
from lmul_pe.model.multiplier.corrections import LARGEST_TABLE_BITS
from lmul_pe.model.multiplier.offset import FITTED
from lmul_pe.model.multiplier.specification import Multiplier

from .part import Part, Piece, Section
from .picture import heat_map, picture
from .report import table

Errors = dict[str, Distribution]
"""By the words that say which multiplier it is."""

UNROUNDED = "e11m52"
"""The format of a result that keeps every bit of a product, as a multiply-accumulate does."""
WIDEST_UNROUNDED = 25
"""Mantissa bits of operands whose products it can keep."""

READINGS = ("integer", "equation")

CLAIMS = (
    ("e3m4", "e4m3", "4 bits comparable to e4m3"),
    ("e4m3", "e5m2", "3 bits better than e5m2"),
)
"""The paper's: an L-Mul of one format against a conventional multiplier of another."""
COMPARABLE = 1.1
"""Times the other's error up to which an error counts as comparable."""

_SHOWN = ("e4m3", "bf16")
_DRAWN = "bf16"
_BOUND = 0.25


def multipliers(format: FloatFormat) -> dict[str, Multiplier]:
    """Those that are compared in a format, by the words that say which they are."""
    found = {"exact": Multiplier("exact", format)}
    if format.mantissa_bits <= WIDEST_UNROUNDED:
        found["exact, not rounded"] = Multiplier("exact", format, format, UNROUNDED)
    for carry in READINGS:
        for offset in ("paper", "none", *FITTED):
            found[f"{carry}, {offset}"] = Multiplier("lmul", format, carry=carry, offset=offset)
    most = min(LARGEST_TABLE_BITS, format.mantissa_bits)
    for bits in range(min(2, most), most + 1):
        found[f"table of {bits} bits"] = Multiplier("table", format, table_bits=bits)
    return found


def _errors(format: FloatFormat, kind: str) -> Errors:
    pairs = operands(kind, format)
    found = multipliers(format)
    if kind == "normal":
        # Only there does a product get small enough for underflow to count.
        for words in ("exact", "integer, paper", "integer, none"):
            flushing = found[words]
            found[f"{words}, gradual"] = Multiplier(
                flushing.kind, format, subnormals="gradual", offset=flushing.offset
            )
    return {words: distribution(multiplier, pairs) for words, multiplier in found.items()}


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    return [
        Piece(f"{format.name} {kind}", partial(_errors, format, kind))
        for format in formats or CATALOG.values()
        for kind in OPERANDS
    ]


def _section(found: Mapping[str, Errors]) -> Section:
    formats = list(dict.fromkeys(key.split()[0] for key in found))
    verdict = [*_offset_verdict(found, formats), *_claims_verdict(found)]
    lines = ["### Operands\n"]
    lines += [f"- `{kind}`: {words}." for kind, (words, _) in OPERANDS.items()]
    lines += [
        "",
        "Errors are relative to the product of the numbers meant. `vanished`: the share of "
        "products that became zero, each an error of -100 %. A worst case is given by the numbers "
        "multiplied.\n",
    ]
    judged = _judged(found)
    if judged:
        lines += [
            "### The paper's claims about bits\n",
            "An L-Mul of one format against the conventional product of another, which is rounded "
            "to its format, or kept whole as in a multiply-accumulate. Comparable is up to "
            f"{COMPARABLE:g} times the error.\n",
            table(
                [
                    "claim",
                    "reading",
                    "operands",
                    "conventional",
                    "figure",
                    "L-Mul",
                    "other",
                    "holds",
                ],
                judged,
                words=5,
            ),
        ]
    lines += ["![error over both mantissas](surfaces.png)\n"]
    lines += ["![how often each error is](histograms.png)\n"]
    for name in formats:
        lines += [f"### {name}\n", _table_of(name, found)]
    pictures = {"surfaces.png": _surfaces(), "histograms.png": _histograms(found, formats)}
    return Section(verdict, "\n".join(lines), pictures)


def _table_of(format: str, found: Mapping[str, Errors]) -> str:
    rows = []
    for kind in OPERANDS:
        for words, each in found[f"{format} {kind}"].items():
            figures = [f"{each.mean:.2%}", f"{each.bias:+.2%}", f"{each.rms:.2%}"]
            worst = [
                f"{error:+.1%} at {at[0]:.4g} x {at[1]:.4g}"
                for error, at in (
                    (each.least, each.least_at),
                    (each.greatest, each.greatest_at),
                )
            ]
            rows.append([kind, words, *figures, *worst, f"{each.vanished:.2%}"])
    headings = ["operands", "product", "mean", "bias", "RMS", "least", "greatest", "vanished"]
    return table(headings, rows, words=2)


def _offset_verdict(found: Mapping[str, Errors], formats: Sequence[str]) -> list[str]:
    """For which formats the paper's constant is worse than none."""
    said = []
    for kind in ("exact", "rounded", "truncated"):
        worse = [
            name
            for name in formats
            if found[f"{name} {kind}"]["integer, paper"].mean
            > found[f"{name} {kind}"]["integer, none"].mean
        ]
        which = ", ".join(worse) if worse else "no format"
        said.append(f"On {kind} operands the paper's offset is worse than none in {which}.")
    return said


def _judged(found: Mapping[str, Errors]) -> list[list[str]]:
    """The paper's claims about bits, under every reading."""
    rows = []
    for ours, other, claim in CLAIMS:
        for carry in READINGS:
            for kind in ("truncated", "rounded"):
                if f"{ours} {kind}" not in found or f"{other} {kind}" not in found:
                    continue
                lmul = found[f"{ours} {kind}"][f"{carry}, paper"]
                for words in ("exact", "exact, not rounded"):
                    exact = found[f"{other} {kind}"][words]
                    for figure in ("mean", "rms"):
                        one, two = getattr(lmul, figure), getattr(exact, figure)
                        bound = COMPARABLE if "comparable" in claim else 1.0
                        holds = "yes" if one <= bound * two else "no"
                        kept = "rounded" if words == "exact" else "whole"
                        rows.append(
                            [claim, carry, kind, kept, figure, f"{one:.2%}", f"{two:.2%}", holds]
                        )
    return rows


def _claims_verdict(found: Mapping[str, Errors]) -> list[str]:
    rows = _judged(found)
    said = []
    for _, _, claim in CLAIMS:
        for carry in READINGS:
            listed = [row for row in rows if row[:2] == [claim, carry]]
            if not listed:
                continue
            parts = []
            for kind in ("truncated", "rounded"):
                of_kind = [row for row in listed if row[2] == kind]
                count = sum(row[-1] == "yes" for row in of_kind)
                parts.append(f"in {count} of {len(of_kind)} figures on {kind} operands")
            said.append(f'"{claim}", {carry} carry: holds {" and ".join(parts)}.')
    return said


def _surfaces() -> bytes:
    drawn = multipliers(format_named(_DRAWN))
    shown = ("integer, none", "integer, paper", "equation, paper", "table of 3 bits")

    def draw(axes: list[Axes]) -> None:
        for axis, words in zip(axes, shown, strict=True):
            heat_map(axis, surface(drawn[words]), f"{_DRAWN}: {words}", _BOUND)

    return picture(len(shown), draw, height=3.6)


def _histograms(found: Mapping[str, Errors], formats: Sequence[str]) -> bytes:
    names = [name for name in _SHOWN if name in formats] or list(formats[:1])
    kinds = ("exact", "rounded")
    middles = 50 * (HISTOGRAM[1:] + HISTOGRAM[:-1])

    def draw(axes: list[Axes]) -> None:
        places = [(name, kind) for name in names for kind in kinds]
        for axis, (name, kind) in zip(axes, places, strict=True):
            errors = found[f"{name} {kind}"]
            for words in ("integer, paper", "integer, none", "equation, paper"):
                axis.step(
                    middles, np.multiply(errors[words].histogram, 100), where="mid", marker=""
                )
                axis.lines[-1].set_label(words)
            axis.set_xlim(-25, 25)
            axis.set_title(f"{name}, {kind} operands")
            axis.set_xlabel("relative error, %")
            axis.set_ylabel("share of products, %")
            axis.grid()
        axes[0].legend()

    return picture(len(names) * len(kinds), draw)


PRODUCTS = Part(
    name="products",
    title="One product",
    record=Errors,
    sources=(*ARITHMETIC, "model/accuracy", "model/study/products.py"),
    pieces=_pieces,
    section=_section,
)
