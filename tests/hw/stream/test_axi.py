"""Streams of a component as AXI-Stream ports."""

from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from lmul_pe.hw.stream.axi import AxiEdge, edge_ports
from lmul_pe.model import unit_named


class Difference(wiring.Component):
    """Takes ``x``, ``yy`` and ``last``, gives ``x - yy``: a stream without registers."""

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout({"x": 3, "yy": 5, "last": 1}))),
                "o": Out(stream.Signature(StructLayout({"y": 6, "last": 1}))),
                "less": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        m.d.comb += [
            self.o.payload.y.eq(self.i.payload.x - self.i.payload.yy),
            self.o.payload.last.eq(self.i.payload.last),
            self.o.valid.eq(self.i.valid),
            self.i.ready.eq(self.o.ready),
            self.less.eq(self.i.payload.x < self.i.payload.yy),
        ]
        return m


def test_elements_are_packed_from_bit_0_up_and_the_handshake_passes():
    edge = AxiEdge(Difference(), {"i": "s_axis_xyy", "o": "m_axis_d"})
    ports = {
        f"{stream}_{suffix}": flow
        for stream, flows in (
            ("s_axis_xyy", (In(8), In(1), Out(1), In(1))),
            ("m_axis_d", (Out(6), Out(1), In(1), Out(1))),
        )
        for suffix, flow in zip(("tdata", "tvalid", "tready", "tlast"), flows, strict=True)
    }
    ports["less"] = Out(1)
    assert dict(edge.signature.members) == ports
    assert list(edge.signature.members) == list(ports)
    seen = []

    async def bench(context):
        for step in range(256):
            x, y = step & 7, step >> 3
            valid, ready, last = step % 2, step % 3 % 2, step % 5 % 2
            context.set(edge.s_axis_xyy_tdata, step)
            context.set(edge.s_axis_xyy_tvalid, valid)
            context.set(edge.s_axis_xyy_tlast, last)
            context.set(edge.m_axis_d_tready, ready)
            found = [
                context.get(port)
                for port in (
                    *(edge.m_axis_d_tdata, edge.m_axis_d_tvalid, edge.m_axis_d_tlast),
                    edge.s_axis_xyy_tready,
                    edge.less,
                )
            ]
            seen.append(found == [(x - y) % 64, valid, last, ready, x < y])

    simulator = Simulator(edge)
    simulator.add_testbench(bench)
    simulator.run()
    assert seen == [True] * 256


def test_the_ports_of_a_specification():
    ports = edge_ports(unit_named("array_ws_2x3_int8_int32"))
    shown = {name: (member.flow, member.shape) for name, member in ports.items()}
    assert shown == {
        **{"s_axis_w_tdata": (In, 24), "s_axis_w_tvalid": (In, 1)},
        **{"s_axis_w_tready": (Out, 1), "s_axis_w_tlast": (In, 1)},
        **{"s_axis_a_tdata": (In, 16), "s_axis_a_tvalid": (In, 1)},
        **{"s_axis_a_tready": (Out, 1), "s_axis_a_tlast": (In, 1)},
        **{"m_axis_c_tdata": (Out, 96), "m_axis_c_tvalid": (Out, 1)},
        **{"m_axis_c_tready": (In, 1), "m_axis_c_tlast": (Out, 1)},
        **{"protocol_error": (Out, 1), "overflow": (Out, 1)},
    }
