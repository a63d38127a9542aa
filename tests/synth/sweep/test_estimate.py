"""Estimates: gates counted by hand, and the larger design is the larger estimate."""

from lmul_pe.synth.netlists.netlist import Instance, Netlist, Placed
from lmul_pe.synth.sweep.estimate import REGISTER, _depth, _gates, estimated


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


def test_a_conventional_multiplier_is_larger_and_a_unit_larger_still():
    lmul, exact, unit = (
        estimated(name, None) for name in ("lmul_e4m3", "exact_e4m3", "mac_lmul_e4m3_fp16")
    )
    assert lmul.gates < exact.gates < unit.gates
    assert lmul.toggles < exact.toggles
    assert lmul.mean_error > exact.mean_error
    assert unit.level == "mac"
    assert unit.toggles == unit.gates
