"""Products of integers, against multiplication."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import ARRAYS, FULL_ADDERS, Architecture
from lmul_pe.hw.multiplier.integer import Integer
from lmul_pe.model import IntegerMultiplier
from tests.sweep import some


class Product(wiring.Component):
    """``y`` is the product of two codes, as wide as both together."""

    def __init__(self, multiplier, architecture):
        self.hardware = Integer(multiplier, architecture)
        width = multiplier.format.width
        super().__init__({"a": In(width), "b": In(width), "y": Out(2 * width)})

    def elaborate(self, platform):
        m = Module()
        product = self.hardware.product(m, self.a, self.b, 0)
        assert product.value.shape().signed
        m.d.comb += self.y.eq(product.value)
        return m


@pytest.mark.parametrize("full_adders", FULL_ADDERS)
@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("width", some([3, 8, 2, 4], 1))
def test_every_pair(width, array, full_adders, gates, outputs):
    architecture = Architecture(array=array, full_adders=full_adders)
    multiplier = IntegerMultiplier(f"int{width}")
    netlist = gates({"product": Product(multiplier, architecture)})["product"]
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**width), np.arange(2**width)))
    first, second = (codes - (codes >> width - 1 << width) for codes in (a, b))
    found = outputs(netlist, a=a, b=b)
    np.testing.assert_array_equal(found, first * second % 2 ** (2 * width))
