"""The element of an output-stationary array by itself: what it adds, keeps and passes on."""

import random

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.os_element import OsElement
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.hw.unit.loop import beat_layout
from lmul_pe.model import mac_named
from tests.hw.clocked import simulate

PASSED = ("beat", "a", "b", "shift")
DEPTHS = [1, 3, 1, 2, 6, 1, 4]


def run(name, tiles, *, seed=1, shifts=()):
    """Send ``tiles``, each two lists of codes, with bubbles and with pauses of the whole array.

    Gives all inputs and all outputs by name, of every cycle with ``enable``.  ``shifts`` are those
    of these cycles in which the element is to take the sum above it.
    """
    path = Datapath(mac_named(name), PORTABLE)
    dut = OsElement(path)
    latency = path.accumulator.latency
    layout = beat_layout(latency)
    pairs = [
        (a, b, index, index == len(tile[0]) - 1)
        for tile in tiles
        for index, (a, b) in enumerate(zip(*tile, strict=True))
    ]
    inputs_seen, outputs_seen = [], []

    async def bench(context):
        choose = random.Random(seed)
        left = list(pairs)
        moved = 0
        while moved < 2 * len(pairs) + 20:
            enable = choose.random() < 0.7
            valid = bool(left) and choose.random() < 0.8
            a, b, index, last = left[0] if valid else (0, 0, 0, 0)
            fields = {"valid": int(valid), "last": int(last), "fresh": int(index < latency)}
            if latency > 1:
                fields["slot"] = index % latency
            beat = layout.const(fields).as_value().value
            if not valid:
                # Whatever stands beside what is not valid.
                beat |= choose.getrandbits(layout.size) & ~1
                a, b = choose.getrandbits(path.a_bits), choose.getrandbits(path.b_bits)
            inputs = {
                "beat": beat,
                "a": a,
                "b": b,
                "shift": int(moved in shifts),
                "sum": choose.getrandbits(len(dut.sum_in)),
            }
            if path.accumulator.overflows:
                inputs["overflow"] = int(choose.random() < 0.1)
            context.set(dut.enable, enable)
            for port, value in inputs.items():
                context.set(getattr(dut, "shift" if port == "shift" else f"{port}_in"), value)
            if enable:
                inputs_seen.append(inputs)
                outputs_seen.append(
                    {port: context.get(getattr(dut, f"{port}_out")) for port in inputs}
                )
                left = left[1:] if valid else left
            await context.tick()
            moved += enable

    simulate(dut, bench)
    return inputs_seen, outputs_seen


def tiles_of(bits, random):
    return [
        tuple(random.integers(0, 2**bits, size=depth).tolist() for _ in "ab") for depth in DEPTHS
    ]


def signed(code, bits):
    return code - (code >> bits - 1 << bits)


def sum_ends(inputs):
    """Enabled cycles in which the last pair of a tile came."""
    return [cycle for cycle, each in enumerate(inputs) if each["beat"] & 3 == 3]


def test_what_passes_comes_out_an_enabled_cycle_later():
    inputs, outputs = run("mac_int4_int8", tiles_of(4, np.random.default_rng(1)))
    for before, after in zip(inputs, outputs[1:], strict=False):
        # Only a valid beat means anything, but all of it is passed on.
        assert {port: after[port] for port in PASSED} == {port: before[port] for port in PASSED}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_finished_sum_stands_two_cycles_behind_its_last_pair_until_the_next(seed):
    tiles = tiles_of(4, np.random.default_rng(seed))
    inputs, outputs = run("mac_int4_int8", tiles, seed=seed)
    ends = sum_ends(inputs)
    assert len(ends) == len(tiles)
    for tile, end, following in zip(tiles, ends, [*ends[1:], len(outputs)], strict=True):
        expected = sum(signed(a, 4) * signed(b, 4) for a, b in zip(*tile, strict=True)) % 256
        for cycle in range(end + 2, min(following + 2, len(outputs))):
            assert outputs[cycle]["sum"] == expected


def test_a_shift_takes_the_sum_above_but_for_one_of_its_own():
    tiles = tiles_of(4, np.random.default_rng(4))
    plain, _ = run("mac_int4_int8", tiles)
    first, second, *_ = sum_ends(plain)
    assert second - first > 2
    # In the cycle in which a finished sum arrives it stands before what comes from above.
    inputs, outputs = run("mac_int4_int8", tiles, shifts={first + 1, first + 2})
    own = sum(signed(a, 4) * signed(b, 4) for a, b in zip(*tiles[0], strict=True)) % 256
    assert outputs[first + 2]["sum"] == own
    assert outputs[first + 3]["sum"] == inputs[first + 2]["sum"]


def test_an_overflow_is_passed_on_and_told():
    """Sums of -8 * -8 leave eight bits with the second product."""
    tiles = [([8] * 4, [8] * 4), ([1] * 3, [1] * 3), ([8], [8])]
    inputs, outputs = run("mac_int4_int8", tiles)
    pairs = [cycle for cycle, each in enumerate(inputs) if each["beat"] & 1]
    # 64, then 128, which does not fit; the register goes on from -128 without leaving its range.
    leaving = {pairs[1] + 2}
    for cycle, before in enumerate(inputs[:-1], start=1):
        expected = before["overflow"] | (cycle in leaving)
        assert outputs[cycle]["overflow"] == expected


@pytest.mark.parametrize("latency", [2, 3])
def test_partial_sums_of_a_slow_adder_leave_side_by_side(latency):
    tiles = tiles_of(4, np.random.default_rng(latency))
    inputs, outputs = run(f"mac_lmul_e2m1_e4m3_latency{latency}", tiles)
    alone = mac_named("mac_lmul_e2m1_e4m3")
    for (a, b), end in zip(tiles, sum_ends(inputs), strict=True):
        partials = []
        for slot in range(latency):
            own = np.array(a[slot::latency], np.uint8), np.array(b[slot::latency], np.uint8)
            partials.append(int(alone.dot(*own)) if len(own[0]) else 0)
        word = sum(partial << 8 * slot for slot, partial in enumerate(partials))
        assert outputs[end + 1 + latency]["sum"] == word
