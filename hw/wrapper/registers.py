"""The registers through which a host runs a unit."""

import zlib
from collections.abc import Mapping
from enum import IntEnum

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .axi4_lite import Axi4Lite, axi4_lite_ports
from .gate import SIZE_BITS


class Register(IntEnum):
    """Every register of 32 bits, by its address in bytes."""

    CONTROL = 0x00
    STATUS = 0x04
    INTERRUPT = 0x08
    DEPTH = 0x0C
    TILES = 0x10
    CYCLES = 0x14
    UNIT = 0x18


START, ABORT = 0, 1
"""Bits of CONTROL."""
BUSY, DONE = 0, 1
"""Bits of STATUS."""
FLAGS = {"protocol_error": 8, "overflow": 9, "inexact": 10}
"""Bits of STATUS, by the output of the unit that each of them shows."""
ENABLE = 0
"""Bit of INTERRUPT."""


class HostRegisters(wiring.Component):
    """The registers behind AXI4-Lite, and what they begin and tell.

    Parameters
    ----------
    unit
        The name of the unit, whose CRC-32 is in UNIT.
    flags
        Outputs of the unit.

    Members
    -------
    s_axil_* : In, Out
        The bus.
    irq : Out
        High while a run is done and INTERRUPT is enabled.
    start, abort : Out
        High for a cycle: a run begins in the next one; what is in the unit is to be forgotten.
    depth, tiles : Out
        Sizes of the run, which stay during it.
    busy : In
        Whether there is a run.
    finish : In
        High in the last cycle of a run.
    unit_* : In
        The flags.
    """

    def __init__(self, unit: str, flags: tuple[str, ...]):
        self._unit = unit
        self._flags = flags
        super().__init__(
            {
                **axi4_lite_ports(),
                "irq": Out(1),
                "start": Out(1),
                "abort": Out(1),
                "depth": Out(SIZE_BITS, init=1),
                "tiles": Out(SIZE_BITS, init=1),
                "busy": In(1),
                "finish": In(1),
                **{f"unit_{flag}": In(1) for flag in flags},
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bus = bus = Axi4Lite()
        connect_bus(m, self, bus)
        done, enable, cycles = Signal(name="done"), Signal(name="enable"), Signal(32, name="cycles")
        m.d.comb += self.irq.eq(done & enable)
        with m.If(self.busy & ~cycles.all()):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(self.finish):
            m.d.sync += done.eq(1)

        # Of bytes without a strobe nothing is written.
        bits = Signal(32, name="bits")
        m.d.comb += bits.eq(bus.write_data & Cat(*(bit.replicate(8) for bit in bus.write_strobe)))
        sizes = {Register.DEPTH: self.depth, Register.TILES: self.tiles}
        impossible = self.busy | bits[ABORT] | (self.depth == 0) | (self.tiles == 0)
        too_large = self.busy | bits[SIZE_BITS:].any()
        refused = {
            Register.CONTROL: bits[START] & impossible,
            Register.STATUS: Const(0, 1),
            Register.INTERRUPT: Const(0, 1),
            **dict.fromkeys(sizes, too_large),
        }
        written = {}
        for register, wrong in refused.items():
            written[register] = Signal(name=f"writes_{register.name.lower()}")
            here = (bus.write_word == register >> 2) & ~wrong
            m.d.comb += written[register].eq(bus.write & here)
        m.d.comb += [
            bus.write_refused.eq(~Cat(*written.values()).any()),
            self.start.eq(written[Register.CONTROL] & bits[START]),
            self.abort.eq(written[Register.CONTROL] & bits[ABORT]),
        ]
        # A run that ends in this very cycle has not been seen.
        with m.If(written[Register.STATUS] & bits[DONE] & ~self.finish):
            m.d.sync += done.eq(0)
        with m.If(written[Register.INTERRUPT] & bus.write_strobe[0]):
            m.d.sync += enable.eq(bits[ENABLE])
        for register, size in sizes.items():
            for byte in range(SIZE_BITS // 8):
                with m.If(written[register] & bus.write_strobe[byte]):
                    m.d.sync += size.word_select(byte, 8).eq(bits.word_select(byte, 8))
        with m.If(self.start):
            m.d.sync += [done.eq(0), cycles.eq(0)]
        with m.If(self.abort):
            m.d.sync += done.eq(0)

        status: list[Value] = [Const(0, 1)] * 32
        status[BUSY], status[DONE] = self.busy, done
        for flag in self._flags:
            status[FLAGS[flag]] = getattr(self, f"unit_{flag}")
        values: Mapping[Register, Value] = {
            Register.CONTROL: Const(0, 32),
            Register.STATUS: Cat(*status),
            Register.INTERRUPT: enable << ENABLE,
            Register.DEPTH: self.depth,
            Register.TILES: self.tiles,
            Register.CYCLES: cycles,
            Register.UNIT: Const(zlib.crc32(self._unit.encode()), 32),
        }
        found = {register: bus.read_word == register >> 2 for register in values}
        read: Value = Const(0, 32)
        for register, value in values.items():
            read = read | Mux(found[register], value, 0)
        m.d.comb += [bus.read_data.eq(read), bus.read_refused.eq(~Cat(*found.values()).any())]
        return m


def connect_bus(m: Module, outer: wiring.Component, inner: wiring.Component) -> None:
    """Lead the bus of a component to one inside it."""
    for name, member in axi4_lite_ports().items():
        here, there = getattr(outer, name), getattr(inner, name)
        m.d.comb += there.eq(here) if member.flow == In else here.eq(there)
