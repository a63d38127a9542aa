"""How wrong a product is: that of L-Mul, and the rounding of the conventional one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import decode, encode
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.offset import mantissa_sum
from lmul_pe.model.multiplier.specification import Multiplier

from .operands import EVERY_PAIR_BITS, Operands

LARGEST_BITS = 10
"""Mantissas of more bits have too many pairs; a sample is taken."""

WIDEST_BITS = 24
"""Products of wider mantissas are not exact in float64.  There the rounding error halves with each
bit, and that of L-Mul no longer changes."""

SAMPLE = 2**20
SEED = 2024


@dataclass(frozen=True)
class ProductError:
    """Relative error over uniform mantissas: mean of its size, and of itself (``bias``)."""

    mean: float
    bias: float
    least: float
    greatest: float


def product_errors(format: FloatFormat) -> dict[str, ProductError]:
    """Errors of both kinds of product in ``format``, without overflow or underflow.

    Over every pair of mantissas, or :data:`SAMPLE` random ones above :data:`LARGEST_BITS` bits.
    """
    bits = min(format.mantissa_bits, WIDEST_BITS)
    left_out = format.mantissa_bits - bits
    if bits <= LARGEST_BITS:
        mantissa = np.arange(2**bits, dtype=np.uint64)
        first, second = np.meshgrid(mantissa, mantissa, indexing="ij")
    else:
        first, second = np.random.default_rng(SEED).integers(
            0, 2**bits, size=(2, SAMPLE), dtype=np.uint64
        )
    scale = 2.0**-bits
    product = (1 + first * scale) * (1 + second * scale)
    offset = Multiplier("lmul", format).offset
    assert offset is not None
    raised, fraction = mantissa_sum(first, second, offset >> left_out, bits, "integer")
    approximate = (1 + fraction * scale) * 2.0 ** raised.astype(np.float64)
    # A product of 2 or more is rounded to a step twice as wide.
    step = np.where(product >= 2, 2 * scale, scale)
    rounded = np.rint(product / step) * step
    return {
        "lmul": _error(approximate / product - 1),
        "exact": _error((rounded / product - 1) * 2.0**-left_out),
    }


def _error(error: NDArray[np.float64]) -> ProductError:
    return ProductError(
        mean=float(abs(error).mean()),
        bias=float(error.mean()),
        least=float(error.min()),
        greatest=float(error.max()),
    )


HISTOGRAM = np.linspace(-0.5, 0.5, 129)
"""Edges of the bins in which relative errors are counted; those beyond count in the last ones."""


@dataclass(frozen=True)
class Distribution:
    """Relative errors of products of one multiplier against the real products of the numbers meant.

    Parameters
    ----------
    multiplier
        Its name.
    mean, bias, rms
        Mean of the error's size, of itself, and root of the mean of its square.
    least, greatest
        The worst on either side, and in ``least_at`` and ``greatest_at`` the numbers multiplied.
    histogram
        Shares in the bins of :data:`HISTOGRAM`.
    vanished, overflowed
        Shares of the products that became zero, whose error is -1, and of those that became
        infinite, which count nowhere else.
    pairs
        How many products there were.
    """

    multiplier: str
    mean: float
    bias: float
    rms: float
    least: float
    greatest: float
    least_at: tuple[float, float]
    greatest_at: tuple[float, float]
    histogram: tuple[float, ...]
    vanished: float
    overflowed: float
    pairs: int


def distribution(multiplier: Multiplier, operands: Operands) -> Distribution:
    """How far the results of ``multiplier`` are from the products of the numbers meant.

    The operands are of its format; a result is what the hardware gives, rounded into the format.
    """
    product = decode(multiplier.compute(operands.a, operands.b), multiplier.format_y)
    finite = np.isfinite(product)
    x, y = operands.x[finite], operands.y[finite]
    error = product[finite] / (x * y) - 1
    least, greatest = int(error.argmin()), int(error.argmax())
    inside = np.clip(error, HISTOGRAM[0], HISTOGRAM[-1])
    return Distribution(
        multiplier=multiplier.name,
        mean=float(np.abs(error).mean()),
        bias=float(error.mean()),
        rms=float(np.sqrt(np.square(error).mean())),
        least=float(error[least]),
        greatest=float(error[greatest]),
        least_at=(float(x[least]), float(y[least])),
        greatest_at=(float(x[greatest]), float(y[greatest])),
        histogram=tuple((np.histogram(inside, HISTOGRAM)[0] / error.size).tolist()),
        vanished=float((product == 0).mean()),
        overflowed=float(1 - finite.mean()),
        pairs=product.size,
    )


def surface(multiplier: Multiplier, side: int = 64) -> NDArray[np.float64]:
    """Relative error over both mantissas, averaged where they have more than ``side`` values.

    Returns
    -------
    Row, the mantissa of ``a``; column, that of ``b``.
    """
    bits = min(multiplier.format.mantissa_bits, EVERY_PAIR_BITS)
    significand = 1 + np.arange(2**bits) * 2.0**-bits
    codes = encode(significand, multiplier.format)
    product = decode(multiplier.compute(codes[:, None], codes[None, :]), multiplier.format_y)
    error = product / (significand[:, None] * significand) - 1
    inside = max(2**bits // side, 1)
    blocks = 2**bits // inside
    return np.asarray(error.reshape(blocks, inside, blocks, inside).mean(axis=(1, 3)))
