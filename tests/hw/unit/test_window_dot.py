"""Units with anchored windows: their streams, their flags, and what the model says of them."""

import numpy as np
import pytest
from amaranth.sim import Simulator

from lmul_pe.hw.unit.window_dot import WindowUnit
from lmul_pe.model import code_type, unit_named
from tests.sweep import some

NAMES = ["mac_lmul_bf16_window_slots2_terms1", "dot2_exact_e2m1_x_bf16_window_to_e5m2"]
NAMES += ["dot4_lmul_e2m1_window_slots2_terms4", "dot3_exact_bf16_window", "mac_lmul_fp32_window"]
NAMES += ["dot2_lmul_bf16_gradual_window_slots2", "dot2_exact_bf16_gradual_window_to_bf16"]
NAMES += ["dot2_table_bf16_bits2_window"]
HELD = ["dot2_lmul_bf16_latency1_window", "dot3_exact_e2m1_x_bf16_latency1_window_to_e5m2"]
HELD += ["dot4_lmul_e2m1_latency1_window_slots2_terms4"]
HELD += ["dot2_exact_bf16_gradual_latency1_window_slots2_to_bf16"]
LENGTHS = [1, 1, 1, 4, 1, 2, 1, 7, 3, 1, 1, 2]


def operands(unit, length, random):
    """Codes of ``a`` and of ``b``: half of any exponent, NaN and infinities among them."""
    both = []
    for format in unit.operand_formats:
        near = format.bias + random.integers(-1, 2, size=length * unit.products_per_cycle)
        codes = random.integers(2**format.width, size=near.size)
        sign = 1 << format.magnitude_bits
        plain = (codes & (sign | (1 << format.mantissa_bits) - 1)) | near << format.mantissa_bits
        chosen = np.where(random.random(near.size) < 0.7, plain, codes)
        both.append(chosen.astype(code_type(format)))
    return both


def sums_of(unit, lengths, seed):
    """Beats of random sums, the model's codes, and whether any overflows or loses a bit."""
    random = np.random.default_rng(seed)
    beats, codes, flags = [], [], np.zeros(2, dtype=bool)
    for length in lengths:
        a, b = operands(unit, length, random)
        codes.append(int(unit.dot(a, b)))
        flags |= unit.overflowed(a, b), unit.inexact(a, b)
        words = [
            [
                sum(int(code) << index * format.width for index, code in enumerate(row))
                for row in side.reshape(length, -1)
            ]
            for side, format in zip((a, b), unit.operand_formats, strict=True)
        ]
        beats += [
            {"a": x, "b": y, "last": index == length - 1}
            for index, (x, y) in enumerate(zip(*words, strict=True))
        ]
    return beats, codes, flags.tolist()


def simulated(core, beats, offered, taken):
    """The sums that come out, each with its cycle; the cycles of beats that go in; the flags."""
    accepted, delivered, flags = [], [], []

    async def bench(context):
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
        flags.extend(bool(context.get(flag)) for flag in (core.overflow, core.inexact))

    simulator = Simulator(core)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return accepted, delivered, flags


@pytest.mark.parametrize("name", [*some(NAMES, 1), *some(HELD, 2)])
def test_a_beat_every_cycle_and_no_pause_between_sums(name):
    unit = unit_named(name)
    beats, codes, flags = sums_of(unit, LENGTHS, 2)
    always = [True] * (len(beats) + 5)
    accepted, delivered, raised = simulated(WindowUnit(unit), beats, always, always)
    assert accepted == list(range(len(beats)))
    ends = [cycle for cycle, beat in enumerate(beats) if beat["last"]]
    assert delivered == [
        (cycle + unit.latency, code) for cycle, code in zip(ends, codes, strict=True)
    ]
    assert raised == flags


