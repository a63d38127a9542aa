"""The parts of units that add products: gates of begin, multiply, add and finish together."""

import numpy as np
import pytest
from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import IntegerMultiplier, code_type, unit_named
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs

FIXED = ["mac_exact_e4m3_fixed", "mac_lmul_e4m3_fixed", "mac_exact_e5m2_gradual_fixed"]
FIXED += ["mac_lmul_e4m3_gradual_fixed_terms1", "mac_exact_e4m3fnuz_fixed_to_bf16"]
FIXED += ["mac_lmul_e2m1_fixed_to_e4m3", "mac_exact_e2m1_fixed_terms7", "mac_exact_e2m3_fixed"]
WINDOWS = ["mac_exact_e4m3_fixed_msb9_lsbm6", "mac_lmul_e5m2_fixed_msb4_lsbm20_to_e5m2"]
WINDOWS += ["mac_exact_bf16_fixed_msb40_lsbm40", "mac_lmul_fp32_fixed_msb30_lsbm50"]
WINDOWS += ["mac_exact_fp16_gradual_fixed_msb20_lsbm30_to_fp16", "mac_exact_e4m3_fixed_msb1_lsb0"]
ALIGNED = ["mac_exact_e4m3_aligned", "mac_lmul_e4m3_aligned", "mac_exact_e5m2_gradual_aligned"]
ALIGNED += ["mac_lmul_e5m2_gradual_aligned_guard0", "mac_exact_e4m3_aligned_guard9_to_bf16"]
ALIGNED += ["mac_exact_e2m1_aligned_to_e2m1", "mac_lmul_e4m3fnuz_aligned_to_e4m3fnuz"]
ALIGNED += ["mac_exact_bf16_aligned", "mac_lmul_fp32_aligned", "mac_exact_fp32_gradual_aligned"]
ALIGNED += ["mac_exact_fp16_gradual_aligned_guard1_to_fp16"]
DOTS = ["dot2_exact_e4m3_aligned", "dot3_lmul_e5m2_aligned_guard1", "dot4_exact_bf16_aligned"]
DOTS += ["dot5_exact_e4m3_gradual_aligned_to_fp16", "dot2_exact_e5m2_fixed", "dot3_lmul_e4m3_fixed"]
DOTS += ["dot4_exact_e4m3_fixed_msb8_lsbm9", "dot2_lmul_e4m3_fp32", "dot3_int8_int16"]
INTEGERS = ["mac_int8_int32", "mac_int8_int16", "mac_int4_int8", "mac_int16_int40"]


class Step(wiring.Component):
    """``y`` is the result of a sum that begins with ``c`` and takes one group of products."""

    def __init__(self, unit, architecture=PORTABLE):
        self.terms = getattr(unit, "n", 1)
        self.path = Datapath(getattr(unit, "mac", unit), architecture, begins=True)
        ports = {"c": In(self.path.sum.result_bits)}
        for index in range(self.terms):
            ports |= {f"a{index}": In(self.path.a_bits), f"b{index}": In(self.path.b_bits)}
        super().__init__({**ports, "y": Out(self.path.sum.result_bits), "overflow": Out(1)})

    def elaborate(self, platform):
        m = Module()
        path = self.path
        products = []
        for index in range(self.terms):
            # As a multiplier hands it to an adder, through a word.
            word = Signal(path.product_word.width, name=f"word_{index}")
            a, b = getattr(self, f"a{index}"), getattr(self, f"b{index}")
            m.d.comb += word.eq(path.product_word.pack(path.product(m, a, b)))
            products.append(path.product_word.unpack(word))

        def through(values):
            return values

        begun = path.sum.start(m, self.c)
        if self.terms > 1 and hasattr(path.sum, "pair"):
            while len(products) > 1:
                pairs = [
                    path.sum.pair(m, *products[index : index + 2], through)
                    for index in range(0, len(products) - 1, 2)
                ]
                products = pairs + products[len(products) - len(products) % 2 :]
        state = Signal(len(begun.state))
        m.d.comb += state.eq(begun.state)
        added = path.sum.add(m, state, products, through)
        following = Signal(len(state))
        m.d.comb += [
            following.eq(added.state),
            self.y.eq(path.sum.finish(m, following, through)),
            self.overflow.eq(begun.overflow | added.overflow | Const(0, 1)),
        ]
        return m


