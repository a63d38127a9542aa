"""Dot products with exact sums: which they are, their streams, and what the model says of them."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from lmul_pe.hw.unit.exact_dot import ExactDotUnit
from lmul_pe.model import unit_named
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.sweep import some

NAMES = ["dot2_lmul_e2m1_fixed", "dot3_exact_e2m1_gradual_fixed_terms3_to_e4m3"]
NAMES += ["dot2_lmul_e5m2_fixed_to_bf16", "dot3_int4_int9", "dot4_exact_e4m3fnuz_fixed_terms4"]
HELD = ["dot2_lmul_e4m3_gradual_latency1_fixed", "dot3_exact_e5m2_gradual_latency1_fixed_to_bf16"]
HELD += ["dot2_lmul_e2m1_latency1_fixed", "dot4_exact_e4m3fnuz_latency1_fixed_terms4"]
"""With registers behind their multipliers."""
LENGTHS = [1, 1, 1, 4, 1, 2, 1, 7, 3, 1, 1, 2]


def operands(unit, length, random):
    """Codes of ``a`` and of ``b``, ``length`` beats of each."""
    if unit.multiplier.kind == "int":
        return random.integers(0, 2**unit.multiplier.format.width, size=(2, length, unit.n))
    pairs = check_pairs(unit.multiplier, 4_000, seed=1)
    order = random.integers(0, len(pairs[0]), size=(length, unit.n))
    return [codes[order] for codes in pairs]


def sums_of(unit, lengths, seed=2):
    """Beats of random sums, and the model's codes and flags of overflow."""
    random = np.random.default_rng(seed)
    beats, codes, overflowed = [], [], []
    for length in lengths:
        a, b = operands(unit, length, random)
        kinds = [np.uint8 if each.width <= 8 else np.uint16 for each in unit.operand_formats]
        flat = [each.reshape(-1).astype(kind) for each, kind in zip((a, b), kinds, strict=True)]
        codes.append(int(unit.dot(*flat)))
        overflowed.append(bool(unit.overflowed(*flat)))
        words = [
            [
                sum(int(code) << index * format.width for index, code in enumerate(row))
                for row in rows
            ]
            for rows, format in zip((a, b), unit.operand_formats, strict=True)
        ]
        beats += [
            {"a": x, "b": y, "last": index == length - 1}
            for index, (x, y) in enumerate(zip(*words, strict=True))
        ]
    return beats, codes, overflowed


def simulated(core, beats, offered, taken):
    """The sums that come out, each with its cycle; the cycles of beats that go in; the flag."""
    accepted, delivered, flag = [], [], False

    async def bench(context):
        nonlocal flag
        waiting = list(beats)
        for cycle, (offer, take) in enumerate(zip(offered, taken, strict=True)):
            context.set(core.i.valid, bool(waiting) and offer)
            # What is offered without being valid is no beat.
            context.set(core.i.payload, waiting[0] if waiting else beats[0])
            context.set(core.o.ready, take)
            if waiting and offer and context.get(core.i.ready):
                accepted.append(cycle)
                waiting.pop(0)
            if take and context.get(core.o.valid):
                assert context.get(core.o.payload.last)
                delivered.append((cycle, context.get(core.o.payload.y)))
            await context.tick()
        flag = bool(context.get(core.overflow))

    simulator = Simulator(core)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return accepted, delivered, flag


@pytest.mark.parametrize("name", [*some(NAMES, 2), *some(HELD, 2)])
def test_a_beat_every_cycle_and_no_pause_between_sums(name):
    unit = unit_named(name)
    beats, codes, overflowed = sums_of(unit, LENGTHS)
    always = [True] * (len(beats) + 6)
    accepted, delivered, flag = simulated(ExactDotUnit(unit), beats, always, always)
    assert accepted == list(range(len(beats)))
    ends = [cycle for cycle, beat in enumerate(beats) if beat["last"]]
    assert delivered == [
        (cycle + unit.latency, code) for cycle, code in zip(ends, codes, strict=True)
    ]
    assert flag == any(overflowed)


@pytest.mark.parametrize("seed", some(range(6), 1))
@pytest.mark.parametrize("name", [*some(NAMES, 2), *some(HELD, 2)])
def test_pauses_lose_nothing_and_add_nothing(name, seed):
    unit = unit_named(name)
    beats, codes, overflowed = sums_of(unit, LENGTHS, seed)
    random = np.random.default_rng(seed)
    offered, taken = (
        (random.random(300) < share).tolist() for share in random.random(2) * 0.7 + 0.25
    )
    _, delivered, flag = simulated(ExactDotUnit(unit), beats, offered, taken)
    assert [code for _, code in delivered] == codes
    assert flag == any(overflowed)


@pytest.mark.parametrize("held", [0, 1])
def test_a_stopped_unit_takes_beats_up_to_the_last_of_the_sum_that_cannot_move_on(held):
    unit = unit_named(f"dot2_lmul_e2m1{held * '_latency1'}_fixed")
    beats, codes, _ = sums_of(unit, [1, 2, 3, 4, 1])
    taken = [False] * 20 + [True] * 40
    accepted, delivered, _ = simulated(ExactDotUnit(unit), beats, [True] * 60, taken)
    # One sum waits at the output, one to be rounded, and the third in the register; products of a
    # fourth in registers of their own.
    assert [cycle for cycle in accepted if cycle < 20] == list(range(1 + 2 + 3 + held))
    assert [code for _, code in delivered] == codes


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("dot2_lmul_e4m3_fixed", True),
        ("dot64_exact_fp16_gradual_fixed_to_bf16", True),
        ("dot2_int8_int32", True),
        ("dot8_lmul_e4m3_fixed_terms8", True),
        ("dot8_lmul_e4m3_latency1_fixed", True),
        # No room for a beat; bits that are dropped, or may be; one product; sums that are rounded.
        ("dot8_lmul_e4m3_fixed_terms7", False),
        ("dot2_lmul_bf16_fixed_msb40_lsbm40", False),
        ("dot2_lmul_e4m3_fixed_lsbm30", False),
        ("dot1_lmul_e4m3_fixed", False),
        ("mac_lmul_e4m3_fixed", False),
        ("dot2_lmul_e4m3_aligned", False),
        ("dot2_lmul_e4m3_fp32", False),
    ],
)
def test_which_units_are_exact(name, exact):
    assert unit_named(name).is_exact == exact
