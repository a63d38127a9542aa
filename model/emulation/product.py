"""Which matrix products are compiled, and by which loops."""

import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.format.floating import CATALOG, FloatFormat
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.stack import Stack

_FLOAT32 = CATALOG["fp32"]
_ROWS = 32
"""Rows of a task of one thread, at least."""

log = logging.getLogger(__name__)


def is_float32(format: FloatFormat) -> bool:
    """Whether every number of ``format`` is one of float32."""
    return (
        format.mantissa_bits <= _FLOAT32.mantissa_bits
        and format.greatest_exponent <= _FLOAT32.greatest_exponent
        and format.least_exponent >= _FLOAT32.least_exponent
    )


@dataclass(frozen=True)
class CompiledProduct:
    """A matrix product of a :class:`~lmul_pe.model.unit.mac.Mac` as compiled loops compute it."""

    mac: Mac

    @cached_property
    def obstacle(self) -> str | None:
        """Why there are no compiled loops for it; None where there are."""
        multiplier, accumulator = self.mac.multiplier, self.mac.accumulator
        if find_spec("numba") is None:
            return "Numba is not installed (pip install 'lmul-pe[fast]')"
        if not isinstance(multiplier, Multiplier) or multiplier.kind not in ("lmul", "exact"):
            return f"{multiplier.name} has none"
        for format in multiplier.operand_formats:
            if not is_float32(format):
                return f"{format} has numbers that are none of fp32"
        fused = multiplier.kind == "exact" and multiplier.product_bits > 24
        if accumulator not in (
            FloatAccumulator(_FLOAT32),
            *((FloatAccumulator(_FLOAT32, fused=True),) if not fused else ()),
        ):
            return f"accumulator {accumulator.name} has none"
        return None

    def matmul(
        self, a: NDArray[Any], b: NDArray[Any], threads: int | None = None
    ) -> NDArray[np.float32]:
        """The products of values that are numbers of the operands' formats, as numpy.matmul."""
        stack = Stack.of(self._flushed(a, 0), self._flushed(b, 1))
        count, rows, _ = stack.lefts.shape
        columns = stack.rights.shape[-1]
        sums = np.zeros((count, rows, columns), dtype=np.float32)
        workers = threads or os.cpu_count() or 1
        height = max(_ROWS, -(-rows // workers))
        tasks = [
            (index, slice(top, top + height))
            for index in range(count)
            for top in range(0, rows, height)
        ]

        def run(task: tuple[int, slice]) -> None:
            index, part = task
            self._add(stack.lefts[index, part], stack.rights[index], sums[index, part])

        if workers == 1 or len(tasks) <= 1:
            for task in tasks:
                run(task)
        else:
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(run, tasks))
        sums[np.isnan(sums)] = np.nan
        return sums.reshape(stack.shape)

    def _flushed(self, values: NDArray[Any], operand: int) -> NDArray[np.float64]:
        multiplier = self.mac.multiplier
        assert isinstance(multiplier, Multiplier)
        result = np.ascontiguousarray(values, dtype=np.float64)
        if multiplier.subnormals == "flush":
            format = multiplier.operand_formats[operand]
            least = np.ldexp(1.0, 1 - (format.bias or 0))
            result = np.where(np.abs(result) < least, np.copysign(0.0, result), result)
        return result

    @cached_property
    def _add(self) -> Callable[[Any, Any, Any], None]:
        from . import wide

        multiplier = self.mac.multiplier
        assert isinstance(multiplier, Multiplier)
        if multiplier.kind == "exact":
            rounded = multiplier.product_bits > 24
            return lambda a, b, sums: wide.exact_sums(a, b, rounded, sums)
        bits = wide.MANTISSA_BITS - multiplier.mantissa_bits
        offset = np.int64((multiplier.offset or 0) << bits)
        if multiplier.carry == "integer":
            offset -= np.int64(1023 << wide.MANTISSA_BITS)
            return lambda a, b, sums: wide.integer_sums(a, b, offset, sums)
        kept = np.int64((2**multiplier.mantissa_bits - 1) << bits)
        return lambda a, b, sums: wide.equation_sums(a, b, offset, kept, sums)
