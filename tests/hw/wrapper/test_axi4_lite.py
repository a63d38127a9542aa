"""The bus: no output follows an input within a cycle, and channels come in any order."""

import pytest

from lmul_pe.hw.wrapper.axi4_lite import Axi4Lite
from tests.hw.clocked import simulate

INPUTS = ("awvalid", "wvalid", "bready", "arvalid", "rready")
OUTPUTS = ("awready", "wready", "bvalid", "bresp", "arready", "rvalid", "rdata", "rresp")


def test_outputs_change_at_clock_edges_alone():
    bus = Axi4Lite()

    async def bench(context):
        def outputs():
            return [context.get(getattr(bus, f"s_axil_{name}")) for name in OUTPUTS]

        context.set(bus.read_refused, 1)
        for step in range(40):
            before = outputs()
            for index, name in enumerate(INPUTS):
                context.set(getattr(bus, f"s_axil_{name}"), step * 7 >> index & 1)
                assert outputs() == before
            await context.tick()

    simulate(bus, bench)


@pytest.mark.parametrize(("address_at", "data_at"), [(0, 0), (0, 3), (3, 0)])
def test_address_and_data_of_a_write_come_in_any_order(address_at, data_at):
    bus = Axi4Lite()
    writes, answers = [], []

    async def bench(context):
        context.set(bus.s_axil_awaddr, 0x1F)
        context.set(bus.s_axil_wdata, 0xCAFE)
        context.set(bus.s_axil_wstrb, 0b0110)
        context.set(bus.write_refused, 1)
        for cycle in range(10):
            context.set(bus.s_axil_awvalid, cycle == address_at)
            context.set(bus.s_axil_wvalid, cycle == data_at)
            if context.get(bus.write):
                writes.append(
                    [
                        context.get(getattr(bus, f"write_{name}"))
                        for name in ("word", "data", "strobe")
                    ]
                )
            # The answer waits until it is taken.
            context.set(bus.s_axil_bready, cycle == 8)
            answers.append((context.get(bus.s_axil_bvalid), context.get(bus.s_axil_bresp)))
            await context.tick()

    simulate(bus, bench)
    assert writes == [[0x1F >> 2, 0xCAFE, 0b0110]]
    begin = max(address_at, data_at) + 2
    # SLVERR is 2 in ARM IHI 0022, table A3-4.
    assert answers[:begin] == [(0, 0)] * begin
    assert answers[begin:9] == [(1, 2)] * (9 - begin)
    assert answers[9][0] == 0
