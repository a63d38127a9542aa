"""The paper's figures, as literals from the paper."""

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.published.paper import (
    CLAIMED,
    adder_gates,
    lmul_gates,
    multiplier_gates,
    own_arithmetic,
    published,
    published_name,
)


@pytest.mark.parametrize(
    ("format", "claim", "sums", "before", "after", "percent"),
    [
        ("fp32", "element-wise", "", 3.7, 0.1, 97.3),
        ("fp16", "element-wise", "", 1.1, 0.05, 95.5),
        ("e4m3", "element-wise", "", 0.25, 0.03, 88.0),
        ("fp32", "dot product", "fp32", 4.6, 1.0, 78.3),
        ("fp16", "dot product", "fp16", 1.5, 0.45, 70.0),
        ("fp16", "dot product", "fp32", 2.0, 0.95, 52.5),
        ("e5m2", "dot product", "fp32", 1.15, 0.93, 19.1),
    ],
)
def test_savings_follow_from_the_papers_table(format, claim, sums, before, after, percent):
    (found,) = (
        each
        for each in own_arithmetic(format_named(format))
        if (each.claim, each.sums) == (claim, sums)
    )
    assert found.before_pj == pytest.approx(before)
    assert found.after_pj == pytest.approx(after)
    assert round(found.saving_percent, 1) == percent
    assert "arXiv 2410.00907" in found.source


@pytest.mark.parametrize(
    ("format", "table", "count"),
    [
        ("e4m3", "paper", 2),  # no sums in eight bits
        ("fp16", "paper", 3),
        ("fp32", "paper", 2),
        ("bf16", "paper", 0),
        ("fp32", "7 nm", 2),
        ("bf16", "7 nm", 0),  # no addition of 16-bit integers
    ],
)
def test_what_the_table_has_no_figures_for_is_left_out(format, table, count):
    assert len(own_arithmetic(format_named(format), table)) == count


def test_the_claims_are_those_of_the_abstract():
    assert CLAIMED == {"element-wise": 95.0, "dot product": 80.0}


def test_operations_are_named():
    (product, _, summed) = own_arithmetic(format_named("fp16"))
    assert (product.before, product.after) == (("fp16_multiply",), ("int16_add",))
    assert (summed.before, summed.after) == (
        ("fp16_multiply", "fp32_add"),
        ("int16_add", "fp32_add"),
    )


def test_gate_counts_are_those_printed():
    printed = {(each.kind, each.format): each.gates for each in published().gate_count}
    assert printed == {
        ("exact", "fp16"): 584,
        ("exact", "e4m3"): 325,
        ("exact", "e5m2"): 296,
        ("lmul", "fp16"): 256,
        ("lmul", "fp8"): 157,
        ("lmul", "12 bits"): 201,
    }
    assert all(each.formula == each.gates for each in published().gate_count)


def test_the_papers_formulas_give_its_gate_counts():
    assert [multiplier_gates(bits) for bits in (10, 3, 2)] == [584, 325, 296]
    assert [lmul_gates(bits) for bits in (16, 7, 11)] == [256, 157, 201]


def test_an_adder_is_a_half_adder_and_full_adders():
    assert [adder_gates(bits) for bits in (1, 2, 8)] == [5, 16, 82]


@pytest.mark.parametrize(
    ("format", "name"), [("e4m3", "fp8"), ("e5m2", "fp8"), ("bf16", "bf16"), ("e5m6", "e5m6")]
)
def test_formats_as_tables_call_them(format, name):
    assert published_name(format_named(format)) == name


def test_figures_name_their_source():
    assert [each.name for each in published().energy] == ["paper", "7 nm"]
    assert all(each.source for each in (*published().energy, *published().memory))
    assert {each.node_nm for each in published().memory} == {45, 7}


def test_what_others_did_has_a_like_thing_here_or_a_reason():
    for work in published().others:
        assert bool(work.nearest) is not bool(work.why), work.who
        assert all(figure.ours for figure in work.figures) or work.why, work.who
