"""Integer sums, against NumPy's own and against Python's integers."""

import numpy as np
import pytest

from lmul_pe.model import (
    IntegerAccumulator,
    IntegerFormat,
    IntegerMultiplier,
    Mac,
    SpecificationError,
    dot_named,
    mac_named,
    unit_named,
)


def test_int8_into_int32_by_default():
    multiplier, accumulator = IntegerMultiplier(), IntegerAccumulator()
    assert accumulator.format == accumulator.result == IntegerFormat(32)
    assert accumulator == IntegerAccumulator("int32")
    assert str(accumulator) == "int32"
    assert (accumulator.latency, accumulator.finish_latency) == (1, 0)
    assert accumulator.overflows
    assert Mac(multiplier, accumulator).name == "mac_int8_int32"


@pytest.mark.parametrize(
    ("format", "message"),
    [
        ("int7", r"^accumulator int7 .*: expected int8 to int64; .* int8$"),
        ("fp32", r"^integer format 'fp32' is not known"),
    ],
)
def test_formats_that_are_refused(format, message):
    with pytest.raises(SpecificationError, match=message):
        IntegerAccumulator(format)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "mac_int8_int32",
            "mac_int8_int16",
            "mac_int2_int8",
            "mac_int16_int32",
            "mac_int16_int64",
        ),
        *("dot4_int8_int32", "dot3_int8_int17", "dot64_int16_int33", "dot2_int4_int8"),
        *("dot5_int16_int55", "dot5_int16_int56", "mac_int3_int9"),
    ],
)
def test_sums_wrap_and_tell_it(name, operands, faults):
    unit = unit_named(name)
    a, b = operands(unit, 40, 14, seed=[1, *name.encode()])
    assert faults(unit, a, b) == []


def test_sums_of_int8_in_int32_as_numpy_adds_them(operands):
    mac = mac_named("mac_int8_int32")
    a, b = operands(mac, 30, 50, seed=1)
    b = b[:20].T
    expected = a.view(np.int8).astype(np.int32) @ b.view(np.int8).astype(np.int32)
    assert (mac.gemm(a, b).view(np.int32) == expected).all()
    assert (dot_named("dot8_int8_int32").gemm(a, b).view(np.int32) == expected).all()
    assert mac.gemm(a, b).dtype == np.uint32


@pytest.mark.parametrize("bits", [16, 32, 55, 56, 64])
def test_the_ends_of_the_register(bits):
    """A register that begins at an end and moves by one."""
    mac = Mac(IntegerMultiplier("int8"), IntegerAccumulator(f"int{bits}"))
    high, low, one, minus = 2 ** (bits - 1) - 1, 2 ** (bits - 1), 0x01, 0xFF
    start = np.array([[high, low, low, high]], dtype=np.uint64)
    a, b = [[one]], [[one, minus, one, minus]]
    found = mac.matrices(a, b, start)
    assert found.codes.tolist() == [[low, high, low + 1, high - 1]]
    assert found.overflowed.tolist() == [[True, True, False, False]]


def test_an_overflow_is_not_forgotten():
    mac = mac_named("mac_int8_int16")
    a, b = [0x80, 0x80, 0x80], [0x80, 0x80, 0x7F]
    # 2^14 + 2^14 wraps, and -128 * 127 brings it back into range.
    assert mac.dot(a, b) == 2**15 - 128 * 127
    assert mac.overflowed(a, b)
    # All in one cycle, it never leaves it.
    assert not dot_named("dot3_int8_int16").overflowed(a, b)
