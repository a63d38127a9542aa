"""The control of a weight-stationary array: when weights change, and what is taken."""

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .delay import chain


class WsControl(wiring.Component):
    """Handshakes, and the change from one set of weights to the next.

    The change runs through the array behind the last beat of the set before; once it has passed the
    last element, the next set may be loaded.

    Parameters
    ----------
    rows, columns
        Of the array.
    latency, finish_latency
        Of its sums.
    partial
        Whether sums begin with those of a stream.
    overflows
        Whether its sums can leave their range.

    Members
    -------
    a_valid, a_last, w_valid, w_last, p_valid, p_last, c_ready : In
        Of the streams.
    a_ready, w_ready, p_ready, c_valid, c_last : Out
        Of the streams.
    enable, load : Out
        Move everything in the array, and its chains of weights.
    beat : Out
        What is taken, for the first element.
    begins : Out
        Where the first row adds what is valid, by column; only with ``partial`` and ``overflows``.
    protocol_error : Out
        Set from the first wrong number of weight beats, or pair whose ``tlast`` differed, on.
    overflow_in, overflow : In, Out
        Pulses at the ends of the rows; set from the first one on.
    """

    clocked = True

    def __init__(
        self,
        rows: int,
        columns: int,
        *,
        latency: int,
        finish_latency: int,
        partial: bool,
        overflows: bool,
    ):
        self._rows = rows
        self._columns = columns
        self._latency = latency
        self._finish_latency = finish_latency
        self._partial = partial
        self._overflows = overflows
        inputs = ["a_valid", "a_last", "w_valid", "w_last", "c_ready"]
        outputs = ["a_ready", "w_ready", "c_valid", "c_last", "enable", "load"]
        if partial:
            inputs += ["p_valid", "p_last"]
            outputs.append("p_ready")
        ports = {name: In(1) for name in inputs} | {name: Out(1) for name in outputs}
        ports |= {"beat": Out(2), "protocol_error": Out(1)}
        if partial and overflows:
            ports["begins"] = Out(columns)
        if overflows:
            ports |= {"overflow_in": In(rows), "overflow": Out(1)}
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows, columns = self._rows, self._columns
        usable = Signal(name="weights_usable")
        loaded = Signal(name="next_loaded")
        taken, change = Signal(name="taken"), Signal(name="change")
        self._take(m, usable, taken)
        last = taken & self.a_last
        m.d.comb += [
            self.enable.eq(~self.c_valid | self.c_ready),
            change.eq(self.enable & loaded & (last | ~usable)),
            self.beat.eq(Cat(taken, change)),
        ]
        with m.If(change):
            m.d.sync += usable.eq(1)
        with m.Elif(last):
            m.d.sync += usable.eq(0)

        # Cycles until the change has passed the last element.
        passing_cycles = (rows - 1) * self._latency + columns - 1
        passing = Signal(range(passing_cycles + 1), name="passing")
        with m.If(change):
            m.d.sync += passing.eq(passing_cycles)
        with m.Elif(self.enable & passing.any()):
            m.d.sync += passing.eq(passing - 1)
        m.d.comb += [
            self.w_ready.eq(~loaded & ~passing.any()),
            self.load.eq(self.w_valid & self.w_ready),
        ]
        self._count(m, loaded, change)

        cycles = rows * self._latency + columns + self._finish_latency
        valids = chain(m, taken, cycles, self.enable, name="result_valid")
        lasts = chain(m, last, cycles, self.enable, name="result_last")
        m.d.comb += [self.c_valid.eq(valids[-1]), self.c_last.eq(lasts[-1])]
        if self._partial and self._overflows:
            m.d.comb += self.begins.eq(Cat(*valids[:columns]))
        if self._overflows:
            with m.If(self.overflow_in.any()):
                m.d.sync += self.overflow.eq(1)
        return m

    def _take(self, m: Module, usable: Value, taken: Value) -> None:
        """A beat of ``a``, with one of ``p`` if there is such a stream."""
        allowed = Signal(name="allowed")
        m.d.comb += allowed.eq(self.enable & usable)
        if not self._partial:
            m.d.comb += [self.a_ready.eq(allowed), taken.eq(allowed & self.a_valid)]
            return
        m.d.comb += [
            self.a_ready.eq(allowed & self.p_valid),
            self.p_ready.eq(allowed & self.a_valid),
            taken.eq(allowed & self.a_valid & self.p_valid),
        ]
        with m.If(taken & (self.a_last ^ self.p_last)):
            m.d.sync += self.protocol_error.eq(1)

    def _count(self, m: Module, loaded: Value, change: Value) -> None:
        """Weight beats: ``tlast`` ends a set, whatever their number."""
        rows = self._rows
        count = Signal(range(rows + 1), name="weight_rows")
        with m.If(change):
            m.d.sync += loaded.eq(0)
        with m.If(self.load):
            with m.If(self.w_last):
                m.d.sync += [loaded.eq(1), count.eq(0)]
            with m.Elif(count != rows):
                m.d.sync += count.eq(count + 1)
            # The beat of number ``rows`` is the last one, and no other.
            with m.If(self.w_last != (count == rows - 1)):
                m.d.sync += self.protocol_error.eq(1)
