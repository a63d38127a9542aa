"""Gates of one addition against the model, for products of every width."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.addition import add_product
from hw.product import ExactProduct
from model import code_type, format_named
from model.addition import add_product as model_add_product
from model.product import Product
from model.vectors import boundary_codes

FORMATS = ["e2m1", "e4m3", "e5m2", "e4m3fnuz", "e2m5finite", "e2m1ieee", "bf16"]
MORE_FORMATS = ["e3m2", "e5m2fnuz", "e4m3ieee", "e2m1fn", "e3m4", "e4m3b0", "e4m3b15", "e6m1"]
MORE_FORMATS += ["fp16", "fp32", "tf32", "e11m52"]
COUNT = 20_000
WIDEST = 60
"""Bits of a product that the model adds."""
FLAGS = ("zero", "infinite", "nan")


class Addition(wiring.Component):
    """A sum's code ``c`` and a product in parts; the exponent is signed."""

    def __init__(self, format, significand_bits, exponent_bits):
        self.format = format
        super().__init__(
            {
                "c": In(format.width),
                "sign": In(1),
                "exponent": In(exponent_bits),
                "significand": In(significand_bits),
                **dict.fromkeys(FLAGS, In(1)),
                "y": Out(format.width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        flags = {name: getattr(self, name) for name in FLAGS}
        product = ExactProduct(self.sign, self.exponent.as_signed(), self.significand, **flags)
        m.d.comb += self.y.eq(add_product(m, self.format, self.c, product))
        return m


def cases(format, significand_bits, exponent_bits, random):
    """Sums and the parts of products: any, and sums whose bits are those of the product."""
    bits = format.mantissa_bits
    significand = random.integers(0, 2 ** (significand_bits - 1), size=COUNT, dtype=np.uint64)
    # The leading one is in one of the top two bits.
    significand |= np.uint64(2 ** (significand_bits - 2))
    doubled = random.random(COUNT) < 0.5
    significand |= np.where(doubled, np.uint64(2 ** (significand_bits - 1)), np.uint64(0))
    limit = 2 ** (exponent_bits - 1)
    low, high = -bits - significand_bits - 4, (format.largest >> bits) + bits + 4
    exponent = random.integers(max(low, -limit), min(high, limit - 1), size=COUNT, endpoint=True)
    sign = random.random(COUNT) < 0.5
    codes = random.integers(0, 2**format.width, size=COUNT, dtype=np.uint64)
    edges = random.choice(boundary_codes(format), size=COUNT).astype(np.uint64)
    top = np.where(significand >> np.uint64(significand_bits - 1) != 0, 0, 1)
    same = (
        significand
        << np.uint64(bits + 1)
        >> (np.uint64(significand_bits) - np.uint64(1) - top.astype(np.uint64))
    )
    same = (same >> np.uint64(1)) & np.uint64(2**bits - 1)
    near = random.integers(-1, 1, size=COUNT, endpoint=True)
    field = np.clip(exponent - top + near * (random.random(COUNT) < 0.5), 0, format.largest >> bits)
    magnitude = np.minimum(field.astype(np.uint64) << np.uint64(bits) | same, format.largest)
    opposite = magnitude.astype(np.uint64) | (~sign).astype(np.uint64) << np.uint64(
        format.magnitude_bits
    )
    chosen = random.integers(0, 4, size=COUNT)
    codes = np.select([chosen == 0, chosen == 1], [codes, edges], opposite)
    flags = {name: random.random(COUNT) < 0.05 for name in FLAGS}
    return codes.astype(code_type(format)), sign, exponent, significand, flags


def differences(format, designs, random, gates, outputs):
    """The first fault of each of ``designs``, widths of a product's parts by name."""
    netlists = gates({key: Addition(format, *shape) for key, shape in designs.items()})
    faults = []
    for key, (width, exponent_bits) in designs.items():
        codes, sign, exponent, significand, flags = cases(format, width, exponent_bits, random)
        product = Product(sign, significand, exponent - format.bias - (width - 1), **flags)
        expected = model_add_product(format, codes, product)
        found = outputs(
            netlists[key],
            c=codes,
            sign=sign.astype(np.uint64),
            exponent=exponent.astype(np.uint64) & np.uint64(2**exponent_bits - 1),
            significand=significand,
            **{name: flag.astype(np.uint64) for name, flag in flags.items()},
        )
        wrong = np.flatnonzero(found != expected)
        if wrong.size:
            first = wrong[0]
            faults.append(
                f"{key}: {wrong.size} wrong, first {int(codes[first]):#x} and "
                f"{'-' if sign[first] else '+'}{int(significand[first]):#x} at {exponent[first]}: "
                f"gates {int(found[first]):#x}, model {int(expected[first]):#x}"
            )
    return faults


@pytest.mark.parametrize("name", FORMATS)
def test_products_of_the_usual_widths(name, gates, outputs):
    """An L-Mul's, and an exact one before and after it was rounded."""
    format = format_named(name)
    bits = format.mantissa_bits
    widths = {f"of{width}": (width, format.exponent_bits + 2) for width in (bits + 1, 2 * bits + 2)}
    random = np.random.default_rng([1, *name.encode()])
    assert differences(format, widths, random, gates, outputs) == []


@pytest.mark.long
@pytest.mark.parametrize("name", FORMATS + MORE_FORMATS)
def test_products_of_every_width(name, gates, outputs):
    format = format_named(name)
    bits = format.mantissa_bits
    designs = {
        f"of{width}_{exponent}": (width, exponent)
        for width in {2, bits, bits + 2, bits + 3, 2 * bits + 5} - {1}
        if width <= WIDEST
        for exponent in (format.exponent_bits + 1, format.exponent_bits + 4)
    }
    random = np.random.default_rng([2, *name.encode()])
    assert differences(format, designs, random, gates, outputs) == []
