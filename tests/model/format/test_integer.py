import json

import numpy as np
import pytest

from lmul_pe.model import (
    IntegerFormat,
    SpecificationError,
    check_codes,
    code_type,
    integer_format_named,
)
from lmul_pe.model.format.integer import integer_format_among


@pytest.mark.parametrize("bits", [2, 3, 7, 8, 16, 31, 32, 33, 63, 64])
def test_twos_complement(bits):
    format = IntegerFormat(bits)
    assert format.name == str(format) == f"int{bits}"
    assert integer_format_named(format.name) == format
    assert format.width == bits
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    values = np.array([0, 1, -1, high, low, low + 1], dtype=np.int64)
    codes = format.codes(values)
    assert codes.dtype == code_type(format)
    assert codes.tolist() == [value % 2**bits for value in values.tolist()]
    assert (format.values(codes) == values).all()


def test_codes_are_those_of_numpys_own_integers():
    for bits, native in ((8, np.int8), (16, np.int16), (32, np.int32), (64, np.int64)):
        info = np.iinfo(native)
        values = np.random.default_rng(bits).integers(info.min, info.max, 1000, dtype=native)
        format = IntegerFormat(bits)
        assert (format.codes(values) == values.view(f"uint{bits}")).all()
        assert (format.values(values.view(f"uint{bits}")) == values).all()


def test_values_outside_wrap():
    assert IntegerFormat(4).codes([8, -9, 16, 100]).tolist() == [8, 7, 0, 4]


@pytest.mark.parametrize(
    ("bits", "message"),
    [
        (1, r"^integer bits 1 is not possible: expected 2 to 64; the nearest is 2$"),
        (65, r"^integer bits 65 is not possible"),
        ("8", r"^integer bits '8' is not an integer"),
    ],
)
def test_widths_that_are_refused(bits, message):
    with pytest.raises(SpecificationError, match=message):
        IntegerFormat(bits)


@pytest.mark.parametrize(
    "name", ["int", "int08", "uint8", "int8x", "", "INT8", "int-8", "int12345"]
)
def test_names_that_are_none(name):
    with pytest.raises(SpecificationError, match=r"is not known: expected intN of 2 to 64 bits"):
        integer_format_named(name)


def test_codes_are_checked():
    assert check_codes([0, 255], IntegerFormat(8)).tolist() == [0, 255]
    with pytest.raises(SpecificationError, match=r"^a -1 is outside int8: expected 0 to 0xff$"):
        check_codes(np.array([-1], dtype=np.int8), IntegerFormat(8), "a")
    with pytest.raises(SpecificationError, match=r"are not codes: .* of 8 bits \(int8\)$"):
        check_codes([1.0], IntegerFormat(8))


def test_a_width_may_be_a_number_of_numpy():
    assert json.dumps(IntegerFormat(np.int64(8)).bits) == "8"


@pytest.mark.parametrize("format", ["int4", "int6", IntegerFormat(4), IntegerFormat(6)])
def test_a_format_among_those_allowed_is_taken(format):
    taken = integer_format_among(format, range(4, 7), "operand format")
    assert taken.name == str(format)


@pytest.mark.parametrize(
    ("format", "nearest"), [("int3", 4), (IntegerFormat(2), 4), ("int7", 6), (IntegerFormat(32), 6)]
)
def test_a_format_beside_those_allowed_is_told_the_nearest(format, nearest):
    message = (
        f"^operand format {format} is not possible: expected int4 to int6; the nearest is "
        f"int{nearest}$"
    )
    with pytest.raises(SpecificationError, match=message):
        integer_format_among(format, range(4, 7), "operand format")
