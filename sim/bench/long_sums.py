"""cocotb bench of multiply-accumulate units side by side; runs inside the simulator."""

import cocotb
from cocotb.handle import HierarchyObject

from lmul_pe.model import DotProduct, Mac
from lmul_pe.sim.testbench.sum_bench import SumBench
from lmul_pe.sim.testbench.sum_cases import long_sums
from lmul_pe.sim.testbench.testbench import begin, conclude, drain

STALLS = (0.1, 0.5)


@cocotb.test()
async def sums(dut: HierarchyObject) -> None:
    """Long sums between short ones are the model's, and nothing of one is left in the next."""
    benches = await begin(dut, lambda harness: harness.macs, SumBench)
    for bench in benches:
        assert isinstance(bench.unit, Mac | DotProduct)
        beats = bench.sum_beats(long_sums(bench.unit, bench.random("long sums")))
        bench.run(STALLS, "long sums", beats)
    await drain(dut, benches)
    for bench in benches:
        bench.finish("in long sums")
    conclude(benches, "long sums")
