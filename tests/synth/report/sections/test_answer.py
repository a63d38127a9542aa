"""The answer is made from the figures, at equal delay where there are such figures."""

from dataclasses import replace

import pytest
from lmul_pe.synth.report.sections.answer import answer, facts, listed, products, sentence


def words(data):
    return sentence(data, answer(data)).replace("\N{NO-BREAK SPACE}", " ")


def test_energies_are_those_at_the_shortest_clock_that_all_kinds_meet(data, expected):
    found = answer(data)
    assert found.equal_delay
    assert {each.clock_ps for each in found.operations} == {300.0}
    assert found.delays == "equal delay: 300 ps in e4m3 and 300 ps in bf16"
    assert found.energy("bf16", "exact") == 2.0 * expected.energies_fj["bf16"]["exact"]


def test_a_clock_that_one_kind_misses_is_not_compared(data):
    missed = [
        point for point in data.equal_delay if (point.name, point.clock_ps) != ("exact_bf16", 300.0)
    ]
    found = answer(replace(data, equal_delay=tuple(missed)))
    clocks = {(each.format, each.clock_ps) for each in found.operations}
    assert clocks == {("e4m3", 300.0), ("bf16", 400.0)}


def test_without_a_common_clock_there_is_no_delay_target(bare, expected):
    found = answer(bare)
    assert found.delays == "no delay target"
    assert found.energy("e4m3", "lmul") == expected.energies_fj["e4m3"]["lmul"]


def test_savings_and_losses_are_said(data):
    assert words(data) == (
        "At 45 nm and equal delay, a multiplication by L-Mul takes 75 % less energy than a "
        "conventional one in bf16, but 25 % more in e4m3."
    )


def test_losses_alone_are_said(bare):
    assert words(replace(bare, formats=("e4m3",))) == (
        "At 45 nm, a multiplication by L-Mul takes 25 % more energy than a conventional one in "
        "e4m3."
    )


def test_a_technology_without_a_node_is_named(bare):
    assert words(replace(bare, node_nm=None, formats=("bf16",))) == (
        "At nangate45, a multiplication by L-Mul takes 75 % less energy than a conventional one "
        "in bf16."
    )


def test_facts_are_what_is_left_what_it_costs_and_what_was_promised(data):
    found = facts(data, answer(data))
    figures = [fact.figure.replace("\N{NO-BREAK SPACE}", " ") for fact in found]
    # An array spends 70 fJ on its other gates, 30 on the clock and 1 on leakage.
    left = [100 * (1 - (own + 101) / (other + 101)) for own, other in ((30, 24), (50, 200))]
    assert figures[2] == f"{left[0]:.0f} to {left[1]:.0f} %"
    assert figures[3] == "2.5 to 3.0 times"
    assert figures[5:] == ["0 of 2", "0 of 6"]


def test_facts_tell_what_is_saved_without_a_hurry(data, expected):
    relaxed, free = facts(data, answer(data))[:2]
    of = expected.energies_fj
    saved = [100 * (1 - of[each]["lmul"] / of[each]["exact"]) for each in ("e4m3", "bf16")]
    for fact in (relaxed, free):
        words = f"{fact.figure}; {fact.words}".replace("\N{NO-BREAK SPACE}", " ")
        assert words.startswith(f"{saved[0]:.0f} to {saved[1]:.0f} %; ")
        assert words.endswith(f": {saved[0]:.0f} % in e4m3 and {saved[1]:.0f} % in bf16")
    assert "1.25 times that clock" in relaxed.words
    assert "without a delay target" in free.words


def test_without_a_second_clock_nothing_is_said_of_it(data):
    first = tuple(point for point in data.equal_delay if point.clock_ps == 300.0)
    once = replace(data, equal_delay=first)
    found = facts(once, answer(once))
    assert "without a delay target" in found[0].words


def test_arrays_are_compared_at_equal_delay_where_all_have_it(data):
    met = tuple(replace(saving, equal_total_percent=12.0) for saving in data.savings)
    whole = replace(data, savings=met)
    fact = facts(whole, answer(whole))[2]
    assert fact.figure == "12\N{NO-BREAK SPACE}%"
    assert "at equal delay, clock and leakage counted" in fact.words
    assert "without a delay target" in facts(data, answer(data))[2].words


def test_without_claims_nothing_is_said_of_them(bare):
    assert len(facts(bare, answer(bare))) == 3


@pytest.mark.parametrize(
    ("given", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(given, said):
    assert listed(given) == said


def test_claims_are_about_products():
    assert (products("element-wise"), products("dot product")) == (
        "element-wise products",
        "dot products",
    )
