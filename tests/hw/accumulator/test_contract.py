"""What every accumulator promises to the units that are built around it."""

import numpy as np
import pytest
from amaranth.hdl import Const, Fragment, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import IntegerFormat, unit_named
from tests.hw.steps import wires
from tests.sweep import some

UNITS = [
    "mac_lmul_e2m1_e4m3_latency3",
    "mac_int8_int32",
    "mac_lmul_e4m3_fixed",
    "mac_lmul_e4m3_fp32",
    "mac_exact_e4m3_bf16_latency2",
    "mac_exact_e5m2_bf16_fused_latency4",
    "mac_exact_e5m2_fixed_msb9_lsbm9_to_bf16",
    "mac_exact_e4m3_aligned",
    "mac_lmul_bf16_aligned_guard0_to_fp16",
]


@pytest.fixture(params=some(UNITS, 2))
def path(request):
    return Datapath(unit_named(request.param), PORTABLE, begins=True)


def elaborated(build):
    """What ``build`` gives of the module of a component that is elaborated."""
    found = []

    class Built(wiring.Component):
        def elaborate(self, platform):
            m = Module()
            found.append(build(m))
            return m

    Fragment.get(Built({}), None)
    return found[0]


def test_a_register_stands_between_two_states_as_often_as_the_latency_says(path):
    calls = []

    def register(values):
        calls.append(values)
        return values

    def step(m):
        product = path.product(m, Signal(path.a_bits), Signal(path.b_bits))
        state = Signal(path.sum.state_bits)
        added = path.sum.add(m, state, [product], register)
        assert len(added.state) == path.sum.state_bits
        assert len(added.overflow) == 1
        assert len(calls) == path.accumulator.latency - 1
        calls.clear()
        result = path.sum.finish(
            m, Signal(path.sum.state_bits * path.accumulator.latency), register
        )
        assert len(result) == path.sum.result_bits
        # Every way through the tree of partial sums has as many.
        return len(calls)

    called = elaborated(step)
    if path.accumulator.latency == 1:
        assert called == path.accumulator.finish_latency
    else:
        assert called >= path.accumulator.finish_latency


def test_a_state_begins_with_a_code(path):
    total = elaborated(lambda m: path.sum.start(m, Signal(path.sum.result_bits)))
    assert len(total.state) == path.sum.state_bits
    # Only what can leave its range says so.
    assert path.accumulator.overflows or isinstance(total.overflow, Const)


class Started(wiring.Component):
    """The result of a sum to which nothing was added, begun with a code or empty."""

    def __init__(self, path):
        self.path = path
        super().__init__({"c": In(path.sum.result_bits), "y": Out(2 * path.sum.result_bits)})

    def elaborate(self, platform):
        m = Module()
        total = self.path.sum
        bits = total.result_bits

        def result(state):
            partials = Signal(total.state_bits * self.path.accumulator.latency)
            m.d.comb += partials.eq(state)
            return total.finish(m, partials, wires(m))

        m.d.comb += [
            self.y[:bits].eq(result(total.start(m, self.c).state)),
            self.y[bits:].eq(result(Const(0, total.state_bits))),
        ]
        return m


def test_the_empty_state_is_zero_and_a_number_comes_out_as_it_began(path, gates, outputs):
    result = path.accumulator.result
    netlist = gates({"started": Started(path)})["started"]
    bits = path.sum.result_bits
    integer = isinstance(result, IntegerFormat)
    one = 1 if integer else result.bias << result.mantissa_bits
    numbers = [0, one, one + (1 << bits - 1)]
    found = outputs(netlist, c=np.array(numbers, dtype=np.uint64)).tolist()
    assert [word >> bits for word in found] == [0, 0, 0]
    assert [word & (1 << bits) - 1 for word in found] == numbers
