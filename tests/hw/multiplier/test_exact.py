"""Exact products before they are rounded, against rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.multiplier.exact import Exact
from lmul_pe.model import multiplier_named
from tests.model import reference
from tests.sweep import some

BIAS = 60
"""Of exponents, as an accumulator may ask for; every product's is above 0 with it."""
NAMES = ["exact_e4m3", "exact_e4m3_gradual", "exact_e5m2_gradual", "exact_e4m3fnuz"]
NAMES += ["exact_e2m3_gradual", "exact_e3m2_x_e2m3_to_e3m2_gradual"]


class Product(wiring.Component):
    """The parts of a product."""

    def __init__(self, multiplier, architecture, normalised):
        self.hardware = Exact(multiplier, architecture)
        self.normalised = normalised
        formats = multiplier.format, multiplier.format_b
        self.bits = sum(format.mantissa_bits + 1 for format in formats)
        super().__init__(
            {
                "a": In(multiplier.format.width),
                "b": In(multiplier.format_b.width),
                "exponent": Out(10),
                "significand": Out(self.bits),
                # sign, zero, infinite, nan
                "classes": Out(4),
            }
        )

    def elaborate(self, platform):
        m = Module()
        product = self.hardware.product(m, self.a, self.b, BIAS, normalised=self.normalised)
        assert len(product.significand) == self.bits
        m.d.comb += [
            self.exponent.eq(product.exponent),
            self.significand.eq(product.significand),
            self.classes.eq(Cat(product.sign, product.zero, product.infinite, product.nan)),
        ]
        return m


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("name", some(NAMES, 2))
def test_every_product_is_exact(name, normalised, gates, outputs):
    multiplier = multiplier_named(name)
    component = Product(multiplier, Architecture(array="and"), normalised)
    netlist = gates({"product": component})["product"]
    formats = [reference.format_of(each) for each in (multiplier.format, multiplier.format_b)]
    a, b = (codes.ravel() for codes in np.meshgrid(*(np.arange(2**each.width) for each in formats)))
    found = outputs(netlist, a=a, b=b)
    # Rational arithmetic is slow; a stride that is no multiple meets every code of both operands.
    for place in range(0, len(a), 23):
        pair = int(a[place]), int(b[place])
        expected = reference.product_addend(formats, *pair, subnormals=multiplier.subnormals)
        sign, zero, infinite, nan = (int(found["classes"][place]) >> bit & 1 for bit in range(4))
        assert nan == (expected.kind == reference.NAN), pair
        if nan:
            continue
        assert sign == expected.negative, pair
        assert infinite == (expected.kind == reference.INNORMAL), pair
        assert zero == (expected.kind == reference.ZERO), pair
        if zero or infinite:
            continue
        # The exponent is that of the top bit.
        significand = Fraction(int(found["significand"][place]), 2 ** (component.bits - 1))
        exponent = int(found["exponent"][place])
        assert significand * reference.power_of_two(exponent - BIAS) == expected.value, pair
        if normalised:
            assert significand >= Fraction(1, 2), pair
