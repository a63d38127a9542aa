"""Operands of products whose error is looked at: real numbers, and codes that stand for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.format.codec import Codes, encode
from lmul_pe.model.format.floating import FloatFormat

SOURCE_BITS = 10
"""Mantissa bits of numbers that are cut or rounded to fewer; every pair is tried."""

EVERY_PAIR_BITS = 8
"""Mantissas of more bits have too many pairs; a sample is taken."""

SAMPLE = 2**18
SEED = 2024

_FINE_BITS = 30
_Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Operands:
    """Pairs of operands: the numbers meant, ``x`` and ``y``, and their codes ``a`` and ``b``."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    a: Codes
    b: Codes


def _exact(format: FloatFormat) -> tuple[_Numbers, _Numbers]:
    bits = format.mantissa_bits
    if bits <= EVERY_PAIR_BITS:
        return _every_pair(bits)
    return _sample(min(bits, _FINE_BITS))


def _cut(format: FloatFormat) -> tuple[_Numbers, _Numbers]:
    bits = format.mantissa_bits
    # There has to be something to cut off.
    return _every_pair(SOURCE_BITS) if bits < SOURCE_BITS - 3 else _sample(_FINE_BITS)


def _normal(format: FloatFormat) -> tuple[_Numbers, _Numbers]:
    x, y = np.random.default_rng(SEED).normal(size=(2, SAMPLE))
    return x, y


def _every_pair(bits: int) -> tuple[_Numbers, _Numbers]:
    significand = 1 + np.arange(2**bits) * 2.0**-bits
    x, y = np.meshgrid(significand, significand, indexing="ij")
    return x.ravel(), y.ravel()


def _sample(bits: int) -> tuple[_Numbers, _Numbers]:
    mantissas = np.random.default_rng(SEED).integers(0, 2**bits, size=(2, SAMPLE))
    x, y = 1 + mantissas * 2.0**-bits
    return x, y


def _truncated(values: NDArray[Any], format: FloatFormat) -> NDArray[Any]:
    scale = 2.0**format.mantissa_bits
    return np.floor(values * scale) / scale


OPERANDS: Mapping[str, tuple[str, Callable[[FloatFormat], tuple[_Numbers, _Numbers]]]] = {
    "exact": ("uniform mantissas of the format", _exact),
    "truncated": ("uniform mantissas of more bits, truncated", _cut),
    "rounded": ("uniform mantissas of more bits, rounded to nearest even", _cut),
    "normal": ("standard normal numbers, rounded to nearest even", _normal),
}
"""The kinds of operands by name: what they are, for a reader, and the numbers."""


def operands(kind: str, format: FloatFormat) -> Operands:
    """Pairs of one of the :data:`OPERANDS`, the same every time.

    Mantissas of up to :data:`EVERY_PAIR_BITS` bits are all paired; otherwise there are
    :data:`SAMPLE` random pairs.  Numbers between 1 and 2 neither overflow nor underflow.

    Raises
    ------
    SpecificationError
        No such operands.
    """
    if kind not in OPERANDS:
        raise unknown_choice("operands", kind, OPERANDS)
    _, numbers = OPERANDS[kind]
    x, y = numbers(format)
    stored = [_truncated(each, format) if kind == "truncated" else each for each in (x, y)]
    a, b = (encode(each, format) for each in stored)
    return Operands(x, y, a, b)
