"""The control of an output-stationary array: what is taken, and when results come out."""

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.unit.loop import Turns, beat_layout

from .delay import chain


class OsControl(wiring.Component):
    """Handshakes, and the timing of the chains that finished sums leave by.

    Results of a tile come out ``rows`` cycles long, so that the ends of two tiles are taken at
    least that far apart.

    Parameters
    ----------
    rows, columns
        Of the array.
    latency, finish_latency
        Of its sums.
    overflows
        Whether its sums can leave their range.

    Members
    -------
    a_valid, a_last, b_valid, b_last, c_ready : In
        Of the streams.
    a_ready, b_ready, c_valid, c_last : Out
        Of the streams.
    enable : Out
        Moves everything in the array.
    beat : Out
        What is taken, for the first element.
    shift : Out
        Moves the chain of the first column, by row.
    protocol_error : Out
        Set from the first pair on whose ``tlast`` differed.
    overflow_in, overflow : In, Out
        Pulses at the ends of the rows; set from the first one on.
    """

    clocked = True

    def __init__(
        self, rows: int, columns: int, *, latency: int, finish_latency: int, overflows: bool
    ):
        self._rows = rows
        self._columns = columns
        self._latency = latency
        self._finish_latency = finish_latency
        names = ("a_valid", "a_last", "b_valid", "b_last", "c_ready")
        ports = {name: In(1) for name in names}
        ports |= {name: Out(1) for name in ("a_ready", "b_ready", "c_valid", "c_last", "enable")}
        ports["beat"] = Out(beat_layout(latency).size)
        ports["shift"] = Out(rows)
        ports["protocol_error"] = Out(1)
        if overflows:
            ports |= {"overflow_in": In(rows), "overflow": Out(1)}
        self._overflows = overflows
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, columns = self._rows, self._columns
        taken = Signal(name="taken")
        gap = Signal(range(rows), name="gap")
        allowed = Signal(name="allowed")
        turns = Turns(m, self._latency, taken=taken, last=self.a_last)
        m.d.comb += [
            self.enable.eq(~self.c_valid | self.c_ready),
            # The results of the tile before must have left the registers that this one's go to.
            allowed.eq(self.enable & ~(self.a_last & gap.any())),
            self.a_ready.eq(allowed & self.b_valid),
            self.b_ready.eq(allowed & self.a_valid),
            taken.eq(allowed & self.a_valid & self.b_valid),
            self.beat.eq(turns.beat(taken, self.a_last)),
        ]
        with m.If(taken & self.a_last):
            m.d.sync += gap.eq(rows - 1)
        with m.Elif(self.enable & gap.any()):
            m.d.sync += gap.eq(gap - 1)
        with m.If(taken & (self.a_last ^ self.b_last)):
            m.d.sync += self.protocol_error.eq(1)

        ended = chain(m, taken & self.a_last, rows + self._latency, self.enable, name="ended")
        left = Signal(range(rows), name="rows_left")
        draining = Signal(name="draining")
        m.d.comb += draining.eq(ended[-1] | left.any())
        with m.If(self.enable):
            with m.If(ended[-1]):
                m.d.sync += left.eq(rows - 1)
            with m.Elif(left.any()):
                m.d.sync += left.eq(left - 1)
        final = ended[-1] if rows == 1 else left == 1
        # Row p takes from above p times, and then keeps what may be its own of the next tile.
        shifts = [ended[-1] | (left > rows - row) for row in range(2, rows)]
        m.d.comb += self.shift.eq(Cat(Const(0, 1), *[ended[-1]][: rows - 1], *shifts))
        cycles = columns - 1 + self._finish_latency
        valids = [draining, *chain(m, draining, cycles, self.enable, name="result_valid")]
        lasts = [final, *chain(m, final, cycles, self.enable, name="result_last")]
        m.d.comb += [self.c_valid.eq(valids[-1]), self.c_last.eq(lasts[-1])]
        if self._overflows:
            with m.If(self.overflow_in.any()):
                m.d.sync += self.overflow.eq(1)
        return m
