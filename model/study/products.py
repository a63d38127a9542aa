"""The error of one product: every format, kind, reading and offset, on operands of four kinds."""

from collections.abc import Mapping, Sequence

from lmul_pe.model.accuracy.operands import OPERANDS, operands
from lmul_pe.model.accuracy.product import Distribution, distribution
from lmul_pe.model.format.floating import CATALOG, FloatFormat
from lmul_pe.model.multiplier.specification import Multiplier

from .part import Part, Piece, Section
from .report import table

Errors = dict[str, Distribution]
"""By the words that say which multiplier it is."""

OFFSETS = ("paper", "none")


def multipliers(format: FloatFormat) -> dict[str, Multiplier]:
    """Those that are compared in a format, by the words that say which they are."""
    found = {"exact": Multiplier("exact", format)}
    for carry in ("integer", "equation"):
        for offset in OFFSETS:
            found[f"{carry}, {offset}"] = Multiplier("lmul", format, carry=carry, offset=offset)
    return found


def _errors(format: FloatFormat, kind: str) -> Errors:
    pairs = operands(kind, format)
    return {
        words: distribution(multiplier, pairs) for words, multiplier in multipliers(format).items()
    }


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    return [
        Piece(f"{format.name} {kind}", lambda format=format, kind=kind: _errors(format, kind))  # type: ignore[misc]
        for format in formats or CATALOG.values()
        for kind in OPERANDS
    ]


def _section(found: Mapping[str, Errors]) -> Section:
    rows = [
        [key, words, *(f"{figure:+.2%}" for figure in (each.mean, each.bias, each.rms))]
        for key, errors in found.items()
        for words, each in errors.items()
    ]
    body = table(["operands", "product", "mean", "bias", "RMS"], rows, words=2)
    return Section([f"{len(rows)} distributions of relative error"], body)


PRODUCTS = Part(
    name="products",
    title="One product",
    record=Errors,
    sources=("model/format", "model/multiplier", "model/accuracy", "model/study/products.py"),
    pieces=_pieces,
    section=_section,
)
