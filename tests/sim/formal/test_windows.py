"""Sums in a window are proved part by part, whatever came before; wrong parts are refuted."""

import pytest

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.hw.unit.exact_dot import AddLanes
from lmul_pe.hw.unit.window_dot import AddBeat, WindowPath
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.sim.formal.statements import TOP, Statement
from lmul_pe.sim.formal.windows import (
    ADDED,
    ANCHOR,
    CLAIMS,
    PLACED,
    READ,
    TREE,
    UNITS,
    check_unit,
    prove_tree,
    read_cycles,
    statements,
    texts_of,
)
from tests.sweep import some

SMALL = "dot2_lmul_e2m1_window_slots2_terms2_to_e4m3"
HELD = "dot2_lmul_e2m1_latency1_window_slots2_terms2_to_e4m3"
# No infinities and few slots; products of one lane; registers between products and the sum.
FEW = (SMALL, HELD, "mac_exact_e3m2_window_slots2_terms2_to_e4m3")
OTHERS = (
    "mac_exact_e5m2_window",
    "dot2_lmul_e4m3_window_slots4",
    "dot4_exact_e5m2_latency1_window_slots2",
    "dot2_lmul_e4m3_x_e5m2_gradual_window",
    "dot4_lmul_bf16_window",
    "mac_lmul_e8m1_window_slots3_to_bf16",
)
EVERY = dict.fromkeys((*FEW, *OTHERS, *UNITS))


def proof_of(first, second, statement):
    unit = unit_named(statement.subject)
    cycles = read_cycles(unit) if statement.claim == READ else None
    return prove_equal(first, second, TOP, sweeps=True, forgotten=cycles, seconds=600)


@pytest.mark.parametrize("name", some(EVERY, 3, 8))
def test_every_part_is_proved(name):
    found = statements([check_unit(unit_named(name))])
    assert [each.claim for each in found] == [*CLAIMS]
    for statement in found:
        if statement.claim == TREE:
            assert prove_tree(unit_named(name)).proved
        else:
            assert proof_of(*texts_of(statement), statement).proved, statement.name


@pytest.mark.parametrize("claim", [PLACED, ANCHOR, ADDED, READ])
@pytest.mark.parametrize("name", some(FEW, 1))
def test_ports_of_what_is_compared_fit(claim, name, warned):
    for text in texts_of(Statement(claim, name)):
        assert warned(text, TOP) == []


WRONG = [
    # A product by a place or by a slot too far down, with a magnitude that is floored and not cut,
    # that is lost without a word, that sets no flag.
    (PLACED, "- FRACTION - last", "- FRACTION - last - 1"),
    (PLACED, "label >>> 3", "(label - 1) >>> 3"),
    (PLACED, "total - placed : total + placed", "total + placed : total + placed"),
    (PLACED, "(placed << -places) != magnitude", "1'b0"),
    (PLACED, "seen | {nan[i], infinite", "seen | {1'b0, infinite"),
    # The first of the highest two, an anchor that forgets nothing, a sum that moves too little.
    (ANCHOR, "slot_1 > anchor", "slot_1 >= slot_0"),
    (ANCHOR, "begins ? 0 : old", "old"),
    (ANCHOR, "present_0 && ", ""),
    (ANCHOR, "anchor - old;", "anchor - old - (anchor != old);"),
    (ADDED, "before >>> places", "before >> places"),
    (ADDED, "fresh ? 0 :", "fresh ? 1 :"),
    (ADDED, "$signed(moved <<< places) != before", "1'b0"),
    (ADDED, "$signed(total) != $signed(following)", "1'b0"),
    (READ, "infinite ? minus : negative", "negative"),
    (READ, "anchor, 1'b1", "anchor + 16'd1, 1'b1"),
]


@pytest.mark.parametrize(("claim", "right", "wrong"), some(WRONG, 2, 7, several=True))
def test_another_rule_is_refuted(claim, right, wrong):
    statement = Statement(claim, "dot2_lmul_e4m3_window_slots4")
    first, second = texts_of(statement)
    assert right in second
    proof = proof_of(first, second.replace(right, wrong), statement)
    assert (proof.proved, proof.ended) == (False, True)
    assert proof.counterexample is not None


@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        # Of the unit: a distance of slots, whether a bit is lost, how far a sum moves at most.
        (PLACED, "assign lost = ", "assign lost = 1'b0 & "),
        (ANCHOR, "assign anchor = ", "assign anchor = 1'b1 | "),
        (ADDED, "assign overflow = ", "assign overflow = 1'b0 & "),
    ],
)
def test_a_wrong_part_is_refuted(claim, right, wrong):
    statement = Statement(claim, SMALL)
    first, second = texts_of(statement)
    assert right in first
    assert not proof_of(first.replace(right, wrong), second, statement).proved


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # A bit of another lane, a column too far down, no lane at all, no sum that has moved.
        ("lane_2[36]", "lane_1[36]"),
        ("lane_3[33], 6'h00", "lane_3[33], 5'h00"),
        ("lane_0[32:0]", "33'h0"),
        ("$signed(moved_2)", "$signed(moved_1)"),
    ],
)
def test_a_wrong_tree_is_refuted(right, wrong):
    unit = unit_named("dot4_lmul_bf16_window")
    text = verilog_text(AddBeat(WindowPath(unit, INFERRED)), "adder", "")
    assert prove_tree(unit, text).proved
    assert right in text
    assert not prove_tree(unit, text.replace(right, wrong)).proved


def test_a_wrong_tree_before_a_register_is_refuted():
    unit = unit_named("dot4_lmul_bf16_latency1_window")
    window = WindowPath(unit, INFERRED)
    adder = verilog_text(AddBeat(window), "adder", "")
    tree = verilog_text(AddLanes(window), "tree", "")
    assert prove_tree(unit, adder, tree).proved
    assert "lane_2[36]" in tree
    assert " beat }" in adder
    assert not prove_tree(unit, adder, tree.replace("lane_2[36]", "lane_1[36]")).proved
    assert not prove_tree(unit, adder.replace(" beat }", " beat[34:0], 1'b0 }"), tree).proved


@pytest.mark.parametrize("name", ["dot4_lmul_e4m3_fixed", "mac_lmul_bf16_fp32", "lmul_e4m3"])
def test_units_without_a_window_are_refused(name):
    with pytest.raises(SpecificationError, match=f"{name} has no window: expected a MAC or a dot"):
        check_unit(unit_named(name))


def test_a_tree_has_no_texts():
    with pytest.raises(SpecificationError, match="no texts about tree: expected placed, anchor"):
        texts_of(Statement(TREE, SMALL))
