"""Matrix products by BLAS: as fast as NumPy's, with sums in an order that BLAS chooses.

A product by Equation 1 of the paper is, before it is normalised, the sum of two,
``(1 + c + x) 2^e * 2^f`` and ``2^e * y 2^f``, so that a matrix product is one of exact products and
of twice the inner dimension.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.stack import Stack

from .numbers import numbers_of
from .product import FLOAT32, is_float32


def blas_matmul(mac: Mac, a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float32]:
    """The products of any numbers, of shapes as :func:`numpy.matmul`.

    Raises
    ------
    SpecificationError
        Products or sums that BLAS does not have; as of
        :meth:`~.product.CompiledProduct.matmul`.
    """
    multiplier = mac.multiplier
    assert isinstance(multiplier, Multiplier)
    _refuse(mac, multiplier)
    flush = multiplier.subnormals == "flush"
    first, second = (
        numbers_of(values, format, flush)
        for values, format in zip((a, b), multiplier.operand_formats, strict=True)
    )
    Stack.of(first, second)
    if multiplier.kind == "lmul":
        constant = np.float32(multiplier.offset or 0) / np.float32(2**multiplier.mantissa_bits)
        power_a, power_b = _power(first), _power(second)
        if multiplier.mantissa_bits < FLOAT32.mantissa_bits:
            lefts = [first + constant * power_a, power_a]
            rights = [power_b, second - power_b]
        else:
            # 1 + c + x may have a bit more than fp32.
            lefts = [power_a + constant * power_a, first - power_a, power_a]
            rights = [power_b, power_b, second - power_b]
        first = np.concatenate(lefts, axis=-1)
        second = np.concatenate(rights, axis=-2 if second.ndim > 1 else -1)
    with np.errstate(all="ignore"):
        return np.asarray(np.matmul(first, second))


def _power(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sign and power of two of each number."""
    return (values.view(np.uint32) & np.uint32(0xFF800000)).view(np.float32)


def _refuse(mac: Mac, multiplier: Multiplier) -> None:
    if multiplier.kind == "lmul" and multiplier.carry == "integer":
        raise SpecificationError(
            f"order 'blas' does not apply to {multiplier.name}, whose carry into the exponent is "
            "no sum of products: expected inner, or carry='equation'"
        )
    if multiplier.kind not in ("lmul", "exact"):
        raise SpecificationError(
            f"order 'blas' does not apply to {multiplier.name}: expected inner, or kind 'exact'"
        )
    of_float32 = all(is_float32(each) for each in multiplier.operand_formats)
    if mac.accumulator.name not in ("fp32", "fp32_fused") or not of_float32:
        raise SpecificationError(
            f"order 'blas' does not apply to {mac.name}, which is not in fp32: expected inner"
        )
