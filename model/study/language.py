"""What an arithmetic does to a language model: its perplexity over the texts of the package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.offset import fit_offset
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.network.layers import Array
from lmul_pe.model.network.prediction import predicted
from lmul_pe.model.network.texts import texts
from lmul_pe.model.network.weights import SMOLLM2

from .part import Piece
from .workers import spread

WHAT = "part language of a study"
REFERENCE = "fp32"
"""The key of what all others are compared with."""

EXAMPLES = ("council", "tides")
"""Texts of arithmetic whose sums are slow to compute."""


@dataclass(frozen=True)
class Score:
    """How one text is predicted.

    Parameters
    ----------
    predictions
        Tokens that are predicted.
    loss, kl
        Means over them, in nats: negative log likelihood, and divergence from fp32.
    agreement
        Share of them with the most likely token of fp32.
    """

    predictions: int
    loss: float
    kl: float
    agreement: float


Scores = dict[str, Score]
"""By the name of the text."""


def wide(mantissa_bits: int) -> FloatFormat:
    return FloatFormat(8, mantissa_bits)


def _fitted(format: FloatFormat, carry: str) -> int:
    return fit_offset(format.mantissa_bits, "mean", carry=carry)


def unscaled() -> list[Arithmetic]:
    """Attention alone, with a range that never ends: what the mantissa and the reading do."""
    found = []
    for bits in range(2, 8):
        format = wide(bits)
        found.append(Arithmetic(format, "exact"))
        for carry in ("integer", "equation"):
            found += [
                Arithmetic(format, carry=carry, offset=offset)
                for offset in ("paper", "none", _fitted(format, carry))
            ]
    return [*found, Arithmetic("fp32")]


def _narrow() -> list[Arithmetic]:
    """Attention alone in 8 bits: what underflow and scale do."""
    found = [Arithmetic("int8", "exact")]
    for format in ("e4m3", "e5m2"):
        for kind in ("exact", "lmul"):
            for scale in ("none", "tensor", "block"):
                found.append(Arithmetic(format, kind, scale=scale))
            found.append(Arithmetic(format, kind, subnormals="gradual"))
    found += [Arithmetic("e4m3", offset="none", scale=scale) for scale in ("tensor", "block")]
    found += [Arithmetic("e3m4", kind, scale="block") for kind in ("exact", "lmul")]
    return found


def _linear() -> list[Arithmetic]:
    """All linear layers of the blocks too."""
    linear = partial(Arithmetic, where="linear")
    found = [linear("bf16", "exact"), linear("int8", "exact")]
    for format in ("e4m3", "e5m2"):
        found.append(linear(format, "exact", subnormals="gradual"))
        found += [linear(format, "exact", scale=scale) for scale in ("tensor", "block")]
    found += [linear("e4m3", scale=scale) for scale in ("tensor", "block")]
    for bits in (3, 4, 7):
        format = wide(bits)
        for carry in ("integer", "equation"):
            offsets = ("paper", _fitted(format, carry))
            found += [linear(format, carry=carry, offset=offset) for offset in offsets]
    return found


def orders() -> list[Arithmetic]:
    """Other orders of the same sums."""
    bases = [Arithmetic(wide(3), "exact"), Arithmetic("bf16")]
    bases += [Arithmetic(wide(3), carry=carry) for carry in ("integer", "equation")]
    return [replace(base, order=order) for base in bases for order in ORDERS]


ORDERS = (1, 2, 3)


def _accumulators() -> list[Arithmetic]:
    """Attention alone, with sums other than those of fp32."""
    return [
        Arithmetic("e4m3", kind, scale="tensor", accumulate=accumulate)
        for kind in ("exact", "lmul")
        for accumulate in ("bf16", "aligned")
    ]


GROUPS: Mapping[str, Callable[[], list[Arithmetic]]] = {
    "Attention alone, 8 exponent bits: mantissa, reading and offset": unscaled,
    "Attention alone, 8 bits: underflow and scale": _narrow,
    "Attention alone: other orders of the same sums": orders,
    f"Attention alone: other sums, on {len(EXAMPLES)} texts": _accumulators,
    "All linear layers of the blocks too": _linear,
}
"""What is studied, by what it is studied for."""


def arithmetics() -> dict[str, Arithmetic]:
    """Those that are studied, by name, each once."""
    every = (arithmetic for group in GROUPS.values() for arithmetic in group())
    return {arithmetic.name: arithmetic for arithmetic in every}


def _scores(arithmetic: Arithmetic | None, names: Sequence[str]) -> Scores:
    return dict(zip(names, spread(partial(_score, arithmetic), names), strict=True))


def _score(arithmetic: Arithmetic | None, name: str) -> Score:
    """The score of the text of a name; in a process that does several."""
    model = smollm2(WHAT)
    tokens = model.tokens(_text(name))
    reference = _reference(name)
    logits = reference if arithmetic is None else model.logits(tokens, arithmetic)
    found = predicted(logits, reference, tokens)
    return Score(len(found.loss), float(found.loss.mean()), found.kl, found.agreement)


def _text(name: str) -> str:
    return next(text.read() for text in texts() if text.name == name)


@cache
def _reference(name: str) -> Array:
    model = smollm2(WHAT)
    return model.logits(model.tokens(_text(name)))


def pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    names = [text.name for text in texts()]
    chosen = {
        key: arithmetic
        for key, arithmetic in arithmetics().items()
        if not formats or arithmetic.format in formats
    }
    inputs = {"weights": SMOLLM2.requirement}
    pieces = [Piece(REFERENCE, partial(_scores, None, names), inputs)]
    for key, arithmetic in chosen.items():
        own = names if arithmetic.accumulate == "fp32" else EXAMPLES
        pieces.append(Piece(key, partial(_scores, arithmetic, own), inputs))
    return pieces
