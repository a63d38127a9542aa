"""Gates in words of 64 lanes, against integers."""

import json

import numpy as np
import pytest

from lmul_pe.sim.mutation.gates import Gates, constant, packed


def design(cells, **ports):
    text = {
        "modules": {
            "top": {
                "ports": {name: {"bits": bits} for name, bits in ports.items()},
                "cells": {
                    str(number): {
                        "type": kind,
                        "connections": {pin: [net] for pin, net in pins.items()},
                    }
                    for number, (kind, pins) in enumerate(cells)
                },
            }
        }
    }
    return Gates(json.dumps(text), "top")


@pytest.mark.parametrize(
    ("kind", "truth"),
    [
        ("AND", [0, 0, 0, 1]),
        ("NAND", [1, 1, 1, 0]),
        ("OR", [0, 1, 1, 1]),
        ("NOR", [1, 0, 0, 0]),
        ("XOR", [0, 1, 1, 0]),
        ("XNOR", [1, 0, 0, 1]),
    ],
)
def test_a_gate_has_its_truth_table(kind, truth):
    gates = design([(f"$_{kind}_", {"A": 2, "B": 3, "Y": 4})], ab=[2, 3], y=[4])
    values = gates.values({"ab": packed(np.arange(4, dtype=np.uint64), 2)}, 1)
    gates.settle(values)
    assert [int(values[gates.place("y")][0, 0]) >> lane & 1 for lane in range(4)] == truth


def test_gates_are_settled_behind_what_they_depend_on_and_choose_by_s():
    cells = [
        ("$_NOT_", {"A": 5, "Y": 6}),
        ("$_MUX_", {"A": 2, "B": 3, "S": 4, "Y": 5}),
    ]
    gates = design(cells, abs=[2, 3, 4], y=[6])
    values = gates.values({"abs": packed(np.arange(8, dtype=np.uint64), 3)}, 1)
    gates.settle(values)
    for lane in range(8):
        a, b, s = (lane >> place & 1 for place in range(3))
        assert int(values[gates.place("y")][0, 0]) >> lane & 1 == 1 - (b if s else a)


def test_registers_take_their_inputs_together():
    # Two registers that change places, and start from an input while it is set.
    cells = [
        ("$_DFF_P_", {"D": 4, "Q": 3, "C": 9}),
        ("$_DFF_P_", {"D": 5, "Q": 6, "C": 9}),
        ("$_OR_", {"A": 2, "B": 6, "Y": 4}),
        ("$_OR_", {"A": 3, "B": "0", "Y": 5}),
    ]
    gates = design(cells, set=[2], q=[3, 6])
    given = np.array([[1], [0], [0], [0]], dtype=np.uint8)
    seen = gates.replay(gates.values({}, 1), gates.place("set"), given, gates.place("q"))
    assert (seen[:, :, 0] & np.uint64(1)).tolist() == [[0, 0], [1, 0], [0, 1], [1, 0]]


def test_a_loop_and_an_unknown_cell_are_refused():
    loop = [("$_NOT_", {"A": 3, "Y": 2}), ("$_NOT_", {"A": 2, "Y": 3})]
    with pytest.raises(ValueError, match="loop"):
        design(loop, y=[2])
    with pytest.raises(ValueError, match=r"\$_DLATCH_P_"):
        design([("$_DLATCH_P_", {"D": 2, "Q": 3})], y=[3])


def test_constants_stand_in_every_lane():
    assert constant(5, 4)[:, 0].tolist() == [2**64 - 1, 0, 2**64 - 1, 0]
