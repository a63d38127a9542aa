"""What an arithmetic does to an encoder: how alike it finds pairs of sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.encoder import minilm
from lmul_pe.model.network.texts import sentence_pairs
from lmul_pe.model.network.weights import MINILM

from .interval import Estimate, estimate
from .part import Part, Piece, Section
from .report import table

WHAT = "part encoder of a study"
REFERENCE = "fp32"
"""The key of what all others are compared with."""

Cosines = list[float]
"""Of the pairs, in their order."""


def arithmetics() -> dict[str, Arithmetic]:
    """Those that are studied, attention alone, by name."""
    found = [Arithmetic("bf16", "exact"), Arithmetic("int8", "exact")]
    for format in ("e4m3", "e5m2"):
        for kind in ("exact", "lmul"):
            found += [Arithmetic(format, kind, scale=scale) for scale in ("none", "tensor")]
    for bits in (2, 3, 4, 7):
        for carry in ("integer", "equation"):
            found.append(Arithmetic(FloatFormat(8, bits), carry=carry))
        found.append(Arithmetic(FloatFormat(8, bits), offset="none"))
    return {arithmetic.name: arithmetic for arithmetic in found}


def _cosines(arithmetic: Arithmetic | None) -> Cosines:
    pairs = sentence_pairs()
    sentences = list(dict.fromkeys(each for pair in pairs for each in (pair.first, pair.second)))
    vectors = {each: minilm(WHAT).vector(each, arithmetic) for each in sentences}
    return [float(vectors[pair.first] @ vectors[pair.second]) for pair in pairs]


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    inputs = {"weights": MINILM.requirement}
    pieces = [Piece(REFERENCE, partial(_cosines, None), inputs)]
    pieces += [
        Piece(key, partial(_cosines, arithmetic), inputs)
        for key, arithmetic in arithmetics().items()
        if not formats or arithmetic.format in formats
    ]
    return pieces


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's: that of the ranks, equal values sharing the mean of theirs."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: ArrayLike) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place])


@dataclass(frozen=True)
class Figures:
    """What is said of an arithmetic, over all pairs.

    Parameters
    ----------
    to_reference, to_author
        Rank correlation of its cosines with those of fp32, and with the likeness that the pairs'
        author gave them.
    largest
        The largest difference of a cosine from that of fp32.
    """

    to_reference: Estimate
    to_author: Estimate
    largest: float


def figures(cosines: Cosines, reference: Cosines, likeness: Sequence[float]) -> Figures:
    """The figures of all pairs, with intervals over other pairs of the same kind."""
    own, base, given = (np.asarray(each) for each in (cosines, reference, likeness))
    return Figures(
        estimate(lambda draw: rank_correlation(own[draw], base[draw]), len(own)),
        estimate(lambda draw: rank_correlation(own[draw], given[draw]), len(own)),
        float(np.abs(own - base).max()),
    )


def _shown(found: Estimate) -> str:
    return f"{found.value:.4f} [{found.low:.4f}, {found.high:.4f}]"


def _section(found: Mapping[str, Cosines]) -> Section:
    likeness = [pair.likeness for pair in sentence_pairs()]
    known = arithmetics()
    results = {key: figures(own, found[REFERENCE], likeness) for key, own in found.items()}
    rows = [
        [key, _shown(each.to_reference), _shown(each.to_author), f"{each.largest:.3f}"]
        for key, each in results.items()
        if key in known
    ]
    body = (
        f"{len(likeness)} pairs of sentences, attention alone; fp32 itself agrees with the author "
        f"of the pairs to {_shown(results[REFERENCE].to_author)}. In brackets: intervals of 95 % "
        "over pairs.\n\n"
    )
    headings = ["arithmetic", "rank correlation with fp32", "with the author", "largest difference"]
    worst = min(known.keys() & results.keys(), key=lambda key: results[key].to_reference.value)
    least = _shown(results[worst].to_reference)
    verdict = [f"The least rank correlation with fp32 is {least}, of {worst}."]
    return Section(verdict, body + table(headings, rows))


ENCODER = Part(
    name="encoder",
    title="An encoder of sentences",
    record=Cosines,
    # Products that are compiled are the model's, bit for bit.
    sources=(
        "model/format",
        "model/multiplier",
        "model/accumulator",
        "model/unit",
        "model/network/arithmetic.py",
        "model/network/encoder.py",
        "model/network/layers.py",
        "model/network/mantissa_classes.py",
        "model/network/texts/sentence_pairs.tsv",
        "model/study/encoder.py",
    ),
    pieces=_pieces,
    section=_section,
    check=partial(MINILM.check, WHAT),
)
