"""Bit-parallel evaluation against evaluation one operand at a time."""

from itertools import pairwise

import numpy as np
import pytest

from lmul_pe.synth.activity.evaluation import cell_functions, evaluate, pack_bits, unpack_bits
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist, NetlistError

COUNTS = [1, 2, 63, 64, 65, 127, 128, 129, 1000]
GATES = {
    "$_NOT_": lambda p: 1 - p["A"],
    "$_AND_": lambda p: p["A"] & p["B"],
    "$_NAND_": lambda p: 1 - (p["A"] & p["B"]),
    "$_OR_": lambda p: p["A"] | p["B"],
    "$_NOR_": lambda p: 1 - (p["A"] | p["B"]),
    "$_XOR_": lambda p: p["A"] ^ p["B"],
    "$_XNOR_": lambda p: 1 - (p["A"] ^ p["B"]),
    "$_ANDNOT_": lambda p: p["A"] & (1 - p["B"]),
    "$_ORNOT_": lambda p: p["A"] | (1 - p["B"]),
    "$_MUX_": lambda p: p["B"] if p["S"] else p["A"],
}


def random_netlist(random, cells=40):
    """Gates of every kind on random earlier nets and constants; two input ports, one output."""
    inputs = {"a": tuple(range(2, 7)), "b": tuple(range(7, 10))}
    nets = [ZERO, ONE, *inputs["a"], *inputs["b"]]
    instances = []
    for index in range(cells):
        kind = list(GATES)[index % len(GATES)]
        pins = {"$_NOT_": "A", "$_MUX_": "ABS"}.get(kind, "AB")
        output = 10 + index
        connected = {pin: int(random.choice(nets)) for pin in pins}
        instances.append(Instance(f"g{index}", kind, connected, {"Y": output}))
        nets.append(output)
    outputs = {"y": tuple(int(net) for net in random.choice(nets, size=12))}
    return Netlist("random", inputs, outputs, tuple(instances))


def one_by_one(netlist, operands, index):
    """The values of all nets for one operand of each port, by plain Python."""
    values = {ZERO: 0, ONE: 1}
    for name, nets in netlist.inputs.items():
        code = int(operands[name][index])
        values |= {net: code >> bit & 1 for bit, net in enumerate(nets)}
    for instance in netlist.instances:
        pins = {pin: values[net] for pin, net in instance.inputs.items()}
        values[instance.outputs["Y"]] = GATES[instance.cell](pins)
    return values


@pytest.mark.parametrize("count", COUNTS)
def test_packing_is_undone_by_unpacking(count):
    codes = np.random.default_rng(count).integers(0, 2**13, size=count)
    words = pack_bits(codes, 13)
    assert {len(word) for word in words} == {-(-count // 64)}
    np.testing.assert_array_equal(unpack_bits(words, count), codes)


def test_the_first_operand_is_the_lowest_bit_and_the_last_one_fills_up():
    (word,) = pack_bits(np.array([1, 0, 1, 1]), 1)
    assert int(word[0]) == 2**64 - 1 - 0b0010
    (word,) = pack_bits(np.array([1, 1, 0]), 1)
    assert int(word[0]) == 0b0011


def test_codes_of_64_bits_pack():
    codes = np.array([2**64 - 1, 2**63, 1], dtype=np.uint64)
    np.testing.assert_array_equal(unpack_bits(pack_bits(codes, 64), 3), codes)


@pytest.mark.parametrize("seed", range(6))
def test_every_net_has_the_value_that_plain_python_gives(seed):
    random = np.random.default_rng(seed)
    netlist = random_netlist(random)
    operands = {"a": random.integers(0, 32, size=150), "b": random.integers(0, 8, size=150)}
    waveforms = evaluate(netlist, GENERIC_FUNCTIONS, operands)
    expected = [one_by_one(netlist, operands, index) for index in range(150)]
    for net in expected[0]:
        found = unpack_bits([waveforms.values[net]], 150)
        np.testing.assert_array_equal(found, [values[net] for values in expected])
    code = [
        sum(values[net] << bit for bit, net in enumerate(netlist.outputs["y"]))
        for values in expected
    ]
    np.testing.assert_array_equal(waveforms.output("y"), code)


@pytest.mark.parametrize("count", COUNTS)
def test_toggles_are_those_counted_one_by_one(count):
    random = np.random.default_rng(count)
    netlist = Netlist("wire", {"a": (2, 3)}, {"y": (2, 3)}, ())
    codes = random.integers(0, 4, size=count)
    waveforms = evaluate(netlist, {}, {"a": codes})
    for bit, net in enumerate((2, 3)):
        values = [int(code) >> bit & 1 for code in codes]
        changes = [0, *(one != other for one, other in pairwise(values))]
        blocks = [sum(changes[start : start + 64]) for start in range(0, count, 64)]
        np.testing.assert_array_equal(waveforms.toggles(net), blocks)


def test_a_change_at_the_border_of_words_counts_once():
    netlist = Netlist("wire", {"a": (2,)}, {"y": (2,)}, ())
    codes = np.array([0] * 64 + [1] * 64 + [0])
    waveforms = evaluate(netlist, {}, {"a": codes})
    np.testing.assert_array_equal(waveforms.toggles(2), [0, 1, 1])


def test_padding_behind_the_last_operand_toggles_no_inverting_net():
    netlist = Netlist(
        "not", {"a": (2,)}, {"y": (3,)}, (Instance("i", "$_NOT_", {"A": 2}, {"Y": 3}),)
    )
    waveforms = evaluate(netlist, GENERIC_FUNCTIONS, {"a": np.array([0, 1, 1])})
    assert (int(waveforms.toggles(2).sum()), int(waveforms.toggles(3).sum())) == (1, 1)


def test_an_output_that_nothing_drives_is_an_error():
    netlist = Netlist("open", {"a": (2,)}, {"y": (2, 9)}, ())
    waveforms = evaluate(netlist, {}, {"a": np.array([0, 1])})
    with pytest.raises(NetlistError, match=r"netlist open: y\[1\] is X"):
        waveforms.output("y")


def test_a_cell_without_a_function_is_an_error():
    netlist = Netlist("n", {"a": (2,)}, {"y": (3,)}, (Instance("i", "DFF", {"A": 2}, {"Y": 3}),))
    with pytest.raises(NetlistError, match="netlist n: cell DFF has no function"):
        evaluate(netlist, GENERIC_FUNCTIONS, {"a": np.array([0, 1])})


def test_cells_with_two_outputs_have_two_functions(tiny):
    netlist = Netlist(
        "adder",
        {"a": (2,), "b": (3,)},
        {"y": (4, 5)},
        (Instance("h", "HA", {"A": 2, "B": 3}, {"S": 4, "C": 5}),),
    )
    a, b = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    found = evaluate(netlist, cell_functions(tiny), {"a": a, "b": b}).output("y")
    np.testing.assert_array_equal(found, a + b)


def test_flip_flops_have_no_combinational_function(nangate45):
    functions = cell_functions(nangate45)
    assert functions["NAND2_X1"].keys() == {"ZN"}
    assert "DFF_X1" in nangate45.cells
    assert "DFF_X1" not in functions
