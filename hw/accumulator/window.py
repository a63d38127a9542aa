"""The anchored window: how a finished sum is rounded."""

from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.multiplier.anchored import AnchoredLane
from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import Mac, Multiplier, WindowAccumulator
from lmul_pe.model.accumulator.window import SLOT_BITS, label_bias

from .fixed import rounded_register


class WindowSum:
    """Sums in a register that moves; a unit of its own adds to them, in several steps.

    A state is the register, flags as :class:`~.fixed.FixedSum` has them, and the slot of the
    anchor.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    architecture
        Of the adders.

    Members
    -------
    window : Window
        The bits of the register.
    lane : AnchoredLane
        From two operands to a product in its columns.
    """

    coded: ClassVar[bool] = False

    def __init__(self, mac: Mac, architecture: Architecture):
        assert isinstance(mac.accumulator, WindowAccumulator)
        assert isinstance(mac.multiplier, Multiplier)
        self._cells = architecture.adders == "cells"
        self.window = mac.accumulator.window(mac.multiplier)
        self.lane = AnchoredLane(mac.multiplier, self.window, architecture)
        self.result = mac.accumulator.result
        self.state_bits = self.window.width + self.lane.flags + self.lane.slot_bits
        self.result_bits = self.result.width
        # Weight of the register's last bit where the anchor is slot 0 of those counted.
        self._lsb = (
            SLOT_BITS * self.lane.lowest_slot + self.window.lowest - label_bias(mac.multiplier)
        )

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The register rounded to nearest even, gradual underflow included."""
        width, lane = self.window.width, self.lane
        anchor = state[width + lane.flags :]
        # One less than the field of what has its leading one below the sign.
        least = self._lsb + width - 2 + (self.result.bias or 0) - 1
        most = least + (SLOT_BITS << lane.slot_bits)
        bits = 1 + max(most.bit_length(), (-least).bit_length())
        exponent = Signal(signed(bits), name="top_field")
        m.d.comb += exponent.eq(Cat(Const(0, 3), anchor) + least)
        code = rounded_register(
            m,
            self.result,
            state[:width],
            exponent,
            state[width : width + lane.flags],
            rightward=least < 0,
            cells=self._cells,
        )
        return register({"y": code})["y"]
