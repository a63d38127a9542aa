"""Integer sums: gates of a step against the model."""

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.model import unit_named
from tests.hw.steps import Step

INTEGERS = ["mac_int8_int32", "mac_int8_int16", "mac_int4_int8", "mac_int16_int40"]


def test_a_step_is_the_models(step_differences):
    assert step_differences(INTEGERS) == []


@pytest.mark.parametrize("array", ["operator", "and"])
@pytest.mark.parametrize("adders", ["gates", "cells"])
def test_every_sum_wraps_and_says_so(array, adders, gates, outputs):
    """Every sum of eight bits with every product of three."""
    unit = unit_named("mac_int3_int8")
    netlist = gates({"step": Step(unit, Architecture(array=array, adders=adders))})["step"]
    c, a, b = (codes.ravel() for codes in np.meshgrid(range(256), range(8), range(8)))

    def signed(codes, bits):
        return codes - (codes >> bits - 1 << bits)

    total = signed(c, 8) + signed(a, 3) * signed(b, 3)
    found = outputs(netlist, c=c, a0=a, b0=b)
    np.testing.assert_array_equal(found["y"], total % 256)
    np.testing.assert_array_equal(found["overflow"], (total < -128) | (total > 127))


def test_products_of_one_cycle_may_leave_the_range_and_come_back(gates, outputs):
    """Only their sum counts: 127 + 16 - 16 fits."""
    netlist = gates({"step": Step(unit_named("dot2_int3_int8"))})["step"]
    four, minus_four = 0b011, 0b100
    found = outputs(
        netlist,
        **{
            name: np.array(values)
            for name, values in {
                "c": [127, 127, 128],
                "a0": [minus_four, minus_four, four],
                "b0": [minus_four, minus_four, minus_four],
                "a1": [minus_four, 0, four],
                "b1": [0b011, 0, 0],
            }.items()
        },
    )
    # 127 + 16 - 12 is beyond; so is 127 + 16, and -128 - 12.
    assert found["y"].tolist() == [131, 143, 116]
    assert found["overflow"].tolist() == [1, 1, 1]
    back = outputs(
        netlist,
        **{
            name: np.array([value])
            for name, value in (
                ("c", 120),
                ("a0", minus_four),
                ("b0", minus_four),
                ("a1", minus_four),
                ("b1", four),
            )
        },
    )
    assert (back["y"].tolist(), back["overflow"].tolist()) == ([124], [0])
