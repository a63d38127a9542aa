"""One addition, against NumPy's own floating point and against rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import FloatAccumulator, Multiplier, code_type, decode, format_named
from lmul_pe.model.accumulator.addition import add, add_product, as_product
from lmul_pe.model.accumulator.floating import FloatSums
from lmul_pe.model.multiplier.product import Product, rounded_product
from lmul_pe.model.multiplier.vectors import boundary_codes
from tests.sweep import some

NATIVE = {"fp32": np.float32, "fp16": np.float16}
ACCUMULATORS = ["fp32", "bf16", "e4m3", "e5m2fnuz", "e2m1", "e11m52", "fp16", "tf32", "e5m2"]
ACCUMULATORS += ["e4m3b0", "e4m3fnuz", "e3m2", "e4m3ieee", "e4m3b5", "e2m1fn", "e5m6", "e3m30"]
NEVER = np.zeros(1, dtype=bool)


def rounded(reference, format, total, negative_zero):
    """The code of a rational number rounded to nearest even; the sign of a zero is stated."""
    negative = total < 0 if total else negative_zero
    return reference.encode(reference.format_of(format), abs(total), negative)


def value_of(reference, format, code):
    """The signed rational that a code stands for; None for NaN, the sign alone for infinities."""
    negative, kind, magnitude = reference.take_apart(reference.format_of(format), code)
    if magnitude is None:
        return negative, kind, None
    return negative, kind, -magnitude if negative else magnitude


def products(count, bits, exponents, random):
    """Products of up to ``bits`` significant bits: many of few ones or of long runs."""
    significand = random.integers(1, 2**bits, size=count, dtype=np.uint64)
    runs = random.integers(0, bits, size=count, dtype=np.uint64)
    mask = np.uint64(2**bits - 1) << runs & np.uint64(2**bits - 1)
    shape = random.integers(0, 3, size=count)
    significand = np.select([shape == 0, shape == 1], [mask, mask ^ mask >> np.uint64(1)])
    significand = np.where(
        shape == 2, random.integers(1, 2**bits, size=count, dtype=np.uint64), significand
    )
    none = np.zeros(count, dtype=bool)
    return Product(
        random.random(count) < 0.5,
        significand,
        random.integers(*exponents, size=count, endpoint=True),
        none,
        none,
        none,
    )


def after(accumulator, sums, product):
    """What an accumulator that begins from ``sums`` has when ``product`` has been added."""
    running = FloatSums(accumulator, Multiplier("exact", "e4m3"), len(sums), sums)
    running.add([product])
    return running.result()


def single(product, index):
    value = Fraction(int(product.significand[index])) * Fraction(2) ** int(product.exponent[index])
    return -value if product.negative[index] else value


def near_sums(format, product, random):
    """Sums of about the product's size and of the other sign, and any codes."""
    count = len(product.significand)
    bits = format.mantissa_bits
    field = product.exponent + np.frexp(product.significand.astype(np.float64))[1] - 1
    field = field + format.bias + random.integers(-3, 3, size=count, endpoint=True)
    field = np.clip(field, 0, format.largest >> bits).astype(np.uint64)
    mantissa = random.integers(0, 2**bits, size=count, dtype=np.uint64)
    # The very bits of the product, more often than not, so that the sum all but vanishes.
    top = np.frexp(product.significand.astype(np.float64))[1].astype(np.int64) - 1
    left = np.clip(bits - top, 0, 63).astype(np.uint64)
    right = np.clip(top - bits, 0, 63).astype(np.uint64)
    same = (product.significand << left >> right) & np.uint64(2**bits - 1)
    mantissa = np.where(random.random(count) < 0.6, same, mantissa)
    magnitude = np.minimum((field << np.uint64(bits)) + mantissa, np.uint64(format.largest))
    sign = (~product.negative).astype(np.uint64) << np.uint64(format.magnitude_bits)
    anything = random.choice(boundary_codes(format), size=count).astype(np.uint64)
    codes = np.where(random.random(count) < 0.7, sign | magnitude, anything)
    if format.specials == "fnuz":
        codes = np.where(magnitude == 0, np.uint64(0), codes)
    return codes.astype(code_type(format))


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("name", some(ACCUMULATORS, 3))
def test_one_rounding_to_nearest_even(name, fused, reference):
    format = format_named(name)
    accumulator = FloatAccumulator(format, fused=fused)
    random = np.random.default_rng([17, fused, *name.encode()])
    low = 1 - format.bias - format.mantissa_bits - 8
    high = (format.largest >> format.mantissa_bits) - format.bias + 4
    faults = []
    for bits in (4, 11, 22, 48, 60):
        product = products(600, bits, (low - bits, high - bits), random)
        sums = near_sums(format, product, random)
        found = after(accumulator, sums, product)
        entered = product if fused else rounded_product(product, format.mantissa_bits + 1)
        for index, code in enumerate(sums.tolist()):
            value = single(product, index)
            if not fused:
                unit = reference.power_of_two(
                    reference.exponent_of(abs(value)) - format.mantissa_bits
                )
                magnitude = reference.round_to_multiple(abs(value), unit, "rne")
                value = -magnitude if product.negative[index] else magnitude
                assert single(entered, index) == value
            _, kind, before = value_of(reference, format, code)
            if kind == reference.NAN:
                want = format.nan
            elif before is None:
                want = code
            else:
                # Both are zeros or neither: a product of this test is never zero.
                want = rounded(reference, format, before + value, negative_zero=False)
            if int(found[index]) != want:
                faults.append((hex(code), value, hex(int(found[index])), hex(want)))
    assert faults == []


