"""Exact sums are proved part by part, whatever came before; wrong parts are refuted."""

import pytest

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.hw.unit.exact_dot import AddLanes, ExactPath
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.formal import exact_additions
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.sim.formal.exact_additions import (
    ADDED,
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
from lmul_pe.sim.formal.statements import TOP, Statement
from tests.sweep import some

# Held products; subnormal results, and products beyond a register; integers.
FEW = (
    "dot16_lmul_e4m3_latency1_fixed",
    "mac_exact_e5m2_fixed_msbm15_lsbm30_to_e5m2",
    "dot2_int4_int8",
)
OTHERS = (
    "dot4_exact_e5m2_fixed",
    "dot2_lmul_e4m3_fixed_to_e4m3",
    "mac_lmul_e4m3_fixed",
    "mac_int4_int8",
    "dot4_lmul_e4m3_x_e5m2_gradual_fixed",
)
EVERY = dict.fromkeys((*FEW, *OTHERS, *UNITS))


def proof_of(first, second, statement):
    unit = unit_named(statement.subject)
    cycles = read_cycles(unit) if statement.claim == READ else 0
    return prove_equal(first, second, TOP, sweeps=True, forgotten=cycles or None, seconds=100)


def proved(statement):
    if statement.claim == TREE:
        return prove_tree(unit_named(statement.subject))
    return proof_of(*texts_of(statement), statement)


@pytest.mark.parametrize("name", some(EVERY, 3, 8))
def test_every_part_is_proved(name):
    unit = check_unit(unit_named(name))
    found = statements([unit])
    claims = [ADDED, READ] if name.startswith("mac") else [PLACED, TREE, ADDED, READ]
    assert [each.claim for each in found] == claims
    for statement in found:
        assert proved(statement).proved, statement.name


@pytest.mark.parametrize(
    ("claim", "name"),
    [(PLACED, FEW[0]), (PLACED, "dot4_exact_e5m2_fixed"), (ADDED, FEW[2]), (READ, FEW[2])],
)
def test_ports_of_what_is_compared_fit(claim, name, warned):
    for text in texts_of(Statement(claim, name)):
        assert warned(text, TOP) == []


WRONG = [
    # A product by one place too far down, or one that sets no flag, or of the wrong sign.
    (PLACED, "dot4_exact_e5m2_fixed", "- FRACTION - LSB", "- FRACTION - LSB - 1"),
    (PLACED, "dot4_exact_e5m2_fixed", "{nan[i], infinite[i]", "{1'b0, infinite[i]"),
    (PLACED, "dot4_lmul_e4m3_fixed", "sign[i] ? beat - magnitude", "!sign[i] ? beat - magnitude"),
    (PLACED, "dot4_lmul_e4m3_latency1_fixed", "magnitude << places", "magnitude << (places | 1)"),
    (ADDED, "dot4_lmul_e4m3_fixed", "fresh ? 0 :", "fresh ? 1 :"),
    (ADDED, "dot4_lmul_e4m3_fixed", "total != $signed(following)", "total < $signed(following)"),
    (ADDED, "mac_exact_e5m2_fixed", "$signed(state[WIDTH-1:0]) + beat", "beat"),
    (ADDED, "mac_exact_e5m2_fixed", "sign[i], infinite[i]", "!sign[i], infinite[i]"),
    (READ, "dot4_exact_e5m2_fixed", "infinite ? minus : negative", "negative"),
    (READ, "mac_int4_int8", "assign y = state;", "assign y = state + 1;"),
]


@pytest.mark.parametrize(("claim", "name", "right", "wrong"), some(WRONG, 1, 5, several=True))
def test_another_rule_is_refuted(claim, name, right, wrong):
    statement = Statement(claim, name)
    first, second = texts_of(statement)
    assert right in second
    proof = proof_of(first, second.replace(right, wrong), statement)
    assert (proof.proved, proof.ended) == (False, True)
    assert proof.counterexample is not None


def test_a_product_larger_than_its_lane_says_is_refuted():
    """That the tree has room for all of them rests on it."""
    statement = Statement(PLACED, "dot4_lmul_e4m3_fixed")
    first, second = texts_of(statement)
    largest = ExactPath(unit_named("dot4_lmul_e4m3_fixed"), INFERRED).lane.largest
    assert f"'sd{largest};" in first
    less = first.replace(f"'sd{largest}", f"'sd{largest // 2}")
    assert not proof_of(less, second, statement).proved


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        # A bit of another lane, a sign with another weight, another offset, a bit left out.
        ("lane_2[36]", "lane_1[36]"),
        ("lane_3[34], 7'h00", "lane_3[34], 6'h00"),
        ("37'h1000000000", "37'h0800000000"),
        ("lane_0[32:0]", "{lane_0[32:1], 1'b0}"),
    ],
)
def test_a_wrong_tree_is_refuted(right, wrong):
    unit = unit_named("dot4_lmul_e4m3_fixed")
    text = verilog_text(AddLanes(ExactPath(unit, INFERRED)), "tree", "")
    assert prove_tree(unit, text).proved
    assert right in text
    assert not prove_tree(unit, text.replace(right, wrong)).proved


@pytest.mark.parametrize(("largest", "proved"), [(2**34 - 1, True), (2**34 + 1, False)])
def test_a_tree_has_room_for_the_largest_products_of_all_lanes(largest, proved, monkeypatch):
    """Four of them are less than the offset, 2^36."""

    class Path(ExactPath):
        def __init__(self, *of):
            super().__init__(*of)
            assert self.offset == 2**36
            self.lane.largest = largest

    monkeypatch.setattr(exact_additions, "ExactPath", Path)
    unit = unit_named("dot4_lmul_e4m3_fixed")
    text = verilog_text(AddLanes(ExactPath(unit, INFERRED)), "tree", "")
    assert prove_tree(unit, text).proved is proved


@pytest.mark.parametrize("name", ["mac_lmul_e4m3_fp32", "dot2_lmul_e4m3_fp32", "lmul_e4m3"])
def test_units_whose_sums_are_not_exact_are_refused(name):
    with pytest.raises(SpecificationError, match=f"{name} has no exact sums: expected a MAC or"):
        check_unit(unit_named(name))
