"""The specification of a systolic array of multiply-accumulate units."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike

from lmul_pe.model.accumulator.fixed import FixedAccumulator
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.accumulator.window import WindowAccumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice, whole_number
from lmul_pe.model.format.codec import Codes, Format
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Choice, Number, Switch, words_of

from .dot import WIDTHS, DotProduct
from .mac import Mac
from .processing_element import Finished

SIDES = range(1, 129)
DATAFLOWS = ("os", "ws")
FOLDS = ("weight",)


@dataclass(frozen=True, init=False)
class SystolicArray:
    """``rows`` x ``cols`` multiply-accumulate units, or dot-product units with exact sums.

    Parameters
    ----------
    multiplier, accumulator
        As of a :class:`~.mac.Mac`; ``a`` comes from the left, ``b`` from above.
    rows, cols
        1 to 128 each; 8 by default.
    dataflow
        ``"os"`` (default), output stationary: every unit keeps one sum, and its partial sums
        rotate as in a :class:`~.mac.Mac`.  ``"ws"``, weight stationary: every unit keeps one
        weight, and sums pass from row to row, added in order of the row whatever the adder's
        latency.
    fold
        ``"weight"``: offset and bias of an L-Mul with integer carry are folded into the weight as
        it is loaded (``ws``).  Changes no result.
    partial
        Whether sums may begin from earlier results in place of +0 (``ws``), so that the inner
        dimension has no limit.
    lanes
        Products that each unit adds at once (``os``), 1 to 64, one by default.  More than one need
        sums that are exact: those of a fixed-point register as wide as products ask for, or of
        integers.

    Raises
    ------
    SpecificationError
        What a :class:`~.mac.Mac` refuses, a size out of range, or a choice that does not
        apply.
    """

    multiplier: Multiplier | IntegerMultiplier
    accumulator: Accumulator
    rows: Annotated[int, Number(option="rows", named=False, help="Of an array; 8 by default.")]
    cols: Annotated[int, Number(option="cols", named=False, help="Of an array; 8 by default.")]
    dataflow: Annotated[
        str,
        Choice(
            option="dataflow",
            choices=DATAFLOWS,
            named=False,
            help="Of an array: os (default) or ws.",
        ),
    ]
    fold: Annotated[
        str | None,
        Choice(
            option="fold",
            choices=FOLDS,
            word="fold",
            kinds=("lmul",),
            help="weight: an lmul array of dataflow ws adds offset and bias to weights as they "
            "load.",
        ),
    ]
    partial: Annotated[
        bool,
        Switch(
            option="partial",
            word="partial",
            help="An array of dataflow ws takes the sums to begin with.",
        ),
    ]
    lanes: Annotated[
        int,
        Number(
            option="lanes",
            word="lanes",
            default=1,
            tacit=True,
            help="Products that each unit of an array of dataflow os adds at once, exactly; 1 by "
            "default.",
        ),
    ]

    def __init__(
        self,
        multiplier: Multiplier | IntegerMultiplier,
        accumulator: Accumulator,
        rows: int = 8,
        cols: int = 8,
        dataflow: str = "os",
        *,
        fold: str | None = None,
        partial: bool = False,
        lanes: int = 1,
    ) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("multiplier", multiplier)
        put("accumulator", accumulator)
        Mac(multiplier, accumulator)
        if isinstance(accumulator, WindowAccumulator):
            raise SpecificationError(
                f"accumulator {accumulator.name} does not apply to an array, whose elements add "
                "one product each: expected a float format, fixed or aligned; the nearest is "
                "aligned"
            )
        put("rows", whole_number("rows", rows, SIDES))
        put("cols", whole_number("cols", cols, SIDES))
        if dataflow not in DATAFLOWS:
            raise unknown_choice("dataflow", dataflow, DATAFLOWS)
        put("dataflow", dataflow)
        if fold is not None and fold not in FOLDS:
            raise unknown_choice("fold", fold, FOLDS)
        put("fold", fold)
        if not isinstance(partial, bool):
            raise SpecificationError(f"partial {partial!r} is not True or False")
        put("partial", partial)
        put("lanes", whole_number("lanes", lanes, WIDTHS))
        self._refuse_unused()
        if self.lanes > 1:
            self._refuse_inexact()

    def _refuse_unused(self) -> None:
        if self.dataflow != "ws":
            for name, given in (("fold", self.fold), ("partial", self.partial or None)):
                if given is not None:
                    raise SpecificationError(
                        f"{name} {given!r} does not apply to dataflow {self.dataflow!r}, where no "
                        "weight stays; expected ws, or leave it out"
                    )
        if self.fold is not None:
            carry = getattr(self.multiplier, "carry", None)
            if carry != "integer":
                raise SpecificationError(
                    f"fold {self.fold!r} does not apply to {self.multiplier.name}: expected an "
                    "lmul with integer carry, whose product is one addition"
                )

    def _refuse_inexact(self) -> None:
        if self.dataflow != "os":
            raise SpecificationError(
                f"lanes {self.lanes} does not apply to dataflow {self.dataflow!r}, whose sums pass "
                "from row to row; expected os, or 1"
            )
        accumulator = self.accumulator
        if isinstance(accumulator, IntegerAccumulator):
            return
        terms = 0
        if isinstance(accumulator, FixedAccumulator) and accumulator.lsb is None:
            terms = accumulator.terms or 0
        if terms >= self.lanes:
            return
        raise SpecificationError(
            f"lanes {self.lanes} needs sums that are exact, which those of {accumulator.name} are "
            f"not: expected fixed, of {self.lanes} terms or more, or an integer accumulator; the "
            "nearest is fixed"
        )

    @cached_property
    def mac(self) -> Mac:
        """Multiplier and accumulator of its units, a product at a time."""
        return Mac(self.multiplier, self.accumulator)

    @cached_property
    def element(self) -> Mac | DotProduct:
        """One of its units."""
        if self.lanes == 1:
            return self.mac
        return DotProduct(self.multiplier, self.accumulator, self.lanes)

    @property
    def products_per_cycle(self) -> int:
        """How many products all of its units add at a time."""
        return self.rows * self.cols * self.lanes

    def beats(self, vectors: Codes) -> Codes:
        """Operands as one side of an ``os`` array takes them: beats x elements.

        Parameters
        ----------
        vectors
            ``lines x K``, the operands of a row or a column in each; K a multiple of ``lanes``.
        """
        lines = len(vectors)
        apart = vectors.reshape(lines, -1, self.lanes)
        return apart.transpose(1, 0, 2).reshape(-1, lines * self.lanes)

    def vectors(self, beats: Codes) -> Codes:
        """``lines x K`` operands from beats x elements; the other way round from :meth:`beats`."""
        apart = beats.reshape(len(beats), -1, self.lanes)
        return apart.transpose(1, 0, 2).reshape(apart.shape[1], -1)

    @property
    def operand_formats(self) -> tuple[Format, Format]:
        """Formats of ``a`` and ``b``."""
        return self.multiplier.operand_formats

    @property
    def finish_latency(self) -> int:
        """Cycles from the last addition to a sum to the finished one."""
        # Only sums that stay have partial sums, which are added at the end.
        moves_on = self.dataflow == "ws" and self.accumulator.latency > 1
        return 0 if moves_on else self.accumulator.finish_latency

    @cached_property
    def name(self) -> str:
        """Stable, unique, a legal Verilog identifier; :func:`~.names.array_named` reads it."""
        size = f"{self.rows}x{self.cols}"
        parts = ["array", self.dataflow, size, self.multiplier.name, self.accumulator.name]
        return "_".join([*parts, *words_of(self)])

    @property
    def family(self) -> str:
        """What arrays of other formats and sizes have in common with it: the name without both."""
        parts = ["array", self.dataflow, self.multiplier.family, self.accumulator.name]
        return "_".join([*parts, *words_of(self)])

    def __str__(self) -> str:
        return self.name

    def gemm(self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None) -> Codes:
        """The matrix product: ``M x K`` codes times ``K x N`` codes, in the array's order.

        ``os``: as :meth:`Mac.gemm <model.mac.Mac.gemm>`.  ``ws``: the inner dimension is cut into
        tiles of ``rows``; the last one is filled up with +0 of both operands, whose products are
        added too, and each begins from the result codes of the one before.

        Parameters
        ----------
        start
            ``M x N`` codes of the accumulator's result, from which the sums begin in place of +0;
            only with ``partial``.

        Returns
        -------
        ``M x N`` codes of the accumulator's result.

        Raises
        ------
        SpecificationError
            Arrays that are no matrices, are empty or do not match; an inner dimension above
            ``rows`` in ``ws`` without ``partial``.
        """
        return self._product(a, b, start).codes

    def overflowed(self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None) -> Flags:
        """Which sums of :meth:`gemm` leave the range of a fixed-point or integer register."""
        return self._product(a, b, start).overflowed

    def check_matrices(
        self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None
    ) -> tuple[Codes, Codes, Codes | None]:
        """Codes of the matrices of a product and of what it begins from.

        Raises
        ------
        SpecificationError
            As of :meth:`gemm`.
        """
        first, second = self.mac.check_matrices(a, b)
        (rows, length), columns = first.shape, second.shape[1]
        self.check_shape(rows, length, columns)
        if start is None:
            return first, second, None
        if not self.partial:
            raise SpecificationError(
                f"{self.name} begins its sums from +0: expected no start, or partial=True"
            )
        return first, second, self.mac.check_start(start, (rows, columns))

    def check_shape(self, m: int, k: int, n: int) -> None:
        """Refuse a product of ``m x k`` and ``k x n`` matrices that the array cannot compute.

        Raises
        ------
        SpecificationError
            As of :meth:`gemm`.
        """
        if min(m, k, n) < 1:
            raise SpecificationError(
                f"a product of {m} x {k} and {k} x {n} matrices is empty: expected 1 or more each"
            )
        if self.dataflow == "ws" and not self.partial and k > self.rows:
            raise SpecificationError(
                f"an inner dimension of {k} exceeds the {self.rows} rows of {self.name}: expected "
                f"{self.rows} at most, or partial=True"
            )

    def _product(self, a: ArrayLike, b: ArrayLike, start: ArrayLike | None) -> Finished:
        first, second, codes = self.check_matrices(a, b, start)
        if self.dataflow == "os":
            return self.element.matrices(first, second)
        overflowed = np.zeros((first.shape[0], second.shape[1]), dtype=np.bool_)
        for top in range(0, first.shape[1], self.rows):
            tile = slice(top, top + self.rows)
            padding = (0, max(tile.stop - first.shape[1], 0))
            left = np.pad(first[:, tile], ((0, 0), padding))
            weights = np.pad(second[tile], (padding, (0, 0)))
            column = self._column.matrices(left, weights, codes)
            codes = column.codes
            overflowed |= column.overflowed
        assert codes is not None
        return Finished(codes, overflowed, np.zeros_like(overflowed))

    @cached_property
    def _column(self) -> Mac:
        """A column of ``ws``: every row adds to the sum from above, and no partial sums rotate."""
        accumulator = self.accumulator
        if isinstance(accumulator, FloatAccumulator):
            accumulator = FloatAccumulator(accumulator.format, fused=accumulator.fused)
        return Mac(self.multiplier, accumulator)
