"""Gates of corrected L-Muls of every number of table bits, in every structure, and in sums."""

import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.multiplier.component import CombinationalMultiplier
from lmul_pe.model import multiplier_named
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.sweep import some

STRUCTURES = [
    Architecture("and", "cells", "cells"),
    Architecture("and", "gates", "sklansky", "rows"),
    PORTABLE,
    Architecture("and", "gates", "gates", "rows"),
    Architecture("and", "gates", "brent_kung", "rows"),
]
NARROW = ["table_e4m3", "table_e4m3_bits2", "table_e5m2", "table_e3m4", "table_e3m4_bits2"]
NARROW += ["table_e3m4_bits4", "table_e2m1", "table_e3m2", "table_e4m3fnuz", "table_e5m2fnuz"]
NARROW += ["table_e2m5fn_bits4", "table_e4m3ieee_bits2", "table_e2m1ieee"]
WIDE = ["table_bf16_bits2", "table_fp16", "table_fp32_bits4", "table_bf16_latency2"]
GENERAL = ["table_e4m3_gradual", "table_e4m3_nan", "table_e4m3_x_e2m1_to_bf16", "table_e4m3b5"]
GENERAL += ["table_fp16_x_e4m3", "table_e3m4_bits2_gradual"]


def designs(names, architecture):
    found = {}
    for name in names:
        multiplier = multiplier_named(name)
        pairs = check_pairs(multiplier, 20_000, seed=7)
        found[name] = (CombinationalMultiplier(multiplier, architecture), multiplier, *pairs)
    return found


@pytest.mark.parametrize("architecture", some(STRUCTURES, 1), ids=repr)
def test_narrow_formats_on_every_pair(architecture, differences):
    assert differences(designs(NARROW, architecture)) == []


@pytest.mark.parametrize("architecture", some(STRUCTURES[1::-1], 1), ids=repr)
def test_wide_formats(architecture, differences):
    assert differences(designs(WIDE, architecture)) == []


def test_other_formats_and_policies(differences):
    assert differences(designs(GENERAL, PORTABLE)) == []


@pytest.mark.parametrize(
    "name",
    some(
        [
            "dot2_table_e4m3_bits2_gradual_fixed",
            "mac_table_e4m3_fp32",
            "dot4_table_e4m3_fixed",
            "dot4_table_e5m2_aligned",
        ],
        1,
    ),
)
def test_products_of_a_table_are_summed(name, step_differences):
    assert step_differences([name]) == []
