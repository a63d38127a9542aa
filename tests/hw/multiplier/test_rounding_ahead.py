"""Both roundings of every product and exponent, against fractions rounded one by one."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.multiplier.rounding_ahead import RoundingAhead
from lmul_pe.model import format_named
from lmul_pe.model.multiplier.result import Packing
from tests.sweep import some

EXPONENT_BITS = 6
PRODUCT_BITS = 8
"""Of a product in [1, 4): two bits in front of the point."""


class Rounded(wiring.Component):
    """The stages by themselves, for positive finite products."""

    def __init__(self, packing):
        self.packing = packing
        bits = packing.format.width
        super().__init__(
            {"product": In(PRODUCT_BITS), "exponent": In(EXPONENT_BITS), "y": Out(bits)}
        )

    def elaborate(self, platform):
        m = Module()
        stages = RoundingAhead(self.packing)
        values = {
            "product": self.product,
            "exponent": self.exponent.as_signed(),
            **{name: Const(0, 1) for name in ("sign", "zero", "infinite", "nan")},
        }
        m.d.comb += self.y.eq(stages.select(m, stages.round(m, values))["y"])
        return m


def code(packing, product, exponent):
    """By definition: rounded to the format's digits, whatever the exponent, then its range."""
    format = packing.format
    significand = Fraction(product, 2 ** (PRODUCT_BITS - 2))
    if significand >= 2:
        significand, exponent = significand / 2, exponent + 1
    units = significand * 2**format.mantissa_bits
    kept = floor(units) if packing.toward_zero else round(units)
    if kept == 2 ** (format.mantissa_bits + 1):
        kept, exponent = kept // 2, exponent + 1
    if exponent < 1:
        return 0
    magnitude = (exponent - 1) * 2**format.mantissa_bits + kept
    if magnitude <= format.largest:
        return magnitude
    # The code behind the largest number of an IEEE 754 format is infinity.
    return format.largest + (packing.overflow == "inf")


@pytest.mark.parametrize("toward_zero", [False, True])
@pytest.mark.parametrize(
    ("name", "overflow"),
    some([("e3m2", "saturate"), ("e5m2", "inf"), ("e4m3", "saturate")], 2, several=True),
)
def test_every_product_is_rounded_as_if_its_top_bit_were_known(
    name, overflow, toward_zero, gates, outputs
):
    packing = Packing(format_named(name), True, overflow, toward_zero)
    netlist = gates({"rounded": Rounded(packing)})["rounded"]
    # What would round to 4 is no product of this format's significands.
    quarter = 2 ** (PRODUCT_BITS - 2)
    products = np.arange(
        quarter, 4 * quarter - 2 ** (PRODUCT_BITS - 2 - packing.format.mantissa_bits)
    )
    exponents = np.arange(-(2 ** (EXPONENT_BITS - 1)), 2 ** (EXPONENT_BITS - 1) - 1)
    product, exponent = (each.ravel() for each in np.meshgrid(products, exponents))
    found = outputs(netlist, product=product, exponent=exponent % 2**EXPONENT_BITS)
    expected = [code(packing, int(p), int(e)) for p, e in zip(product, exponent, strict=True)]
    assert found.tolist() == expected
