"""cocotb bench of multiply-accumulate units side by side; runs inside the simulator."""

import cocotb
from cocotb.handle import HierarchyObject

from .sums import long_sums
from .testbench import begin, conclude, drain

STALLS = (0.1, 0.5)


@cocotb.test()
async def sums(dut: HierarchyObject) -> None:
    """Long sums between short ones are the model's, and nothing of one is left in the next."""
    benches = await begin(dut, only_macs=True)
    for bench in benches:
        beats = bench.sum_beats(long_sums(bench.specification, bench.random("long sums")))
        bench.start(STALLS, "long sums", beats)
    await drain(dut, benches)
    for bench in benches:
        bench.finish("in long sums")
    conclude(benches, "long sums")
