"""The specification of a multiplier: one object for model, hardware, check and cost."""

from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.format.codec import Codes, check_operands, code_type
from lmul_pe.model.parameter import values_in

from .kinds import KINDS
from .policies import Policies
from .product import Product, take

_TABLE_BITS = 16
_CHUNK = 1 << 15


class Multiplier(Policies):
    """A floating-point multiplier.

    A policy that is left out (None) takes its default; a policy that the kind or the guard does not
    use is None and refuses any other value.  ``docs/numerics.md`` defines every choice.

    Parameters
    ----------
    kind
        ``"lmul"``, ``"exact"``, or ``"table"``: L-Mul corrected by a table.
    format
        Format of operand ``a``, or its name.
    format_b
        Format of operand ``b``; that of ``a`` by default.
    format_y
        Format of the result ``y``; by default that of ``a``, or of ``b`` if only ``b`` can be NaN.
    carry
        L-Mul only.  ``"integer"`` (default): the mantissa's carry runs into the exponent (Eq. 2).
        ``"equation"``: the sum of Eq. 1 is normalised.
    offset
        L-Mul only.  ``"paper"`` (default), ``"none"`` (Mitchell), a constant of least error over
        uniform mantissas, be it in the bias (``"fitted"``), in its size (``"fitted_mean"``) or its
        square (``"fitted_square"``), or an integer in units of ``2^-M``, M being the wider
        mantissa.  The attribute holds the integer.
    table_bits
        Corrected L-Mul only.  Top bits of each mantissa that choose a correction, 2 to 4, or the
        mantissa's if that has fewer; 3 by default.
    guard
        L-Mul only.  ``"full"`` (default), ``"raw"``: no special case at all, or ``"zero"``: a zero
        where an operand has exponent field 0, and no other special case.
    subnormals
        ``"flush"`` (default) or ``"gradual"``.
    overflow
        ``"inf"`` (default where the result's format has infinities), ``"saturate"`` (default
        elsewhere) or ``"nan"``.
    rounding
        ``"rne"`` (default) or, for exact multipliers, ``"rtz"``.  An L-Mul rounds, to nearest even,
        only with gradual underflow or into a narrower mantissa.
    latency
        Register stages, 0 (combinational) to 4.

    Raises
    ------
    SpecificationError
        A policy that is unknown, unused here, or impossible for the formats.
    """

    @cached_property
    def highest_product_bit(self) -> int:
        """Weight, as a power of two, of the leading bit of the largest product."""
        a, b = (
            np.array([operand.largest], dtype=code_type(operand))
            for operand in (self.format, self.format_b)
        )
        # Products grow with both operands, those of L-Mul too.
        product = KINDS[self.kind].product(self, a, b)
        return int(product.significand[0]).bit_length() - 1 + int(product.exponent[0])

    @property
    def lowest_product_bit(self) -> int:
        """Weight, as a power of two, of the lowest bit that is set in any product."""
        return KINDS[self.kind].lowest_product_bit(self)

    @property
    def is_narrow(self) -> bool:
        """Whether operands have so few bits together that all results make a table."""
        return self.format.width + self.format_b.width <= _TABLE_BITS

    def compute(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """Products, bit for bit as the hardware gives them.

        Parameters
        ----------
        a, b
            Integer codes of ``format`` and ``format_b``, of shapes that broadcast together.

        Returns
        -------
        Codes of ``format_y``, of the broadcast shape, in the smallest unsigned type.

        Raises
        ------
        SpecificationError
            Codes of a wrong type, which is a :class:`TypeError`, too, or outside their format.
        """
        first, second = check_operands(a, b, self.format, self.format_b)
        shape = first.shape
        flat_a, flat_b = first.ravel(), second.ravel()
        result = np.empty(flat_a.size, dtype=code_type(self.format_y))
        table = None
        if self.is_narrow:
            table = _product_table(self).ravel()
        kind = KINDS[self.kind]
        # Chunks that stay in the processor's cache are several times faster than whole arrays.
        for start in range(0, flat_a.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            if table is None:
                result[part] = kind.compute(self, flat_a[part], flat_b[part])
            else:
                index = pair_index(flat_a[part], flat_b[part], self.format_b.width)
                np.take(table, index, out=result[part], mode="wrap")
        return result.reshape(shape)

    def __call__(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """:meth:`compute`."""
        return self.compute(a, b)

    def product(self, a: Codes, b: Codes) -> Product:
        """Products as they are accumulated: exact, of any exponent, squeezed into no format."""
        if self.is_narrow:
            return take(every_product(self), pair_index(a, b, self.format_b.width))
        return KINDS[self.kind].product(self, a, b)

    def table(self) -> NDArray[np.unsignedinteger[Any]]:
        """Every product: row, code of ``a``; column, code of ``b``.

        Raises
        ------
        SpecificationError
            Operands of more than 16 bits together.
        """
        if not self.is_narrow:
            raise SpecificationError(
                f"{self.name} has no product table: operands of {self.format.width} and "
                f"{self.format_b.width} bits, expected {_TABLE_BITS} together at most"
            )
        return _product_table(self).copy()


@lru_cache(maxsize=64)
def _product_table(multiplier: Multiplier) -> Codes:
    return KINDS[multiplier.kind].compute(multiplier, *every_pair(multiplier))


@lru_cache(maxsize=16)
def every_product(multiplier: Multiplier) -> Product:
    """Every product, as it is accumulated, at its :func:`pair_index`."""
    a, b = every_pair(multiplier)
    return KINDS[multiplier.kind].product(multiplier, a.ravel(), b.ravel())


def pair_index(a: Codes, b: Codes, width_b: int) -> NDArray[np.intp]:
    """Where the pairs of codes stand among all pairs, ``a`` above ``b``."""
    index = a.astype(np.intp)
    index <<= width_b
    index |= b
    return index


def every_pair(multiplier: Multiplier) -> tuple[Codes, Codes]:
    """Every pair of operand codes, as two arrays: rows run over ``a``, columns over ``b``."""
    a = np.arange(2**multiplier.format.width, dtype=code_type(multiplier.format))
    b = np.arange(2**multiplier.format_b.width, dtype=code_type(multiplier.format_b))
    rows, columns = np.meshgrid(a, b, indexing="ij")
    return rows, columns


def multiplier_named(name: str) -> Multiplier:
    """The multiplier that ``name`` stands for, such as ``lmul_e4m3`` or ``exact_fp16_gradual``.

    Raises
    ------
    SpecificationError
        Not the name of a multiplier, or one of an impossible multiplier.
    """
    kind, *words = name.split("_")
    if kind not in KINDS:
        raise unknown_choice(f"name {name!r}: kind", kind, KINDS)
    if not words:
        raise SpecificationError(
            f"name {name!r} has no format: expected KIND_FORMAT, as {kind}_e4m3"
        )
    format, *policies = words
    return Multiplier(kind, format, **values_in(Multiplier, policies, name, "policy"))
