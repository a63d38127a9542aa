"""Estimates: gates counted by hand, and the larger design is the larger estimate."""

import pytest

from lmul_pe.model import format_named, multiplier_named
from lmul_pe.synth.activity.evaluation import evaluate, unpack_bits
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from lmul_pe.synth.mapping.recipes import STRUCTURES
from lmul_pe.synth.netlists.netlist import Instance, Netlist, Placed
from lmul_pe.synth.sweep.estimate import REGISTER, _depth, _gates, _mapped, estimated
from lmul_pe.synth.workload.streams import operands


def test_gates_are_those_of_a_module_and_of_all_blocks_in_it():
    inverter = Instance("i", "$_NOT_", {"A": 2}, {"Y": 3})
    nand = Instance("n", "$_NAND_", {"A": 3, "B": 3}, {"Y": 4})
    register = Instance("r", REGISTER, {"D": 4, "C": 5}, {"Q": 6})
    block = Netlist("block", {"a": (2,)}, {"y": (4,)}, (inverter, nand), (register,))
    placed = [Placed(f"b{place}", "block", {"a": (2,)}, {"y": (3 + place,)}) for place in range(3)]
    top = Netlist("top", {"a": (2,)}, {"y": (3,)}, (), (), tuple(placed))
    # Transistors: two and four, and sixteen of the register; four to a NAND.
    assert _gates({"top": top, "block": block}, "top") == 3 * (2 + 4 + 16) / 4
    assert _depth(block) == 2
    # A gate without inputs is one gate, and a module of blocks has none of its own.
    assert (_depth(Netlist("tie", {}, {"y": (2,)}, (TIE,))), _depth(top)) == (1, 0)


TIE = Instance("t", "$_TIE_", {}, {"Y": 2})


def test_toggles_are_those_of_every_gate_by_operations():
    design = multiplier_design(multiplier_named("exact_e4m3"), "")
    # In the first of its structures.
    netlist = _mapped(design.rtlil(STRUCTURES["gates"]), design.name, {})
    a, b = operands("normal", *[format_named("e4m3")] * 2, 2048, 2024)
    waveforms = evaluate(netlist, GENERIC_FUNCTIONS, {"a": a, "b": b})
    changes = 0
    for net in netlist.driven:
        bits = unpack_bits([waveforms.values[net]], 2048)
        changes += int((bits[1:] != bits[:-1]).sum())
    found = estimated("exact_e4m3", None)
    assert found.toggles == pytest.approx(changes / 2047)
    assert found.gates == generic_gate_equivalents(netlist)


def test_a_conventional_multiplier_is_larger_and_a_unit_larger_still():
    lmul, exact, unit = (
        estimated(name, None) for name in ("lmul_e4m3", "exact_e4m3", "mac_lmul_e4m3_fp16")
    )
    assert lmul.gates < exact.gates < unit.gates
    assert lmul.toggles < exact.toggles
    assert lmul.mean_error > exact.mean_error
    assert unit.level == "mac"
    assert unit.toggles == unit.gates