def operands(unit, count, random):
    """Columns of codes for every product: check pairs, in random order."""
    multiplier = getattr(unit, "mac", unit).multiplier
    if isinstance(multiplier, IntegerMultiplier):
        high = 2**multiplier.format.width
        extreme = np.array([0, 1, high // 2 - 1, high // 2, high // 2 + 1, high - 1])
        codes = random.integers(0, high, size=(2, count))
        chosen = random.choice(extreme, size=(2, count))
        a, b = np.where(random.random((2, count)) < 0.3, chosen, codes)
        kind = np.uint8 if high <= 256 else np.uint16
        return a.astype(kind), b.astype(kind)
    a, b = check_pairs(multiplier, count, seed=5)
    order = random.permutation(len(a))[:count] if len(a) > count else random.choice(len(a), count)
    return a[order], b[order]


def begins(unit, pairs, random):
    """Codes to begin with: any, boundaries, and what all but cancels the products."""
    mac = getattr(unit, "mac", unit)
    result = mac.accumulator.result
    count = len(pairs[0][0])
    width = result.width
    any_code = random.integers(0, 2**width, size=count, dtype=np.uint64)
    zeros = np.zeros(count, dtype=np.uint64)
    alone = expected(unit, pairs, zeros)[0].astype(np.uint64)
    step = random.choice([0, 0, 1, 2, -1], size=count).astype(np.uint64)
    near = (alone + step) ^ np.uint64(2 ** (width - 1))
    edges = zeros
    if hasattr(result, "exponent_bits"):
        edges = random.choice(boundary_codes(result), size=count).astype(np.uint64)
    chosen = random.integers(0, 4, size=count)
    codes = np.select([chosen == 0, chosen == 1, chosen == 2], [any_code, edges, near], zeros)
    return codes & np.uint64(2**width - 1)


def expected(unit, pairs, codes):
    """The model's results and flags."""
    mac = getattr(unit, "mac", unit)
    result = mac.accumulator.result
    kind = code_type(result) if hasattr(result, "exponent_bits") else result.codes(0).dtype
    sums = mac.accumulator.start(mac.multiplier, len(codes), codes.astype(kind))
    sums.add_pairs(pairs)
    return sums.result(), sums.overflowed


@pytest.fixture
def differences(gates, outputs):
    """A function that lists, for units by name, the first step that each gets wrong."""

    def listed(names, architecture=PORTABLE, count=8_000):
        units = {name: unit_named(name) for name in names}
        netlists = gates({name: Step(unit, architecture) for name, unit in units.items()})
        faults = []
        for name, unit in units.items():
            random = np.random.default_rng([3, *name.encode()])
            pairs = [operands(unit, count, random) for _ in range(getattr(unit, "n", 1))]
            codes = begins(unit, pairs, random)
            ports = {"c": codes}
            for index, (a, b) in enumerate(pairs):
                ports |= {f"a{index}": a, f"b{index}": b}
            found = outputs(netlists[name], **ports)
            results, flags = expected(unit, pairs, codes)
            wrong = np.flatnonzero((found["y"] != results) | (found["overflow"] != flags))
            if wrong.size:
                first = wrong[0]
                given = {port: hex(int(values[first])) for port, values in ports.items()}
                faults.append(
                    f"{name}: {wrong.size} of {count} steps, first {given}: gates "
                    f"{int(found['y'][first]):#x} overflow {int(found['overflow'][first])}, model "
                    f"{int(results[first]):#x} overflow {int(flags[first])}"
                )
        return faults

    return listed


@pytest.mark.parametrize("names", [FIXED, WINDOWS, ALIGNED, DOTS, INTEGERS])
def test_begin_add_and_finish_do_what_the_model_does(names, differences):
    assert differences(names) == []


@pytest.mark.parametrize(
    "architecture",
    [Architecture("and", "cells", "gates"), Architecture("booth8", "gates", "cells")],
)
def test_architectures(architecture, differences):
    names = ["mac_exact_e4m3_fixed", "mac_exact_e5m2_gradual_aligned", "mac_lmul_e4m3_aligned"]
    names += ["mac_int8_int32", "mac_int3_int8"]
    assert differences(names, architecture, count=2000) == []
