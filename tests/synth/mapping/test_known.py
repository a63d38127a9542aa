"""The table of known recipes: what is nearest, and that it says what it was written from."""

from dataclasses import replace

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.mapping.known import (
    FASTER,
    ROUNDS,
    Entry,
    Subject,
    entries_text,
    known_entries,
    nearest,
    read_entries,
    united,
)
from lmul_pe.synth.mapping.recipes import SCRIPTS, STRUCTURES, TIMED_SCRIPTS, Recipe

AREA, FLOW, SPEED = Recipe("gates", "area"), Recipe("cells", "flow"), Recipe("rows", "speed")


def entry(technology, node_nm, format, mantissa_bits, exponent_bits, design="lmul"):
    return Entry(
        technology,
        node_nm,
        Subject(design, format, mantissa_bits, exponent_bits),
        {"multiplier": {"free": [AREA]}},
    )


TABLE = [
    entry("nangate45", 45, "e4m3", 3, 4),
    entry("nangate45", 45, "e5m2", 2, 5),
    entry("nangate45", 45, "bf16", 7, 8),
    entry("asap7", 7, "bf16", 7, 8),
    entry("nangate45", 45, "e4m3", 3, 4, "exact"),
]


@pytest.mark.parametrize(
    ("format", "mantissa_bits", "exponent_bits", "expected"),
    [
        ("e4m3", 3, 4, "e4m3"),
        ("e5m2", 2, 5, "e5m2"),
        # Mantissa bits first.
        ("e8m3", 3, 8, "e4m3"),
        ("e4m6", 6, 4, "bf16"),
        # Two bits away, and no further.
        ("e5m9", 9, 5, "bf16"),
        # Both are one bit away.
        ("e2m1", 1, 2, "e5m2"),
    ],
)
def test_the_nearest_format(format, mantissa_bits, exponent_bits, expected, nangate45):
    subject = Subject("lmul", format, mantissa_bits, exponent_bits)
    assert nearest(TABLE, nangate45, subject).subject.format == expected


def test_another_technology_is_never_near(nangate45, asap7):
    subject = Subject("lmul", "bf16", 7, 8)
    assert nearest(TABLE, asap7, subject).technology == "asap7"
    assert nearest(TABLE, asap7, Subject("lmul", "e4m3", 3, 4)) is None
    assert nearest(TABLE, replace(nangate45, name="mine"), subject) is None


@pytest.mark.parametrize(("format", "mantissa_bits"), [("fp16", 10), ("fp32", 23)])
def test_a_mantissa_of_many_more_bits_is_not_near(format, mantissa_bits, nangate45):
    assert nearest(TABLE, nangate45, Subject("lmul", format, mantissa_bits, 8)) is None


def test_another_design_is_never_near(nangate45):
    assert nearest(TABLE, nangate45, Subject("exact", "bf16", 7, 8)) is None
    assert nearest(TABLE, nangate45, Subject("adder", "e4m3", 3, 4)) is None


def test_what_is_written_is_read():
    known = {
        "unit": {"free": [AREA]},
        "multiply": {"free": [FLOW, AREA], "fastest": [SPEED], "between": [SPEED]},
    }
    reported = {
        "unit": {"free": [[FLOW]]},
        "multiply": {"fastest": [[SPEED]], "faster": [[], [SPEED, AREA]], "between": [[], []]},
    }
    subject = Subject("mac_lmul_fp32", "e4m3", 3, 4)
    named = "mac_lmul_e4m3_fp32", reported
    written = [Entry("mine", None, subject, known, named), TABLE[0]]
    first, second = read_entries(entries_text(written))
    assert first.reported is not None
    name, taken = first.reported
    assert name == "mac_lmul_e4m3_fp32"
    assert taken == {
        **reported,
        "multiply": {**reported["multiply"], "faster": [[], [AREA, SPEED]]},
    }
    assert second.reported is None
    assert (first.technology, first.node_nm, first.subject) == (
        "mine",
        None,
        written[0].subject,
    )
    assert second == TABLE[0]
    assert list(first.known) == ["unit", "multiply"]
    assert {round: set(each) for round, each in first.known["multiply"].items()} == {
        "free": {AREA, FLOW},
        "fastest": {SPEED},
        "between": {SPEED},
    }
    assert read_entries(entries_text([])) == ()


def test_united_is_what_won_in_either():
    one = {"multiplier": {"free": [AREA], "fastest": [SPEED]}}
    other = {"multiplier": {"free": [AREA, FLOW]}, "unit": {"between": [SPEED]}}
    found = united(one, other)
    assert set(found["multiplier"]["free"]) == {AREA, FLOW}
    assert set(found["multiplier"]["fastest"]) == set(found["unit"]["between"]) == {SPEED}
    assert not found["unit"]["free"]


def test_the_committed_table_names_recipes_and_designs_that_there_are():
    entries = known_entries()
    subjects = {
        design.subject: design.name
        for format in ("e4m3", "e5m2", "bf16", "fp16", "fp32")
        for level in LEVELS.values()
        for design in level.designs(format_named(format))[0]
    }
    assert {each.subject.format for each in entries} >= {"e4m3"}
    for each in entries:
        assert each.subject in subjects
        if each.reported:
            name, taken = each.reported
            assert name == subjects[each.subject]
            assert taken.keys() <= each.known.keys()
            for block, rounds in taken.items():
                for round, targets in rounds.items():
                    won = each.known[block]["between" if round == FASTER else round]
                    assert all(set(recipes) <= set(won) for recipes in targets)
                    assert any(targets)
        for rounds in each.known.values():
            assert rounds.keys() <= set(ROUNDS)
            for round, recipes in rounds.items():
                scripts = SCRIPTS if round == "free" else TIMED_SCRIPTS
                assert recipes
                for recipe in recipes:
                    assert recipe.structure in STRUCTURES
                    assert recipe.script in scripts


@pytest.mark.parametrize(("exponent_bits", "expected"), [(5, "e4m3"), (7, "e8m3"), (9, "e8m3")])
def test_of_equal_mantissas_the_nearest_exponent_counts(exponent_bits, expected, nangate45):
    table = [entry("nangate45", 45, f"e{bits}m3", 3, bits) for bits in (4, 8)]
    subject = Subject("lmul", f"e{exponent_bits}m3", 3, exponent_bits)
    assert nearest(table, nangate45, subject).subject.format == expected


def test_entries_stand_apart_in_the_file():
    listed = {"multiplier": {"free": [FLOW, AREA], "between": []}}
    reported = ("lmul_e4m3", {"multiplier": {"free": [[], [FLOW, AREA]]}})
    entries = [
        Entry("mine", None, Subject("lmul", "e4m3", 3, 4), listed, reported),
        entry("nangate45", 45.0, "e5m2", 2, 5),
    ]
    assert entries_text(entries).split("# `make recipes` writes this file.\n\n")[1] == (
        "[[entry]]\n"
        'technology = "mine"\n'
        'design = "lmul"\n'
        'format = "e4m3"\n'
        "mantissa_bits = 3\n"
        "exponent_bits = 4\n"
        'won.multiplier.free = ["cells/flow", "gates/area"]\n'
        'name = "lmul_e4m3"\n'
        'reported.multiplier.free = [[], ["cells/flow", "gates/area"]]\n'
        "\n"
        "[[entry]]\n"
        'technology = "nangate45"\n'
        "node_nm = 45\n"
        'design = "lmul"\n'
        'format = "e5m2"\n'
        "mantissa_bits = 2\n"
        "exponent_bits = 5\n"
        'won.multiplier.free = ["gates/area"]\n'
    )