@pytest.mark.parametrize("name", NATIVE)
def test_every_pair_of_boundaries_as_the_processor_adds_them(name):
    """Infinities, NaN, zeros of both signs and subnormal numbers among them."""
    format, native = format_named(name), NATIVE[name]
    rows, columns = np.meshgrid(boundary_codes(format), boundary_codes(format), indexing="ij")
    sums, others = rows.ravel(), columns.ravel()
    found = add_product(format, sums, fields_of(others, format))
    with np.errstate(all="ignore"):
        total = sums.view(native) + others.view(native)
    expected = np.where(np.isnan(total), format.nan, total.view(sums.dtype))
    assert np.flatnonzero(found != expected).tolist() == []


@pytest.mark.parametrize("name", NATIVE)
def test_random_numbers_as_the_processor_adds_them(name):
    format, native = format_named(name), NATIVE[name]
    random = np.random.default_rng(5)
    count = 200_000
    sums, others = random.integers(0, 2**format.width, size=(2, count)).astype(code_type(format))
    # A third of the pairs is of nearly equal magnitude.
    close = random.integers(-2, 2, size=count, endpoint=True)
    near = (sums.astype(np.int64) + close).astype(sums.dtype)
    near ^= random.integers(0, 2, size=count).astype(sums.dtype) << format.magnitude_bits
    others = np.where(random.random(count) < 0.3, near, others)
    found = add_product(format, sums, fields_of(others, format))
    with np.errstate(all="ignore"):
        total = sums.view(native) + others.view(native)
    expected = np.where(np.isnan(total), format.nan, total.view(sums.dtype))
    assert np.flatnonzero(found != expected).tolist() == []


def fields_of(codes, format):
    """Codes of an IEEE format as products, by their fields."""
    wide = codes.astype(np.int64)
    bits = format.mantissa_bits
    mantissa = wide & (2**bits - 1)
    field = wide >> bits & (2**format.exponent_bits - 1)
    special = field == 2**format.exponent_bits - 1
    return Product(
        wide >> format.magnitude_bits != 0,
        (mantissa + np.where(field > 0, 2**bits, 0)).astype(np.uint64),
        np.maximum(field, 1) - format.bias - bits,
        (field == 0) & (mantissa == 0),
        special & (mantissa == 0),
        special & (mantissa != 0),
    )


def flagged(negative, **flags):
    """A product that is zero, infinite or NaN, its number meaningless."""
    return Product(
        np.array([negative]),
        np.array([5], dtype=np.uint64),
        np.array([900]),
        *(np.array([flags.get(name, False)]) for name in ("zero", "infinite", "nan")),
    )


def added(name, code, product):
    format = format_named(name)
    sums = np.array([code], dtype=code_type(format))
    return int(add_product(format, sums, product)[0])


@pytest.mark.parametrize(
    ("total", "negative", "expected"),
    [(0, False, 0), (0x80, False, 0), (0, True, 0), (0x80, True, 0x80), (0x38, True, 0x38)],
)
def test_zero_products(total, negative, expected):
    assert added("e4m3", total, flagged(negative, zero=True)) == expected


