"""Errors of dot products by their length: what grows with it, and what with its root."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.format.codec import Codes, decode, encode
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.unit.dot import DotProduct
from lmul_pe.model.unit.mac import Mac

LENGTHS = (16, 64, 256, 1024, 4096)
SUMS = 256
SEED = 2024

BLOCK = 32
"""Elements that share a scale (OCP Microscaling Formats (MX) Specification, version 1.0)."""

OPERANDS = {
    "signed": "standard normal numbers",
    "positive": "sizes of standard normal numbers, as behind a ReLU or a softmax",
}
"""What the operands are, by name."""

_Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Errors of dot products, one to each of ``lengths``, in units of one product's RMS.

    Parameters
    ----------
    unit
        Name of the unit that computes them.
    bias
        Mean of the sum less the real one, over :data:`SUMS` sums.
    noise
        Standard deviation of that difference.
    relative
        RMS of the difference by the RMS of the real sum.
    """

    unit: str
    lengths: tuple[int, ...]
    bias: tuple[float, ...]
    noise: tuple[float, ...]
    relative: tuple[float, ...]


def numbers(kind: str, length: int) -> tuple[_Numbers, _Numbers]:
    """Operands of :data:`SUMS` dot products, ``sums x length`` each, the same every time.

    Raises
    ------
    SpecificationError
        No such operands.
    """
    if kind not in OPERANDS:
        raise unknown_choice("operands", kind, OPERANDS)
    x, y = np.random.default_rng([SEED, length]).normal(size=(2, SUMS, length))
    return (np.abs(x), np.abs(y)) if kind == "positive" else (x, y)


def growth(
    unit: Mac | DotProduct,
    kind: str,
    *,
    blocks: bool = False,
    lengths: Sequence[int] = LENGTHS,
) -> Growth:
    """How the errors of ``unit`` grow with the length, operands rounded to its formats.

    Parameters
    ----------
    kind
        Of the operands, one of :data:`OPERANDS`.
    blocks
        Whether each :data:`BLOCK` operands are scaled by a power of two of their own.  The unit
        sums a block, and the sums, scaled, are added in fp32, in order.
    """
    assert isinstance(unit.multiplier, Multiplier)
    found = []
    for length in lengths:
        x, y = numbers(kind, length)
        if blocks:
            sums = _blockwise(unit, unit.multiplier, x, y)
        else:
            codes = (
                encode(x, unit.multiplier.format),
                encode(y, unit.multiplier.format_b),
            )
            sums = _values(unit, unit.dot(*codes))
        real = (x * y).sum(axis=1)
        error = sums - real
        unit_of_error = float(np.sqrt(np.square(x * y).mean()))
        found.append(
            (
                float(error.mean()) / unit_of_error,
                float(error.std()) / unit_of_error,
                float(np.sqrt(np.square(error).mean() / np.square(real).mean())),
            )
        )
    bias, noise, relative = zip(*found, strict=True)
    return Growth(unit.name, tuple(lengths), bias, noise, relative)


def scaled_blocks(values: _Numbers, format: FloatFormat) -> tuple[NDArray[np.int64], _Numbers]:
    """The exponent of each block's scale, and the values divided by it, all within the format.

    The scale is the largest power of two in the block's greatest magnitude, less the exponent of
    the format's largest number; what exceeds that is saturated (MX, section 6.3).  The last axis
    is split: ``... x blocks x 32``.
    """
    split = values.reshape(*values.shape[:-1], -1, min(BLOCK, values.shape[-1]))
    greatest = np.abs(split).max(axis=-1)
    largest = float(decode(np.array([format.largest], dtype=np.uint64), format)[0])
    exponent = np.where(greatest > 0, np.frexp(greatest)[1] - np.frexp(largest)[1], 0)
    scaled = np.ldexp(split, -exponent[..., None])
    return exponent.astype(np.int64), np.clip(scaled, -largest, largest)


def _values(unit: Mac | DotProduct, codes: Codes) -> _Numbers:
    assert isinstance(unit.accumulator.result, FloatFormat)
    return decode(codes, unit.accumulator.result).astype(np.float64)


def _blockwise(
    unit: Mac | DotProduct, multiplier: Multiplier, x: _Numbers, y: _Numbers
) -> _Numbers:
    first, a = scaled_blocks(x, multiplier.format)
    second, b = scaled_blocks(y, multiplier.format_b)
    codes = unit.dot(encode(a, multiplier.format), encode(b, multiplier.format_b))
    sums = np.ldexp(_values(unit, codes), first + second)
    total = np.zeros(sums.shape[0], dtype=np.float32)
    for block in range(sums.shape[1]):
        total = total + sums[:, block].astype(np.float32)
    return total.astype(np.float64)
