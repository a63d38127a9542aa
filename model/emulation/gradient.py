"""The derivative of L-Mul matrix products.

Write an operand as ``x = s 2^e (1 + m)`` and let ``P(x) = s 2^e`` be its sign and power of two.  By
Equation 1 a product is ``P(x) P(y) (1 + m + n + c)``, which is linear in ``x`` as long as its
exponent stays: ``P(x) (1 + m) = x``, so that the derivative after ``x`` is ``P(y)``.  The integer
addition gives ``2^r P(x) P(y) (1 + m + n + c - r)``, where the mantissas' sum carries ``r`` times
into the exponent: the derivative is ``2^r P(y)``.  So it is piecewise constant, and the function
jumps where an exponent rises (by Equation 1 alone), or bends there.

An operand of zero stands at the jump of all exponents: its own derivative is that of a number of
mantissa 0, and that of its partner is 0.
"""

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.multiplier.specification import Multiplier

Floats = NDArray[np.float64]


def piecewise_gradients(
    multiplier: Multiplier, a: Floats, b: Floats, gradient: Floats
) -> tuple[Floats, Floats]:
    """What a gradient after the sums makes of the operands of a matrix product.

    Rounding into formats and of sums, underflow and overflow count as no change.

    Parameters
    ----------
    a, b
        ``M x K`` and ``K x N`` numbers of the operands' formats.
    gradient
        ``M x N``.

    Returns
    -------
    ``M x K`` and ``K x N`` gradients.
    """
    power_a, mantissa_a = _taken_apart(a)
    power_b, mantissa_b = _taken_apart(b)
    if multiplier.carry == "equation":
        return gradient @ power_b.T, power_a.T @ gradient
    constant = (multiplier.offset or 0) / 2**multiplier.mantissa_bits
    of_a, of_b = np.empty_like(power_a), np.empty_like(power_b)
    for k in range(a.shape[1]):
        total = mantissa_a[:, k, None] + (mantissa_b[k] + constant)
        # No sum of two mantissas and a constant reaches 3.
        raised = gradient * (1 + (total >= 1) + 2 * (total >= 2))
        of_a[:, k] = raised @ power_b[k]
        of_b[k] = power_a[:, k] @ raised
    return of_a, of_b


def _taken_apart(values: Floats) -> tuple[Floats, Floats]:
    """Sign and power of two of each number, and its mantissa; 0 and 0 of a zero."""
    fraction, exponent = np.frexp(np.abs(values))
    power = np.copysign(np.ldexp(0.5, exponent), values)
    zero = values == 0
    return np.where(zero, 0.0, power), np.where(zero, 0.0, 2 * fraction - 1)
