"""L-Mul products before they are squeezed into a format, against rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.multiplier.lmul import LMul
from lmul_pe.model import multiplier_named
from tests.model import reference
from tests.sweep import some

BIAS = 60
"""Of exponents, as an accumulator may ask for; every product's is above 0 with it."""
NAMES = ["lmul_e4m3", "lmul_e5m2_gradual", "lmul_e2m3_offset0", "lmul_e4m3fnuz_gradual"]
NAMES += ["lmul_e3m2_x_e2m3_to_e3m2", "lmul_e4m3_offset3"]


class Product(wiring.Component):
    """The parts of a product; with ``folded``, of a weight that was folded before."""

    def __init__(self, multiplier, folded):
        self.hardware = LMul(multiplier, PORTABLE)
        self.folded = folded
        self.bits = multiplier.mantissa_bits
        super().__init__(
            {
                "a": In(multiplier.format.width),
                "b": In(multiplier.format_b.width),
                "exponent": Out(10),
                "significand": Out(self.bits + 1),
                # sign, zero, infinite, nan
                "classes": Out(4),
            }
        )

    def elaborate(self, platform):
        m = Module()
        if self.folded:
            weight = self.hardware.fold(m, self.b, BIAS)
            product = self.hardware.product_of_folded(m, self.a, weight)
        else:
            product = self.hardware.product(m, self.a, self.b, BIAS)
        m.d.comb += [
            self.exponent.eq(product.exponent),
            self.significand.eq(product.significand),
            self.classes.eq(Cat(product.sign, product.zero, product.infinite, product.nan)),
        ]
        return m


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        *some(
            [
                (name, False)
                for name in ["lmul_e4m3_equation", *NAMES, "lmul_e2m3_equation_gradual"]
            ],
            3,
            several=True,
        ),
        # Only a sum of integer carry can be split in two.
        *some([(name, True) for name in NAMES], 2, several=True),
    ],
)
def test_every_product_is_that_of_the_formula(name, folded, gates, outputs):
    multiplier = multiplier_named(name)
    netlist = gates({"product": Product(multiplier, folded)})["product"]
    formats = [reference.format_of(each) for each in (multiplier.format, multiplier.format_b)]
    a, b = (codes.ravel() for codes in np.meshgrid(*(np.arange(2**each.width) for each in formats)))
    found = outputs(netlist, a=a, b=b)
    # Rational arithmetic is slow; a stride that is no multiple meets every code of both operands.
    for place in range(0, len(a), 23):
        pair = int(a[place]), int(b[place])
        expected = reference.product_addend(
            formats,
            *pair,
            offset=multiplier.offset,
            carry=multiplier.carry,
            subnormals=multiplier.subnormals,
        )
        sign, zero, infinite, nan = (int(found["classes"][place]) >> bit & 1 for bit in range(4))
        assert nan == (expected.kind == reference.NAN), pair
        if nan:
            continue
        assert sign == expected.negative, pair
        assert infinite == (expected.kind == reference.INNORMAL), pair
        assert zero == (expected.kind == reference.ZERO), pair
        if zero or infinite:
            continue
        significand = Fraction(int(found["significand"][place]), 2**multiplier.mantissa_bits)
        exponent = int(found["exponent"][place])
        assert significand * reference.power_of_two(exponent - BIAS) == expected.value, pair
        # The leading one is where a normalised product has it.
        assert 1 <= significand < 2, pair
