"""cocotb benches of systolic arrays, side by side; run inside the simulator."""

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from lmul_pe.model import SystolicArray, cycles
from lmul_pe.sim.coverage.tiles import possible_resets_of_tiles
from lmul_pe.sim.testbench.array_bench import ArrayBench
from lmul_pe.sim.testbench.axi_stream import Beat
from lmul_pe.sim.testbench.moments import reset_at_moments
from lmul_pe.sim.testbench.testbench import begin, conclude, drain, reset
from lmul_pe.sim.testbench.tile_cases import LONG, mixed_tiles, operands, plain_tiles

STALLED = 0.9
RESETS = 6
BREACHES = 4
"""Streams that disagree: two ways for each pair of streams that can."""
BRIEF = 32
"""Cycles within which a reset at a random moment comes."""
BRIEF_STALLS = ((0.0, 0.3, 0.6, 0.9), (0.0, 0.5, 0.9, 1.0))
"""Of the inputs and of the output, one of each drawn for every such reset."""
STOPPED = 400
"""Cycles in which every array comes to have a result to offer."""


async def _benches(dut: HierarchyObject) -> list[ArrayBench]:
    return await begin(dut, lambda harness: harness.arrays, ArrayBench)


def _patterns(bench: ArrayBench) -> list[dict[str, float]]:
    """Stalls by stream: none, heavy ones on each stream alone, and combinations."""
    names = list(bench.ports)
    none = dict.fromkeys(names, 0.0)
    random = bench.random("patterns")
    mixed = [dict(zip(names, random.uniform(0, STALLED, len(names)), strict=True)) for _ in "ab"]
    alone = [none | {name: STALLED} for name in names]
    # Arrays have two to four streams, and all go through the patterns together.
    return [none, *alone, *[none] * (4 - len(names)), dict.fromkeys(names, STALLED), *mixed]


@cocotb.test()
async def stalls(dut: HierarchyObject) -> None:
    """Every tile is the model's, whatever the stalls on each stream."""
    benches = await _benches(dut)
    patterns = [_patterns(bench) for bench in benches]
    for index in range(len(patterns[0])):
        part = f"at stall pattern {index}"
        for bench, own in zip(benches, patterns, strict=True):
            tiles = mixed_tiles(bench.array, bench.count, bench.random(part))
            bench.begin_tiles(tiles, own[index], part)
        await drain(dut, benches)
        for bench, own in zip(benches, patterns, strict=True):
            bench.finish(f"at stalls of {own[index]}")
    conclude(benches, f"{len(patterns[0])} stall patterns")


@cocotb.test()
async def depths(dut: HierarchyObject) -> None:
    """Tiles of different depths follow each other, with stalls and without."""
    benches = await _benches(dut)
    for stall in (0.0, 0.2):
        part = f"in long tiles at stalls of {stall}"
        for bench in benches:
            deep = (1, 64, 2, LONG, 1, 1, 3, 1, 2, 3, 64, bench.array.rows, 1)
            tiles = plain_tiles(bench.array, deep, bench.random(part))
            bench.begin_tiles(tiles, (stall, stall), part)
        await drain(dut, benches)
        for bench in benches:
            bench.finish(part)
    conclude(benches, "long tiles")


def _shapes(array: SystolicArray) -> list[tuple[int, int, int]]:
    """Products of one tile and of many, none of them or all a multiple of the array."""
    rows, cols = array.rows, array.cols
    depth = 2 * rows + 1 if array.partial or array.dataflow == "os" else max(1, rows - 1)
    return [(1, 1, 1), (2 * rows + 1, depth, 2 * cols + 1), (rows, min(rows, depth), 2 * cols)]


@cocotb.test()
async def products(dut: HierarchyObject) -> None:
    """Matrix products of any shape are the model's; without stalls they take the model's cycles."""
    benches = await _benches(dut)
    for stall in (0.0, 0.4):
        for index in range(3):
            part = f"in product {index} at stalls of {stall}"
            pairs = []
            for bench in benches:
                shape = _shapes(bench.array)[index]
                a, b = operands(bench.array, shape, bench.random(part))
                pairs.append((a, b))
                bench.begin_product(a, b, (stall, stall), part)
            await drain(dut, benches)
            for bench, (a, b) in zip(benches, pairs, strict=True):
                bench.finish(part)
                if bench.product(a, b) is None:
                    bench.scoreboard.fault(f"a product is not complete, {part}")
                if stall == 0.0:
                    _check_cycles(bench, a.shape[0], a.shape[1], b.shape[1])
    conclude(benches, "matrix products")


def _check_cycles(bench: ArrayBench, m: int, k: int, n: int) -> None:
    """Without stalls, the cycles are those of the formula, but where sums must come back first."""
    if bench.array.partial and k > bench.array.rows:
        return
    expected = cycles(bench.array, m, k, n).total
    if bench.cycles != expected:
        bench.scoreboard.fault(
            f"a product of M, K, N = {m}, {k}, {n} took {bench.cycles} cycles, expected {expected}"
        )