def test_the_last_bit_of_the_widest_product_decides_a_tie_after_a_carry():
    """3 + (1 + 2^-22) is halfway between numbers of fp32 above 4; 2^-59 more is not."""
    accumulator = FloatAccumulator("fp32", fused=True)
    three = np.array([0x40400000], dtype=np.uint32)
    for more, expected in ((0, 0x40800000), (1, 0x40800001)):
        product = Product(
            NEVER, np.array([2**59 + 2**37 + more], dtype=np.uint64), np.array([-59]), *[NEVER] * 3
        )
        assert after(accumulator, three, product) == expected


def test_a_difference_of_zero_is_positive():
    one = Product(
        np.array([True]), np.ones(1, dtype=np.uint64), np.zeros(1, dtype=np.int64), *[NEVER] * 3
    )
    assert added("e4m3", 0x38, one) == 0
    assert added("e4m3fnuz", 0x40, one) == 0


@pytest.mark.parametrize(
    ("name", "total", "negative", "expected"),
    [
        ("e5m2", 0x3C, False, 0x7C),
        ("e5m2", 0x3C, True, 0xFC),
        ("e5m2", 0x7C, False, 0x7C),
        ("e5m2", 0x7C, True, 0x7E),
        ("e5m2", 0xFC, False, 0x7E),
        ("e5m2", 0xFF, False, 0x7E),
        # Without an infinity the largest finite number stands for it.
        ("e4m3", 0x38, False, 0x7E),
        ("e4m3", 0x38, True, 0xFE),
        ("e4m3", 0xFE, False, 0x7E),
        ("e4m3fnuz", 0x40, True, 0xFF),
        ("e3m2", 0x00, True, 0x3F),
    ],
)
def test_infinite_products(name, total, negative, expected):
    assert added(name, total, flagged(negative, infinite=True)) == expected


@pytest.mark.parametrize(
    ("name", "total", "expected"),
    [("e5m2", 0xFD, 0x7E), ("e5m2", 0x7C, 0x7E), ("e4m3", 0xFF, 0x7F), ("e4m3fnuz", 0x12, 0x80)],
)
def test_nan_is_canonical(name, total, expected):
    assert added(name, total, flagged(True, nan=True, infinite=True, zero=True)) == expected
    if name != "e4m3fnuz" and total != 0x7C:
        assert added(name, total, flagged(False, zero=True)) == expected


@pytest.mark.parametrize("name", ACCUMULATORS)
def test_codes_as_products_are_the_numbers_that_they_stand_for(name, reference):
    format = format_named(name)
    codes = boundary_codes(format)
    product = as_product(codes, format)
    for index, code in enumerate(codes.tolist()):
        negative, kind, value = value_of(reference, format, code)
        flags = {
            reference.NAN: product.nan,
            reference.INNORMAL: product.infinite,
            reference.ZERO: product.zero,
        }
        assert [bool(flag[index]) for flag in flags.values()] == [kind == each for each in flags]
        if kind != reference.NAN:
            assert product.negative[index] == negative
        if kind in (reference.NORMAL, reference.SUBNORMAL):
            assert single(product, index) == value
            least = 1 - format.bias
            assert product.scale[index] == max(reference.exponent_of(abs(value)), least)


@pytest.mark.parametrize("name", ["fp32", "e4m3", "e5m2", "bf16", "e2m1"])
def test_two_products_are_added_as_a_sum_and_a_product(name, reference):
    format = format_named(name)
    random = np.random.default_rng([4, *name.encode()])
    first, second = (products(400, 24, (-30, -10), random) for _ in range(2))
    found = add(format, first, second)
    assert (found == add(format, second, first)).all()
    for index in range(400):
        total = single(first, index) + single(second, index)
        assert int(found[index]) == rounded(reference, format, total, negative_zero=False)


def integer(value, exponent=0):
    """An integer times a power of two as a product."""
    return Product(
        np.array([value < 0]),
        np.array([abs(value)], dtype=np.uint64),
        np.array([exponent]),
        *[NEVER] * 3,
    )


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        (1, 2, 3),
        (1, -2, -1),
        (2**60 + 1, -(2**60), 1),
        (2**60 - 2**10, -(2**60), -(2**10)),
        (2**60 + 2**59, 2**59 + 1, 2**61),
        (2**60 + 2**59, -(2**59), 2**60),
    ],
)
def test_the_least_and_the_widest_significands(first, second, total):
    format = format_named("e11m52")
    for old, new in ((first, second), (second, first)):
        found = add(format, integer(old), integer(new))
        assert float(decode(found, format)[0]) == total
