"""Values rounded into a format, with or without Numba."""

from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import decode, encode
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.operands import unpack

from .product import is_float32


def numbers_of(
    values: NDArray[Any], format: FloatFormat, flush: bool, saturate: bool = False
) -> NDArray[Any]:
    """The numbers that the codes of ``values`` stand for; with ``flush`` zeros for subnormal ones.

    Parameters
    ----------
    saturate
        Whether the largest number stands for all that round beyond it; otherwise infinity does,
        where the format has one.

    Returns
    -------
    Float32 where that has all numbers of the format, else float64.

    Raises
    ------
    SpecificationError
        As of :func:`~lmul_pe.model.format.codec.encode`.
    """
    if is_float32(format) and find_spec("numba") is not None:
        from .nearest import nearest

        return nearest(values, format, flush, saturate)
    codes = encode(values, format, saturate or None)
    numbers = decode(codes, format)
    if flush:
        zero = unpack(codes, format, flush).zero
        numbers = np.where(zero, np.copysign(0.0, numbers), numbers)
    return numbers.astype(np.float32) if is_float32(format) else numbers
