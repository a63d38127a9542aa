"""The derivative of L-Mul matrix products.

Write an operand as ``x = s 2^e (1 + m)`` and let ``P(x) = s 2^e`` be its sign and power of two.  By
Equation 1 a product is ``P(x) P(y) (1 + m + n + c)``, which is linear in ``x`` as long as its
exponent stays: ``P(x) (1 + m) = x``, so that the derivative after ``x`` is ``P(y)``.  The integer
addition gives ``2^r P(x) P(y) (1 + m + n + c - r)``, where the mantissas' sum carries ``r`` times
into the exponent: the derivative is ``2^r P(y)``.  So it is piecewise constant.  By integer
addition the function bends where a sum carries and where an operand's exponent changes; by Equation
1 it jumps at the latter.

An operand of zero has exponents of all sizes about it: its own derivative is that of a number of
mantissa 0, and that of its partner is 0.
"""

from importlib.util import find_spec

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
    of_a = _through_carries(mantissa_a.T, mantissa_b + constant, power_b, gradient.T)
    of_b = _through_carries(mantissa_b, (mantissa_a + constant).T, power_a.T, gradient)
    return of_a.T, of_b


def _through_carries(mantissas: Floats, others: Floats, powers: Floats, gradient: Floats) -> Floats:
    """The gradients after one operand, as of :func:`.carries.through_carries`."""
    sums = np.zeros(mantissas.shape)
    if find_spec("numba") is not None:
        from .carries import through_carries

        through_carries(
            np.ascontiguousarray(mantissas),
            np.ascontiguousarray(others),
            np.ascontiguousarray(powers),
            np.ascontiguousarray(gradient),
            sums,
        )
        return sums
    for k in range(len(mantissas)):
        total = mantissas[k] + others[k, :, None]
        # No sum of two mantissas and a constant reaches 3.
        sums[k] = powers[k] @ (gradient * (1 + (total >= 1) + 2 * (total >= 2)))
    return sums


def _taken_apart(values: Floats) -> tuple[Floats, Floats]:
    """Sign and power of two of each number, and its mantissa; 0 and 0 of a zero."""
    fraction, exponent = np.frexp(np.abs(values))
    power = np.copysign(np.ldexp(0.5, exponent), values)
    zero = values == 0
    return np.where(zero, 0.0, power), np.where(zero, 0.0, 2 * fraction - 1)
