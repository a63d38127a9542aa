"""Operand codes taken apart: sign, exponent, mantissa and class, as arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat

Bits = NDArray[np.uint64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Operand:
    """One operand, element by element.

    Where none of the flags is set, the value is ``(1 + mantissa / 2^M) * 2^(exponent - bias)``:
    subnormal numbers arrive normalised, with an exponent below 1, or as zeros if they are flushed.
    Where a flag is set, exponent and mantissa mean nothing.
    """

    negative: Flags
    exponent: Integers
    mantissa: Bits
    zero: Flags
    infinite: Flags
    nan: Flags


def split(codes: Codes, format: FloatFormat) -> tuple[Flags, Integers, Bits]:
    """Sign, exponent field and mantissa field of ``codes``, whatever they stand for."""
    array: NDArray[Any] = codes.astype(np.uint64)
    negative = (array >> np.uint64(format.magnitude_bits)) != 0
    exponent = array >> np.uint64(format.mantissa_bits)
    exponent &= np.uint64(2**format.exponent_bits - 1)
    mantissa = array & np.uint64(2**format.mantissa_bits - 1)
    return negative, exponent.astype(np.int64), mantissa


def unpack(codes: Codes, format: FloatFormat, flush: bool) -> Operand:
    """Take ``codes`` apart; with ``flush`` a subnormal number counts as a zero."""
    negative, exponent, mantissa = split(codes, format)
    tiny = exponent == 0
    none = np.zeros_like(tiny)
    infinite = nan = none
    if format.specials == "ieee":
        special = exponent == 2**format.exponent_bits - 1
        infinite = special & (mantissa == 0)
        nan = special & (mantissa != 0)
    elif format.has_nan:
        width_mask = (
            2**format.width - 1 if format.specials == "fnuz" else 2**format.magnitude_bits - 1
        )
        nan = (codes & codes.dtype.type(width_mask)) == codes.dtype.type(format.nan)
    if flush:
        return Operand(negative, exponent, mantissa, tiny & ~nan, infinite, nan)
    zero = tiny & (mantissa == 0) & ~nan
    if tiny.any():
        # frexp finds the leading one: mantissa = fraction * 2^power, 0.5 <= fraction < 1.
        power = np.frexp(mantissa.astype(np.float64))[1].astype(np.int64)
        shift = format.mantissa_bits + 1 - power
        exponent = np.where(tiny, 1 - shift, exponent)
        shifted = mantissa << shift.astype(np.uint64)
        mantissa = np.where(tiny, shifted & np.uint64(2**format.mantissa_bits - 1), mantissa)
    return Operand(negative, exponent, mantissa, zero, infinite, nan)
