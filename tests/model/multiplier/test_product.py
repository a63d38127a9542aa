"""Products before they are rounded, against rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import KINDS, Multiplier, multiplier_named
from lmul_pe.model.multiplier.product import Product, rounded_product

NAMES = ["lmul_e4m3", "exact_e4m3", "lmul_e5m2_gradual", "exact_e5m2_gradual", "exact_e4m3fnuz"]
NAMES += ["lmul_bf16_equation", "exact_fp32", "exact_fp16_gradual", "lmul_fp16_gradual_offset3"]
NAMES += ["lmul_e4m3_x_e5m2", "exact_bf16_x_e4m3_gradual", "lmul_e5m2_x_bf16", "lmul_e2m1"]
NAMES += ["exact_e3m2b0_gradual"]
NEVER = np.zeros(1, dtype=bool)


def truth(reference, multiplier, a, b):
    """Sign, class and magnitude of a product, without any policy of a result."""
    formats = [reference.format_of(format) for format in multiplier.formats[:2]]
    (sign_a, kind_a, value_a), (sign_b, kind_b, value_b) = (
        reference.take_apart(format, code) for format, code in zip(formats, (a, b), strict=True)
    )
    kinds = {kind_a, kind_b}
    if multiplier.subnormals == "flush" and reference.SUBNORMAL in kinds:
        kinds = kinds - {reference.SUBNORMAL} | {reference.ZERO}
    negative = bool(sign_a ^ sign_b)
    if reference.NAN in kinds or kinds == {reference.ZERO, reference.INNORMAL}:
        return None, "nan", None
    if reference.INNORMAL in kinds:
        return negative, "infinite", None
    if reference.ZERO in kinds:
        return negative, "zero", None
    if multiplier.kind == "exact":
        return negative, "number", value_a * value_b
    bits = multiplier.mantissa_bits
    constant = multiplier.offset * reference.power_of_two(-bits)
    magnitude = reference.approximate_product(value_a, value_b, constant, bits, multiplier.carry)
    return negative, "number", magnitude


def stated(product, index):
    """The same of an element of a product."""
    for name in ("nan", "infinite", "zero"):
        if getattr(product, name)[index]:
            return None if name == "nan" else bool(product.negative[index]), name, None
    magnitude = Fraction(int(product.significand[index]))
    magnitude *= Fraction(2) ** int(product.exponent[index])
    return bool(product.negative[index]), "number", magnitude


@pytest.mark.parametrize("name", NAMES)
def test_products_are_exact_and_of_any_exponent(name, reference, sample):
    multiplier = multiplier_named(name)
    a, b = sample(multiplier, 4000, seed=11)
    product = KINDS[multiplier.kind].product(multiplier, a, b)
    faults = [
        (hex(x), hex(y))
        for index, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True))
        if stated(product, index) != truth(reference, multiplier, x, y)
    ]
    assert faults == []


@pytest.mark.parametrize("name", NAMES)
def test_scales_are_the_operands_exponents_or_the_l_muls_own(name, reference, sample):
    multiplier = multiplier_named(name)
    formats = [reference.format_of(format) for format in multiplier.formats[:2]]
    a, b = sample(multiplier, 2000, seed=12)
    product = multiplier.product(a, b)
    for index, codes in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        _, kind, magnitude = stated(product, index)
        if kind != "number":
            continue
        scale = int(product.scale[index])
        if multiplier.kind == "lmul":
            assert scale == reference.exponent_of(magnitude)
            continue
        values = [reference.take_apart(*each)[2] for each in zip(formats, codes, strict=True)]
        assert scale == sum(
            max(reference.exponent_of(value), 1 - format.bias)
            for value, format in zip(values, formats, strict=True)
        )
        assert magnitude < 4 * reference.power_of_two(scale)


def test_a_product_leaves_the_range_of_its_operands():
    multiplier = Multiplier("exact", "e4m3")
    codes = np.array([0x7E, 0x08], dtype=np.uint8)
    product = KINDS["exact"].product(multiplier, codes, codes)
    assert [stated(product, index)[2] for index in (0, 1)] == [448**2, Fraction(1, 2**12)]


@pytest.mark.parametrize("bits", [2, 3, 8, 24, 53])
def test_rounding_keeps_the_exponent_wide(bits, reference):
    random = np.random.default_rng(bits)
    values = [1, 2**bits - 1, 2**bits, 2**bits + 1, 2 ** (bits + 1) - 1, 3 << (bits - 1)]
    values += [2**60 - 1, 2**59 + 1, *random.integers(1, 2**60, size=300).tolist()]
    values += [(2 * value + 1) << max(59 - bits, 0) >> 1 for value in range(60)]
    values = [value for value in values if value]
    many = np.zeros(len(values), dtype=bool)
    exponents = random.integers(-5000, 5000, size=len(values))
    found = rounded_product(
        Product(many, np.array(values, dtype=np.uint64), exponents, many, many, many), bits
    )
    for index, value in enumerate(values):
        unit = reference.power_of_two(max(value.bit_length() - bits, 0))
        expected = reference.round_to_multiple(Fraction(value), unit, "rne")
        scale = int(found.exponent[index]) - int(exponents[index])
        assert int(found.significand[index]) * Fraction(2) ** scale == expected
        assert int(found.significand[index]) <= 2**bits


@pytest.mark.parametrize("bits", [2, 24, 53])
@pytest.mark.parametrize("power", [0, 1, 52, 53, 60, 63])
def test_a_power_of_two_alone_is_brought_into_the_significand(bits, power):
    never = np.zeros(1, dtype=bool)
    significand = np.array([2**power], dtype=np.uint64)
    found = rounded_product(Product(never, significand, np.array([-7]), never, never, never), bits)
    assert int(found.significand[0]) < 2**bits
    assert int(found.significand[0]) * 2 ** (int(found.exponent[0]) + 7) == 2**power


def test_rounding_leaves_the_classes_alone():
    flags = np.array([True, False])
    product = Product(
        flags, np.array([7, 7], dtype=np.uint64), np.zeros(2, dtype=np.int64), *[flags] * 3
    )
    found = rounded_product(product, 2)
    for name in ("negative", "zero", "infinite", "nan"):
        assert getattr(found, name).tolist() == flags.tolist()
