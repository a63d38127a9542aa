"""The paper's figures, as literals from the paper."""

import pytest

from lmul_pe.synth.published.paper import (
    adder_gates,
    energy_claims,
    gate_claims,
    lmul_gates,
    multiplier_gates,
    published,
)


@pytest.mark.parametrize(
    ("name", "before", "after", "percent", "claimed"),
    [
        ("element-wise fp32", 3.7, 0.1, 97.3, 95.0),
        ("element-wise 16 bit", 1.1, 0.05, 95.5, 95.0),
        ("dot product fp32", 4.6, 1.0, 78.3, 80.0),
        ("dot product 16 bit", 1.5, 0.45, 70.0, 80.0),
        ("dot product fp8, fp32 accumulator", 1.15, 0.93, 19.1, None),
    ],
)
def test_savings_follow_from_the_papers_table(name, before, after, percent, claimed):
    (claim,) = (claim for claim in energy_claims() if claim.name == name)
    assert claim.before_pj == pytest.approx(before)
    assert claim.after_pj == pytest.approx(after)
    assert round(claim.saving_percent, 1) == percent
    assert claim.claimed == claimed


def test_there_are_no_other_savings():
    assert len(energy_claims()) == 5


def test_gate_counts_are_those_printed():
    printed = {(claim.kind, claim.format): claim.printed for claim in gate_claims()}
    assert printed == {
        ("exact", "fp16"): 584,
        ("exact", "e4m3"): 325,
        ("exact", "e5m2"): 296,
        ("lmul", "fp16"): 256,
        ("lmul", "fp8"): 157,
        ("lmul", "12 bits"): 201,
    }


def test_the_papers_formulas_give_its_gate_counts():
    assert [multiplier_gates(bits) for bits in (10, 3, 2)] == [584, 325, 296]
    assert [lmul_gates(bits) for bits in (16, 7, 11)] == [256, 157, 201]
    assert all(claim.formula == claim.printed for claim in gate_claims())


def test_an_adder_is_a_half_adder_and_full_adders():
    assert [adder_gates(bits) for bits in (1, 2, 8)] == [5, 16, 82]


def test_figures_name_their_source():
    for table in ("energy_pj", "energy_text_pj"):
        assert "arXiv 2410.00907" in published()[table]["source"]
