"""An array between two memories of bytes: operands out of the one, results into the other."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .frames import ADDRESS_BITS, LENGTH_BITS
from .protocol import Payloads


class Exchange(wiring.Component):
    """Gives an array the beats of a payload, and takes the results of a tile that ends with it.

    Parameters
    ----------
    payloads
        How they are bytes.
    array
        The component of ``payloads.array``, with its AXI-Streams.

    Members
    -------
    start : In
        Begins, unless it is ``busy``.
    length : In
        Bytes of the payload; those after the last whole beat are no operands.
    last : In
        Whether the tile ends with them.
    forget : In
        In place of a payload: ends a tile that is open, whose results are lost.
    busy : Out
        Whether the array has more to take or to give.
    address, octet : Out, In
        Of the payload: ``octet`` is that of the ``address`` a cycle before.
    result_address, result_octet, result_write : Out
        Of the results.
    """

    def __init__(self, payloads: Payloads, array: wiring.Component):
        self._payloads = payloads
        self._array = array
        super().__init__(
            {
                "start": In(1),
                "length": In(LENGTH_BITS),
                "last": In(1),
                "forget": In(1),
                "busy": Out(1),
                "address": Out(ADDRESS_BITS),
                "octet": In(8),
                "result_address": Out(ADDRESS_BITS),
                "result_octet": Out(8),
                "result_write": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.array = array = self._array
        beat_bytes, row_bytes = self._payloads.beat_bytes, self._payloads.row_bytes
        a, _, _ = self._payloads.ports
        # The bytes of a beat that are there, or of a row that are left.
        beat = Signal(8 * beat_bytes, name="beat")
        row = Signal(8 * row_bytes, name="row")
        count = Signal(range(max(beat_bytes, row_bytes) + 1), name="count")
        left = Signal(LENGTH_BITS, name="bytes_left")
        ends, last_row = Signal(name="ends"), Signal(name="last_row")
        lost, unfinished = Signal(name="lost"), Signal(name="unfinished")
        m.d.comb += [
            array.s_axis_a_tdata.eq(beat),
            array.s_axis_b_tdata.eq(beat[a.width :]),
            self.result_octet.eq(row[:8]),
        ]
        with m.FSM() as machine:
            with m.State("IDLE"):
                m.d.sync += [
                    beat.eq(0),
                    count.eq(0),
                    left.eq(Mux(self.forget, 0, self.length)),
                    ends.eq(self.last | self.forget),
                    lost.eq(self.forget),
                    self.address.eq(0),
                    self.result_address.eq(0),
                ]
                with m.If(self.start & ~self.forget):
                    m.next = "FETCH"
                with m.Elif(self.start & unfinished):
                    m.next = "OFFER"
            with m.State("FETCH"):
                m.next = "TAKE"
            with m.State("TAKE"):
                m.d.sync += [
                    beat.eq(Cat(beat[8:], self.octet)),
                    self.address.eq(self.address + 1),
                    left.eq(left - 1),
                    count.eq(count + 1),
                ]
                m.next = "FETCH"
                with m.If(count == beat_bytes - 1):
                    m.d.sync += count.eq(0)
                    m.next = "OFFER"
            with m.State("OFFER"):
                end = ends & (left == 0)
                m.d.comb += [
                    array.s_axis_a_tvalid.eq(1),
                    array.s_axis_b_tvalid.eq(1),
                    array.s_axis_a_tlast.eq(end),
                    array.s_axis_b_tlast.eq(end),
                ]
                # An output-stationary array takes both at once.
                with m.If(array.s_axis_a_tready & array.s_axis_b_tready):
                    m.d.sync += unfinished.eq(~end)
                    m.next = "FETCH"
                    with m.If(end):
                        m.next = "COLLECT"
                    with m.Elif(left == 0):
                        m.next = "IDLE"
            with m.State("COLLECT"):
                m.d.comb += array.m_axis_c_tready.eq(1)
                m.d.sync += [
                    row.eq(array.m_axis_c_tdata),
                    last_row.eq(array.m_axis_c_tlast),
                    count.eq(row_bytes),
                ]
                with m.If(array.m_axis_c_tvalid):
                    m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += self.result_write.eq(~lost)
                m.d.sync += [
                    row.eq(row >> 8),
                    count.eq(count - 1),
                    self.result_address.eq(self.result_address + 1),
                ]
                with m.If(count == 1):
                    m.next = "COLLECT"
                    with m.If(last_row):
                        m.next = "IDLE"
        m.d.comb += self.busy.eq(~machine.ongoing("IDLE"))
        return m
