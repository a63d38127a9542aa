"""Products in the columns of a register: gates against the model's products."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.hw.multiplier.placed import FixedLane, IntegerLane
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import KINDS, FixedAccumulator, Mac, multiplier_named
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.vectors import check_pairs, is_exhaustive
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.synth.mapping.recipes import STRUCTURES
from tests.sweep import some

PORT_BITS = 32
FORMATS = ["e4m3_x_e2m1_gradual", "e2m1", "e4m3", "e4m3_gradual", "e5m2fnuz_gradual"]
FORMATS += ["e3m2_gradual"]
MORE_FORMATS = ["e5m2", "e5m2_gradual", "e4m3fnuz", "e3m2", "e2m3_gradual", "e2m1_gradual", "e3m4"]
MORE_FORMATS += ["e4m3_x_e5m2"]
NARROW = [f"{kind}_{rest}" for rest in FORMATS for kind in KINDS]
NARROW += ["lmul_e4m3_offset5_gradual", "lmul_e5m2_equation_gradual"]
MORE_NARROW = [f"{kind}_{rest}" for kind in KINDS for rest in MORE_FORMATS] + ["lmul_e4m3_offset0"]
WIDE = ["lmul_fp16", "exact_fp16", "lmul_fp16_gradual", "exact_fp16_gradual", "lmul_e5m6_offset0"]
WIDE += ["lmul_fp16_x_e4m3", "exact_e5m2_x_fp16_gradual", "lmul_e5m6_equation"]


class Placed(wiring.Component):
    """A lane whose bits leave in ports of :data:`PORT_BITS`, its flags beside them."""

    def __init__(self, lane, widths):
        self.lane = lane
        self.ports = [
            f"y{index}" for index in range(-(-(len(lane.weights) + lane.flags) // PORT_BITS))
        ]
        super().__init__(
            {
                "a": In(widths[0]),
                "b": In(widths[1]),
                "taken": In(1),
                **{port: Out(PORT_BITS) for port in self.ports},
            }
        )

    def elaborate(self, platform):
        m = Module()
        placed = self.lane.place(m, self.a, self.b, self.taken)
        word = Cat(*placed.bits, *placed.flags)
        for index, port in enumerate(self.ports):
            m.d.comb += getattr(self, port).eq(word[index * PORT_BITS :])
        return m


def placed(lane, netlist, outputs, a, b, taken):
    """Values of products, in units of the register's last bit, and flags as a number."""
    found = outputs(netlist, a=a, b=b, taken=taken)
    words = [found[f"y{index}"] for index in range(len(found))]

    def bit(place):
        return words[place // PORT_BITS] >> np.uint64(place % PORT_BITS) & np.uint64(1)

    # Whole words first: Python's integers, which have no bounds, take their time.
    sums = {}
    for place, weight in enumerate(lane.weights):
        sums.setdefault(weight // 32, np.zeros(len(a), dtype=np.int64))
        sums[weight // 32] += bit(place).astype(np.int64) << weight % 32
    values = np.full(len(a), lane.constant, dtype=object)
    for word, total in sums.items():
        values = values + total.astype(object) * (1 << 32 * word)
    flags = sum(bit(len(lane.weights) + flag) << np.uint64(flag) for flag in range(lane.flags))
    return values, flags + np.zeros(len(a), dtype=np.uint64)


def lane_of(multiplier, architecture):
    return FixedLane(multiplier, FixedAccumulator().register(multiplier), architecture)


def times_power(whole, power):
    """``whole * 2**power``, which is whole."""
    found, rest = divmod(whole << max(power, 0), 1 << max(-power, 0))
    assert rest == 0
    return found


def check(multiplier, architecture, gates, outputs, count):
    lane = lane_of(multiplier, architecture)
    widths = multiplier.format.width, multiplier.format_b.width
    netlist = gates({"placed": Placed(lane, widths)})["placed"]
    a, b = check_pairs(multiplier, count, seed=1)
    random = np.random.default_rng(1)
    taken = (random.random(len(a)) < 0.9).astype(np.uint8)
    values, flags = placed(lane, netlist, outputs, a, b, taken)
    product = multiplier.product(a, b)
    lsb = multiplier.lowest_product_bit
    number = (taken == 1) & ~(product.zero | product.infinite | product.nan)
    parts = zip(product.negative, product.significand, product.exponent, number, strict=True)
    expected = [
        (-1) ** int(negative) * times_power(int(significand), int(exponent) - lsb) if is_one else 0
        for negative, significand, exponent, is_one in parts
    ]
    wrong = np.flatnonzero(values != np.array(expected, dtype=object))
    assert wrong.size == 0, [(hex(a[i]), hex(b[i]), values[i], expected[i]) for i in wrong[:3]]
    nan = product.nan.astype(np.uint64)
    infinite = product.infinite & ~product.nan
    plus, minus = nan | (infinite & ~product.negative), nan | (infinite & product.negative)
    meant = {0: 0, 1: nan, 2: plus | minus << np.uint64(1)}[lane.flags]
    assert (flags == meant * taken).all()
    assert max(map(abs, expected)) <= lane.largest
    return len(a)


@pytest.mark.parametrize("name", some(NARROW, 4))
def test_every_product_is_the_models(name, gates, outputs):
    multiplier = multiplier_named(name)
    assert is_exhaustive(multiplier)
    count = check(multiplier, PORTABLE, gates, outputs, 0)
    assert count == 2 ** (multiplier.format.width + multiplier.format_b.width)


@pytest.mark.long
@pytest.mark.parametrize("name", MORE_NARROW)
def test_every_product_of_more_formats_is_the_models(name, gates, outputs):
    check(multiplier_named(name), PORTABLE, gates, outputs, 0)


@pytest.mark.parametrize("structure", some(["sklansky", "gates"], 1))
@pytest.mark.parametrize("name", ["lmul_e4m3", "exact_e4m3_gradual"])
def test_every_structure_gives_the_same(name, structure, gates, outputs):
    check(multiplier_named(name), STRUCTURES[structure], gates, outputs, 0)


@pytest.mark.parametrize("name", some(WIDE, 1))
@pytest.mark.parametrize("adders", [pytest.param("gates", marks=pytest.mark.long), "sklansky"])
def test_wide_products_are_the_models(name, adders, gates, outputs):
    check(multiplier_named(name), Architecture(array="and", adders=adders), gates, outputs, 8_000)


@pytest.mark.parametrize("architecture", [PORTABLE, STRUCTURES["gates"]])
@pytest.mark.parametrize("bits", some([4, 2, 8], 1))
def test_every_product_of_integers_is_theirs(bits, architecture, gates, outputs):
    lane = IntegerLane(IntegerMultiplier(f"int{bits}"), architecture)
    netlist = gates({"placed": Placed(lane, (bits, bits))})["placed"]
    a, b = (each.ravel() for each in np.meshgrid(*[np.arange(2**bits, dtype=np.uint8)] * 2))
    for taken in (0, 1):
        values, _ = placed(lane, netlist, outputs, a, b, np.full(len(a), taken, dtype=np.uint8))
        half = 1 << (bits - 1)
        signed = [(each.astype(int) ^ half) - half for each in (a, b)]
        assert (values == taken * signed[0] * signed[1]).all()


class Register(wiring.Component):
    """What is in a register that was empty, behind one product: by its lane, or by ``FixedSum``."""

    def __init__(self, multiplier, *, by_lane):
        self.mac = Mac(multiplier, FixedAccumulator(terms=1))
        self.by_lane = by_lane
        path = Datapath(self.mac, PORTABLE)
        self.path = path
        super().__init__(
            {"a": In(path.a_bits), "b": In(path.b_bits), "y": Out(path.sum.state_bits)}
        )

    def elaborate(self, platform):
        m = Module()
        if not self.by_lane:
            product = self.path.product(m, self.a, self.b)
            empty = Const(0, self.path.sum.state_bits)
            total = self.path.sum.add(m, empty, [product], lambda values: values)
            m.d.comb += self.y.eq(total.state)
            return m
        register = self.mac.register
        lane = FixedLane(self.mac.multiplier, register, PORTABLE)
        placed = lane.place(m, self.a, self.b, Const(1, 1))
        value = Signal(register.width)
        bits = zip(placed.bits, lane.weights, strict=True)
        m.d.comb += [
            value.eq(sum((Value.cast(bit) << weight for bit, weight in bits), lane.constant)),
            self.y.eq(Cat(value, *placed.flags)),
        ]
        return m


@pytest.mark.parametrize(
    "name",
    [
        "lmul_e5m6_x_e4m3",
        pytest.param("lmul_fp16", marks=pytest.mark.slow),
        pytest.param("lmul_fp16_gradual", marks=pytest.mark.long),
        pytest.param("exact_e5m6", marks=pytest.mark.long),
    ],
)
def test_a_lane_is_proved_equal_to_a_shifter_and_an_adder(name):
    multiplier = multiplier_named(name)
    first, second = (
        rtlil_text(Register(multiplier, by_lane=by_lane), "lane") for by_lane in (False, True)
    )
    proof = prove_equal(first, second, "lane")
    assert (proof.proved, proof.counterexample) == (True, None)
