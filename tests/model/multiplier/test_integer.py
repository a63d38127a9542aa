import numpy as np
import pytest

from lmul_pe.model import IntegerFormat, IntegerMultiplier, SpecificationError


def test_int8_by_default():
    multiplier = IntegerMultiplier()
    assert multiplier.kind == "int"
    assert multiplier.operand_formats == (IntegerFormat(8), IntegerFormat(8))
    assert multiplier == IntegerMultiplier("int8") == IntegerMultiplier(IntegerFormat(8))
    assert str(multiplier) == "int8"


@pytest.mark.parametrize("bits", [2, 5, 16])
def test_a_product_has_the_bits_of_both_operands(bits):
    assert IntegerMultiplier(f"int{bits}").product_bits == bits + bits


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("int17", r"^operand format int17 is not possible: expected int2 to "),
        ("int64", r"the nearest is int16$"),
        ("e4m3", r"^integer format 'e4m3' is not known"),
    ],
)
def test_formats_that_are_refused(format, message):
    with pytest.raises(SpecificationError, match=message):
        IntegerMultiplier(format)


def test_every_product_of_int8():
    multiplier = IntegerMultiplier("int8")
    codes = np.arange(256, dtype=np.uint8)
    a, b = (each.ravel() for each in np.meshgrid(codes, codes))
    product = multiplier.product(a, b)
    value = a.view(np.int8).astype(np.int64) * b.view(np.int8)
    signed = np.where(product.negative, -1, 1) * product.significand.astype(np.int64)
    assert (signed == value).all()
    assert (product.negative == (value < 0)).all()
    for part in (product.exponent, product.nan, product.infinite, product.zero):
        assert not part.any()
