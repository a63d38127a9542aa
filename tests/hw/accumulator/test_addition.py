"""Gates of one addition against the model, for products of every width."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.addition import add, code_term, product_term
from lmul_pe.hw.multiplier.product import ExactProduct
from lmul_pe.model import code_type, format_named
from lmul_pe.model.accumulator.addition import add_product as model_add_product
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.vectors import boundary_codes
from tests.sweep import some

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
        product = ExactProduct(
            self.sign,
            self.exponent.as_signed(),
            self.significand[-1],
            self.significand[:-1],
            **flags,
        )
        code = code_term(m, self.format, self.c, name="code")
        m.d.comb += self.y.eq(add(m, self.format, code, product_term(product)))
        return m


def cases(format, significand_bits, exponent_bits, random):
    """Sums and the parts of products: any, boundaries, and sums that all but cancel the product."""
    bits = format.mantissa_bits
    one = np.uint64(1)
    # The leading one is in one of the top two bits.
    top = significand_bits - 2 + random.integers(0, 2, size=COUNT)
    significand = random.integers(0, 2**significand_bits, size=COUNT, dtype=np.uint64)
    leading = one << top.astype(np.uint64)
    significand = leading | (significand & (leading - one))
    limit = 2 ** (exponent_bits - 1)
    low, high = -bits - significand_bits - 4, (format.largest >> bits) + bits + 4
    exponent = random.integers(max(low, -limit), min(high, limit - 1), size=COUNT, endpoint=True)
    sign = random.random(COUNT) < 0.5

    left = np.maximum(bits - top, 0).astype(np.uint64)
    right = np.maximum(top - bits, 0).astype(np.uint64)
    mantissa = (significand << left >> right) & np.uint64(2**bits - 1)
    near = random.choice([-1, 0, 0, 0, 1], size=COUNT)
    field = np.clip(exponent - (significand_bits - 1) + top + near, 0, format.largest >> bits)
    cancelling = (field.astype(np.uint64) << np.uint64(bits)) | mantissa
    cancelling = np.minimum(cancelling, np.uint64(format.largest))
    cancelling |= (~sign).astype(np.uint64) << np.uint64(format.magnitude_bits)
    anything = random.integers(0, 2**format.width, size=COUNT, dtype=np.uint64)
    edges = random.choice(boundary_codes(format), size=COUNT).astype(np.uint64)
    chosen = random.integers(0, 4, size=COUNT)
    codes = np.select([chosen == 0, chosen == 1], [anything, edges], cancelling)
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


@pytest.mark.parametrize("name", some(FORMATS, 1))
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
