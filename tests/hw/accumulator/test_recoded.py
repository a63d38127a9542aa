"""Recoded sums: gates of sums that begin empty, and how far such sums can go."""

import numpy as np
import pytest
from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.recoded import RecodedSum, highest_sum_bit
from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import code_type, mac_named
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs
from tests.hw.steps import Step
from tests.sweep import some

CELLS = Architecture("and", "cells", "cells")
NETWORK = Architecture("and", "cells", "sklansky")
SUMS = ["mac_exact_e2m1_fp16", "mac_lmul_e4m3_fp32", "mac_exact_e4m3_gradual_fp32"]
SUMS += ["mac_exact_bf16_fp32", "mac_exact_e5m2_fp32", "mac_lmul_fp16_fp32"]
SUMS += ["mac_exact_e4m3_x_e5m2_fp32"]


class FromEmpty(wiring.Component):
    """``y`` is the sum of some products, added one after the other to the empty sum."""

    def __init__(self, mac, terms, architecture):
        self.path, self.terms = Datapath(mac, architecture), terms
        codes = {}
        for index in range(terms):
            codes |= {f"a{index}": In(self.path.a_bits), f"b{index}": In(self.path.b_bits)}
        super().__init__({**codes, "y": Out(self.path.sum.result_bits)})

    def elaborate(self, platform):
        m = Module()
        path = self.path
        state = Const(0, path.sum.state_bits)
        for index in range(self.terms):
            word = Signal(path.product_word.width, name=f"word_{index}")
            product = path.product(m, getattr(self, f"a{index}"), getattr(self, f"b{index}"))
            m.d.comb += word.eq(path.product_word.pack(product))
            following = Signal(path.sum.state_bits, name=f"state_{index}")
            total = path.sum.add(m, state, [path.product_word.unpack(word)], lambda each: each)
            m.d.comb += following.eq(total.state)
            state = following
        m.d.comb += self.y.eq(path.sum.finish(m, state, lambda each: each))
        return m


def operands(mac, terms, count, random):
    """Pairs of which many cancel what was added before them."""
    a, b = check_pairs(mac.multiplier, count, seed=5)
    chosen = random.integers(0, len(a), size=(terms, count))
    first, second = a[chosen], b[chosen]
    for index in range(1, terms):
        again = random.random(count) < 0.5
        before = random.integers(0, index, size=count), np.arange(count)
        sign = a.dtype.type(1 << mac.multiplier.format.width - 1)
        first[index] = np.where(again, first[before] ^ sign, first[index])
        second[index] = np.where(again, second[before], second[index])
    return first, second


@pytest.mark.parametrize(
    "architecture", some([PORTABLE, NETWORK, CELLS], 2), ids=lambda each: each.adders
)
@pytest.mark.parametrize(
    ("name", "count"),
    some([(SUMS[0], 8_000), *((name, 20_000) for name in SUMS)], 1, 5, several=True),
)
def test_sums_of_a_few_products(name, count, architecture, gates, outputs):
    mac = mac_named(name)
    assert isinstance(Datapath(mac, architecture).sum, RecodedSum)
    random = np.random.default_rng([4, *name.encode()])
    a, b = operands(mac, 4, count, random)
    netlist = gates({"sums": FromEmpty(mac, 4, architecture)})["sums"]
    ports = {f"a{index}": column for index, column in enumerate(a)}
    ports |= {f"b{index}": column for index, column in enumerate(b)}
    found = outputs(netlist, **ports)
    expected = mac.dot(a.T, b.T)
    wrong = np.flatnonzero(found != expected)
    assert wrong.size == 0, (hex(found[wrong[0]]), hex(expected[wrong[0]]), a.T[wrong[0]])


@pytest.mark.parametrize(
    ("name", "adders"),
    some(
        [
            ("mac_exact_e2m1_gradual_e2m3ieee", "gates"),
            ("mac_exact_e2m1_gradual_e5m2", "sklansky"),
            ("mac_exact_e2m1_gradual_e2m5ieee", "cells"),
            ("mac_lmul_e2m1_e3m3ieee", "brent_kung"),
        ],
        1,
        several=True,
    ),
)
def test_every_sum_and_every_pair(name, adders, gates, outputs):
    mac = mac_named(name)
    width, wide = mac.multiplier.format.width, mac.accumulator.format.width
    codes = np.indices((2**width, 2**width, 2**wide)).reshape(3, -1)
    a, b, c = codes.astype(np.uint64)
    netlist = gates({"step": Step(mac, Architecture("and", "gates", adders))})["step"]
    found = outputs(netlist, a0=a, b0=b, c=c)["y"]
    sums = mac.accumulator.start(
        mac.multiplier, len(c), c.astype(code_type(mac.accumulator.format))
    )
    sums.add_pairs([(a.astype(np.uint8), b.astype(np.uint8))])
    np.testing.assert_array_equal(found, sums.result())


NORMAL = ["mac_lmul_e4m3_fp32", "mac_exact_e4m3_fp32", "mac_exact_e5m2_fp32"]
NORMAL += ["mac_exact_fp16_gradual_fp32", "mac_lmul_e2m1_bf16", "mac_lmul_e3m2_bf16"]


@pytest.mark.parametrize("name", NORMAL)
def test_a_sum_never_has_a_leading_one_above_the_highest_bit(name):
    """Nothing makes a sum of that bit larger, and no smaller sum becomes twice as large."""
    mac = mac_named(name)
    format, highest = mac.accumulator.format, highest_sum_bit(mac, 1)
    assert highest <= format.greatest_exponent
    power = (highest + format.bias) << format.mantissa_bits
    a, b = (
        np.unique(list(boundary_codes(each)))
        for each in (mac.multiplier.format, mac.multiplier.format_b)
    )
    pairs = np.array([(first, second) for first in a for second in b])
    for code in (power, power - 1, power + 1):
        codes = np.full(len(pairs), code, dtype=code_type(format))
        sums = mac.accumulator.start(mac.multiplier, len(codes), codes)
        sums.add_pairs([(pairs[:, 0].astype(a.dtype), pairs[:, 1].astype(b.dtype))])
        result = sums.result()
        number = (result & (2**format.magnitude_bits - 1)) < format.infinity
        assert (result[number] >> format.mantissa_bits <= highest + format.bias).all()
        if code >= power:
            assert (result[number] <= code).all()


def test_what_can_begin_with_a_code_keeps_the_whole_range():
    mac = mac_named("mac_exact_e4m3_fp32")
    bounded, whole = (Datapath(mac, PORTABLE, begins=begins).sum for begins in (False, True))
    assert not bounded.gradual
    assert whole.gradual
    assert bounded.state_bits < whole.state_bits


@pytest.mark.parametrize(
    "name", ["mac_exact_e4m3_e4m3", "mac_exact_bf16_bf16_fused", "mac_lmul_e5m2fnuz_e5m2fnuz"]
)
def test_other_sums_are_codes(name):
    assert not RecodedSum.serves(mac_named(name), 1, begins=False)


def test_two_products_are_only_added_where_sums_stay_normal():
    assert RecodedSum.serves(mac_named("mac_exact_e4m3_fp32"), 4, begins=False)
    assert not RecodedSum.serves(mac_named("mac_exact_bf16_fp32"), 4, begins=False)
