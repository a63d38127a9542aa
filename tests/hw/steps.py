"""One step of a sum in gates and in the model: begin with a code, add products, finish."""

import numpy as np
from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import IntegerMultiplier, code_type
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs


class Step(wiring.Component):
    """``y`` is the result of a sum that begins with ``c`` and takes one group of products."""

    def __init__(self, unit, architecture=PORTABLE):
        self.terms = getattr(unit, "n", 1)
        self.path = Datapath(
            getattr(unit, "mac", unit), architecture, terms=self.terms, begins=True
        )
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


def wires(m):
    """What stands where a datapath wants registers: wires.

    As expressions, what several later stages take would be built for each of them.
    """

    def named(values):
        found = {name: Signal(len(value)) for name, value in values.items()}
        m.d.comb += [found[name].eq(value) for name, value in values.items()]
        return found

    return named


class ReadOut(wiring.Component):
    """``y`` is the result of the partial sums ``state``, without registers on the way."""

    def __init__(self, path):
        self.path = path
        bits = path.sum.state_bits * path.accumulator.latency
        super().__init__({"state": In(bits), "y": Out(path.sum.result_bits)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(self.path.sum.finish(m, self.state, wires(m)))
        return m
