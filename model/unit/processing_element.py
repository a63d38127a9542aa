"""What adds up products: a multiplier and an accumulator, and what they compute together."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lmul_pe.model.accumulator.fixed import FixedAccumulator, FixedRegister
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.accumulator.sums import Pair, Sums, tree_levels
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes, Format, check_codes, check_operands, code_type
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.operands import Flags, unpack
from lmul_pe.model.multiplier.policies import POLICIES, UNGUARDED
from lmul_pe.model.multiplier.specification import Multiplier

_BLOCK = 1 << 14
_LARGEST_PRODUCT_BITS = 60


class Finished(NamedTuple):
    """Sums, and which of them left the range of a register on the way."""

    codes: Codes
    overflowed: Flags


@dataclass(frozen=True)
class ProcessingElement:
    """A multiplier and an accumulator of its products.

    Raises
    ------
    SpecificationError
        A multiplier that makes no product to accumulate, or an accumulator that cannot take its
        products.
    """

    multiplier: Multiplier | IntegerMultiplier
    accumulator: Accumulator

    def __post_init__(self) -> None:
        multiplier, accumulator = self.multiplier, self.accumulator
        if isinstance(multiplier, IntegerMultiplier):
            if not isinstance(accumulator, IntegerAccumulator):
                raise SpecificationError(
                    f"accumulator {accumulator.name} cannot take the products of "
                    f"{multiplier.name}, which are integers; expected an integer accumulator, as "
                    "int32"
                )
            if accumulator.format.bits < multiplier.product_bits:
                raise SpecificationError(
                    f"accumulator {accumulator.name} cannot take the products of "
                    f"{multiplier.name}, which have {multiplier.product_bits} bits; expected "
                    f"int{multiplier.product_bits} or wider"
                )
            return
        if isinstance(accumulator, IntegerAccumulator):
            raise SpecificationError(
                f"accumulator {accumulator.name} cannot take the products of {multiplier.name}, "
                "which are no integers; expected a float format, fixed or aligned"
            )
        _refuse_unplain(multiplier)
        for operand in (multiplier.format, multiplier.format_b):
            if operand.has_nan and not accumulator.result.has_nan:
                raise SpecificationError(
                    f"accumulator {accumulator.name} cannot take the sum: an operand in {operand} "
                    f"can be NaN, and {accumulator.result} has no NaN"
                )
        if multiplier.kind == "exact" and multiplier.product_bits > _LARGEST_PRODUCT_BITS:
            raise SpecificationError(
                f"{multiplier.name} has products of {multiplier.product_bits} bits: expected "
                f"{_LARGEST_PRODUCT_BITS} at most in a multiply-accumulate"
            )
        if isinstance(accumulator, FixedAccumulator):
            accumulator.register(multiplier)

    @property
    def register(self) -> FixedRegister:
        """The register of a fixed-point accumulator.

        Raises
        ------
        SpecificationError
            Another accumulator.
        """
        if not isinstance(self.accumulator, FixedAccumulator):
            raise SpecificationError(
                f"accumulator {self.accumulator.name} has no fixed-point register"
            )
        assert isinstance(self.multiplier, Multiplier)
        return self.accumulator.register(self.multiplier)

    @property
    def operand_formats(self) -> tuple[Format, Format]:
        """Formats of ``a`` and ``b``."""
        return self.multiplier.operand_formats

    @property
    def products_per_cycle(self) -> int:
        """How many products are added at a time."""
        return 1

    @property
    def tree_levels(self) -> int:
        """Additions that a product goes through before it meets the sum."""
        if not isinstance(self.accumulator, FloatAccumulator):
            return 0
        return tree_levels(self.products_per_cycle)

    @property
    def latency(self) -> int:
        """Cycles from the last operands of a sum to the finished sum."""
        additions = (1 + self.tree_levels) * self.accumulator.latency
        return 1 + additions + self.accumulator.finish_latency

    def dot(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """Sums over the last axis, in its order.

        Parameters
        ----------
        a, b
            Codes of the operands, ``... x K`` each, of shapes that broadcast together.

        Returns
        -------
        Codes of the accumulator's result, of the shape without the last axis.
        """
        return self._vectors(a, b).codes

    def overflowed(self, a: ArrayLike, b: ArrayLike) -> Flags:
        """Which sums of :meth:`dot` leave the range of a fixed-point or integer register.

        Never those of other accumulators.
        """
        return self._vectors(a, b).overflowed

    def gemm(self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None) -> Codes:
        """The matrix product: ``M x K`` codes times ``K x N`` codes, sums in order of k.

        Parameters
        ----------
        start
            ``M x N`` codes of the accumulator's result, from which the sums begin in place of +0.

        Returns
        -------
        ``M x N`` codes of the accumulator's result.

        Raises
        ------
        SpecificationError
            Arrays that are no matrices or whose dimensions differ.
        """
        return self.matrices(a, b, start).codes

    def matrices(self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None) -> Finished:
        """:meth:`gemm`, and which of its sums left the range of a register."""
        first, second = self.check_matrices(a, b)
        rows, columns = first.shape[0], second.shape[1]
        begin = None if start is None else self.check_start(start, (rows, columns))
        result = self._empty((rows, columns))
        # Blocks of rows, so that the sums of one block stay in the processor's cache.
        step = max(1, _BLOCK // max(columns, 1))
        for top in range(0, rows, step):
            block = first[top : top + step]
            count = len(block) * columns
            pairs = (
                (np.repeat(column, columns), np.tile(row, len(block)))
                for column, row in zip(block.T, second, strict=True)
            )
            codes = None if begin is None else begin[top : top + step].ravel()
            sums = self._accumulate(pairs, count, codes)
            result.codes[top : top + step] = sums.result().reshape(len(block), columns)
            result.overflowed[top : top + step] = sums.overflowed.reshape(len(block), columns)
        return result

    def check_matrices(self, a: ArrayLike, b: ArrayLike) -> tuple[Codes, Codes]:
        """Codes of two matrices of one inner dimension, refused if they are something else."""
        first = check_codes(a, self.multiplier.format, "codes a")
        second = check_codes(b, self.multiplier.format_b, "codes b")
        if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[0]:
            raise SpecificationError(
                f"shapes {first.shape} and {second.shape} are no matrix product: expected M x K "
                "and K x N"
            )
        return first, second

    def check_start(self, start: ArrayLike, shape: tuple[int, int]) -> Codes:
        """Codes from which sums begin, NaN made canonical; refused if they are something else."""
        format = self.accumulator.result
        codes = check_codes(start, format, "codes start")
        if codes.shape != shape:
            raise SpecificationError(
                f"codes start of shape {codes.shape} do not begin a matrix product of shape "
                f"{shape}: expected M x N"
            )
        if isinstance(format, FloatFormat) and format.has_nan:
            nan = unpack(codes, format, flush=False).nan
            return np.where(nan, codes.dtype.type(format.nan), codes)
        return codes

    def _vectors(self, a: ArrayLike, b: ArrayLike) -> Finished:
        first, second = check_operands(a, b, self.multiplier.format, self.multiplier.format_b)
        if np.ndim(a) == 0 or np.ndim(b) == 0:
            raise SpecificationError("a dot product needs vectors: expected shapes ... x K")
        shape = first.shape[:-1]
        count = int(np.prod(shape, dtype=np.int64))
        length = first.shape[-1]
        columns_a, columns_b = (each.reshape(count, length).T for each in (first, second))
        result = self._empty((count,))
        for start in range(0, count, _BLOCK):
            part = slice(start, min(start + _BLOCK, count))
            pairs = zip(columns_a[:, part], columns_b[:, part], strict=True)
            sums = self._accumulate(pairs, part.stop - part.start, None)
            result.codes[part] = sums.result()
            result.overflowed[part] = sums.overflowed
        return Finished(result.codes.reshape(shape), result.overflowed.reshape(shape))

    def _empty(self, shape: tuple[int, ...]) -> Finished:
        return Finished(
            np.empty(shape, dtype=code_type(self.accumulator.result)),
            np.empty(shape, dtype=np.bool_),
        )

    def _begin(self, count: int, codes: Codes | None) -> Sums:
        multiplier, accumulator = self.multiplier, self.accumulator
        if isinstance(accumulator, IntegerAccumulator):
            assert isinstance(multiplier, IntegerMultiplier)
            return accumulator.start(multiplier, count, codes)
        assert isinstance(multiplier, Multiplier)
        return accumulator.start(multiplier, count, codes)

    def _accumulate(self, pairs: Iterable[Pair], count: int, codes: Codes | None) -> Sums:
        """``count`` sums of products, one pair of arrays of codes for every k."""
        sums = self._begin(count, codes)
        n = self.products_per_cycle
        zeros: Pair = (
            np.zeros(count, dtype=code_type(self.multiplier.format)),
            np.zeros(count, dtype=code_type(self.multiplier.format_b)),
        )
        steps = iter(pairs)
        for cycle in zip_longest(*[steps] * n, fillvalue=zeros):
            sums.add_pairs(cycle)
        return sums


def _refuse_unplain(multiplier: Multiplier) -> None:
    """Refuse what has no meaning where a product is not made a result."""
    if multiplier.guard in UNGUARDED:
        raise SpecificationError(
            f"guard {multiplier.guard!r} is refused inside a multiply-accumulate: its sum modulo "
            "2^(E+M) is no number to add; expected full"
        )
    plain = Multiplier(
        multiplier.kind,
        multiplier.format,
        multiplier.format_b,
        **{
            policy: getattr(multiplier, policy)
            for policy, each in POLICIES.items()
            if each.part != "result"
        },
    )
    if multiplier != plain:
        raise SpecificationError(
            f"{multiplier.name} is no multiplier of a multiply-accumulate, whose product is "
            f"squeezed into no format and has no registers of its own; expected {plain.name}"
        )
