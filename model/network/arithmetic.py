"""The arithmetic of a network's matrix products: how operands are rounded, multiplied and summed.

Operands are rounded to nearest even into a format, saturating; what falls below its least normal
number is kept (``gradual``) or becomes zero (``flush``).  They may be scaled by a power of two
first, which makes use of the format's range: one for a whole operand (``tensor``), or one for each
32 neighbours along the sum (``block``; OCP Microscaling Formats v1.0).  Products are not rounded.
Integers have a factor of their own for each row of the left operand and each column of the right
one, the largest magnitude of which becomes the largest integer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice, whole_number
from lmul_pe.model.emulation.numbers import numbers_of
from lmul_pe.model.format.codec import Codes, encode
from lmul_pe.model.format.floating import CATALOG, FloatFormat, float_format
from lmul_pe.model.format.integer import IntegerFormat, integer_format_named
from lmul_pe.model.multiplier.kinds import KINDS
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.operations import matmul
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.names import accumulator_named

from .layers import Array
from .mantissa_classes import MOST_BITS, product_by_mantissas, require_finite
from .narrow_sums import is_narrow_sum, narrow_sums

WHERE = {
    "attention": "Q K^T and P V",
    "linear": "the linear layers of the blocks too",
    "all": "those and the output projection too",
}
"""Which matrix products of a network are meant."""

SCALES = ("none", "tensor", "block")
BLOCK = 32
"""Neighbours that share a scale."""

_OF_FLOATS = ("carry", "offset", "table_bits", "subnormals")

_FLOAT32 = CATALOG["fp32"]
_EXACT_SUM = 2.0**24
"""Integers below it are exact in float32."""


@dataclass(frozen=True)
class Operand:
    """A matrix, or several, as a product takes it.

    Parameters
    ----------
    values
        Numbers of the format, scaled.
    factor
        What they are to be multiplied by: a number, or one of each row or column.
    """

    values: Array
    factor: Array


class Products(Protocol):
    """What a layer asks an arithmetic for."""

    def left(self, values: Array) -> Operand:
        """The left operand, ``... x M x K``."""

    def right(self, values: Array) -> Operand:
        """The right operand, ``... x K x N``."""

    def product(self, left: Operand, right: Operand) -> Array:
        """``... x M x N``."""


_ONE = np.float32(1)


class Float32:
    """Matrix products of NumPy, with nothing rounded but the sums."""

    def left(self, values: Array) -> Operand:
        return Operand(values, np.asarray(_ONE))

    right = left

    def product(self, left: Operand, right: Operand) -> Array:
        return np.matmul(left.values, right.values)


FLOAT32 = Float32()


@dataclass(frozen=True)
class Arithmetic:
    """An arithmetic of matrix products.

    Parameters
    ----------
    format
        Of the operands, or its name: a float format within the range of fp32, or ``"int8"``.
    kind
        ``"lmul"``, ``"exact"`` or ``"table"``; integers are multiplied exactly.
    where
        One of :data:`WHERE`.
    scale
        One of :data:`SCALES`; integers have factors of their own.
    accumulate
        Name of the accumulator, ``"fp32"`` by default.
    carry, offset, table_bits, subnormals
        As of :class:`~lmul_pe.model.multiplier.specification.Multiplier`.
    extra_bits
        Mantissa bits that products of L-Mul have beyond those of their operands: with one, Eq. (1)
        keeps the bit that normalising its sum shifts out.
    order
        0: sums run in the order of the operands; another number seeds an order of its own, so that
        the influence of the order alone can be seen.

    Raises
    ------
    SpecificationError
        A choice that is impossible.  Operands that are scaled, integers, or multiplied by a table
        have to be finite: others are refused, too.
    """

    format: FloatFormat | IntegerFormat | str
    kind: str = "lmul"
    where: str = "attention"
    scale: str = "none"
    accumulate: str = "fp32"
    carry: str | None = None
    offset: int | str | None = None
    table_bits: int | None = None
    subnormals: str | None = None
    extra_bits: int = 0
    order: int = 0
    multiplier: Multiplier | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.where not in WHERE:
            raise unknown_choice("where", self.where, WHERE)
        if self.scale not in SCALES:
            raise unknown_choice("scale", self.scale, SCALES)
        if self.kind not in KINDS:
            raise unknown_choice("kind", self.kind, KINDS)
        if isinstance(self.format, str) and self.format.startswith("int"):
            object.__setattr__(self, "format", integer_format_named(self.format))
        if isinstance(self.format, IntegerFormat):
            self._refuse_of_integers()
            return
        format = float_format(self.format)
        object.__setattr__(self, "format", format)
        if not _is_float32(format):
            raise SpecificationError(
                f"format {format.name} has numbers that fp32 has not: expected 8 exponent bits and "
                "23 mantissa bits at most, as e4m3 or e8m3"
            )
        policies: dict[str, Any] = {name: getattr(self, name) for name in _OF_FLOATS}
        multiplier = Multiplier(self.kind, format, **policies)
        object.__setattr__(self, "multiplier", multiplier)
        for name in policies:
            object.__setattr__(self, name, getattr(multiplier, name))
        most = _FLOAT32.mantissa_bits - format.mantissa_bits
        whole_number("extra_bits", self.extra_bits, range(most + 1))
        if self.extra_bits and (self.kind != "lmul" or self.accumulate != "fp32"):
            raise SpecificationError(
                f"extra_bits {self.extra_bits} does not apply to {self.kind} products summed in "
                f"{self.accumulate}: expected lmul and fp32"
            )
        # Sums that cannot be are refused before any work.
        Mac(Multiplier(self.kind, self._summed, **self._policies), self._accumulator)

    def _refuse_of_integers(self) -> None:
        usual = {"extra_bits": 0, "scale": "none", "accumulate": "fp32"}
        for name in (*_OF_FLOATS, *usual):
            value = getattr(self, name)
            if value != usual.get(name):
                raise SpecificationError(
                    f"{name} {value!r} does not apply to integers; leave it out"
                )
        if self.kind != "exact":
            raise SpecificationError(
                f"kind {self.kind!r} does not apply to format {self.format}: expected exact"
            )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Stable and unique; what is usual goes without saying."""
        words = [str(self.format) if self.multiplier is None else self.multiplier.name]
        if self.scale != "none":
            words.append(self.scale)
        if self.accumulate != "fp32":
            words.append(self.accumulate)
        if self.extra_bits:
            words.append(f"extra{self.extra_bits}")
        if self.order:
            words.append(f"order{self.order}")
        return "_".join([self.where, *words])

    def stated(self) -> dict[str, Any]:
        """Every choice by name, in plain values; None where there is none to make."""
        names = (each.name for each in fields(self) if each.init)
        return {**{name: getattr(self, name) for name in names}, "format": str(self.format)}

    def left(self, values: Array) -> Operand:
        """The left operand of :meth:`product`, from ``... x M x K`` numbers."""
        return self._operand(values, -1)

    def right(self, values: Array) -> Operand:
        """The right operand of :meth:`product`, from ``... x K x N`` numbers."""
        return self._operand(values, -2)

    def _operand(self, values: Array, axis: int) -> Operand:
        operand = self._rounded(values, axis)
        if not self.order:
            return operand
        order = np.random.default_rng(self.order).permutation(values.shape[axis])
        return replace(operand, values=np.take(operand.values, order, axis=axis))

    def _rounded(self, values: Array, axis: int) -> Operand:
        if isinstance(self.format, IntegerFormat):
            largest = 2 ** (self.format.bits - 1) - 1
            factor = _magnitude(values, axis) / np.float32(largest)
            return Operand(np.rint(values / factor), factor)
        if self.scale == "block":
            return Operand(_by_blocks(values, axis, self._scaled), np.asarray(_ONE))
        if self.scale == "tensor":
            exponent = self._exponent(_magnitude(values, None))
            return Operand(self._nearest(np.ldexp(values, exponent)), np.ldexp(_ONE, -exponent))
        return Operand(self._nearest(values), np.asarray(_ONE))

    def _scaled(self, blocks: Array) -> Array:
        """Blocks along the last axis, rounded with a scale each, which is then taken back."""
        exponents = self._exponent(_magnitude(blocks, -1))
        return np.ldexp(self._nearest(np.ldexp(blocks, exponents)), -exponents)

    def _exponent(self, magnitude: Array) -> NDArray[np.intc]:
        """The power of two that takes the leading bit of ``magnitude`` to that of the largest
        number of the format, beyond which a mantissa saturates."""
        assert isinstance(self.format, FloatFormat)
        leading = np.frexp(magnitude)[1] - 1
        return np.asarray(self.format.greatest_exponent - leading, dtype=np.intc)

    def _nearest(self, values: Array) -> Array:
        """The number of the format nearest to each, or zero where it is flushed."""
        assert isinstance(self.format, FloatFormat)
        flush = self.subnormals == "flush"
        rounded = numbers_of(values, self.format, flush, saturate=True)
        # A zero that is flushed has no sign, as products take it.
        return rounded + np.float32(0) if flush else rounded

    def codes(self, operand: Operand) -> Codes:
        """The codes of an operand's numbers.

        Raises
        ------
        SpecificationError
            The arithmetic's format is an integer, or each block has a scale of its own.
        """
        if not isinstance(self.format, FloatFormat) or self.scale == "block":
            raise SpecificationError(f"operands of {self.name} are no codes of one float format")
        return encode(operand.values, self.format)

    def product(self, left: Operand, right: Operand) -> Array:
        """The matrix product of two operands."""
        sums = self._sums(left.values, right.values)
        return np.asarray(sums * left.factor * right.factor, dtype=np.float32)

    def _sums(self, left: Array, right: Array) -> NDArray[Any]:
        if isinstance(self.format, IntegerFormat):
            return _integer_sums(left, right)
        if self.kind == "exact" and self.accumulate == "fp32":
            return np.matmul(left, right)
        few = self._summed.mantissa_bits <= MOST_BITS
        if self.kind == "table" and self.accumulate == "fp32" and few:
            multiplier = Multiplier(self.kind, self._summed, format_y=_FLOAT32, **self._policies)
            return product_by_mantissas(multiplier, left, right)
        accumulator = self._accumulator
        register = accumulator.result
        if is_narrow_sum(self._summed, accumulator) and isinstance(register, FloatFormat):
            multiplier = Multiplier(self.kind, self._summed, format_y=_FLOAT32, **self._policies)
            return narrow_sums(multiplier, register, left, right)
        return matmul(
            left,
            right,
            self._summed,
            kind=self.kind,
            accumulate=accumulator,
            **self._policies,
        )

    @property
    def _accumulator(self) -> Accumulator:
        return accumulator_named(self.accumulate)

    @cached_property
    def _summed(self) -> FloatFormat:
        """The format of operands as a sum takes them.

        Where the sum's register does not follow from the format's range, it has that of fp32, which
        holds all operands as normal numbers, however they were scaled.
        """
        assert isinstance(self.format, FloatFormat)
        wide = self.accumulate == "fp32" or self.scale == "block"
        return FloatFormat(8, self.format.mantissa_bits + self.extra_bits) if wide else self.format

    @property
    def _policies(self) -> dict[str, Any]:
        policies: dict[str, Any] = {"subnormals": self.subnormals}
        if self.multiplier is not None and self.multiplier.offset is not None:
            policies.update(carry=self.carry, offset=self.multiplier.offset << self.extra_bits)
        if self.table_bits is not None:
            policies["table_bits"] = self.table_bits
        return policies


