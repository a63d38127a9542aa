"""What holds of every product, whoever computes it: relations between products, and no values.

Each function takes ``product``, which gives the codes of products of arrays of codes, and lists the
first operands of which the relation does not hold.
"""

import numpy as np

from lmul_pe.model import decode


def _faults(what, wrong, a, b):
    return [f"{what}: {int(a[at]):#x} * {int(b[at]):#x}" for at in np.flatnonzero(wrong)[:1]]


def _sizes(codes, format):
    """Magnitudes as fields of exponent and mantissa, which order numbers as their values do."""
    return codes.astype(np.int64) & (2**format.magnitude_bits - 1)


def _is_nan(codes, format):
    return np.isnan(decode(codes, format))


def _is_finite(codes, format):
    return np.isfinite(decode(codes, format))


def commutes(product, multiplier, a, b):
    return _faults("a b is not b a", product(a, b) != product(b, a), a, b)


def signs(product, multiplier, a, b):
    """A sign turned turns the product's; NaN has none, nor has a zero where no code is left."""
    first, _, result = multiplier.formats
    one = product(a, b)
    other = product(a ^ a.dtype.type(2**first.magnitude_bits), b)
    # The code of negative zero may be NaN.
    nan = _is_nan(a ^ a.dtype.type(2**first.magnitude_bits), first) | _is_nan(a, first)
    values = decode(one, result)
    turned = decode(other, result)
    signed = np.signbit(values) != np.signbit(turned)
    if result.specials == "fnuz":
        signed |= values == 0
    right = (np.isnan(values) & np.isnan(turned)) | ((values == -turned) & signed)
    return _faults("the sign of a", ~right & ~nan, a, b)


def is_monotonic(product, multiplier, a, b):
    """The next larger operand has no smaller product; infinity is the largest."""
    first, second, result = multiplier.formats
    counts = (_sizes(a, first) < 2**first.magnitude_bits - 1) & _is_finite(a, first)
    larger = np.where(counts, a + a.dtype.type(1), a)
    counts &= _is_finite(larger, first) & _is_finite(b, second)
    small, large = product(a, b), product(larger, b)
    counts &= ~_is_nan(small, result) & ~_is_nan(large, result)
    return _faults(
        "a larger operand", counts & (_sizes(large, result) < _sizes(small, result)), a, b
    )


def scales(product, multiplier, a, b):
    """Twice an operand is twice the product, as far as all of them are normal numbers."""
    first, second, result = multiplier.formats
    bits = first.mantissa_bits
    counts = (_sizes(a, first) >= 2**bits) & (_sizes(a, first) < 2**first.magnitude_bits - 2**bits)
    twice = np.where(counts, a + a.dtype.type(2**bits), a)
    counts &= _is_finite(twice, first) & _is_finite(b, second)
    one, two = product(a, b), product(twice, b)
    # At the largest number the product may have been held.
    counts &= _is_finite(one, result) & _is_finite(two, result)
    counts &= _sizes(one, result) > 2**result.mantissa_bits
    counts &= _sizes(two, result) < result.largest
    return _faults("twice a", counts & (decode(two, result) != 2 * decode(one, result)), a, b)


def is_annihilated(product, multiplier, a, b):
    first, _, result = multiplier.formats
    finite = _is_finite(a, first)
    zeros = product(a, np.zeros_like(b))
    return _faults("times zero", finite & (decode(zeros, result) != 0), a, np.zeros_like(b))


def makes_no_nan(product, multiplier, a, b):
    first, second, result = multiplier.formats
    finite = _is_finite(a, first) & _is_finite(b, second)
    return _faults("NaN", finite & _is_nan(product(a, b), result), a, b)


def relations(multiplier):
    """Those that hold for a multiplier, by its policies."""
    found = [signs, scales]
    first, second, _ = multiplier.formats
    if first == second:
        found.append(commutes)
    if multiplier.guard == "full":
        found.append(is_annihilated)
        if multiplier.kind != "table":
            found.append(is_monotonic)
        if multiplier.overflow != "nan":
            found.append(makes_no_nan)
    return found


def broken(product, multiplier, a, b):
    """The first operands of every relation that does not hold."""
    return [
        fault for relation in relations(multiplier) for fault in relation(product, multiplier, a, b)
    ]
