"""Scores and their intervals, against published figures."""

import pytest

from lmul_pe.sim.mutation.mutants import Mutant
from lmul_pe.sim.mutation.score import interval, left, score, source_table, table
from lmul_pe.sim.mutation.source import SourceMutant
from lmul_pe.sim.mutation.source_verdicts import LIVES, SourceVerdict
from lmul_pe.sim.mutation.verdicts import EQUAL, GAP, KILLED, OPEN, Verdict


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998), Table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_are_wilsons(hits, count, low, high):
    assert interval(hits, count) == pytest.approx((low, high), abs=5e-5)
    assert interval(count - hits, count) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_nothing_drawn_says_nothing():
    assert interval(0, 0) == (0.0, 1.0)


def verdict(number, outcome):
    command = (
        "mutate -mode inv -module lmul_e4m3 -cell $add$design.v:6$1 -port A -portbit 3 -src d:6.1"
    )
    return Verdict(Mutant("lmul_e4m3", command), number, outcome, "why")


def test_what_is_equal_counts_for_nothing_and_what_is_open_for_alive():
    found = [verdict(1, KILLED), verdict(2, EQUAL), verdict(3, OPEN), verdict(4, GAP)]
    assert score(found).startswith("33.3 % (")
    assert [each.number for each in left(found)] == [3, 4]
    assert score([verdict(1, EQUAL)]) == "all are equal"
    text = table([found], "make mutate COUNT=4")
    assert "| lmul_e4m3 | 4 | 1 | 1 | 1 | 1 | 33.3 % (" in text
    assert "- `lmul_e4m3` 3, open: inv A[3] of $add in line 6; why" in text


def test_a_design_of_a_single_mutant_has_a_row():
    assert "| lmul_e4m3 | 1 | 1 | 0 | 0 | 0 | 100.0 % (" in table([[verdict(1, KILLED)]], "make")


def test_lines_are_broken_between_words_alone():
    mutant = SourceMutant("sim/part.py", 5, "long" * 12, "-".join(["short"] * 11), 0, 48)
    text = source_table({"sim": [SourceVerdict(mutant, LIVES, "left-over " * 30)]}, "make mutate")
    _, _, names = text.partition("Those that live:\n\n")
    assert names.split() == f"- `{mutant.place}`; {'left-over ' * 30}".split()
    lines = names.splitlines()
    assert len(lines) > 3
    assert all(len(line) <= 100 for line in lines)
    assert lines[0].startswith("- `")
    assert all(line.startswith("  ") for line in lines[1:])
    # A word that is longer than a line has one to itself.
    command = f"make mutate SOURCES={','.join(['sim/testbench'] * 9)}"
    assert command.split()[-1] + "`," in source_table({}, command).splitlines()
