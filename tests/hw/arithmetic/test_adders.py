"""Full adders, half adders and ripples, constants folded in."""

from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.adders import add_bits, ripple
from lmul_pe.hw.arithmetic.bits import joined


class Column(wiring.Component):
    """Sum and carry of bits of which some, marked None, come from ``a``."""

    def __init__(self, bits, cell):
        self.bits, self.cell = bits, cell
        super().__init__({"a": In(3), "y": Out(2)})

    def elaborate(self, platform):
        m = Module()
        bits = [self.a[index] if bit is None else bit for index, bit in enumerate(self.bits)]
        total, carry = add_bits(m, bits, cell=self.cell)
        m.d.comb += self.y.eq(joined([total, carry]))
        return m


class Ripple(wiring.Component):
    """``a + b`` and a constant carry."""

    def __init__(self, width_a, width_b, carry):
        self.carry = carry
        super().__init__({"a": In(width_a), "b": In(width_b), "y": Out(max(width_a, width_b) + 1)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(joined(ripple(m, self.a, self.b, self.carry, name="r")))
        return m


@pytest.mark.parametrize("cell", [False, True])
def test_columns_of_up_to_three_bits_add_up(cell, gates, outputs):
    columns = [bits for count in (1, 2, 3) for bits in product((None, 0, 1), repeat=count)]
    netlists = gates({f"column_{i}": Column(bits, cell) for i, bits in enumerate(columns)})
    a = np.arange(8)
    for bits, netlist in zip(columns, netlists.values(), strict=True):
        expected = sum((a >> i & 1) if bit is None else bit for i, bit in enumerate(bits))
        np.testing.assert_array_equal(outputs(netlist, a=a), expected, err_msg=str(bits))


def test_columns_of_more_bits_are_refused():
    with pytest.raises(AssertionError):
        add_bits(Module(), list(Cat(Const(5, 4))), cell=False)


@pytest.mark.parametrize(("widths", "carry"), list(product([(4, 4), (2, 5), (5, 1)], [0, 1])))
def test_ripples_add_up(widths, carry, gates, outputs):
    netlist = gates({"ripple": Ripple(*widths, carry)})["ripple"]
    a, b = (codes.ravel() for codes in np.meshgrid(*(np.arange(2**width) for width in widths)))
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), a + b + carry)
