import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.shift import normalise, shift_right_sticky


class Normaliser(wiring.Component):
    def __init__(self, bits):
        super().__init__({"a": In(bits), "y": Out(bits + (bits - 1).bit_length())})

    def elaborate(self, platform):
        m = Module()
        places, shifted = normalise(m, self.a, name="n")
        m.d.comb += self.y.eq(Cat(shifted, places))
        return m


class Shifter(wiring.Component):
    def __init__(self, bits, places):
        super().__init__({"a": In(bits), "b": In(places), "y": Out(bits)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(shift_right_sticky(m, self.a, self.b, name="s"))
        return m


@pytest.mark.parametrize("bits", [1, 2, 3, 5, 8, 10])
def test_the_leading_one_goes_to_the_top(bits, gates, outputs):
    netlist = gates({"normaliser": Normaliser(bits)})["normaliser"]
    a = np.arange(1, 2**bits)
    places = np.array([bits - int(value).bit_length() for value in a])
    np.testing.assert_array_equal(outputs(netlist, a=a), (a << places) | (places << bits))


@pytest.mark.parametrize(("bits", "places"), [(1, 2), (4, 3), (6, 3), (5, 4)])
def test_what_is_shifted_out_sticks(bits, places, gates, outputs):
    netlist = gates({"shifter": Shifter(bits, places)})["shifter"]
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**bits), np.arange(2**places)))
    lost = (a & ((1 << b) - 1)) != 0
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), (a >> b) | lost)
