"""Gates that round and normalise a product's significand against the model."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.multiplier.product import ExactProduct, normalised_product, rounded_product
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.product import rounded_product as model_rounded_product
from tests.sweep import some

EXPONENT_BITS = 6


class Rounding(wiring.Component):
    """A product's significand and signed exponent in, those of the rounded product out."""

    def __init__(self, before, after, normalised):
        self.after = after
        self.normalised = normalised
        super().__init__(
            {
                "significand": In(before),
                "exponent": In(EXPONENT_BITS),
                "classes": In(4),
                "kept": Out(min(before, after)),
                "raised": Out(EXPONENT_BITS + 1),
                "classes_after": Out(4),
            }
        )

    def elaborate(self, platform):
        m = Module()
        sign, *flags = self.classes
        product = ExactProduct(
            sign,
            self.exponent.as_signed(),
            self.significand[-1],
            self.significand[:-1],
            *flags,
        )
        rounded = rounded_product(m, product, self.after)
        if self.normalised:
            rounded = normalised_product(m, rounded)
        m.d.comb += [
            self.kept.eq(rounded.significand),
            self.raised.eq(rounded.exponent),
            self.classes_after.eq(Cat(rounded.sign, rounded.zero, rounded.infinite, rounded.nan)),
        ]
        return m


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("before", some([2, 3, 8, 4, 6, 12, 16], 3))
def test_every_significand(before, normalised, gates, outputs):
    lengths = sorted({2, 3, 4, 5, before - 1, before, before + 3} - {1})
    netlists = gates({f"to{after}": Rounding(before, after, normalised) for after in lengths})
    significand = np.arange(2 ** (before - 2), 2**before, dtype=np.uint64)
    exponent = np.arange(len(significand)) % 2**EXPONENT_BITS - 2 ** (EXPONENT_BITS - 1)
    classes = np.arange(len(significand), dtype=np.uint64) % np.uint64(16)
    never = np.zeros(len(significand), dtype=bool)
    for after in lengths:
        found = outputs(
            netlists[f"to{after}"],
            significand=significand,
            exponent=exponent.astype(np.uint64) & np.uint64(2**EXPONENT_BITS - 1),
            classes=classes,
        )
        assert (found["classes_after"] == classes).all()
        # The exponent is that of the top bit: of the product's on one side, of what is left.
        raised = found["raised"].astype(np.int64)
        raised -= (raised >> EXPONENT_BITS) << (EXPONENT_BITS + 1)
        left = min(before, after)
        expected = model_rounded_product(
            Product(never, significand, exponent - (before - 1), never, never, never), after
        )
        lowest = left - (1 if normalised else 2)
        assert (found["kept"] >> np.uint64(max(lowest, 0)) != 0).all()
        assert (
            np.ldexp(found["kept"].astype(float), raised - (left - 1))
            == np.ldexp(expected.significand.astype(float), expected.exponent)
        ).all()