@pytest.mark.parametrize("seed", some(range(2), 1))
@pytest.mark.parametrize("name", [*some(NAMES, 2), *some(HELD, 3)])
def test_pauses_lose_nothing_and_add_nothing(name, seed):
    unit = unit_named(name)
    beats, codes, flags = sums_of(unit, LENGTHS, seed)
    random = np.random.default_rng(seed)
    offered, taken = (
        (random.random(150) < share).tolist() for share in random.random(2) * 0.5 + 0.45
    )
    _, delivered, raised = simulated(WindowUnit(unit), beats, offered, taken)
    assert [code for _, code in delivered] == codes
    assert raised == flags


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        # One sum waits at the output, one to be rounded, and the third in the register; where
        # registers hold a beat before it, one more in these.
        ("mac_lmul_bf16_window", 3),
        ("dot2_lmul_bf16_window", 3),
        ("dot2_lmul_bf16_latency1_window", 4),
    ],
)
def test_a_finished_sum_that_waits_keeps_its_anchor(name, inside):
    """Sums of very different exponents, and an output that is not taken for long."""
    unit = unit_named(name)
    large, small = 0x4F80, 0x3080
    codes = [large, small, large, small, large, large, small]
    beats = [{"a": code, "b": 0x3F80, "last": 1} for code in codes]
    pairs = [np.resize(np.uint16([beat["a"], 0]), unit.products_per_cycle) for beat in beats]
    ones = np.full(unit.products_per_cycle, 0x3F80, dtype=np.uint16)
    expected = [int(unit.dot(pair, ones)) for pair in pairs]
    taken = [False] * 20 + [True] * 20
    accepted, delivered, _ = simulated(WindowUnit(unit), beats, [True] * 40, taken)
    assert [cycle for cycle in accepted if cycle < 20] == list(range(inside))
    assert [code for _, code in delivered] == expected


def test_flags_of_a_beat_that_waits_are_of_its_own_sum():
    """Behind a finished sum that waits stands a NaN, and behind that a bit that is lost."""
    unit = unit_named("dot2_lmul_bf16_latency1_window")
    nan, one, far = 0x7FC0, 0x3F80, 0x0080
    sums = [(one, 0), (one, one), (one, 0), (nan, one), (one, 0), (one, far)]
    beats = [{"a": low | high << 16, "b": one * 0x10001, "last": 1} for low, high in sums]
    expected = [int(unit.dot(np.uint16(pair), np.uint16([one, one]))) for pair in sums]
    for stop in range(len(sums) + 6):
        taken = [cycle < stop or cycle > stop + 9 for cycle in range(40)]
        _, delivered, raised = simulated(WindowUnit(unit), beats, [True] * 40, taken)
        assert [code for _, code in delivered] == expected
        assert raised == [False, True]
        # Without the last of them no bit is lost.
        _, delivered, raised = simulated(WindowUnit(unit), beats[:-1], [True] * 40, taken)
        assert [code for _, code in delivered] == expected[:-1]
        assert raised == [False, False]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("mac_lmul_bf16_window_terms2", [[False, False], [True, False]]),
        ("mac_lmul_bf16_window_slots2", [[False, False], [False, True]]),
    ],
)
def test_flags_stay(name, flags):
    """One product is a sum that fits; eight, or one far below another, are not, and one follows."""
    unit = unit_named(name)
    large = [0x3FC0] * 8 if "terms" in name else [0x3F80, 0x3000]
    for codes, expected in zip(([0x3F80], [*large, 0x3F80]), flags, strict=True):
        last = [False] * (len(codes) - 2) + [True] * 2
        beats = [
            {"a": code, "b": code if "terms" in name else 0x3F80, "last": end}
            for code, end in zip(codes, last[-len(codes) :], strict=True)
        ]
        always = [True] * (len(beats) + 5)
        assert simulated(WindowUnit(unit), beats, always, always)[2] == expected


def test_the_least_number_of_a_register_does_not_leave_it_unseen():
    """2,048 products of -2^-16 fill 26 bits; one of 2^9 moves them down by 32 places."""
    unit = unit_named("dot8_exact_e5m2_window_slots2_terms512")
    small, minus, one, large = 0x1C, 0x9C, 0x3C, 0x60
    words = [(minus * 0x0101010101010101, small * 0x0101010101010101)] * 256 + [(one, large)]
    sides = (
        np.array([word >> 8 * lane & 0xFF for word in side for lane in range(8)], np.uint8)
        for side in zip(*words, strict=True)
    )
    a, b = sides
    # 2^9 less a 32nd, floored to a multiple of 4.
    assert (int(unit.dot(a, b)), bool(unit.inexact(a, b))) == (0x43FE0000, True)
    assert not unit.inexact(a[:-8], b[:-8])
    assert not unit.overflowed(a, b)
    beats = [{"a": x, "b": y, "last": index == 256} for index, (x, y) in enumerate(words)]
    always = [True] * (len(beats) + 6)
    _, ((_, code),), flags = simulated(WindowUnit(unit), beats, always, always)
    assert (code, flags) == (0x43FE0000, [False, True])