def _is_float32(format: FloatFormat) -> bool:
    return (
        format.mantissa_bits <= _FLOAT32.mantissa_bits
        and format.greatest_exponent <= _FLOAT32.greatest_exponent
        and format.least_exponent >= _FLOAT32.least_exponent
    )


def _magnitude(values: Array, axis: int | None) -> Array:
    """The largest magnitude along ``axis``, or 1 where all are zero.

    Raises
    ------
    SpecificationError
        There is an infinity or a NaN, to which no scale brings the others.
    """
    largest = np.abs(values).max(axis=axis, keepdims=axis is not None, initial=0)
    require_finite(largest)
    return np.where(largest == 0, _ONE, largest)


def _by_blocks(values: Array, axis: int, each: Callable[[Array], Array]) -> Array:
    """``each`` of blocks of :data:`BLOCK` along ``axis``; the last one may have fewer."""
    lines = np.moveaxis(values, axis, -1)
    count = lines.shape[-1]
    blocks = -(-count // BLOCK)
    padded = np.zeros((*lines.shape[:-1], blocks * BLOCK), dtype=values.dtype)
    padded[..., :count] = lines
    done = each(padded.reshape(*lines.shape[:-1], blocks, BLOCK)).reshape(padded.shape)
    return np.moveaxis(done[..., :count], -1, axis)


def _integer_sums(left: Array, right: Array) -> NDArray[Any]:
    """Exact sums of products of integers."""
    # No part of a sum exceeds the product of the lengths of a row and a column.
    row = np.sqrt((left.astype(np.float64) ** 2).sum(axis=-1).max(initial=0))
    column = np.sqrt((right.astype(np.float64) ** 2).sum(axis=-2).max(initial=0))
    if row * column < _EXACT_SUM:
        return np.matmul(left, right)
    return np.matmul(left.astype(np.float64), right.astype(np.float64))
