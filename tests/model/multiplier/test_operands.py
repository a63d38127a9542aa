from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import code_type
from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.operands import split, unpack


@pytest.mark.parametrize("flush", [False, True])
def test_every_code_means_what_it_says(small_format, flush, reference):
    codes = np.arange(2**small_format.width, dtype=code_type(small_format))
    operand = unpack(codes, small_format, flush)
    described = reference.format_of(small_format)
    for code in codes.tolist():
        negative, kind, value = reference.take_apart(described, code)
        if flush and kind == "subnormal":
            kind = "zero"
        assert operand.nan[code] == (kind == "nan")
        assert operand.infinite[code] == (kind == "infinite")
        assert operand.zero[code] == (kind == "zero")
        if kind != "nan":
            assert operand.negative[code] == bool(negative)
        if kind in ("normal", "subnormal"):
            fraction = Fraction(int(operand.mantissa[code]), 2**small_format.mantissa_bits)
            assert 0 <= fraction < 1
            exponent = int(operand.exponent[code]) - small_format.bias
            assert (1 + fraction) * Fraction(2) ** exponent == value


@pytest.mark.parametrize("flush", [False, True])
def test_without_infinities_nan_is_all_ones_alone(flush):
    codes = np.array([0x1F, 0x3F, 0x1E, 0x3E, 0x00, 0x20], dtype=np.uint8)
    operand = unpack(codes, named("e3m2fn"), flush)
    assert operand.nan.tolist() == [True, True, False, False, False, False]
    assert not operand.infinite.any()
    assert operand.zero[2:].tolist() == [False, False, True, True]


def test_smallest_subnormal_of_64_bits():
    operand = unpack(np.array([1, 3], dtype=np.uint64), named("e11m52"), flush=False)
    assert operand.exponent.tolist() == [-51, -50]
    assert operand.mantissa.tolist() == [0, 2**51]


def test_split_looks_at_fields_only():
    negative, exponent, mantissa = split(np.array([0xFC01, 0x0001], dtype=np.uint16), named("fp16"))
    assert negative.tolist() == [True, False]
    assert exponent.tolist() == [31, 0]
    assert mantissa.tolist() == [1, 1]
