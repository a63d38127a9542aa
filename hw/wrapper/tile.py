"""A unit as a tile of Tiny Tapeout, which has eight inputs, eight outputs and eight of either."""

from amaranth.hdl import Cat, ClockDomain, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import flags_of, ports_of

from .instance import place_unit

IN_VALID, IN_LAST, OUT_READY = 0, 1, 2
"""Pins of ``uio`` that lead into the tile."""
IN_READY, OUT_VALID, OUT_LAST, FLAG = 4, 5, 6, 7
"""Pins of ``uio`` that lead out of it."""
OUTWARD = sum(1 << pin for pin in (IN_READY, OUT_VALID, OUT_LAST, FLAG))


class Tile(wiring.Component):
    """A unit of one stream of operands, byte by byte.

    A beat is as many bytes as hold it, low byte first; so is a result.

    Parameters
    ----------
    specification
        Of a unit with one stream of operands.

    Members
    -------
    clk, rst_n, ena : In
        The tile's clock, its reset, and whether it is the chosen one, which changes nothing.
    ui_in, uo_out : In, Out
        A byte of operands, and one of results.
    uio_in, uio_out, uio_oe : In, Out, Out
        The handshakes of both.
    """

    def __init__(self, specification: Specification):
        self._specification = specification
        super().__init__(
            {
                "ui_in": In(8),
                "uo_out": Out(8),
                "uio_in": In(8),
                "uio_out": Out(8),
                "uio_oe": Out(8),
                "ena": In(1),
                "clk": In(1),
                "rst_n": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = domain = ClockDomain()
        m.d.comb += [domain.clk.eq(self.clk), domain.rst.eq(~self.rst_n)]
        operands, results = ports_of(self._specification)
        unit = place_unit(m, self._specification, Const(0, 1))
        beat_bytes, result_bytes = -(-operands.width // 8), -(-results.width // 8)

        beat = Signal(8 * beat_bytes, name="beat")
        bytes_in = Signal(range(beat_bytes + 1), name="bytes_in")
        beat_ends, full = Signal(name="beat_ends"), Signal(name="full")
        m.d.comb += [
            full.eq(bytes_in == beat_bytes),
            unit[f"{operands.name}_tdata"].eq(beat),
            unit[f"{operands.name}_tlast"].eq(beat_ends),
            unit[f"{operands.name}_tvalid"].eq(full),
        ]
        with m.If(full & unit[f"{operands.name}_tready"]):
            m.d.sync += bytes_in.eq(0)
        with m.Elif(self.uio_in[IN_VALID] & ~full):
            m.d.sync += [
                beat.eq(Cat(beat, self.ui_in)[8:]),
                beat_ends.eq(self.uio_in[IN_LAST]),
                bytes_in.eq(bytes_in + 1),
            ]

        result = Signal(8 * result_bytes, name="result")
        bytes_out = Signal(range(result_bytes + 1), name="bytes_out")
        result_ends, empty = Signal(name="result_ends"), Signal(name="empty")
        m.d.comb += [empty.eq(bytes_out == 0), unit[f"{results.name}_tready"].eq(empty)]
        with m.If(empty):
            m.d.sync += [
                result.eq(unit[f"{results.name}_tdata"]),
                result_ends.eq(unit[f"{results.name}_tlast"]),
            ]
            with m.If(unit[f"{results.name}_tvalid"]):
                m.d.sync += bytes_out.eq(result_bytes)
        with m.Elif(self.uio_in[OUT_READY]):
            m.d.sync += [result.eq(result >> 8), bytes_out.eq(bytes_out - 1)]

        flags = Cat(*(unit[flag] for flag in flags_of(self._specification)))
        m.d.comb += [
            self.uo_out.eq(result),
            self.uio_oe.eq(OUTWARD),
            self.uio_out[IN_READY].eq(~full),
            self.uio_out[OUT_VALID].eq(~empty),
            self.uio_out[OUT_LAST].eq(result_ends & (bytes_out == 1)),
            self.uio_out[FLAG].eq(flags.any()),
        ]
        return m
