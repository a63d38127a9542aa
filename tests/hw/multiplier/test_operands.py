"""Every code of small formats taken apart, against its meaning in rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.multiplier.operands import classify, split, unpack
from lmul_pe.model import format_named
from tests.model import reference
from tests.sweep import some

FORMATS = ["e4m3", "e5m2", "e4m3fnuz", "e2m1", "e3m4", "e2m5", "e2m1ieee", "e6m1", "e3m2fn"]


class Parts(wiring.Component):
    """The parts of an operand, exponents signed and in ten bits."""

    def __init__(self, format, taken):
        self.format, self.taken = format, taken
        super().__init__(
            {
                "a": In(format.width),
                "sign": Out(1),
                "exponent": Out(10),
                "mantissa": Out(format.mantissa_bits),
                # zero, infinite, nan
                "classes": Out(3),
            }
        )

    def elaborate(self, platform):
        m = Module()
        operand = self.taken(m, self.a, self.format)
        m.d.comb += [
            self.sign.eq(operand.sign),
            self.exponent.eq(operand.exponent),
            self.mantissa.eq(operand.mantissa),
            self.classes.eq(Cat(operand.zero, operand.infinite, operand.nan)),
        ]
        return m


def parts_of(name, taken, gates, outputs):
    """What the hardware makes of every code, a dictionary each; exponents as signed numbers."""
    format = format_named(name)
    netlist = gates({"parts": Parts(format, taken)})["parts"]
    found = outputs(netlist, a=np.arange(2**format.width))
    rows = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
    for row in rows:
        row["exponent"] = int(row["exponent"]) - (int(row["exponent"]) >> 9 << 10)
    return rows


@pytest.mark.parametrize("name", FORMATS)
def test_split_gives_the_fields_and_no_class(name, gates, outputs):
    format = format_named(name)
    rows = parts_of(name, lambda m, code, format: split(code, format), gates, outputs)
    for code, row in enumerate(rows):
        fields = row["sign"], row["exponent"], row["mantissa"], row["classes"]
        assert fields == (
            code >> format.width - 1,
            code >> format.mantissa_bits & 2**format.exponent_bits - 1,
            code & 2**format.mantissa_bits - 1,
            0,
        )


@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize("taken", [classify, unpack])
@pytest.mark.parametrize("name", some(FORMATS, 3))
def test_every_code_is_what_its_format_says(name, taken, flush, gates, outputs):
    described = format_named(name)
    format = reference.format_of(described)
    rows = parts_of(
        name, lambda m, code, each: taken(m, code, each, name="a", flush=flush), gates, outputs
    )
    for code, row in enumerate(rows):
        negative, kind, value = reference.take_apart(format, code)
        zero, infinite, nan = (int(row["classes"]) >> bit & 1 for bit in range(3))
        assert nan == (kind == reference.NAN), code
        if nan:
            continue
        tiny = kind == reference.SUBNORMAL
        assert (row["sign"], infinite) == (negative, kind == reference.INNORMAL), code
        assert zero == (kind == reference.ZERO or (tiny and flush)), code
        if zero or infinite or (tiny and taken is classify):
            continue
        # Subnormal numbers come normalised, with an exponent below 1.
        significand = 1 + Fraction(int(row["mantissa"]), 2**format.mantissa_bits)
        assert significand * reference.power_of_two(row["exponent"] - format.bias) == value, code
