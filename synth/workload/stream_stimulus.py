"""What a unit between two streams is fed while its energy is measured, and what must come out."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import DotProduct, Mac
from lmul_pe.synth.activity.packing import Words, bits_of, codes_of, every, pack, unpack
from lmul_pe.synth.activity.sequential import Bits, Run

from .streams import LONG_SUM_LENGTH, LONG_SUMS, SUM_LENGTH, Workload, operands

LANES = 512
"""Independent streams side by side."""

RESET_CYCLES = 1
WARM_UP = 32
"""Beats before those that count, so that nothing is left of what registers held before."""

COUNTED = 192
"""Beats that count."""

DRAIN = 48
"""Cycles for the last sums to come out."""


class StreamStimulus:
    """A beat every cycle in :data:`LANES` streams, sums of :data:`~.streams.SUM_LENGTH` products.

    With the workload of that name they have :data:`~.streams.LONG_SUM_LENGTH`.

    Parameters
    ----------
    unit
        What is fed.
    workload, seed
        Of the operands.

    Members
    -------
    cycles : int
        Clock cycles, the first :data:`RESET_CYCLES` in reset.
    counted : range
        Those whose toggles count.
    period : int
        Beats of a sum.
    """

    cycles = RESET_CYCLES + WARM_UP + COUNTED + DRAIN
    counted = range(RESET_CYCLES + WARM_UP, RESET_CYCLES + WARM_UP + COUNTED)

    def __init__(self, unit: Mac | DotProduct, workload: Workload, seed: int):
        self._unit = unit
        terms = unit.products_per_cycle
        beats = WARM_UP + COUNTED
        a, b = operands(
            workload, unit.multiplier.format, unit.multiplier.format_b, beats * terms * LANES, seed
        )
        # Every multiplier of every stream takes a part of its own, in its order.
        self._a, self._b = (
            codes.reshape(terms, LANES, beats).transpose(2, 0, 1) for codes in (a, b)
        )
        # The sums of the warm-up are short: the first one out is out before anything counts.
        self.period = self._beats_of_a_sum(unit, workload)
        ends = range(WARM_UP + self.period, beats + 1, self.period)
        self._ends = [WARM_UP // 2, WARM_UP, *ends]

    @staticmethod
    def _beats_of_a_sum(unit: Mac | DotProduct, workload: Workload) -> int:
        length = LONG_SUM_LENGTH if workload == LONG_SUMS else SUM_LENGTH
        return max(length // unit.products_per_cycle, 1)

    @classmethod
    def has_whole_sums(cls, unit: Mac | DotProduct, workload: Workload) -> bool:
        """Whether sums end with the cycles that count, so that each counts as a whole."""
        return COUNTED % cls._beats_of_a_sum(unit, workload) == 0

    def inputs(self, cycle: int, _: Bits) -> Bits:
        """The bits of every input port in ``cycle``; outputs always have room."""
        ones = every(LANES)[np.newaxis]
        step = cycle - RESET_CYCLES
        return {
            "clk": 0 * ones,
            "rst": ones * (step < 0),
            "s_axis_ab_tdata": self._data[step % len(self._data)],
            "s_axis_ab_tvalid": ones * (step >= 0),
            # Behind the last pair the first ones come again, but no sum of theirs ends.
            "s_axis_ab_tlast": ones * (step + 1 in self._ends),
            "m_axis_c_tready": ones,
        }

    @cached_property
    def _data(self) -> Words:
        """``beats x bits x words``: the bits of all operands of ``a``, and then those of ``b``."""
        formats = self._unit.multiplier.format, self._unit.multiplier.format_b
        parts = []
        for codes, format in zip((self._a, self._b), formats, strict=True):
            bits = pack(bits_of(codes, format.width))
            parts.append(bits.transpose(1, 2, 0, 3).reshape(len(codes), -1, bits.shape[-1]))
        return np.concatenate(parts, axis=1)

    @property
    def products(self) -> int:
        """Those in all sums that are compared."""
        return self._a.size

    @cached_property
    def _sums(self) -> list[tuple[NDArray[Any], NDArray[np.bool_]]]:
        """Codes and overflow of every sum."""
        found = []
        for start, end in zip([0, *self._ends], self._ends, strict=False):
            a, b = (values[start:end].reshape(-1, LANES).T for values in (self._a, self._b))
            found.append((self._unit.dot(a, b), self._unit.overflowed(a, b)))
        return found

    def mismatch(self, run: Run) -> str | None:
        """What is wrong with the sums of ``run``; None if nothing is."""
        found = []
        for cycle in range(RESET_CYCLES, self.cycles):
            (valid,) = unpack(run.outputs["m_axis_c_tvalid"][cycle], LANES)
            if valid.any() != valid.all():
                return f"in cycle {cycle} some streams have a sum and others none"
            if valid.all():
                found.append(codes_of(unpack(run.outputs["m_axis_c_tdata"][cycle], LANES)))
        if len(found) != len(self._sums):
            return f"{len(found)} sums instead of {len(self._sums)}"
        for index, (sums, (expected, _)) in enumerate(zip(found, self._sums, strict=True)):
            wrong = np.flatnonzero(sums != expected)
            if wrong.size:
                lane = wrong[0]
                return (
                    f"sum {index} of stream {lane}: netlist {int(sums[lane]):#x}, "
                    f"model {int(expected[lane]):#x}"
                )
        if "overflow" in run.outputs:
            (overflowed,) = unpack(run.outputs["overflow"][-1], LANES)
            wrong = np.flatnonzero(
                overflowed != np.any([overflow for _, overflow in self._sums], axis=0)
            )
            if wrong.size:
                return f"flag overflow of stream {wrong[0]} is wrong"
        return None
