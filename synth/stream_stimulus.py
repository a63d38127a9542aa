"""What a multiply-accumulate unit is fed while its energy is measured, and what must come out."""

from functools import cached_property

import numpy as np

from model import Mac

from .activity import WORD, Words, pack_bits, unpack_bits
from .sequential import Run
from .workloads import operands

LANES = 256
"""Independent streams side by side."""

SUM_LENGTH = 64
SUMS = 3
RESET_CYCLES = 1
LATENCY = 2
"""Cycles from a pair to the output of the sum that it ends."""


class MacStimulus:
    """A pair every cycle in :data:`LANES` streams, sums of :data:`SUM_LENGTH` products.

    Parameters
    ----------
    mac
        The unit.
    workload, seed
        Of the operands.

    Members
    -------
    cycles : int
        Clock cycles, the first :data:`RESET_CYCLES` in reset.
    """

    cycles = RESET_CYCLES + SUMS * SUM_LENGTH + LATENCY

    def __init__(self, mac: Mac, workload: str, seed: int):
        self._mac = mac
        count = SUMS * SUM_LENGTH * LANES
        multiplier = mac.multiplier
        a, b = operands(workload, multiplier.format, multiplier.format_b, count, seed)
        self._a = a.reshape(SUMS * SUM_LENGTH, LANES)
        self._b = b.reshape(SUMS * SUM_LENGTH, LANES)

    def inputs(self, cycle: int) -> dict[str, list[Words]]:
        """The bits of every input port in ``cycle``."""
        low = np.zeros(LANES // WORD, dtype=np.uint64)
        high = ~low
        # Behind the last pair the first ones come again, so that every cycle has its toggles.
        step = (cycle - RESET_CYCLES) % len(self._a)
        width = self._mac.multiplier.format.width
        a, b = self._a[step].astype(np.uint64), self._b[step].astype(np.uint64)
        ends = cycle >= RESET_CYCLES and step % SUM_LENGTH == SUM_LENGTH - 1
        return {
            "clk": [low],
            "rst": [high if cycle < RESET_CYCLES else low],
            "s_axis_ab_tdata": pack_bits(
                a | (b << np.uint64(width)), width + self._mac.multiplier.format_b.width
            ),
            "s_axis_ab_tvalid": [high if cycle >= RESET_CYCLES else low],
            "s_axis_ab_tlast": [high if ends else low],
            "m_axis_c_tready": [high],
        }

    @cached_property
    def _expected(self) -> list[np.ndarray]:
        sums = []
        for start in range(0, len(self._a), SUM_LENGTH):
            part = slice(start, start + SUM_LENGTH)
            sums.append(self._mac.dot(self._a[part].T, self._b[part].T))
        return sums

    def mismatch(self, run: Run) -> str | None:
        """What is wrong with the sums of ``run``; None if nothing is."""
        valid = run.outputs["m_axis_c_tvalid"][:, 0, 0] & np.uint64(1)
        # What a flip-flop holds before the reset means nothing.
        valid[:RESET_CYCLES] = 0
        found = [
            unpack_bits(list(run.outputs["m_axis_c_tdata"][cycle]), LANES)
            for cycle in np.flatnonzero(valid)
        ]
        if len(found) != len(self._expected):
            return f"{len(found)} sums instead of {len(self._expected)}"
        for index, (sums, expected) in enumerate(zip(found, self._expected, strict=True)):
            wrong = np.flatnonzero(sums != expected)
            if wrong.size:
                lane = wrong[0]
                return (
                    f"sum {index} of stream {lane}: netlist {int(sums[lane]):#x}, "
                    f"model {int(expected[lane]):#x}"
                )
        return None
