"""What adds up products: a multiplier and an accumulator, and what they compute together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product, zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lmul_pe.model.accumulator.fixed import FixedAccumulator, FixedRegister
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.accumulator.sums import Pair, Sums, tree_levels
from lmul_pe.model.accumulator.window import WindowAccumulator
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes, Format, check_codes, check_operands, code_type
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.operands import Flags, unpack
from lmul_pe.model.multiplier.policies import POLICIES, UNGUARDED
from lmul_pe.model.multiplier.specification import Multiplier

from .stack import Stack, no_product

_BLOCK = 1 << 14
_BLOCK_ROWS = 1 << 10
_LARGEST_PRODUCT_BITS = 60

STAGES = range(2)
"""Of registers behind the multipliers of a dot product whose sums are exact."""


class Finished(NamedTuple):
    """Sums, which of them left the range of a register on the way, and which a window cut."""

    codes: Codes
    overflowed: Flags
    inexact: Flags


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
                "which are no integers; expected a float format, fixed, aligned or window"
            )
        _refuse_unplain(multiplier, STAGES if self.adds_once else range(1))
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
        if isinstance(accumulator, WindowAccumulator):
            # One name for one unit.
            object.__setattr__(self, "accumulator", accumulator.usual(multiplier))

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
    def is_exact(self) -> bool:
        """Whether several products are added at a time, each to its last bit, to a register that
        has room for them."""
        return False

    @property
    def adds_once(self) -> bool:
        """Whether several products are added at a time to one number, in columns."""
        return False

    @property
    def held_cycles(self) -> int:
        """Cycles that registers hold products, or in a window their sum, before they are added."""
        return self.multiplier.latency if isinstance(self.multiplier, Multiplier) else 0

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
        return self.held_cycles + 1 + additions + self.accumulator.finish_latency

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

    def inexact(self, a: ArrayLike, b: ArrayLike) -> Flags:
        """Which sums of :meth:`dot` have lost a bit that was below an anchored window.

        Never those of other accumulators, which do not tell.
        """
        return self._vectors(a, b).inexact

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
        # Blocks whose sums stay in the processor's cache.
        height = min(rows, _BLOCK_ROWS)
        width = max(1, _BLOCK // max(height, 1))
        for top, left in product(range(0, rows, height or 1), range(0, columns, width)):
            block = slice(top, top + height), slice(left, left + width)
            tall, wide = first[block[0]].T, second[:, block[1]]
            shape = tall.shape[1], wide.shape[1]
            codes = None if begin is None else begin[block].ravel()
            sums = self._begin(shape[0] * shape[1], codes)
            self._add(sums.add_outer, zip(tall, wide, strict=True), shape)
            result.codes[block] = sums.result().reshape(shape)
            result.overflowed[block] = sums.overflowed.reshape(shape)
            result.inexact[block] = sums.inexact.reshape(shape)
        return result

    def matmul(self, a: ArrayLike, b: ArrayLike) -> Codes:
        """Matrix products of codes, of shapes as :func:`numpy.matmul`, sums in order of k.

        Parameters
        ----------
        a, b
            Codes of the operands, ``... x M x K`` and ``... x K x N``, whose leading axes broadcast
            together; a vector is a row on the left and a column on the right.

        Returns
        -------
        ``... x M x N`` codes of the accumulator's result, without the axis of a vector.

        Raises
        ------
        SpecificationError
            Scalars, or shapes that are no matrix product.
        """
        first = check_codes(a, self.multiplier.format, "codes a")
        second = check_codes(b, self.multiplier.format_b, "codes b")
        stack = Stack.of(first, second)
        if len(stack.lefts) == 1:
            codes = self.matrices(stack.lefts[0], stack.rights[0]).codes
        else:
            codes = self._stacked(stack.lefts, stack.rights)
        return codes.reshape(stack.shape)

    def _stacked(self, first: Codes, second: Codes) -> Codes:
        """The products of matrices, one by one, or many at a time where they are small."""
        count, rows, length = first.shape
        columns = second.shape[-1]
        result = np.empty((count, rows, columns), dtype=code_type(self.accumulator.result))
        step = _BLOCK // max(rows * columns, 1)
        if step <= 1:
            for index in range(count):
                result[index] = self.matrices(first[index], second[index]).codes
            return result
        for start in range(0, count, step):
            part = slice(start, start + step)
            block = result[part]
            pairs = (
                (
                    np.broadcast_to(first[part, :, k, None], block.shape).ravel(),
                    np.broadcast_to(second[part, k, None, :], block.shape).ravel(),
                )
                for k in range(length)
            )
            block[...] = self._accumulate(pairs, block.size).result().reshape(block.shape)
        return result

    def check_matrices(self, a: ArrayLike, b: ArrayLike) -> tuple[Codes, Codes]:
        """Codes of two matrices of one inner dimension, refused if they are something else."""
        first = check_codes(a, self.multiplier.format, "codes a")
        second = check_codes(b, self.multiplier.format_b, "codes b")
        if first.ndim != 2 or second.ndim != 2 or first.shape[1] != second.shape[0]:
            raise no_product(first, second)
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
            sums = self._accumulate(pairs, part.stop - part.start)
            result.codes[part] = sums.result()
            result.overflowed[part] = sums.overflowed
            result.inexact[part] = sums.inexact
        return Finished(
            result.codes.reshape(shape),
            result.overflowed.reshape(shape),
            result.inexact.reshape(shape),
        )

    def _empty(self, shape: tuple[int, ...]) -> Finished:
        return Finished(
            np.empty(shape, dtype=code_type(self.accumulator.result)),
            *(np.empty(shape, dtype=np.bool_) for _ in range(2)),
        )

    def _begin(self, count: int, codes: Codes | None) -> Sums:
        multiplier, accumulator = self.multiplier, self.accumulator
        if isinstance(accumulator, IntegerAccumulator):
            assert isinstance(multiplier, IntegerMultiplier)
            return accumulator.start(multiplier, count, codes)
        assert isinstance(multiplier, Multiplier)
        return accumulator.start(multiplier, count, codes)

    def _accumulate(self, pairs: Iterable[Pair], count: int) -> Sums:
        """``count`` sums of products, one pair of arrays of codes for every k."""
        sums = self._begin(count, None)
        self._add(sums.add_pairs, pairs, (count, count))
        return sums

    def _add(
        self,
        add: Callable[[Sequence[Pair]], None],
        pairs: Iterable[Pair],
        lengths: tuple[int, int],
    ) -> None:
        """Add ``pairs`` of arrays of ``lengths``, as many at a time as a cycle takes."""
        zeros: Pair = (
            np.zeros(lengths[0], dtype=code_type(self.multiplier.format)),
            np.zeros(lengths[1], dtype=code_type(self.multiplier.format_b)),
        )
        steps = iter(pairs)
        for cycle in zip_longest(*[steps] * self.products_per_cycle, fillvalue=zeros):
            add(cycle)


def unsqueezed(multiplier: Multiplier, latency: int = 0) -> Multiplier:
    """``multiplier`` with so many register stages, and nothing of what makes a product a result."""
    return Multiplier(
        multiplier.kind,
        multiplier.format,
        multiplier.format_b,
        latency=latency,
        **{
            policy: getattr(multiplier, policy)
            for policy, each in POLICIES.items()
            if each.part != "result"
        },
    )


def _refuse_unplain(multiplier: Multiplier, stages: range) -> None:
    """Refuse what has no meaning where a product is not made a result.

    Parameters
    ----------
    stages
        Of registers that the multiplier may have.
    """
    if multiplier.guard in UNGUARDED:
        raise SpecificationError(
            f"guard {multiplier.guard!r} is refused inside a multiply-accumulate: its sum modulo "
            "2^(E+M) is no number to add; expected full"
        )
    plain = unsqueezed(multiplier, min(multiplier.latency, stages[-1]))
    if multiplier != plain:
        held = "one stage of registers at most" if stages[-1] else "no registers of its own"
        raise SpecificationError(
            f"{multiplier.name} is no multiplier of a multiply-accumulate, whose product is "
            f"squeezed into no format and has {held}; expected {plain.name}"
        )
