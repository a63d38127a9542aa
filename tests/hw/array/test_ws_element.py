"""The element of a weight-stationary array by itself: its weights, its product, what it passes."""

import random
from itertools import pairwise

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.ws_element import WsElement
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import mac_named
from tests.hw.clocked import simulate

CYCLES = 300


def run(name, *, seed=1, change=0.2):
    """Random beats, sums, weights and changes of weights; inputs and outputs of every cycle."""
    path = Datapath(mac_named(name), PORTABLE)
    dut = WsElement(path)
    trace = []

    async def bench(context):
        choose = random.Random(seed)
        for _ in range(CYCLES):
            inputs = {
                "enable": int(choose.random() < 0.7),
                "load": int(choose.random() < 0.4),
                "beat_in": choose.getrandbits(1) | int(choose.random() < change) << 1,
                "a_in": choose.getrandbits(path.a_bits),
                "weight_in": choose.getrandbits(path.b_bits),
                "sum_in": choose.getrandbits(path.sum.state_bits),
            }
            if path.accumulator.overflows:
                inputs["overflow_in"] = int(choose.random() < 0.1)
            for port, value in inputs.items():
                context.set(getattr(dut, port), value)
            outputs = {
                port: context.get(getattr(dut, port))
                for port in dut.signature.members
                if "out" in port
            }
            trace.append({**inputs, **outputs})
            await context.tick()

    simulate(dut, bench)
    return path, trace


def moved(trace):
    """The cycles in which the array moves."""
    return [each for each in trace if each["enable"]]


@pytest.mark.parametrize("name", ["mac_int4_int8", "mac_lmul_e2m1_bf16"])
def test_operands_pass_in_cycles_with_enable_and_weights_in_cycles_with_load(name):
    _, trace = run(name)
    steps = moved(trace)
    for before, after in pairwise(steps):
        assert (after["beat_out"], after["a_out"]) == (before["beat_in"], before["a_in"])
    held = 0
    for each in trace:
        assert each["weight_out"] == held
        held = each["weight_in"] if each["load"] else held


def products_of(trace):
    """For every moving cycle: ``a``, the weight that it meets, whether it is valid, the sum above.

    The weight in use is the one that was loaded when a change last passed, from the next cycle on.
    """
    weight = waiting = 0
    met = []
    for each in trace:
        if each["enable"]:
            met.append((each["a_in"], weight, each["beat_in"] & 1, each["sum_in"]))
            if each["beat_in"] & 2:
                weight = waiting
        if each["load"]:
            waiting = each["weight_in"]
    return met


def test_the_product_is_added_to_the_sum_that_comes_a_cycle_later():
    _, trace = run("mac_int4_int8", seed=2)
    met, steps = products_of(trace), moved(trace)

    def signed(code, bits):
        return code - (code >> bits - 1 << bits)

    for index in range(2, len(steps)):
        a, weight, *_ = met[index - 2]
        total = signed(met[index - 1][3], 8) + signed(a, 4) * signed(weight, 4)
        assert steps[index]["sum_out"] == total % 256
        outside = met[index - 2][2] and not -128 <= total < 128
        pulse = steps[index - 1]["overflow_in"] or outside
        assert steps[index]["overflow_out"] == int(pulse)
    assert any(
        each["overflow_out"] and not before["overflow_in"] for before, each in pairwise(steps)
    )


@pytest.mark.parametrize("latency", [1, 2, 3])
def test_a_slow_adder_takes_as_many_cycles(latency):
    end = f"_latency{latency}" if latency > 1 else ""
    _, trace = run(f"mac_lmul_e2m1_e4m3{end}", seed=3)
    met, steps = products_of(trace), moved(trace)
    mac = mac_named("mac_lmul_e2m1_e4m3")
    for index in range(1 + latency, len(steps)):
        a, weight, *_ = met[index - 1 - latency]
        begins = met[index - latency][3]
        sums = mac.accumulator.start(mac.multiplier, 1, np.array([begins], np.uint8))
        sums.add_pairs([(np.array([a], np.uint8), np.array([weight], np.uint8))])
        assert steps[index]["sum_out"] == sums.result()[0]


def test_a_weight_stays_until_the_next_change():
    _, trace = run("mac_int4_int8", seed=4, change=0.0)
    # None has come: every product is that of the weight of power-up.
    assert {weight for _, weight, *_ in products_of(trace)} == {0}
    steps = moved(trace)
    for before, after in pairwise(steps):
        assert after["sum_out"] == before["sum_in"]
