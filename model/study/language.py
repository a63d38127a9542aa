"""What an arithmetic does to a language model: its perplexity over the texts of the package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.arithmetic import SCALES, Arithmetic
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.network.layers import Array
from lmul_pe.model.network.prediction import Prediction, predicted
from lmul_pe.model.network.texts import texts
from lmul_pe.model.network.weights import SMOLLM2

from .part import Piece

WHAT = "part language of a study"
REFERENCE = "fp32"
"""The key of what all others are compared with."""

LEFT_OUT = ("marathon", "museum", "parser")
"""Texts of the package beyond ten, which would take a third more time."""

EXAMPLES = ("council", "tides")
EXAMPLE_LENGTH = 96
"""Texts, and how many of their tokens, of arithmetic whose sums are slow to compute."""


@dataclass(frozen=True)
class Score:
    """How one text is predicted.

    Parameters
    ----------
    predictions
        Tokens that are predicted.
    loss, reference_loss, kl
        Means over them, in nats: negative log likelihood, that of fp32, and divergence from fp32.
    agreement
        Share of them with the most likely token of fp32.
    """

    predictions: int
    loss: float
    reference_loss: float
    kl: float
    agreement: float

    @classmethod
    def of(cls, prediction: Prediction) -> "Score":
        """The means of a text's prediction."""
        return cls(
            len(prediction.loss),
            float(prediction.loss.mean()),
            float(prediction.reference_loss.mean()),
            prediction.kl,
            prediction.agreement,
        )


Scores = dict[str, Score]
"""By the name of the text."""


WIDTHS = (3, 4, 7)
"""Mantissa bits that are looked at more closely."""

TABLES = {3: (2, 3), 4: (2, 3)}
"""Top bits of each mantissa that choose a correction, by mantissa bits."""

KINDS = ("exact", "lmul")
CARRIES = ("integer", "equation")


def wide(mantissa_bits: int) -> FloatFormat:
    return FloatFormat(8, mantissa_bits)


OFFSETS = ("paper", "none", "fitted")
"""The paper's constant, none, and the one of least bias."""


def _lmul(bits: int, carry: str, where: str, offsets: Sequence[str] = OFFSETS) -> list[Arithmetic]:
    """L-Mul in 8 exponent bits with each of ``offsets``."""
    return [Arithmetic(wide(bits), carry=carry, offset=offset, where=where) for offset in offsets]


def unscaled() -> list[Arithmetic]:
    """Attention alone, with a range that never ends: what the mantissa and the reading do."""
    found = []
    for bits in range(2, 8):
        found += [Arithmetic(wide(bits), "exact"), *_lmul(bits, "integer", "attention")]
        equation = _lmul(bits, "equation", "attention")
        found += equation if bits in WIDTHS else equation[:1]
        # The bit that normalising shifts out matters where there are few.
        if bits == WIDTHS[0]:
            found.append(Arithmetic(wide(bits), carry="equation", extra_bits=1))
        if bits in TABLES:
            found += [Arithmetic(wide(bits), "table", table_bits=seen) for seen in TABLES[bits]]
    return [*found, Arithmetic("fp32")]


def _narrow() -> list[Arithmetic]:
    """Attention alone in 8 bits: what underflow and scale do."""
    found = [Arithmetic("int8", "exact")]
    for format in ("e4m3", "e5m2"):
        for kind in KINDS:
            found += [Arithmetic(format, kind, scale=scale) for scale in SCALES]
            found.append(Arithmetic(format, kind, subnormals="gradual"))
    found += [Arithmetic("e4m3", offset="none", scale=scale) for scale in ("tensor", "block")]
    found += [Arithmetic("e3m4", kind, scale="block") for kind in KINDS]
    return found


def orders() -> list[Arithmetic]:
    """Other orders of the same sums."""
    bases = [Arithmetic("bf16"), *(Arithmetic(wide(3), carry=carry) for carry in CARRIES)]
    return [replace(base, order=order) for base in bases for order in ORDERS]


ORDERS = (1, 2)


def _linear() -> list[Arithmetic]:
    """All linear layers of the blocks too."""
    linear = partial(Arithmetic, where="linear")
    found = [linear("bf16", "exact"), linear("int8", "exact")]
    for format in ("e4m3", "e5m2"):
        found.append(linear(format, "exact", subnormals="gradual"))
        found += [linear(format, "exact", scale=scale) for scale in ("tensor", "block")]
    found += [linear("e4m3", scale=scale) for scale in ("tensor", "block")]
    return found + [
        arithmetic
        for bits in WIDTHS
        for carry in CARRIES
        for arithmetic in _lmul(bits, carry, "linear", ("paper", "fitted"))
    ]


def _accumulators() -> list[Arithmetic]:
    """Attention alone, with sums other than those of fp32."""
    return [
        Arithmetic("e4m3", kind, scale="tensor", accumulate=accumulate)
        for kind in KINDS
        for accumulate in ("bf16", "aligned")
    ]


GROUPS: Mapping[str, Callable[[], list[Arithmetic]]] = {
    "Attention alone, 8 bits: underflow and scale": _narrow,
    "Attention alone, 8 exponent bits: mantissa, reading and offset": unscaled,
    "All linear layers of the blocks too": _linear,
    "Attention alone: other orders of the same sums": orders,
    f"Attention alone: other sums, {EXAMPLE_LENGTH} tokens of {len(EXAMPLES)} texts": _accumulators,
}
"""What is studied, by what it is studied for."""


def arithmetics() -> dict[str, Arithmetic]:
    """Those that are studied, by name, each once."""
    every = (arithmetic for group in GROUPS.values() for arithmetic in group())
    return {arithmetic.name: arithmetic for arithmetic in every}


def _scores(arithmetic: Arithmetic | None, names: Sequence[str], length: int | None) -> Scores:
    return {name: score(arithmetic, length, name) for name in names}


def score(arithmetic: Arithmetic | None, length: int | None, name: str) -> Score:
    """The score of the first tokens of the text of a name."""
    model = smollm2(WHAT)
    tokens = model.tokens(_text(name))[:length]
    # No token depends on those behind it.
    reference = _reference(name)[:length]
    logits = reference if arithmetic is None else model.logits(tokens, arithmetic)
    return Score.of(predicted(logits, reference, tokens))


def _text(name: str) -> str:
    return next(text.read() for text in texts() if text.name == name)


@cache
def _reference(name: str) -> Array:
    model = smollm2(WHAT)
    return model.logits(model.tokens(_text(name)))


def pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    names = [text.name for text in texts() if text.name not in LEFT_OUT]
    chosen = {
        key: arithmetic
        for key, arithmetic in arithmetics().items()
        if not formats or arithmetic.format in formats
    }
    inputs = {"weights": SMOLLM2.requirement}
    pieces = [Piece(REFERENCE, partial(_scores, None, names, None), inputs)]
    for key, arithmetic in chosen.items():
        slow = arithmetic.accumulate != "fp32"
        own = (EXAMPLES, EXAMPLE_LENGTH) if slow else (names, None)
        pieces.append(Piece(key, partial(_scores, arithmetic, *own), inputs))
    return pieces
