"""cocotb benches of units with one stream in and one out; run inside the simulator."""

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from lmul_pe.model import Multiplier
from lmul_pe.model.unit.names import Specification
from lmul_pe.sim.coverage.streams import possible_resets
from lmul_pe.sim.testbench.harness import Harness
from lmul_pe.sim.testbench.moments import reset_at_moments
from lmul_pe.sim.testbench.sum_bench import INPUT, SumBench
from lmul_pe.sim.testbench.testbench import begin, conclude, drain

STALLS = (
    (0.0, 0.0),
    (0.5, 0.0),
    (0.0, 0.5),
    (0.3, 0.3),
    (0.9, 0.0),
    (0.0, 0.9),
    (0.9, 0.9),
)
"""Probabilities of a stall at the input and at the output."""
RESETS = 4
BRIEF = 12
"""Cycles within which a reset at a random moment comes."""
BRIEF_STALLS = ((0.0, 0.5, 0.5, 0.9), (0.0, 0.0, 0.5, 1.0))
"""Of the input and of the output, one of each drawn for every such reset."""


def _chosen(harness: Harness) -> list[Specification]:
    return [unit for unit in harness.streaming if unit not in harness.arrays]


@cocotb.test()
async def stalls(dut: HierarchyObject) -> None:
    """Every result is the model's with its ``tlast``, whatever the stalls on both sides."""
    benches = await begin(dut, _chosen, SumBench)
    for pattern in STALLS:
        part = f"at stalls of {pattern}"
        for bench in benches:
            bench.run(pattern, part)
        await drain(dut, benches)
        for bench in benches:
            bench.finish(part)
    conclude(benches, f"{len(STALLS)} stall patterns")


@cocotb.test()
async def throughput(dut: HierarchyObject) -> None:
    """Without stalls a beat goes in every cycle, and its result comes ``latency`` cycles later."""
    benches = await begin(dut, _chosen, SumBench)
    beats = [bench.beats("throughput") for bench in benches]
    for bench, own in zip(benches, beats, strict=True):
        bench.run((0.0, 0.0), "throughput", own)
    await drain(dut, benches)
    for bench, own in zip(benches, beats, strict=True):
        bench.finish("without stalls")
        inward, outward = bench.accepted[INPUT].cycles, bench.received.cycles
        first = inward[0] if inward else 0
        due = [
            first + index + bench.latency
            for index, beat in enumerate(own)
            if isinstance(bench.unit, Multiplier) or beat.last
        ]
        if inward != list(range(first, first + len(own))) or outward != due:
            taken = outward[-1] - first + 1 if outward else None
            bench.scoreboard.fault(
                f"{len(inward)} beats took {taken} cycles without stalls, expected one each "
                f"and {bench.latency} more"
            )
    conclude(benches, "throughput")


@cocotb.test()
async def elasticity(dut: HierarchyObject) -> None:
    """A stopped unit offers its first result, closes its gaps until it is full, and waits."""
    benches = await begin(dut, _chosen, SumBench)
    for bench in benches:
        bench.run((0.7, 1.0), "elasticity", bench.beats("elasticity", short=True))
    await ClockCycles(dut.clk, 100)
    for bench in benches:
        held, capacity = bench.scoreboard.pending, bench.capacity
        if capacity is not None and (held != capacity or bench.scoreboard.begun):
            bench.scoreboard.fault(
                f"held {held} results and {bench.scoreboard.begun} beats of the next when stopped, "
                f"expected {capacity} and none"
            )
        if str(bench.sink.valid.value) != "1":
            bench.scoreboard.fault("tvalid waits for tready")
        bench.consumer.stop()
        bench.consume(0.0, "elasticity")
    await drain(dut, benches)
    for bench in benches:
        bench.finish("after a stop")
    conclude(benches, "elasticity")


@cocotb.test()
async def resets(dut: HierarchyObject) -> None:
    """Nothing from before a reset comes out after it, and the unit works on."""
    benches = await begin(dut, _chosen, SumBench)
    for index in range(RESETS):
        # Full and stopped, half full, and flowing; the source keeps offering through the reset
        # or falls silent with it.
        stall = ((0.0, 1.0), (0.5, 0.5), (0.3, 0.0), (0.0, 0.3))[index]
        for bench in benches:
            bench.run(stall, f"before reset {index}")
        await ClockCycles(dut.clk, 23 + index)
        dut.rst.value = 1
        if index % 2:
            for bench in benches:
                bench.stop()
        await ClockCycles(dut.clk, 1 + index % 2)
        # The monitors have seen every transfer up to the edge at which the reset was first seen.
        for bench in benches:
            bench.scoreboard.restart()
            if not index % 2:
                bench.stop()
            bench.consume(0.0, "after reset")
        dut.rst.value = 0
        await ClockCycles(dut.clk, 12)
        for bench in benches:
            bench.consumer.stop()
            bench.scoreboard.finish()
            bench.check_flags(f"after reset {index}")
            bench.run((0.2, 0.2), f"after reset {index}")
        await drain(dut, benches)
        for bench in benches:
            bench.finish(f"after reset {index}")
    conclude(benches, f"{RESETS} resets")


@cocotb.test()
async def moments(dut: HierarchyObject) -> None:
    """Resets at any moment: of a unit that is empty, within a sum, full; with an offer or none."""
    benches = await begin(dut, _chosen, SumBench)
    beats = {bench: bench.beats("moments", short=True) for bench in benches}
    random = benches[0].random("moments")
    # Some results are on offer while more is offered.
    brief = max(BRIEF, *(2 * bench.latency for bench in benches))

    def start(bench: SumBench, part: str) -> None:
        own = beats[bench]
        first = int(random.integers(max(len(own) - brief, 1)))
        gaps, pauses = (float(random.choice(each)) for each in BRIEF_STALLS)
        bench.run((gaps, pauses), part, own[first : first + brief])

    wanted = {bench: possible_resets(bench.unit) for bench in benches}
    await reset_at_moments(dut, wanted, start, brief, random)
    for bench in benches:
        bench.run((0.2, 0.2), "after all resets")
    await drain(dut, benches)
    for bench in benches:
        bench.finish("after all resets")
    conclude(benches, "resets at any moment")
