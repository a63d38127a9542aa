"""Leading zeros and the shifter in front of the rounding of gradual underflow."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.bits import joined
from lmul_pe.hw.arithmetic.funnel import align, leading_zeros
from tests.sweep import some


class Counter(wiring.Component):
    def __init__(self, bits):
        super().__init__({"a": In(bits), "y": Out((bits - 1).bit_length() + 1)})

    def elaborate(self, platform):
        m = Module()
        count, some = leading_zeros(m, list(reversed(self.a)), name="zeros")
        m.d.comb += self.y.eq(joined([some, *count]))
        return m


class Aligner(wiring.Component):
    """The parts of `align` in one word: sticky, then kept, then field."""

    def __init__(self, product_bits, exponent_bits, mantissa_bits):
        self.mantissa_bits = mantissa_bits
        super().__init__(
            {
                "a": In(product_bits),
                "b": In(signed(exponent_bits)),
                "y": Out(1 + mantissa_bits + 1 + exponent_bits + 1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        aligned = align(m, self.a, self.b, mantissa_bits=self.mantissa_bits, leading=len(self.a))
        m.d.comb += self.y.eq(Cat(aligned.sticky, aligned.kept, aligned.field))
        return m


@pytest.mark.parametrize("bits", some([5, 8, 2, 3, 4, 7, 9], 3))
def test_leading_zeros_are_counted(bits, gates, outputs):
    netlist = gates({"counter": Counter(bits)})["counter"]
    a = np.arange(1, 2**bits)
    expected = [bits - int(value).bit_length() for value in a]
    found = outputs(netlist, a=a)
    np.testing.assert_array_equal(found >> 1, expected)
    assert (found & 1).all()
    assert not (outputs(netlist, a=np.array([0])) & 1).any()


def aligned(product, exponent, product_bits, mantissa_bits):
    """Sticky, kept and field by arithmetic on integers; see `funnel.align`."""
    zeros = product_bits - product.bit_length()
    normal = bool(product) and exponent >= zeros
    # Shifted to the left by the leading zeros, or by the exponent where that is less.
    places = zeros if normal else exponent
    keep = product_bits - mantissa_bits - 2
    scaled = product << 200 << places if places >= 0 else product << 200 >> -places
    kept = scaled >> 200 + keep
    lost = scaled - (kept << 200 + keep)
    field = exponent - zeros + 1 if normal else 0
    return int(lost != 0), kept % 2 ** (mantissa_bits + 1), field


@pytest.mark.parametrize(
    ("product_bits", "exponent_bits", "mantissa_bits"), [(8, 6, 3), (6, 6, 2), (4, 7, 5), (7, 4, 1)]
)
def test_every_product_by_every_exponent(
    product_bits, exponent_bits, mantissa_bits, gates, outputs
):
    netlist = gates({"aligner": Aligner(product_bits, exponent_bits, mantissa_bits)})["aligner"]
    a, b = (
        codes.ravel()
        for codes in np.meshgrid(np.arange(2**product_bits), np.arange(2**exponent_bits))
    )
    half = 2 ** (exponent_bits - 1)
    faults = []
    for product, code, found in zip(a, b, outputs(netlist, a=a, b=b), strict=True):
        exponent = int(code) - 2 * half if code >= half else int(code)
        sticky, kept, field = aligned(int(product), exponent, product_bits, mantissa_bits)
        if int(found) != (sticky | kept << 1 | field << (mantissa_bits + 2)):
            faults.append((int(product), exponent))
    assert faults == []
