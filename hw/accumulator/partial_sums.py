"""Partial sums of an adder of several cycles, added at the end."""

from typing import Protocol

from amaranth.hdl import Module, Value

from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import FloatAccumulator


class PairedSum(Protocol):
    """What adds two sums; see :class:`~.contract.Accumulator`."""

    accumulator: FloatAccumulator
    state_bits: int

    def pair(self, m: Module, first: Value, second: Value, register: Register) -> Value:
        """The sum of two; calls ``register`` once less than an addition has cycles."""


def balanced(m: Module, sums: PairedSum, state: Value, register: Register) -> Value:
    """The sum of the partial sums in ``state``, in a tree of neighbours, an odd one passing up."""
    bits = sums.state_bits
    partials = [state.word_select(index, bits) for index in range(len(state) // bits)]
    while len(partials) > 1:
        level = []
        for index in range(0, len(partials) - 1, 2):
            total = sums.pair(m, partials[index], partials[index + 1], register)
            level.append(register({"tree": total})["tree"])
        if len(partials) % 2:
            odd = partials[-1]
            for _ in range(sums.accumulator.latency):
                odd = register({"odd": odd})["odd"]
            level.append(odd)
        partials = level
    return partials[0]
