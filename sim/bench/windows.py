"""cocotb bench of anchored windows side by side; runs inside the simulator."""

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from lmul_pe.model import DotProduct, Mac
from lmul_pe.sim.testbench.read_out_cases import LOSSES, losses
from lmul_pe.sim.testbench.sum_bench import SumBench
from lmul_pe.sim.testbench.testbench import begin, conclude, reset


@cocotb.test()
async def first_losses(dut: HierarchyObject) -> None:
    """The first bit that is lost behind a reset sets ``inexact``, wherever it is; nothing else."""
    benches = await begin(dut, lambda harness: harness.windows, SumBench)
    sums = {}
    for bench in benches:
        assert isinstance(bench.unit, Mac | DotProduct)
        sums[bench] = losses(bench.unit, bench.random("losses"))
    # Two beats, and what a monitor needs to see the result.
    cycles = 5 + max(bench.latency for bench in benches)
    for index in range(LOSSES):
        for bench, own in sums.items():
            bench.run((0.0, 0.0), f"loss {index}", bench.sum_beats(own[index : index + 1]))
        await ClockCycles(dut.clk, cycles)
        for bench in benches:
            bench.finish(f"in loss {index}")
        await reset(dut, 1)
        for bench in benches:
            bench.scoreboard.restart()
    conclude(benches, f"{LOSSES} first losses")
