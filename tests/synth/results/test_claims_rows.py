"""Rows of the claims and of memory; published and measured figures keep apart."""

import pytest


def test_a_claim_has_the_figure_of_the_paper_and_the_measured_one(data):
    row = next(
        each
        for each in data.claims
        if (each.design, each.baseline, each.workload) == ("lmul_e4m3", "exact_e4m3", "normal")
    )
    assert (row.claimed_percent, row.verdict) == (95.0, "does not hold")
    assert row.own_percent == pytest.approx(88)
    assert row.saving_percent == pytest.approx(-25)


def test_formats_that_the_paper_has_no_figure_of_have_none(data):
    assert {row.own_percent for row in data.claims if row.format == "bf16"} == {None}


def test_verdicts_are_in_words(data):
    assert {row.claim for row in data.verdicts} == {"element-wise", "dot product"}
    assert all(row.text for row in data.verdicts)


def test_gates_of_the_formula_and_of_the_netlist(data):
    row = next(each for each in data.gates if each.format == "e4m3")
    assert (row.exact_formula, row.lmul_formula) == (325, 157)
    assert (row.exact_generic, row.exact_mapped) == (9, 48)


def test_memory_is_published_and_arrays_are_measured(data):
    rows = {row.memory: row for row in data.memory if row.format == "bf16"}
    assert rows["array registers"].published_pj is None
    assert rows["DRAM"].published_pj == 1300
    assert rows["DRAM"].exact_fj == pytest.approx(301)
    assert rows["DRAM"].whole_percent < rows["array registers"].whole_percent


def test_others_without_a_like_thing_here_say_why(data):
    without = [row for row in data.others if row.measured is None]
    assert without
    assert all(row.how for row in without)
