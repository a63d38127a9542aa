"""The specification of a multiply-accumulate unit, and matrix products made of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .accumulator import FloatAccumulator
from .choices import SpecificationError
from .codec import Codes, check_codes, check_operands, code_type
from .formats import CATALOG, format_named
from .multiplier import KINDS, Multiplier, every_pair, multiplier_named

_BLOCK = 1 << 14
_FLOAT32 = CATALOG["fp32"]
_LARGEST_PRODUCT_BITS = 60


@dataclass(frozen=True)
class Mac:
    """A multiply-accumulate unit: ``sum <- sum + a * b``, in order, from +0.

    The product keeps a wide exponent: it neither overflows nor underflows, and is not rounded to
    the operands' format.

    Parameters
    ----------
    multiplier
        Kind, operand formats and the policies of the product; those of a result do not apply.
    accumulator
        How the sum is kept.

    Raises
    ------
    SpecificationError
        A multiplier that makes no product to accumulate.
    """

    multiplier: Multiplier
    accumulator: FloatAccumulator

    def __post_init__(self) -> None:
        multiplier = self.multiplier
        if multiplier.guard == "raw":
            raise SpecificationError(
                "guard 'raw' is refused inside a multiply-accumulate: its sum modulo 2^(E+M) is no "
                "number to add; expected full"
            )
        plain = Multiplier(
            multiplier.kind,
            multiplier.format,
            multiplier.format_b,
            carry=multiplier.carry,
            offset=multiplier.offset,
            subnormals=multiplier.subnormals,
        )
        if multiplier != plain:
            raise SpecificationError(
                f"{multiplier.name} is no multiplier of a multiply-accumulate, whose product is "
                f"squeezed into no format and has no registers of its own; expected {plain.name}"
            )
        for operand in (multiplier.format, multiplier.format_b):
            if operand.has_nan and not self.accumulator.format.has_nan:
                raise SpecificationError(
                    f"accumulator {self.accumulator.format} cannot take the sum: an operand in "
                    f"{operand} can be NaN, and it has no NaN"
                )
        if multiplier.kind == "exact" and multiplier.product_bits > _LARGEST_PRODUCT_BITS:
            raise SpecificationError(
                f"{multiplier.name} has products of {multiplier.product_bits} bits: expected "
                f"{_LARGEST_PRODUCT_BITS} at most in a multiply-accumulate"
            )

    @cached_property
    def name(self) -> str:
        """Stable, unique, a legal Verilog identifier; :func:`mac_named` reads it back."""
        return f"mac_{self.multiplier.name}_{self.accumulator.name}"

    def __str__(self) -> str:
        return self.name

    def dot(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """Sums over the last axis, in its order.

        Parameters
        ----------
        a, b
            Codes of the operands, ``... x K`` each, of shapes that broadcast together.

        Returns
        -------
        Codes of the accumulator's format, of the shape without the last axis.
        """
        multiplier = self.multiplier
        first, second = check_operands(a, b, multiplier.format, multiplier.format_b)
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            raise SpecificationError("a dot product needs vectors: expected shapes ... x K")
        shape = first.shape[:-1]
        count = int(np.prod(shape, dtype=np.int64))
        length = first.shape[-1]
        return self._sums(first.reshape(count, length).T, second.reshape(count, length).T).reshape(
            shape
        )

    def gemm(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """The matrix product: ``M x K`` codes times ``K x N`` codes, sums in order of k.

        Returns
        -------
        ``M x N`` codes of the accumulator's format.

        Raises
        ------
        SpecificationError
            Arrays that are no matrices or whose inner dimensions differ.
        """
        first = check_codes(a, self.multiplier.format, "codes a")
        second = check_codes(b, self.multiplier.format_b, "codes b")
        if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[0]:
            raise SpecificationError(
                f"shapes {first.shape} and {second.shape} are no matrix product: expected M x K "
                "and K x N"
            )
        rows, columns = first.shape[0], second.shape[1]
        result = np.empty((rows, columns), dtype=code_type(self.accumulator.format))
        # Blocks of rows, so that the sums of one block stay in the processor's cache.
        step = max(1, _BLOCK // max(columns, 1))
        for start in range(0, rows, step):
            block = first[start : start + step]
            count = len(block) * columns
            pairs_a = (np.repeat(column, columns) for column in block.T)
            pairs_b = (np.tile(row, len(block)) for row in second)
            sums = self._accumulate(zip(pairs_a, pairs_b, strict=True), count)
            result[start : start + step] = sums.reshape(len(block), columns)
        return result

    def _sums(self, first: Codes, second: Codes) -> Codes:
        """Sums over the first axis of two ``K x N`` arrays, in blocks of N."""
        count = first.shape[1]
        result = np.empty(count, dtype=code_type(self.accumulator.format))
        for start in range(0, count, _BLOCK):
            part = slice(start, min(start + _BLOCK, count))
            pairs = zip(first[:, part], second[:, part], strict=True)
            result[part] = self._accumulate(pairs, part.stop - part.start)
        return result

    def _accumulate(self, pairs: Iterable[tuple[Codes, Codes]], count: int) -> Codes:
        """Sums of ``count`` streams: one pair of arrays of codes per step."""
        table = _float32_products(self.multiplier) if self._is_narrow else None
        if table is not None:
            return _accumulate_float32(table, self.multiplier.format_b.width, pairs, count)
        sums = np.zeros(count, dtype=code_type(self.accumulator.format))
        kind = KINDS[self.multiplier.kind]
        for a, b in pairs:
            sums = self.accumulator.add(sums, kind.product(self.multiplier, a, b))
        return sums

    @property
    def _is_narrow(self) -> bool:
        """Whether products may come from a table of fp32 numbers, and are summed in fp32."""
        narrow = self.multiplier.format.width + self.multiplier.format_b.width <= 16
        return narrow and self.accumulator.format == _FLOAT32


def _accumulate_float32(
    table: NDArray[np.float32], shift: int, pairs: Iterable[tuple[Codes, Codes]], count: int
) -> Codes:
    """Sums where every product is an fp32 number: IEEE 754 additions, as the processor has them."""
    sums = np.zeros(count, dtype=np.float32)
    with np.errstate(all="ignore"):
        for a, b in pairs:
            index = a.astype(np.intp)
            index <<= shift
            index |= b
            sums += table[index]
    return np.where(np.isnan(sums), np.uint32(_FLOAT32.nan), sums.view(np.uint32))


@lru_cache(maxsize=16)
def _float32_products(multiplier: Multiplier) -> NDArray[np.float32] | None:
    """Every product of two narrow formats, a above b in the index; None unless all are float32."""
    product = KINDS[multiplier.kind].product(multiplier, *every_pair(multiplier))
    value = np.ldexp(product.significand.astype(np.float64), product.exponent)
    value = np.where(product.zero, 0.0, value)
    value = np.where(product.infinite, np.inf, value)
    value = np.where(product.negative, -value, value)
    with np.errstate(over="ignore"):
        table = np.where(product.nan, np.nan, value).astype(np.float32)
    exact = (table == value) | product.nan
    return table.ravel() if exact.all() else None


def mac_named(name: str) -> Mac:
    """The multiply-accumulate unit that ``name`` stands for, such as ``mac_lmul_e4m3_fp32``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    prefix, _, rest = name.partition("_")
    stem, _, accumulator = rest.rpartition("_")
    fused = accumulator == "fused"
    if fused:
        stem, _, accumulator = stem.rpartition("_")
    if prefix != "mac" or not stem:
        raise SpecificationError(
            f"name {name!r} is no multiply-accumulate: expected mac_MULTIPLIER_ACCUMULATOR, as "
            "mac_lmul_e4m3_fp32"
        )
    return Mac(multiplier_named(stem), FloatAccumulator(format_named(accumulator), fused=fused))
