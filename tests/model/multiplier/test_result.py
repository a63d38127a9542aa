import numpy as np
import pytest

from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.result import Packing, pack, rounded_sum


def packed(exponent, fraction, fraction_bits, *, name="fp16", negative=False, flags=(), **policies):
    chosen = {"flush": False, "overflow": "inf", "toward_zero": False, **policies}
    code = pack(
        Packing(named(name), **chosen),
        np.array([negative]),
        np.array([exponent], dtype=np.int64),
        np.array([fraction], dtype=np.uint64),
        fraction_bits,
        *(np.array([flag in flags]) for flag in ("zero", "infinite", "nan")),
    )
    return int(code[0])


@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize(
    ("exponent", "fraction", "fraction_bits", "code"),
    [
        (15, 0, 10, 0x3C00),
        (15, 0b1, 1, 0x3E00),
        (15, 0b1, 11, 0x3C00),
        (15, 0b11, 11, 0x3C02),
        (15, 0b101, 12, 0x3C01),
        (15, 2**61 - 1, 61, 0x4000),
        (30, 0, 10, 0x7800),
        (30, 2**10 - 1, 10, 0x7BFF),
        (30, 2**61 - 1, 61, 0x7C00),
        (10**6, 0, 10, 0x7C00),
        (-(10**6), 0, 10, 0x0000),
        # One unit below the smallest normal number, unrounded.
        (0, 2**11 - 1, 11, 0x0400),
    ],
)
def test_numbers(exponent, fraction, fraction_bits, code, flush):
    assert packed(exponent, fraction, fraction_bits, flush=flush) == code


@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize("exponent", [2047, 2048, 4096 + 1023, 10**6])
def test_no_exponent_is_so_large_that_it_begins_anew(exponent, flush):
    """Of 64 bits a larger exponent field would leave the word."""
    infinity = 0x7FF << 52
    assert packed(exponent, 3, 52, name="e11m52", flush=flush) == infinity
    assert packed(exponent, 3, 52, name="e11m52", flush=flush, overflow="saturate") == infinity - 1


@pytest.mark.parametrize("fraction_bits", [10, 30, 61])
@pytest.mark.parametrize(
    ("exponent", "code"),
    # 1.5 units, 0.75 units, 0.375 units and much less.
    [(-9, 0x0002), (-10, 0x0001), (-11, 0x0000), (-60, 0x0000), (-1000, 0x0000)],
)
def test_gradual_underflow(exponent, fraction_bits, code):
    assert packed(exponent, 2 ** (fraction_bits - 1), fraction_bits) == code
    assert packed(exponent, 2 ** (fraction_bits - 1), fraction_bits, flush=True) == 0


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ({"zero"}, 0x8000),
        ({"infinite"}, 0xFC00),
        ({"nan"}, 0x7E00),
        ({"zero", "nan"}, 0x7E00),
        ({"infinite", "nan"}, 0x7E00),
    ],
)
@pytest.mark.parametrize("exponent", [-1000, 15, 1000])
@pytest.mark.parametrize("overflow", ["inf", "saturate", "nan"])
@pytest.mark.parametrize("flush", [False, True])
def test_flags_decide_whatever_the_numbers_say(flags, code, exponent, overflow, flush):
    result = packed(exponent, 5, 10, negative=True, flags=flags, overflow=overflow, flush=flush)
    assert result == code


@pytest.mark.parametrize("flush", [False, True])
def test_no_zero_is_negative_where_its_code_is_the_nan(flush):
    policies = {"negative": True, "overflow": "saturate", "flush": flush}
    for name, zero in (("e4m3fnuz", 0x00), ("e4m3", 0x80)):
        assert packed(-1000, 1, 3, name=name, **policies) == zero
        assert packed(8, 1, 3, name=name, flags={"zero"}, **policies) == zero
        assert packed(8, 1, 3, name=name, **policies) == 0xC1


@pytest.mark.parametrize("exponent", [-1000, 7, 1000])
@pytest.mark.parametrize("flush", [False, True])
@pytest.mark.parametrize(("overflow", "code"), [("saturate", 0xFE), ("nan", 0x7F)])
def test_infinity_overflows_where_there_is_none(exponent, flush, overflow, code):
    result = packed(
        exponent,
        1,
        3,
        name="e4m3",
        negative=True,
        flags={"infinite"},
        overflow=overflow,
        flush=flush,
    )
    assert result == code


@pytest.mark.parametrize(
    ("name", "exponent", "significand", "code"),
    [
        ("fp16", 0, 1 << 60, 0x3C00),
        ("fp16", 1, 3 << 59, 0x4200),
        # Ties go to the even one of two neighbours; a last bit, which may be sticky, breaks them.
        ("fp16", 0, (1 << 60) + (1 << 49), 0x3C00),
        ("fp16", 0, (1 << 60) + (3 << 49), 0x3C02),
        ("fp16", 0, (1 << 60) + (1 << 49) + 1, 0x3C01),
        ("fp16", 0, (1 << 60) + (3 << 48), 0x3C01),
        ("fp16", 0, (1 << 61) - 1, 0x4000),
        # Subnormal numbers: half of the smallest normal one, and three quarters of the least.
        ("fp16", -15, 1 << 60, 0x0200),
        ("fp16", -25, 3 << 59, 0x0001),
        ("fp16", -25, 1 << 60, 0x0000),
        ("fp16", 15, (1 << 61) - (1 << 50), 0x7BFF),
        ("fp16", 15, (1 << 61) - (1 << 49), 0x7C00),
        ("fp16", 16, 1 << 60, 0x7C00),
        ("e4m3", 8, 7 << 58, 0x7E),
        ("e4m3", 9, 1 << 60, 0x7E),
        # Without a bias, 1 is the largest subnormal number and a half more of them.
        ("e3m2b0", 0, 1 << 60, 0x02),
        ("e3m2b0", 1, 1 << 60, 0x04),
        ("e3m2b0", 3, 3 << 59, 0x0E),
    ],
)
def test_a_sum_is_rounded_to_nearest_with_gradual_underflow(name, exponent, significand, code):
    never = np.array([False, False])
    codes = rounded_sum(
        named(name),
        np.array([False, True]),
        np.array([exponent, exponent]),
        np.array([significand, significand], dtype=np.uint64),
        never,
        never,
        never,
    )
    assert codes.tolist() == [code, code + 2 ** named(name).magnitude_bits]
