"""Which matrix products are compiled, and how they are shared out among threads."""

import os
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

FLOAT32 = CATALOG["fp32"]
_SIGNIFICAND = FLOAT32.mantissa_bits + 1
_WORTH_THREADS = 1 << 20
"""Products from which on starting threads pays."""
_PIECES = 4
"""Tasks per thread, so that none waits long for the last one."""


def is_float32(format: FloatFormat) -> bool:
    """Whether every number of ``format`` is one of float32."""
    return (
        format.mantissa_bits <= FLOAT32.mantissa_bits
        and format.greatest_exponent <= FLOAT32.greatest_exponent
        and format.least_exponent >= FLOAT32.least_exponent
    )


@dataclass(frozen=True)
class CompiledProduct:
    """A matrix product of a :class:`~lmul_pe.model.unit.mac.Mac` as compiled loops compute it."""

    mac: Mac

    @cached_property
    def obstacle(self) -> str | None:
        """Why there are no compiled loops for it; None where there are."""
        multiplier, accumulator = self.mac.multiplier, self.mac.accumulator
        if not isinstance(multiplier, Multiplier) or multiplier.kind not in ("lmul", "exact"):
            return f"products of {multiplier.name} have no compiled loops"
        for format in multiplier.operand_formats:
            if not is_float32(format):
                return f"{format} has numbers that are none of fp32"
        if not isinstance(accumulator, FloatAccumulator) or (
            accumulator.format != FLOAT32
            or accumulator.latency != 1
            or (accumulator.fused and self._is_rounded)
        ):
            return f"sums of {accumulator.name} have no compiled loops"
        if find_spec("numba") is None:
            return "Numba is not installed: pip install 'lmul-pe[fast]'"
        return None

    def matmul(
        self, a: NDArray[Any], b: NDArray[Any], threads: int | None = None
    ) -> NDArray[np.float32]:
        """The products of any numbers, of shapes as :func:`numpy.matmul`.

        Parameters
        ----------
        threads
            How many there are at most; by default one for each core.

        Raises
        ------
        SpecificationError
            A NaN that an operand's format cannot express, or shapes that are no matrix product.
        """
        from . import panels
        from .nearest import nearest

        multiplier = self._multiplier
        flush = multiplier.subnormals == "flush"
        stack = Stack.of(
            *(
                nearest(values, format, flush)
                for values, format in zip((a, b), multiplier.operand_formats, strict=True)
            )
        )
        form = self._form
        shape = panels.shape_of(form)
        lefts, rights = stack.lefts, stack.rights
        (count, rows, depth), columns = lefts.shape, rights.shape[-1]
        turned = _padded(columns, shape.rows) * _padded(rows, shape.columns) < (
            _padded(rows, shape.rows) * _padded(columns, shape.columns)
        )
        if turned:
            lefts, rights = (np.ascontiguousarray(each.swapaxes(1, 2)) for each in (rights, lefts))
            rows, columns = columns, rows
        bits = FLOAT32.mantissa_bits - multiplier.mantissa_bits
        offset = (multiplier.offset or 0) << bits
        kept = np.int32(-1 << bits)
        sums = np.zeros(
            (count, _padded(rows, shape.rows), _padded(columns, shape.columns)), dtype=np.float32
        )
        workers = threads or _cores()
        if count * rows * depth * columns < _WORTH_THREADS:
            workers = 1
        bands = -(-rows // shape.rows)
        step = max(1, bands * count // (workers * _PIECES), bands if workers == 1 else 1)

        def prepare(index: int) -> tuple[panels.Panels, panels.Panels]:
            return (
                panels.panels_of(form, lefts[index], False, offset),
                panels.panels_of(form, rights[index], True, offset),
            )

        def add(task: tuple[int, int]) -> None:
            index, top = task
            panels.add_tiles(
                form,
                offset,
                kept,
                lefts[index],
                rights[index],
                *prepared[index],
                top,
                min(top + step, bands),
                sums[index],
            )

        tasks = [(index, top) for index in range(count) for top in range(0, bands, step)]
        if workers == 1:
            prepared = [prepare(index) for index in range(count)]
            for task in tasks:
                add(task)
        else:
            with ThreadPoolExecutor(workers) as pool:
                prepared = list(pool.map(prepare, range(count)))
                list(pool.map(add, tasks))
        result = sums[:, :rows, :columns]
        if turned:
            result = result.swapaxes(1, 2)
        result = np.ascontiguousarray(result).reshape(stack.shape)
        result[np.isnan(result)] = np.nan
        return result

    @property
    def _multiplier(self) -> Multiplier:
        assert isinstance(self.mac.multiplier, Multiplier)
        return self.mac.multiplier

    @property
    def _is_rounded(self) -> bool:
        """Whether products are rounded before they are added."""
        multiplier = self._multiplier
        return multiplier.kind == "exact" and multiplier.product_bits > _SIGNIFICAND

    @property
    def _form(self) -> int:
        from . import panels

        multiplier = self._multiplier
        if multiplier.kind == "exact":
            return panels.ROUNDED if self._is_rounded else panels.FUSED
        if multiplier.carry == "integer":
            return panels.INTEGER
        long = multiplier.mantissa_bits == FLOAT32.mantissa_bits
        return panels.HALVED if long else panels.EQUATION


def _cores() -> int:
    """Cores that this process may run on, but no more than ``OMP_NUM_THREADS``, as BLAS has it."""
    affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if affinity else os.cpu_count() or 1
    told = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(told)) if told.isdecimal() and int(told) else cores


def _padded(lines: int, width: int) -> int:
    """``lines`` and as many more as fill the last panel."""
    return -(-lines // width) * width
