"""Aligned sums: gates of a step against the model."""

import numpy as np
import pytest

from lmul_pe.model import unit_named
from tests.hw.steps import Step
from tests.model import reference
from tests.sweep import some

FEW = ["mac_exact_e2m1_aligned_to_e2m1", "mac_lmul_e5m2_gradual_aligned_guard0"]
FEW += ["mac_exact_e4m3_aligned_guard9_to_bf16"]
ALIGNED = ["mac_exact_e4m3_aligned", "mac_lmul_e4m3_aligned", "mac_exact_e5m2_gradual_aligned"]
ALIGNED += ["mac_lmul_e4m3fnuz_aligned_to_e4m3fnuz"]
ALIGNED += ["mac_exact_bf16_aligned", "mac_lmul_fp32_aligned", "mac_exact_fp32_gradual_aligned"]
ALIGNED += ["mac_exact_fp16_gradual_aligned_guard1_to_fp16"]


@pytest.mark.parametrize("names", some([FEW[:2], [*FEW[2:], *ALIGNED]], 1))
def test_a_step_is_the_models(names, step_differences):
    assert step_differences(names) == []


@pytest.mark.parametrize(
    "name",
    some(
        [
            "dot2_lmul_e2m1_aligned_guard1_to_e3m4",
            "dot2_exact_e2m1_aligned_guard0_to_e4m3",
            "dot3_exact_e4m3_aligned_guard2_to_e5m2",
            "dot2_lmul_e5m2_gradual_aligned_guard3_to_bf16",
        ],
        2,
    ),
)
def test_steps_are_those_of_rational_arithmetic(name, gates, outputs):
    unit = unit_named(name)
    multiplier, accumulator = unit.multiplier, unit.accumulator
    formats = [reference.format_of(each) for each in (multiplier.format, multiplier.format_b)]
    result = reference.format_of(accumulator.result)
    random = np.random.default_rng([8, *name.encode()])
    count = 1500
    ports = {"c": random.integers(0, 2**result.width, size=count)}
    for index in range(unit.n):
        for side, format in zip("ab", formats, strict=True):
            ports[f"{side}{index}"] = random.integers(0, 2**format.width, size=count)
    found = outputs(gates({"step": Step(unit)})["step"], **ports)["y"]
    for place in range(count):
        given = {port: int(codes[place]) for port, codes in ports.items()}
        products = [
            reference.product_addend(
                formats,
                given[f"a{index}"],
                given[f"b{index}"],
                offset=multiplier.offset,
                subnormals=multiplier.subnormals,
            )
            for index in range(unit.n)
        ]
        expected = reference.aligned_sum(
            result, accumulator.guard_bits, [products], start=given["c"]
        )
        assert found[place] == expected, given
