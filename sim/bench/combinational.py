"""cocotb bench of combinational multipliers side by side; runs inside the simulator."""

import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer
from numpy.typing import NDArray

from lmul_pe.model import Multiplier
from lmul_pe.model.multiplier.vectors import is_exhaustive
from lmul_pe.sim.coverage.products import product_bins
from lmul_pe.sim.testbench.configuration import Configuration
from lmul_pe.sim.testbench.harness import Harness, codes_of_bits
from lmul_pe.sim.testbench.operand_pairs import bench_pairs
from lmul_pe.sim.testbench.outcome import Outcome, append_outcomes


def _outcome(
    multiplier: Multiplier,
    pairs: tuple[NDArray[np.generic], NDArray[np.generic]],
    levels: NDArray[np.uint8],
    shuffled: bool,
    seconds: float,
) -> Outcome:
    """The verdict on the characters ``0``, ``1`` or other that ``y`` had, lowest bit first."""
    a, b = pairs
    expected = multiplier.compute(a, b)
    known = (levels == ord("0")) | (levels == ord("1"))
    got = codes_of_bits(levels == ord("1"))
    wrong = np.flatnonzero((got != expected.astype(np.uint64)) | ~known.all(axis=1))
    first = None
    if len(wrong):
        index = wrong[0]
        text = f"{int(got[index]):#x}"
        if not known[index].all():
            text = "".join(map(chr, levels[index, ::-1])) + " (binary)"
        first = (
            f"a={int(a[index]):#x} b={int(b[index]):#x}: "
            f"expected {int(expected[index]):#x}, got {text}"
        )
    if shuffled:
        what = "shuffled"
    else:
        what = "every pair" if is_exhaustive(multiplier) else "boundary x boundary, random pairs"
    hits = dict(product_bins(multiplier, a, b))
    return Outcome(multiplier.name, what, len(a), len(wrong), seconds, first, hits=hits)


@cocotb.test()
async def products(dut: HierarchyObject) -> None:
    """Every product of every unit is the model's, and no bit of it is X or Z."""
    started = time.monotonic()
    configuration = Configuration.read()
    harness = Harness(configuration.specifications)
    words = harness.operand_words(configuration.pairs, configuration.seed)
    order = np.arange(len(words))
    if configuration.shuffled:
        np.random.default_rng(configuration.seed).shuffle(order)
    seen = [""] * len(words)
    for step in order.tolist():
        dut.operands.value = words[step]
        await Timer(1, "ns")
        seen[step] = str(dut.products.value)

    levels = np.frombuffer("".join(seen).encode(), dtype=np.uint8)
    levels = levels.reshape(len(words), harness.product_bits)[:, ::-1]
    seconds = time.monotonic() - started
    outcomes = []
    for multiplier in harness.combinational:
        pairs = bench_pairs(multiplier, configuration.pairs, configuration.seed)
        own = levels[: len(pairs[0]), harness.product_columns(multiplier)]
        outcomes.append(_outcome(multiplier, pairs, own, configuration.shuffled, seconds))
    append_outcomes(Path(configuration.outcomes), outcomes)
    failed = [f"{outcome.unit}: {outcome.first}" for outcome in outcomes if outcome.mismatches]
    assert not failed, "\n".join(failed)
