"""The test bench of a unit with one stream in and one out: multipliers, sums, dot products."""

from collections.abc import Sequence

from cocotb.handle import HierarchyObject

from lmul_pe.model import Multiplier, SystolicArray
from lmul_pe.model.multiplier.vectors import check_pairs
from lmul_pe.model.unit.names import Specification

from .axi_stream import Beat, Clockwork
from .sum_cases import Pairs, mixed_sums, short_sums
from .testbench import Stalls, Testbench

PAIRS = 60_000
"""Pairs that the beats of a wide format are picked from, about half of them boundary codes."""
INPUT = "s_axis_ab"


class SumBench(Testbench):
    """A unit with one stream in and one out, and what is sent to it."""

    def __init__(
        self,
        dut: HierarchyObject,
        clockwork: Clockwork,
        specification: Specification,
        count: int,
        seed: int,
    ):
        super().__init__(dut, clockwork, specification, count, seed)
        assert not isinstance(specification, SystolicArray)
        self.unit = specification
        if isinstance(specification, Multiplier):
            self._pairs = check_pairs(specification, PAIRS, seed)

    @property
    def capacity(self) -> int | None:
        """Results that are inside or due when the output is stopped for good.

        Every stage of a pipeline holds one.  A unit that sums holds a sum that waits, one more
        in the register behind a sum that is read out, and the last product of the next one, or of
        the next two where products are held.  None where gaps do not close up: in trees, and where
        partial sums take turns.
        """
        unit = self.unit
        if isinstance(unit, Multiplier):
            return unit.latency
        if unit.accumulator.latency > 1 or unit.tree_levels:
            return None
        return 2 + unit.accumulator.finish_latency + unit.held_cycles

    @property
    def latency(self) -> int:
        """Cycles from the last beat that a result needs to the result."""
        return self.unit.latency

    def beats(self, part: str, *, short: bool = False) -> list[Beat]:
        """Beats of boundary and random operands: of ``short`` sums, or of sums of every length.

        Those of a multiplier have ``tlast`` on every fourth or so.
        """
        random = self.random(part)
        unit = self.unit
        if not isinstance(unit, Multiplier):
            sums = short_sums if short else mixed_sums
            return self.sum_beats(sums(unit, self.count, random))
        chosen = random.integers(0, len(self._pairs[0]), size=self.count)
        a, b = (side[chosen] for side in self._pairs)
        lasts = random.random(self.count) < 0.25
        words = self.ports[INPUT].pack(a, b)
        return [Beat(word, int(last)) for word, last in zip(words, lasts, strict=True)]

    def sum_beats(self, sums: Sequence[Pairs]) -> list[Beat]:
        """The beats of ``sums``, ``tlast`` at the end of each."""
        beats = []
        for a, b in sums:
            *words, last = self.ports[INPUT].pack(a, b)
            beats += [*(Beat(word, 0) for word in words), Beat(last, 1)]
        return beats

    def run(self, stalls: Stalls, part: str, beats: Sequence[Beat] | None = None) -> None:
        """Begin to send ``beats``, by default mixed ones."""
        self.start({INPUT: self.beats(part) if beats is None else beats}, stalls, part)
