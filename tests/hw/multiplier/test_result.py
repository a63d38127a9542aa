"""Results put together, against rational arithmetic: every exponent, and every special case."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.multiplier.result import exponent_shape, rounding_stages
from lmul_pe.hw.stream.stages import chain
from lmul_pe.model import Multiplier, format_named
from lmul_pe.model.multiplier.result import Packing
from tests.model import reference
from tests.sweep import some

EXPONENT_BITS = 6
FLAGS = ("sign", "zero", "infinite", "nan")


class Packed(wiring.Component):
    """A product in parts, its exponent signed, as a code."""

    def __init__(self, packing, fraction_bits):
        self.packing = packing
        super().__init__(
            {
                "exponent": In(EXPONENT_BITS),
                "fraction": In(fraction_bits),
                **dict.fromkeys(FLAGS, In(1)),
                "y": Out(packing.format.width),
            }
        )

    def elaborate(self, platform):
        m = Module()
        values = {name: getattr(self, name) for name in FLAGS}
        values |= {"exponent": self.exponent.as_signed(), "fraction": self.fraction}
        m.d.comb += self.y.eq(chain(m, rounding_stages(self.packing), values)["y"])
        return m


def packings(name):
    """Every policy that a format has."""
    format = format_named(name)
    overflows = ["saturate"]
    overflows += ["inf"] * format.has_infinity + ["nan"] * format.has_nan
    return [
        Packing(format, flush, overflow, toward_zero)
        for flush, overflow, toward_zero in product((True, False), overflows, (True, False))
    ]


@pytest.mark.parametrize("extra", [-1, 0, 1, 2])
@pytest.mark.parametrize("name", some(["e2m3", "e5m2", "e4m3", "e4m3fnuz"], 1))
def test_every_number_is_rounded_and_kept_in_range(name, extra, gates, outputs):
    format = reference.format_of(format_named(name))
    bits = max(1, format.mantissa_bits + extra)
    exponents = np.arange(-(2 ** (EXPONENT_BITS - 1)), 2 ** (EXPONENT_BITS - 1))
    exponent, fraction = (each.ravel() for each in np.meshgrid(exponents, np.arange(2**bits)))
    sign = (exponent + fraction) % 2
    never = np.zeros_like(sign)
    designs = {f"packed_{index}": packing for index, packing in enumerate(packings(name))}
    netlists = gates({key: Packed(packing, bits) for key, packing in designs.items()})
    for key, packing in designs.items():
        found = outputs(
            netlists[key],
            exponent=exponent % 2**EXPONENT_BITS,
            fraction=fraction,
            sign=sign,
            **dict.fromkeys(FLAGS[1:], never),
        )
        for e, f, negative, code in zip(
            *map(np.ndarray.tolist, (exponent, fraction, sign, found)), strict=True
        ):
            value = (1 + Fraction(f, 2**bits)) * reference.power_of_two(e - format.bias)
            placed = reference.place(
                format,
                value,
                "flush" if packing.flush else "gradual",
                packing.overflow,
                "rtz" if packing.toward_zero else "rne",
            )
            assert code == reference.assemble(format, negative, *placed), (packing, e, f, negative)


@pytest.mark.parametrize("name", some(["e5m2", "e4m3", "e4m3fnuz", "e2m1"], 1))
def test_nan_stands_before_infinity_and_that_before_zero_and_numbers(name, gates, outputs):
    format = reference.format_of(format_named(name))
    for packing in packings(name):
        netlist = gates({"packed": Packed(packing, 3)})["packed"]
        sign, zero, infinite, nan, huge = (
            each.ravel() for each in np.meshgrid(*[np.arange(2)] * 5)
        )
        # Numbers that are in the middle of the range, or far above it.
        found = outputs(
            netlist,
            exponent=np.where(huge, 31, 1),
            fraction=np.zeros_like(sign),
            sign=sign,
            zero=zero,
            infinite=infinite,
            nan=nan if format.nan is not None else np.zeros_like(nan),
        )
        beyond = reference.overflowed(format, packing.overflow)
        for case in zip(
            *map(np.ndarray.tolist, (sign, zero, infinite, nan, huge, found)), strict=True
        ):
            negative, is_zero, is_infinite, is_nan, is_huge, code = case
            if is_nan and format.nan is not None:
                expected = format.nan
            elif is_infinite and format.infinity is not None:
                expected = reference.assemble(format, negative, reference.INNORMAL, format.infinity)
            elif is_infinite or (is_huge and not is_zero):
                expected = reference.assemble(format, negative, *beyond)
            elif is_zero:
                expected = reference.assemble(format, negative, reference.ZERO, 0)
            else:
                least = 2**format.mantissa_bits
                expected = reference.assemble(format, negative, reference.NORMAL, least)
            assert code == expected, (packing, case)


@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
@pytest.mark.parametrize(
    "formats", [("e4m3", "e4m3", "e4m3"), ("e5m2", "e2m3", "bf16"), ("e2m1", "e2m1", "e4m3b0")]
)
def test_exponents_of_every_product_fit_into_their_shape(formats, subnormals):
    multiplier = Multiplier("exact", *formats, subnormals=subnormals)
    correction = multiplier.bias_correction
    sums = []
    for name in formats[:2]:
        format = reference.format_of(format_named(name))
        leading = [
            reference.exponent_of(value) + format.bias
            for negative, kind, value in (
                reference.take_apart(format, code) for code in range(2 ** (format.width - 1))
            )
            if kind == reference.NORMAL or (kind == reference.SUBNORMAL and subnormals == "gradual")
        ]
        sums.append((min(leading), max(leading)))
    exponent = Signal(exponent_shape(multiplier, correction))
    assert exponent.shape().signed
    limit = 2 ** (len(exponent) - 1)
    # A significand of 2 or more, or one rounded up to it, adds one.
    assert -limit <= sum(low for low, _ in sums) + correction
    assert sum(high for _, high in sums) + correction + 1 < limit
