"""Netlists as gates over rows: what states become, and what cannot be run."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.synth.activity.program import Neighbour, program_of
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.technology import Cell, FlipFlop, Output
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist, NetlistError


def library(tiny, **changes):
    """`tiny` with a flip-flop that takes D where E is set, and holds its bit elsewhere."""
    usual = {"clock": "CK", "next_state": "(E & D) | (!E & IQ)", "state": ("IQ", "IQN")}
    figures = {"clock_energy_fj": 1.0, "setup_ps": 1.0}
    output = Output(function="IQ", energy_fj=1.0, max_load_ff=9.0, delay={"CK": (9.0, 1.0)})
    cell = Cell(
        name="FF",
        area_um2=1.0,
        leakage_nw=1.0,
        inputs={"D": 1.0, "E": 1.0, "CK": 1.0},
        outputs={"Q": output, "QN": replace(output, function="IQN")},
        flip_flop=FlipFlop(**usual | figures | changes),
    )
    return replace(tiny, cells=tiny.cells | {"FF": cell})


def one_flip_flop(d=3, e=4):
    """A port or a constant is at each of its pins."""
    pins = {"D": d, "E": e, "CK": 2}
    ports = {"clk": (2,), "d": (3,), "e": (4,)}
    register = Instance("r", "FF", pins, {"Q": 5, "QN": 6})
    return Netlist("one", ports, {"q": (5,), "qn": (6,)}, (), (register,))


def run(technology, netlist, **bits):
    """What comes out of one run, cycle by cycle."""
    cycles = len(next(iter(bits.values())))

    def stimulus(cycle, _):
        given = {"clk": 0} | {name: int(each[cycle]) for name, each in bits.items()}
        return {name: np.array([[bit]], dtype=np.uint64) for name, bit in given.items()}

    found = simulate(netlist, technology, stimulus, 1, cycles).outputs
    return {name: "".join(str(bit) for bit in found[name].ravel()) for name in found}


def test_a_flip_flop_holds_its_bit_and_gives_the_complement(tiny):
    found = run(library(tiny), one_flip_flop(), d="1000110", e="1001110")
    assert found == {"q": "0111011", "qn": "1000100"}


def test_the_next_state_may_take_the_complement(tiny):
    flipping = library(tiny, next_state="(E & IQN) | (D & IQ)")
    assert run(flipping, one_flip_flop(), d="0001100", e="1011011")["q"] == "0101110"


@pytest.mark.parametrize(
    ("forced", "e", "held"),
    [({"clear": "!E"}, ONE, True), ({"preset": "E"}, ZERO, True), ({"preset": "E"}, ONE, False)],
)
def test_clear_and_preset_have_to_be_tied_off(tiny, forced, e, held):
    technology = library(tiny, next_state="D", **forced)
    netlist = one_flip_flop(e=e)
    if held:
        assert run(technology, netlist, d="1011", e="0000")["q"] == "0101"
    else:
        message = r"^cell FF: asynchronous clear or preset is not simulated$"
        with pytest.raises(NetlistError, match=message):
            program_of(netlist, technology)


def test_a_cell_without_a_function_is_an_error(tiny):
    netlist = Netlist("n", {"a": (2,)}, {"y": (3,)}, (Instance("i", "ODD", {"A": 2}, {"Y": 3}),))
    with pytest.raises(NetlistError, match=r"^netlist n: cell ODD has no function$"):
        program_of(netlist, replace(tiny, cells=tiny.cells | {"ODD": library(tiny).cells["FF"]}))


def test_cells_may_be_constant(tiny):
    output = tiny.cells["INV"].outputs["Y"]
    cells = {
        name: replace(
            tiny.cells["INV"], inputs={}, outputs={"Y": replace(output, function=name, delay={})}
        )
        for name in "01"
    }
    ties = (Instance("z", "0", {}, {"Y": 4}), Instance("o", "1", {}, {"Y": 5}))
    netlist = Netlist("ties", {"clk": (2,)}, {"y": (4,), "z": (5,)}, ties)
    found = run(replace(tiny, cells=tiny.cells | cells), netlist, clk="00")
    assert found == {"y": "00", "z": "11"}


def test_rows_are_those_of_nets_that_something_drives(chain, tiny):
    program = program_of(chain, tiny)
    assert program.nets == (2, 3, 4)
    assert program.rows_of((4, 2, 3)).tolist() == [program.rows[place] for place in (2, 0, 1)]
    # An inverter is a copy of a complement, and a NAND one gate.
    assert program.gates.kind.tolist() == [0, 0]
    # Only the row of the constant 1 is set before the first cycle.
    values = program.first_values(3)
    assert values.shape == (program.size, 3)
    (ones,) = program.rows_of([ONE])
    assert values[ones].tolist() == [2**64 - 1] * 3
    assert not np.delete(values, ones, axis=0).any()
    with pytest.raises(NetlistError, match=r"^a net that nothing drives is X$"):
        program.rows_of([9])


def test_behind_the_last_run_complements_are_0(tiny):
    zeros = np.zeros((1, 2), dtype=np.uint64)
    given = {"clk": zeros, "d": zeros, "e": zeros}
    found = simulate(one_flip_flop(), library(tiny), lambda *_: given, 65, 2).outputs
    assert found["qn"].tolist() == [[[2**64 - 1, 1]]] * 2


def test_cells_behind_neighbours_run_in_their_order(tiny):
    """Bits go to the run after the next one, through inverters; each is enabled by the one before.

    Runs 0 and 1 take what the stimulus gives, run 0 in the first cycle alone.
    """
    cells = tuple(Instance(f"i{n}", "INV", {"A": n}, {"Y": n + 1}) for n in (4, 5, 6))
    register = Instance("r", "FF", {"D": 7, "E": 3, "CK": 2}, {"Q": 8, "QN": 9})
    ports = {"clk": (2,), "e": (3,), "d": (4,)}
    netlist = Netlist("row", ports, {"q": (8,), "qn": (9,), "on": (ONE,)}, cells, (register,))

    def stimulus(cycle, _):
        given = {"clk": 0, "e": 0b0010 | int(cycle == 0), "d": 0b0010}
        return {name: np.array([[bits]], dtype=np.uint64) for name, bits in given.items()}

    neighbours = [Neighbour("qn", "d", 2, edge=0b0011), Neighbour("on", "e", 1, edge=0b0001)]
    found = simulate(netlist, library(tiny), stimulus, 4, 5, neighbours=neighbours)
    # Run 0 takes a 1 and keeps it, run 2 has it a cycle later; run 1 has 0, and so has run 3.
    assert found.outputs["q"].ravel().tolist() == [0, 0b0001, 0b0101, 0b0101, 0b0101]


def test_the_edge_is_cut_into_words():
    neighbour = Neighbour("q", "d", 1, edge=0b101 | 1 << 63 | 1 << 64 | 1 << 128)
    assert neighbour.edge_words(2).tolist() == [2**63 + 5, 1]
    assert neighbour.edge_words(3).tolist() == [2**63 + 5, 1, 1]
