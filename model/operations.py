"""Products, dot products and matrix products of float arrays, as the hardware computes them.

Values go in and values come out: operands are encoded to nearest even, computed on bit for bit, and
the results are decoded.
"""

import logging
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .accumulator.floating import FloatAccumulator
from .accumulator.specification import Accumulator
from .choices import SpecificationError, WrongTypeError, unknown_choice, whole_number
from .emulation.blas import blas_matmul
from .emulation.product import CompiledProduct, is_float32
from .format.codec import Codes, decode, encode
from .format.floating import FloatFormat
from .multiplier.specification import Multiplier
from .unit.mac import Mac
from .unit.names import accumulator_named

ORDERS = ("inner", "blas")
THREADS = range(1, 1025)

_log = logging.getLogger("lmul_pe")

Values: TypeAlias = NDArray[np.float64] | NDArray[np.float32]


def multiply(
    x: ArrayLike,
    y: ArrayLike,
    format: FloatFormat | str,
    *,
    kind: str = "lmul",
    **policies: Any,
) -> Values:
    """Products, element by element.

    Parameters
    ----------
    x, y
        Real numbers, of shapes that broadcast together.
    format
        The format that they are encoded in, or its name, as ``"bf16"``.
    kind
        ``"lmul"`` (default) or ``"exact"``.
    policies
        Of the :class:`~.multiplier.specification.Multiplier`, as ``subnormals="gradual"``.

    Returns
    -------
    The products, of the broadcast shape; float32 where neither operand is wider than that and every
    value of the result's format is one, else float64.

    Raises
    ------
    SpecificationError
        A format, a kind or a policy that is not possible; shapes that do not broadcast together;
        operands that are no numbers, which is a :class:`TypeError`, too.
    """
    multiplier = Multiplier(kind, format, **policies)
    first, second = _operands(x, y)
    products = multiplier(encode(first, multiplier.format), encode(second, multiplier.format_b))
    return _values(products, multiplier.format_y, first, second)


def dot(
    x: ArrayLike,
    y: ArrayLike,
    format: FloatFormat | str,
    *,
    accumulate: Accumulator | str = "fp32",
    kind: str = "lmul",
    **policies: Any,
) -> Values:
    """Sums of products over the last axis, one product after the other, as :func:`numpy.vecdot`.

    Parameters
    ----------
    x, y
        Real numbers, ``... x K`` each, of shapes that broadcast together.
    accumulate
        The accumulator, or its name: ``"fp32"``, ``"bf16"``, ``"fixed"``, ``"aligned"`` ...
    format, kind, policies
        As of :func:`multiply`; a policy of a result does not apply.

    Returns
    -------
    The sums, of the broadcast shape without the last axis, of the type that :func:`multiply` gives.

    Raises
    ------
    SpecificationError
        As of :func:`multiply`, or an accumulator that cannot take the products.
    """
    mac = Mac(Multiplier(kind, format, **policies), _accumulator(accumulate))
    first, second = _operands(x, y)
    sums = mac.dot(*_encoded(mac, first, second))
    return _values(sums, _result(mac), first, second)


def matmul(
    a: ArrayLike,
    b: ArrayLike,
    format: FloatFormat | str,
    *,
    accumulate: Accumulator | str = "fp32",
    order: str = "inner",
    threads: int | None = None,
    kind: str = "lmul",
    **policies: Any,
) -> Values:
    """Matrix products with sums in order of the inner dimension, of shapes as :func:`numpy.matmul`.

    Parameters
    ----------
    a, b
        Real numbers, ``... x M x K`` and ``... x K x N``, whose leading axes broadcast together; a
        vector is a row on the left and a column on the right.
    format, accumulate, kind, policies
        As of :func:`dot`.
    order
        Of the additions.  ``"inner"`` (default): in order of the inner dimension, each rounded
        once, as a multiply-accumulate unit adds.  ``"blas"``: that of the BLAS that NumPy has,
        for sums in fp32 of exact products, which are not rounded, or of L-Mul products by Equation
        1, which keep the bit that normalising drops; an infinity there gives NaN.
    threads
        How many there are at most; by default one for each core, or ``OMP_NUM_THREADS``.

    Sums in fp32 are compiled where Numba is installed (the extra ``fast``), with the same bits.
    The logger ``lmul_pe`` says, at level INFO, why a product is not compiled.

    Returns
    -------
    The products, ``... x M x N``, without the axis of a vector, of the type that :func:`multiply`
    gives.

    Raises
    ------
    SpecificationError
        As of :func:`dot`, shapes that are no matrix product, another order, or one that does not
        apply.
    """
    if order not in ORDERS:
        raise unknown_choice("order", order, ORDERS)
    if threads is not None:
        threads = whole_number("threads", threads, THREADS)
    mac = Mac(Multiplier(kind, format, **policies), _accumulator(accumulate))
    first, second = _operands(a, b)
    if order == "blas":
        return _as_wide(blas_matmul(mac, first, second), first, second)
    compiled = CompiledProduct(mac)
    if compiled.obstacle is None:
        return _as_wide(compiled.matmul(first, second, threads), first, second)
    _log.info("matmul of %s is not compiled: %s", mac.name, compiled.obstacle)
    return _values(mac.matmul(*_encoded(mac, first, second)), _result(mac), first, second)


def _accumulator(accumulate: Accumulator | str) -> Accumulator:
    if isinstance(accumulate, str):
        return accumulator_named(accumulate)
    if isinstance(accumulate, FloatFormat):
        return FloatAccumulator(accumulate)
    if not isinstance(accumulate, Accumulator):
        raise WrongTypeError(
            f"accumulate {accumulate!r} of type {type(accumulate).__name__} is no accumulator: "
            "pass one or its name, as 'fp32', 'fixed' or 'aligned'"
        )
    return accumulate


def _operands(x: ArrayLike, y: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    return _numbers(x, "first"), _numbers(y, "second")


def _numbers(values: ArrayLike, which: str) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise SpecificationError(
            f"the {which} operand has rows of several lengths: expected an array of floats"
        ) from None
    if array.dtype.kind in "fi":
        return array
    advice = "pass an array of floats"
    if array.dtype.kind == "u":
        advice += ": decode() makes one of codes, and Multiplier(...) takes the codes themselves"
    elif array.dtype.kind == "V":
        advice += ", as .astype(numpy.float32) makes one"
    raise WrongTypeError(f"the {which} operand has type {array.dtype}: {advice}")


def _encoded(mac: Mac, first: NDArray[Any], second: NDArray[Any]) -> tuple[Codes, Codes]:
    multiplier = mac.multiplier
    assert isinstance(multiplier, Multiplier)
    return encode(first, multiplier.format), encode(second, multiplier.format_b)


def _result(mac: Mac) -> FloatFormat:
    format = mac.accumulator.result
    assert isinstance(format, FloatFormat)
    return format


def _values(codes: Codes, format: FloatFormat, *operands: NDArray[Any]) -> Values:
    values = decode(codes, format)
    return values.astype(np.float32) if _narrow(*operands) and is_float32(format) else values


def _as_wide(sums: NDArray[np.float32], *operands: NDArray[Any]) -> Values:
    """Sums in float32, or in float64 where an operand is wider."""
    return sums if _narrow(*operands) else sums.astype(np.float64)


def _narrow(*operands: NDArray[Any]) -> bool:
    """Whether no operand is wider than float32."""
    return all(each.dtype.kind == "f" and each.dtype.itemsize <= 4 for each in operands)
