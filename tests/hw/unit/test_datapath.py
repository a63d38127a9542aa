"""The parts of units that add products: gates of begin, multiply, add and finish together."""

import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from tests.sweep import some

DOTS = ["dot3_lmul_e5m2_aligned_guard1", "dot4_exact_e4m3_fixed_msb8_lsbm9", "dot2_lmul_e4m3_fp32"]
DOTS += ["dot3_int8_int16"]
MORE = ["dot2_exact_e4m3_aligned", "dot4_exact_bf16_aligned", "dot2_exact_e5m2_fixed"]
MORE += ["dot5_exact_e4m3_gradual_aligned_to_fp16", "dot3_lmul_e4m3_fixed"]


@pytest.mark.parametrize("names", some([DOTS[:2], [*DOTS[2:], *MORE]], 1))
def test_groups_of_products_are_added_as_the_model_does(names, step_differences):
    assert step_differences(names) == []


@pytest.mark.parametrize(
    "architecture",
    some([Architecture("booth8", "gates", "cells"), Architecture("and", "cells", "gates")], 0),
)
def test_architectures(architecture, step_differences):
    names = ["mac_exact_e4m3_fixed", "mac_exact_e5m2_gradual_aligned", "mac_lmul_e4m3_aligned"]
    names += ["mac_int8_int32", "mac_int3_int8"]
    assert step_differences(names, architecture, count=2000) == []