@cocotb.test()
async def elasticity(dut: HierarchyObject) -> None:
    """A stopped array offers its first result, takes what it has room for, and loses nothing."""
    benches = await _benches(dut)
    for bench in benches:
        tiles = plain_tiles(bench.array, [1, 3, bench.array.rows] * 40, bench.random("elasticity"))
        bench.begin_tiles(tiles, (0.2, 1.0), "elasticity")
    await ClockCycles(dut.clk, STOPPED)
    left = [bench.left for bench in benches]
    await ClockCycles(dut.clk, 20)
    for bench, before in zip(benches, left, strict=True):
        if str(bench.sink.valid.value) != "1":
            bench.scoreboard.fault("tvalid waits for tready")
        if bench.left != before or not before:
            bench.scoreboard.fault("took without end though its results were not taken")
        bench.consumer.stop()
        bench.consume(0.0, "elasticity")
    await drain(dut, benches)
    for bench in benches:
        bench.finish("after a stop")
    conclude(benches, "elasticity")


def _broken(bench: ArrayBench, index: int) -> dict[str, list[Beat]]:
    """Beats of two tiles, whose streams disagree in the first one."""
    array = bench.array
    random = bench.random(f"protocol {index}")
    beats = bench.beats_of(plain_tiles(array, [4] * 2, random))
    if array.dataflow == "os" or (array.partial and index < 2):
        # A `tlast` of the second stream that is too early, and one that is missing.
        name = "s_axis_b" if array.dataflow == "os" else "s_axis_p"
        place = (1, 3)[index % 2]
        beats[name][place] = Beat(beats[name][place].data, 1 - beats[name][place].last)
        return beats
    weights = beats["s_axis_w"]
    first = weights[: array.rows]
    if index % 2 or array.rows == 1:
        beats["s_axis_w"] = [Beat(first[0].data, 0), *weights]
    else:
        beats["s_axis_w"] = [*first[: array.rows - 2], *weights[array.rows - 1 :]]
    return beats


@cocotb.test()
async def protocol(dut: HierarchyObject) -> None:
    """Streams that disagree set ``protocol_error``; what follows them is right all the same."""
    benches = await _benches(dut)
    for index in range(BREACHES):
        part = f"behind breach {index} of the protocol"
        for bench in benches:
            bench.begin_beats(_broken(bench, index), (0.1, 0.1), part)
        await drain(dut, benches)
        for bench in benches:
            bench.finish(part)
            if not bench.scoreboard.flags["protocol_error"]:
                bench.scoreboard.fault(f"the streams did not disagree {part}")
            tiles = mixed_tiles(bench.array, 20, bench.random(part))
            bench.begin_tiles(tiles, (0.1, 0.1), part)
        await drain(dut, benches)
        for bench in benches:
            bench.finish(part)
            bench.scoreboard.restart()
        await reset(dut)
    conclude(benches, f"{BREACHES} breaches of the protocol")


@cocotb.test()
async def resets(dut: HierarchyObject) -> None:
    """Nothing from before a reset comes out after it, and the array works on."""
    benches = await _benches(dut)
    random = benches[0].random("resets")
    for index in range(RESETS):
        for bench in benches:
            part = f"before reset {index}"
            tiles = mixed_tiles(bench.array, 150, bench.random(part))
            stall = ((0.0, 1.0), (0.5, 0.5), (0.3, 0.0), (0.0, 0.3), (0.0, 0.0))[index % 5]
            bench.begin_tiles(tiles, stall, part)
        await ClockCycles(dut.clk, int(random.integers(5, 120)))
        dut.rst.value = 1
        if index % 2:
            for bench in benches:
                bench.stop()
        await ClockCycles(dut.clk, 1 + index % 2)
        for bench in benches:
            bench.scoreboard.restart()
            if not index % 2:
                bench.stop()
            bench.consume(0.0, "after reset")
        dut.rst.value = 0
        await ClockCycles(dut.clk, 50)
        for bench in benches:
            bench.consumer.stop()
            bench.scoreboard.finish()
            part = f"after reset {index}"
            bench.check_flags(part)
            tiles = mixed_tiles(bench.array, 20, bench.random(part))
            bench.begin_tiles(tiles, (0.2, 0.2), part)
        await drain(dut, benches)
        for bench in benches:
            bench.finish(f"after reset {index}")
    conclude(benches, f"{RESETS} resets")


@cocotb.test()
async def moments(dut: HierarchyObject) -> None:
    """Resets at any moment: of an array that is empty, within a tile, full; with offers or none."""
    benches = await _benches(dut)
    random = benches[0].random("moments")

    def start(bench: ArrayBench, part: str) -> None:
        depths = random.integers(1, 4, int(random.integers(1, 4))).tolist()
        beats = bench.beats_of(plain_tiles(bench.array, depths, bench.random(part)))
        gaps, pauses = (float(random.choice(each)) for each in BRIEF_STALLS)
        # Whoever sends may fall silent within a tile.
        sent = int(random.integers(1, sum(depths), endpoint=True))
        beats = {name: own if name == "s_axis_w" else own[:sent] for name, own in beats.items()}
        bench.begin_beats(beats, (gaps, pauses), part)

    wanted = {bench: possible_resets_of_tiles(bench.array) for bench in benches}
    await reset_at_moments(dut, wanted, start, BRIEF, random)
    for bench in benches:
        tiles = mixed_tiles(bench.array, 20, bench.random("after all resets"))
        bench.begin_tiles(tiles, (0.2, 0.2), "after all resets")
    await drain(dut, benches)
    for bench in benches:
        bench.finish("after all resets")
    conclude(benches, "resets at any moment")
