import numpy as np
import pytest

from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.result import Packing, pack


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
        (15, 2**61 - 1, 61, 0x4000),
        (30, 2**61 - 1, 61, 0x7C00),
        (10**6, 0, 10, 0x7C00),
        (-(10**6), 0, 10, 0x0000),
        # One unit below the smallest normal number, unrounded.
        (0, 2**11 - 1, 11, 0x0400),
    ],
)
def test_numbers(exponent, fraction, fraction_bits, code, flush):
    assert packed(exponent, fraction, fraction_bits, flush=flush) == code


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
