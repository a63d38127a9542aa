from itertools import product

import pytest

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, MAPPED, generic_gate_equivalents
from lmul_pe.synth.netlists.netlist import Instance, Netlist

MEANING = {
    "$_NOT_": lambda a: not a,
    "$_AND_": lambda a, b: a and b,
    "$_NAND_": lambda a, b: not (a and b),
    "$_OR_": lambda a, b: a or b,
    "$_NOR_": lambda a, b: not (a or b),
    "$_XOR_": lambda a, b: a != b,
    "$_XNOR_": lambda a, b: a == b,
    "$_ANDNOT_": lambda a, b: a and not b,
    "$_ORNOT_": lambda a, b: a or not b,
    "$_MUX_": lambda a, b, s: b if s else a,
}


def test_every_gate_means_what_yosys_means():
    assert GENERIC_FUNCTIONS.keys() == MEANING.keys()
    for name, meaning in MEANING.items():
        expression = parse_function(GENERIC_FUNCTIONS[name]["Y"])
        pins = sorted(expression.inputs)
        for values in product((0, 1), repeat=len(pins)):
            found = expression.evaluate(dict(zip(pins, values, strict=True)))
            assert found & 1 == bool(meaning(*values)), (name, values)


def test_abc_may_use_every_gate():
    assert MAPPED == ("AND", "NAND", "OR", "NOR", "XOR", "XNOR", "ANDNOT", "ORNOT", "MUX")


@pytest.mark.parametrize(
    ("cells", "size"),
    [(["NAND"], 1), (["NOT"], 0.5), (["AND", "XOR"], 4.5), (["MUX", "NOR", "NOR"], 5)],
)
def test_size_is_in_nands_of_four_transistors(cells, size):
    instances = tuple(
        Instance(str(index), f"$_{cell}_", {"A": 2}, {"Y": 3 + index})
        for index, cell in enumerate(cells)
    )
    assert generic_gate_equivalents(Netlist("n", {"a": (2,)}, {}, instances)) == size


@pytest.mark.parametrize(
    # As Yosys' `stat -tech cmos` counts them.
    ("transistors", "cells"),
    [
        (2, ["NOT"]),
        (4, ["NAND", "NOR"]),
        (6, ["AND", "OR", "ANDNOT", "ORNOT"]),
        (12, ["XOR", "XNOR", "MUX"]),
    ],
)
def test_gates_are_as_large_as_their_transistors(transistors, cells):
    for cell in cells:
        netlist = Netlist("n", {"a": (2,)}, {}, (Instance("0", f"$_{cell}_", {"A": 2}, {"Y": 3}),))
        assert generic_gate_equivalents(netlist) == transistors / 4
