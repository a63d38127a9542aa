"""cocotb bench of given matrix products; runs inside the simulator."""

from pathlib import Path

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from lmul_pe.model.format.codec import Codes
from lmul_pe.sim.testbench.array_bench import ArrayBench
from lmul_pe.sim.testbench.configuration import Configuration
from lmul_pe.sim.testbench.outcome import append_outcomes
from lmul_pe.sim.testbench.testbench import begin, drain

RESULTS = "products.npz"
"""File in the folder of a run with the product of each array, by its name."""
STALL = 0.3
"""Probability of a stall on each stream in the run with stalls."""
WITHOUT_STALLS, WITH_STALLS = "without stalls", "with stalls"


async def _multiply(dut: HierarchyObject, what: str, stall: float) -> dict[str, Codes]:
    configuration = Configuration.read()
    assert configuration.operands is not None
    operands = np.load(configuration.operands)
    benches = await begin(dut, lambda harness: harness.arrays, ArrayBench)
    pairs = {
        bench: (operands[f"{bench.array.name}.a"], operands[f"{bench.array.name}.b"])
        for bench in benches
    }
    for bench, (a, b) in pairs.items():
        bench.begin_product(a, b, (stall, stall), what)
    await drain(dut, benches)
    results: dict[str, Codes] = {}
    for bench, (a, b) in pairs.items():
        bench.finish(what)
        product = bench.product(a, b)
        if product is not None:
            results[bench.array.name] = product
    outcomes = [bench.outcome(what, bench.cycles) for bench in benches]
    append_outcomes(Path(configuration.outcomes), outcomes)
    assert not any(outcome.mismatches for outcome in outcomes)
    return results


@cocotb.test()
async def without_stalls(dut: HierarchyObject) -> None:
    """The products are the model's; the cycles that they take are measured."""
    results = await _multiply(dut, WITHOUT_STALLS, 0.0)
    np.savez(Path(Configuration.read().outcomes).with_name(RESULTS), **results)


@cocotb.test()
async def with_stalls(dut: HierarchyObject) -> None:
    """The same products with stalls on every stream."""
    await _multiply(dut, WITH_STALLS, STALL)
