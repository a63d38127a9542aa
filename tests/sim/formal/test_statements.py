"""What is claimed of which multiplier; and that a pipeline can be wrong."""

import pytest

from lmul_pe.model import format_named, multiplier_named
from lmul_pe.sim.formal.equivalence import SWEPT, UNROLLED, prove_equal
from lmul_pe.sim.formal.statements import (
    CLAIMS,
    format_multipliers,
    mixed_multipliers,
    statements,
)
from tests.sweep import some


def test_every_combination_of_policies_is_there_once():
    names = [each.name for each in format_multipliers(format_named("e5m2"))]
    assert len(set(names)) == len(names)
    # Carry, offset (a fitted one of two mantissa bits is none), underflow, overflow.
    assert sum("lmul" in name and "latency" not in name for name in names) == 2 * 2 * 2 * 3 + 2 * 4
    # Rounding to nearest with every overflow, toward zero with one.
    assert sum("exact" in name and "latency" not in name for name in names) == 2 * (3 + 1)
    assert {"lmul_e5m2_raw_equation_offset0", "exact_e5m2_gradual_rtz"} <= {*names}


def test_mixed_operands_meet_every_other_format():
    found = mixed_multipliers(format_named("e4m3"))
    assert {each.format.name for each in found} == {"e4m3"}
    assert len({each.format_b for each in found}) == 12
    assert {"fp32", "e4m3"} <= {each.format_y.name for each in found}


def test_what_takes_long_is_left_out_unless_it_is_wanted():
    multipliers = [multiplier_named("exact_fp16_gradual"), multiplier_named("exact_fp32_gradual")]
    names = [each.name for each in statements(multipliers, long=False)]
    assert names == [
        "exact_fp16_gradual reference",
        "exact_fp16_gradual gates",
        "exact_fp32_gradual gates",
    ]
    assert len(statements(multipliers, long=True)) == 4


@pytest.mark.parametrize(
    ("name", "is_hard"),
    [
        # Products of 16, 8 and 12 bits; what is added is never hard.
        ("exact_bf16", True),
        ("exact_e4m3", False),
        ("exact_e2m5", True),
        ("lmul_bf16", False),
        ("lmul_fp32", False),
    ],
)
def test_wide_products_in_gates_are_hard_to_prove(name, is_hard):
    assert CLAIMS["gates"].is_hard(multiplier_named(name)) is is_hard


def test_wide_multipliers_are_proved_by_sweeping():
    name = "exact_fp16_gradual"
    multiplier = multiplier_named(name)
    claim = CLAIMS["gates"]
    assert claim.is_hard(multiplier)
    first, second = claim.texts(multiplier)
    proof = prove_equal(first, second, name, sweeps=True)
    assert (proof.proved, proof.method, proof.ended) == (True, SWEPT, True)


@pytest.mark.parametrize("sweeps", [True, False])
@pytest.mark.parametrize("name", some(["lmul_e4m3_latency3", "exact_e4m3_x_e5m2_latency1"], 1))
def test_a_pipeline_is_proved_from_any_state(name, sweeps):
    multiplier = multiplier_named(name)
    first, second = CLAIMS["pipeline"].texts(multiplier)

    def proof_of(second, forgotten):
        return prove_equal(first, second, name, forgotten=forgotten, sweeps=sweeps)

    proof = proof_of(second, multiplier.latency)
    assert (proof.proved, proof.method) == (True, SWEPT if sweeps else UNROLLED)
    # Before that many cycles there is what nobody knows.
    assert not proof_of(second, multiplier.latency - 1).proved
    wrong = second.replace("significand_a * significand_b", "significand_a + significand_b")
    wrong = wrong.replace("x + z + C", "x + z")
    assert not proof_of(wrong, multiplier.latency).proved
