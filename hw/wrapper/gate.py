"""A gate in a stream: what passes belongs to a run."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

SIZE_BITS = 16


class Gate(wiring.Component):
    """Lets the tiles of a run pass, and marks the end of each.

    Members
    -------
    open, close : In
        Begins a run; ends it before its time.
    beats, tiles : In
        Beats of a tile, and tiles of a run, one at least of each.
    i_valid, i_ready : In, Out
        Of the stream before the gate.
    o_valid, o_ready, o_last : Out, In, Out
        Of the stream behind it; ``o_last`` with the last beat of a tile.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "open": In(1),
                "close": In(1),
                "beats": In(SIZE_BITS),
                "tiles": In(SIZE_BITS),
                "i_valid": In(1),
                "i_ready": Out(1),
                "o_valid": Out(1),
                "o_ready": In(1),
                "o_last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        passes = Signal(name="passes")
        beats_left = Signal(SIZE_BITS, name="beats_left")
        tiles_left = Signal(SIZE_BITS, name="tiles_left")
        m.d.comb += [
            self.o_valid.eq(self.i_valid & passes),
            self.i_ready.eq(self.o_ready & passes),
            self.o_last.eq(beats_left == 1),
        ]
        with m.If(self.o_valid & self.o_ready):
            m.d.sync += beats_left.eq(beats_left - 1)
            with m.If(self.o_last):
                m.d.sync += [beats_left.eq(self.beats), tiles_left.eq(tiles_left - 1)]
                with m.If(tiles_left == 1):
                    m.d.sync += passes.eq(0)
        with m.If(self.open):
            m.d.sync += [passes.eq(1), beats_left.eq(self.beats), tiles_left.eq(self.tiles)]
        with m.If(self.close):
            m.d.sync += passes.eq(0)
        return m
