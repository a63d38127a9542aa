"""Sums in float formats: what can be asked for, partial sums, and where sums begin."""

import numpy as np
import pytest

from lmul_pe.model import (
    FloatAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    SpecificationError,
    decode,
    encode,
    format_named,
    mac_named,
)
from lmul_pe.model.accumulator.float32 import Float32Sums
from tests.sweep import some


def test_fp32_without_fusing_in_one_cycle_by_default():
    accumulator = FloatAccumulator()
    assert accumulator.format == accumulator.result == format_named("fp32")
    assert accumulator.fused is False
    assert accumulator.latency == 1
    assert accumulator == FloatAccumulator("fp32", fused=False, latency=1)


@pytest.mark.parametrize(
    ("latency", "finish"),
    # Two levels of additions of three or four partial sums.
    [(1, 0), (2, 2), (3, 3 + 3), (4, 4 + 4)],
)
def test_partial_sums_are_added_one_level_after_the_other(latency, finish):
    assert FloatAccumulator(latency=latency).finish_latency == finish
    assert not FloatAccumulator.overflows


@pytest.mark.parametrize("name", ["bf16", "e4m3", "e5m7", "e4m3b3fnuz"])
def test_a_format_or_its_name(name):
    assert FloatAccumulator(name) == FloatAccumulator(format_named(name))
    assert FloatAccumulator(name).name == name
    assert FloatAccumulator(name, fused=True).name == f"{name}_fused"
    assert FloatAccumulator(name, latency=2).name == f"{name}_latency2"
    full = FloatAccumulator(name, fused=True, latency=np.int64(4))
    assert full.name == str(full) == f"{name}_fused_latency4"
    assert len({FloatAccumulator(name), FloatAccumulator(name, latency=2), full}) == 3


def test_a_spelled_out_format_takes_the_catalogues_name():
    assert FloatAccumulator(FloatFormat(8, 7)).name == "bf16"


@pytest.mark.parametrize("fused", [1, 0, None, "yes"])
def test_fused_is_yes_or_no(fused):
    with pytest.raises(SpecificationError, match=f"fused {fused!r} is not True or False"):
        FloatAccumulator("fp32", fused=fused)


@pytest.mark.parametrize(
    ("latency", "message"),
    [
        (0, r"^latency of an adder 0 is not possible: expected 1 to 4; the nearest is 1$"),
        (5, r"^latency of an adder 5 is not possible: expected 1 to 4; the nearest is 4$"),
        (True, r"^latency of an adder True is not an integer: expected 1 to 4$"),
        (2.0, r"^latency of an adder 2.0 is not an integer"),
        ("2", r"^latency of an adder '2' is not an integer"),
    ],
)
def test_latencies_that_are_none(latency, message):
    with pytest.raises(SpecificationError, match=message):
        FloatAccumulator("fp32", latency=latency)


def test_an_unknown_format_is_refused():
    with pytest.raises(SpecificationError, match="format 'fp23' is not known"):
        FloatAccumulator("fp23")


ROTATING = [
    *(
        f"mac_{kind}_e4m3_fp32_latency{cycles}"
        for kind in ("lmul", "exact")
        for cycles in (2, 3, 4)
    ),
    *("mac_lmul_e5m2_gradual_fp32_latency3", "mac_exact_bf16_fp32_latency4"),
    *("mac_exact_fp16_fp16_fused_latency2", "mac_lmul_bf16_bf16_latency3"),
    *(
        "mac_exact_e5m2_e5m2_latency4",
        "mac_lmul_e2m1_e4m3_latency3",
        "mac_exact_fp32_fp32_latency3",
    ),
    "mac_exact_e4m3fnuz_e4m3fnuz_latency2",
]


@pytest.mark.parametrize("name", ROTATING)
@pytest.mark.parametrize("length", some([5, 1, 2, 3, 4, 11], 2))
def test_partial_sums_take_turns(name, length, operands, faults):
    mac = mac_named(name)
    assert faults(mac, *operands(mac, 24, length, seed=[length, *name.encode()])) == []


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 8, 30])
def test_partial_sums_of_numbers_as_the_processor_adds_them(length):
    """e4m3 products into fp32: each is a float32 number."""
    random = np.random.default_rng(length)
    a, b = encode(random.normal(size=(2, 200, length)), format_named("e4m3"))
    wide = Multiplier("lmul", "e4m3", None, "fp32")
    products = wide.compute(a, b).view(np.float32)
    for latency in (2, 3, 4):
        partial = [np.zeros(200, dtype=np.float32) for _ in range(latency)]
        for index in range(length):
            partial[index % latency] += products[:, index]
        total = partial[0] + partial[1]
        if latency == 3:
            total = total + partial[2]
        if latency == 4:
            total = total + (partial[2] + partial[3])
        mac = Mac(Multiplier("lmul", "e4m3"), FloatAccumulator(latency=latency))
        assert (mac.dot(a, b) == total.view(np.uint32)).all()


def test_every_partial_sum_takes_part():
    """Two products that underflow to -0 leave -0 alone, but +0 beside a partial sum of +0."""
    codes = [0x01, 0x01], [0x81, 0x81]
    assert mac_named("mac_exact_e5m2_gradual_e5m2").dot(*codes) == 0x80
    assert mac_named("mac_exact_e5m2_gradual_e5m2_latency2").dot(*codes) == 0x80
    assert mac_named("mac_exact_e5m2_gradual_e5m2_latency3").dot(*codes) == 0x00


@pytest.mark.parametrize("name", ["mac_exact_e4m3_fp32", "mac_exact_bf16_fp32"])
@pytest.mark.parametrize("latency", [1, 2, 4])
def test_the_first_partial_sum_begins_elsewhere(name, latency):
    mac = mac_named(name + (f"_latency{latency}" if latency > 1 else ""))
    format, result = mac.multiplier.format, mac.accumulator.format
    a, b = encode([[1.0], [2.0]], format), encode([[3.0, 4.0]], format)
    start = encode([[10.0, -10.0], [0.5, np.nan]], result)
    found = decode(mac.gemm(a, b, start), result)
    np.testing.assert_array_equal(found, [[13.0, -6.0], [6.5, np.nan]])


@pytest.mark.parametrize(
    ("name", "tabulated"),
    [("mac_lmul_e4m3_fp32", True), ("mac_lmul_e4m3_bf16", False), ("mac_exact_fp16_fp32", False)],
)
def test_sums_in_fp32_of_narrow_operands_come_from_a_table(name, tabulated):
    mac = mac_named(name)
    assert isinstance(mac.accumulator.start(mac.multiplier, 1), Float32Sums) == tabulated
