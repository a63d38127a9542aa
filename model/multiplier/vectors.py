"""Operand pairs on which a multiplier is checked: every one, or boundaries and random ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.format.floating import FloatFormat

from .specification import Multiplier, every_pair

EXHAUSTIVE_BITS = 16


def is_exhaustive(multiplier: Multiplier) -> bool:
    """Whether :func:`check_pairs` gives every operand pair of ``multiplier``."""
    return multiplier.format.width + multiplier.format_b.width <= EXHAUSTIVE_BITS


def boundary_codes(format: FloatFormat) -> Codes:
    """Codes next to every edge of ``format``, of both signs.

    Zeros, the ends of the subnormal and of the normal range, one and its neighbours, the edges of
    every exponent that is near an end or the bias, infinities, NaN and what lies beside them.
    """
    top = 2**format.exponent_bits - 1
    bias = format.bias or 0
    unit = 2**format.mantissa_bits
    near = (
        0,
        1,
        2,
        3,
        bias // 2,
        bias - 1,
        bias,
        bias + 1,
        (bias + top) // 2,
        top - 2,
        top - 1,
        top,
    )
    mantissas = {0, 1, 2, unit // 2 - 1, unit // 2, unit // 2 + 1, unit - 2, unit - 1}
    magnitudes = {
        exponent * unit + mantissa
        for exponent in near
        if 0 <= exponent <= top
        for mantissa in mantissas
        if 0 <= mantissa < unit
    }
    magnitudes |= {format.largest, format.largest - 1}
    sign = 2**format.magnitude_bits
    codes = sorted(magnitudes | {magnitude + sign for magnitude in magnitudes})
    return np.array(codes, dtype=np.uint64).astype(code_type(format))


def _random_codes(format: FloatFormat, count: int, random: np.random.Generator) -> NDArray[Any]:
    """Uniform codes, half of them with a mantissa of few ones or zeros, where carries are long."""
    high = 2**format.width - 1
    codes = random.integers(0, high, size=count, dtype=np.uint64, endpoint=True)
    unit = np.uint64(2**format.mantissa_bits)
    run = random.integers(0, format.mantissa_bits, size=count, dtype=np.uint64, endpoint=True)
    ones = unit - (np.uint64(1) << run)
    low = (np.uint64(1) << run) - np.uint64(1)
    shape = random.integers(0, 4, size=count)
    mantissa = np.select([shape == 0, shape == 1], [ones, low], codes % unit)
    return (codes - codes % unit + mantissa).astype(code_type(format))


def check_pairs(multiplier: Multiplier, count: int, seed: int) -> tuple[Codes, Codes]:
    """Operand pairs for a check of ``multiplier``: arrays ``a`` and ``b`` of one length.

    Every pair where both operands have 16 bits together.  Otherwise boundary codes times boundary
    codes, then random pairs up to ``count``; half of the random ones have exponents whose sum
    stays near the range of the result.
    """
    format_a, format_b, _ = multiplier.formats
    if is_exhaustive(multiplier):
        rows, columns = every_pair(multiplier)
        return rows.ravel(), columns.ravel()
    rows, columns = np.meshgrid(boundary_codes(format_a), boundary_codes(format_b), indexing="ij")
    random = np.random.default_rng(seed)
    extra = max(count - rows.size, 0)
    a, b = (_random_codes(format, extra, random) for format in (format_a, format_b))
    # A second operand of about the reciprocal exponent keeps every other product in range.
    unit = 2**format_b.mantissa_bits
    top = 2**format_b.exponent_bits - 1
    exponent = (a.astype(np.int64) >> format_a.mantissa_bits) & (2**format_a.exponent_bits - 1)
    spread = random.integers(-3, 3, size=extra, endpoint=True)
    mirrored = np.clip((format_a.bias or 0) + (format_b.bias or 0) - exponent + spread, 0, top)
    low = b.astype(np.uint64) & np.uint64(unit - 1)
    sign = b.astype(np.uint64) & np.uint64(2**format_b.magnitude_bits)
    paired = sign | (mirrored.astype(np.uint64) * np.uint64(unit)) | low
    b = np.where(np.arange(extra) % 2 == 0, b, paired.astype(b.dtype))
    return np.concatenate([rows.ravel(), a]), np.concatenate([columns.ravel(), b])
