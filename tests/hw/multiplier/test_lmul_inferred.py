"""The L-Mul of operators, gate by gate, against the model."""

import pytest

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.multiplier.component import CombinationalMultiplier
from lmul_pe.hw.multiplier.lmul import LMul
from lmul_pe.hw.multiplier.lmul_inferred import InferredLMul
from lmul_pe.model import Multiplier, format_named, multiplier_named
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.sweep import some

SPECIALS = ("ieee", "fn", "fnuz", "finite")
EVERY_OFFSET = ["e5m2", "e2m3", "e2m1", "e4m3", "e4m3fnuz", "e3m4"]
EVERY_OFFSET += [f"e{bits}m2{specials}" for bits in (2, 3) for specials in SPECIALS]
OTHERS = ["lmul_bf16_raw", "lmul_e4m3_zero", "lmul_e4m3_gradual", "lmul_bf16_equation"]
OTHERS += ["lmul_e4m3_x_e5m2_to_fp16", "exact_fp16", "exact_e5m2_gradual", "exact_e4m3_nan"]
OTHERS += ["exact_bf16_rtz"]


def designs(multipliers):
    return {
        multiplier.name: (
            CombinationalMultiplier(multiplier, INFERRED),
            multiplier,
            *check_pairs(multiplier, 20_000, seed=5),
        )
        for multiplier in multipliers
    }


@pytest.mark.parametrize("name", some(EVERY_OFFSET, 2))
def test_every_offset_on_every_pair(name, differences):
    offsets = range(2 ** format_named(name).mantissa_bits)
    assert differences(designs(Multiplier("lmul", name, offset=each) for each in offsets)) == []


@pytest.mark.parametrize(
    "name", some(["bf16", "fp32", "tf32", "fp16", "e5m6", "e2m5fn", "e4m4fn"], 1)
)
@pytest.mark.parametrize("part", some([0.06, 0.0, 0.5, 0.999], 2))
def test_wide_formats(name, part, differences):
    offset = int(part * 2 ** format_named(name).mantissa_bits)
    assert differences(designs([Multiplier("lmul", name, offset=offset)])) == []


@pytest.mark.parametrize("name", some(OTHERS, 4))
def test_other_multipliers_of_operators(name, differences):
    assert differences(designs([multiplier_named(name)])) == []


def test_it_has_registers_where_the_one_of_gates_has():
    lmul = multiplier_named("lmul_e4m3_latency2")
    assert len(LMul(lmul, INFERRED).stages()) == len(InferredLMul(lmul).stages()) == 2
