"""AXI4-Lite: the side that is read and written, as accesses to words of 32 bits."""

from enum import IntEnum

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

ADDRESS_BITS = 8
PREFIX = "s_axil_"


class Response(IntEnum):
    """What an access is answered with, of those that ARM IHI 0022 has."""

    OKAY = 0
    SLVERR = 2


def axi4_lite_ports() -> dict[str, Member]:
    """The ports of the side that is read and written, by name, in the order of the channels."""
    ports = {
        "awaddr": In(ADDRESS_BITS),
        "awprot": In(3),
        "awvalid": In(1),
        "awready": Out(1),
        "wdata": In(32),
        "wstrb": In(4),
        "wvalid": In(1),
        "wready": Out(1),
        "bresp": Out(2),
        "bvalid": Out(1),
        "bready": In(1),
        "araddr": In(ADDRESS_BITS),
        "arprot": In(3),
        "arvalid": In(1),
        "arready": Out(1),
        "rdata": Out(32),
        "rresp": Out(2),
        "rvalid": Out(1),
        "rready": In(1),
    }
    return {f"{PREFIX}{name}": member for name, member in ports.items()}


class Axi4Lite(wiring.Component):
    """Takes one write and one read at a time, and answers each.

    All outputs of the bus come from registers: ARM IHI 0022 allows no combinational path from an
    input to an output.  The lowest two bits of an address are ignored.

    Members
    -------
    s_axil_* : In, Out
        The bus, as of :func:`axi4_lite_ports`.
    write : Out
        High in the cycle of a write, of which the next three say what and where.
    write_word, write_data, write_strobe : Out
        Address in words; data; which of its bytes are written.
    write_refused : In
        In the same cycle: whether it is answered with SLVERR.
    read_word : Out
        Address in words.
    read_data, read_refused : In
        What stands there, and whether it is answered with SLVERR.
    """

    def __init__(self) -> None:
        word = ADDRESS_BITS - 2
        super().__init__(
            {
                **axi4_lite_ports(),
                "write": Out(1),
                "write_word": Out(word),
                "write_data": Out(32),
                "write_strobe": Out(4),
                "write_refused": In(1),
                "read_word": Out(word),
                "read_data": In(32),
                "read_refused": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Address and data of a write may come in any order.
        has_address, has_data = Signal(name="has_address"), Signal(name="has_data")
        m.d.comb += [
            self.s_axil_awready.eq(~has_address),
            self.s_axil_wready.eq(~has_data),
            self.write.eq(has_address & has_data & ~self.s_axil_bvalid),
        ]
        with m.If(self.s_axil_awvalid & self.s_axil_awready):
            m.d.sync += [has_address.eq(1), self.write_word.eq(self.s_axil_awaddr[2:])]
        with m.If(self.s_axil_wvalid & self.s_axil_wready):
            m.d.sync += [
                has_data.eq(1),
                self.write_data.eq(self.s_axil_wdata),
                self.write_strobe.eq(self.s_axil_wstrb),
            ]
        with m.If(self.s_axil_bready):
            m.d.sync += self.s_axil_bvalid.eq(0)
        with m.If(self.write):
            m.d.sync += [
                has_address.eq(0),
                has_data.eq(0),
                self.s_axil_bvalid.eq(1),
                self.s_axil_bresp.eq(Mux(self.write_refused, Response.SLVERR, Response.OKAY)),
            ]

        m.d.comb += [
            self.s_axil_arready.eq(~self.s_axil_rvalid),
            self.read_word.eq(self.s_axil_araddr[2:]),
        ]
        with m.If(self.s_axil_arvalid & self.s_axil_arready):
            m.d.sync += [
                self.s_axil_rvalid.eq(1),
                self.s_axil_rdata.eq(self.read_data),
                self.s_axil_rresp.eq(Mux(self.read_refused, Response.SLVERR, Response.OKAY)),
            ]
        with m.Elif(self.s_axil_rready):
            m.d.sync += self.s_axil_rvalid.eq(0)
        return m
