import math
from dataclasses import replace
from types import MappingProxyType

import pytest

from lmul_pe.synth.cells.library import BUILT_IN, load_technology
from lmul_pe.synth.cells.technology import (
    Adder,
    Cell,
    ClockGate,
    FlipFlop,
    Output,
    Passive,
    PlainUse,
    Technology,
    TechnologyError,
)


def gate(name, function, area=1.0, inputs=("A",), pin="Y", **fields):
    output = Output(
        function=function, energy_fj=1.0, max_load_ff=10.0, delay=dict.fromkeys(inputs, (1.0, 1.0))
    )
    return Cell(
        **{
            "name": name,
            "area_um2": area,
            "leakage_nw": 1.0,
            "inputs": dict.fromkeys(inputs, 1.0),
            "outputs": {pin: output},
            **fields,
        }
    )


def technology(*cells):
    return Technology(
        name="tiny",
        node_nm=None,
        voltage=1.0,
        temperature=25.0,
        source="here",
        licence="none",
        input_slew_ps=10.0,
        load_ff=1.0,
        cells={cell.name: cell for cell in cells},
    )


INVERTER = gate("INV", "!A")
NAND2 = gate("NAND2", "!(A & B)", area=2.0, inputs=("A", "B"))


def test_gate_equivalents():
    assert load_technology("nangate45").gate_equivalents(0.798) == 1
    assert load_technology("nangate45").gate_equivalents(4.256) == pytest.approx(4.256 / 0.798)


def test_names_do_not_matter():
    found = technology(
        gate("NAND2", "A & B", inputs=("A", "B")),
        gate("INV", "A"),
        gate("x", "(!Q) + (!P)", area=5.0, inputs=("P", "Q")),
        gate("y", "!(P' + Q')'", area=4.0, inputs=("P", "Q")),
        gate("z", "Q'", inputs=("Q",)),
    )
    assert found.nand2.name == "y"
    assert found.inverter.name == "z"
    assert found.full_adder is None
    assert found.half_adder is None


def test_digest_follows_the_content():
    original = load_technology("asap7")
    assert original.digest == load_technology("asap7").digest
    assert len(bytes.fromhex(original.digest)) == 32
    assert hash(original) == hash(load_technology("asap7"))
    digests = {load_technology(name).digest for name in BUILT_IN}
    digests.add(replace(original, voltage=0.8).digest)
    assert len(digests) == 4
    assert technology(INVERTER, NAND2).digest == technology(NAND2, INVERTER).digest


@pytest.mark.parametrize(
    "more",
    [
        {"layout": {"BUF": gate("BUF", "A")}},
        {"clock_gates": {"BUF": gate("BUF", "A")}},
        {"passive": {"FILL": Passive()}},
        {"notes": ("left out",)},
    ],
)
def test_what_no_mapper_uses_makes_no_other_technology(more):
    plain = technology(INVERTER, NAND2)
    assert replace(plain, **more) == plain
    assert replace(plain, **more).digest == plain.digest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"area_um2": -1.0}, r"cell INV: area is -1 um2, expected a number that is not negative"),
        ({"area_um2": math.nan}, r"cell INV: area is nan um2"),
        ({"area_um2": 0.0}, r"cell INV: area is 0 um2, expected more than 0"),
        ({"area_um2": math.inf}, r"cell INV: area is inf um2"),
        ({"leakage_nw": math.nan}, r"cell INV: leakage is nan, expected a finite number"),
        ({"inputs": {"A": -0.5}}, r"cell INV: capacitance of input A is -0.5 fF"),
        ({"inputs": {"B": 1.0}}, r"cell INV, output Y: function '!A' uses 'A', expected one of B"),
        (
            {"outputs": {"Y": Output(function="A &", energy_fj=1.0, max_load_ff=1.0, delay={})}},
            r"cell INV, output Y: function 'A &': expected a pin",
        ),
        (
            {"outputs": {"Y": Output(function="A", energy_fj=math.nan, max_load_ff=1.0, delay={})}},
            r"cell INV: energy of output Y is nan",
        ),
        (
            {
                "outputs": {
                    "Y": Output(
                        function="A", energy_fj=1.0, max_load_ff=1.0, delay={"A": (1.0, math.inf)}
                    )
                }
            },
            r"cell INV: delay from A to Y is inf",
        ),
        (
            {
                "flip_flop": FlipFlop(
                    clock="A)", next_state="A", state=("Q", "QN"), clock_energy_fj=1.0, setup_ps=1.0
                )
            },
            r"cell INV, flip-flop clock: function 'A\)'",
        ),
        (
            {
                "flip_flop": FlipFlop(
                    clock="1", next_state="A", state=("Q", "QN"), clock_energy_fj=1.0, setup_ps=1.0
                )
            },
            r"cell INV: flip-flop clock is '1', expected one pin or its inverse",
        ),
        ({"inputs": {}}, r"cell INV, output Y: function '!A' uses 'A', expected one of \(none\)$"),
        ({"leakage_states": (1.0,)}, r"cell INV: leakage of 1 states, expected 2 or none$"),
        ({"leakage_states": (1.0, math.nan)}, r"cell INV: leakage of state 1 is nan, expected a"),
        (
            {"outputs": {"Y": Output(function="A", energy_fj=1.0, max_load_ff=-1.0, delay={})}},
            r"cell INV: largest load of output Y is -1 fF, expected a number that is not negative",
        ),
        (
            {
                "outputs": {
                    "Y": Output(
                        function="A",
                        energy_fj=1.0,
                        max_load_ff=1.0,
                        delay={"A": (1.0, 1.0)},
                        edges={"A": ((1.0, 1.0), (math.nan, 1.0))},
                    )
                }
            },
            r"cell INV: delay from A to Y is nan",
        ),
    ],
)
def test_rejects_cells(fields, message):
    with pytest.raises(TechnologyError, match=message):
        replace(INVERTER, **fields)


def test_figures_may_be_0_and_a_load_without_limit():
    output = Output(function="!A", energy_fj=-1.0, max_load_ff=math.inf, delay={"A": (-1.0, 0.0)})
    cell = replace(
        INVERTER,
        inputs={"A": 0.0},
        leakage_nw=0.0,
        leakage_states=(0.0, 1.0),
        outputs={"Y": replace(output, max_load_ff=0.0), "Z": output},
    )
    assert cell.outputs["Z"].max_load_ff == math.inf


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"clock_energy_fj": math.inf}, r"cell FF: clock energy is inf, expected a finite number"),
        ({"setup_ps": math.nan}, r"cell FF: setup time is nan, expected a finite number"),
        ({"next_state": "R"}, r"cell FF, flip-flop next_state: function 'R' uses 'R', expected "),
        ({"clear": "R"}, r"cell FF, flip-flop clear: function 'R' .* expected one of A, Q, QN$"),
        ({"preset": "A &"}, r"cell FF, flip-flop preset: function 'A &': expected a pin"),
        ({"clock": "A & Q"}, r"cell FF: flip-flop clock is 'A & Q', expected one pin or its inv"),
    ],
)
def test_rejects_flip_flops(fields, message):
    usual = {"clock": "A", "next_state": "Q", "state": ("Q", "QN")}
    figures = {"clock_energy_fj": -1.0, "setup_ps": -1.0}
    flip_flop = FlipFlop(**usual | figures)
    # Beside its pin it has a state, so that there are four.
    cell = gate("FF", "QN", flip_flop=flip_flop, leakage_states=(1.0, 2.0, 3.0, 4.0))
    with pytest.raises(TechnologyError, match=message):
        replace(cell, flip_flop=replace(flip_flop, **fields))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"clock_energy_fj": math.inf}, r"cell G: clock energy is inf, expected a finite number"),
        ({"setup_ps": math.nan}, r"cell G: setup time is nan, expected a finite number"),
    ],
)
def test_rejects_clock_gates(fields, message):
    figures = {"clock_energy_fj": 0.0, "setup_ps": 0.0}
    with pytest.raises(TechnologyError, match=message):
        clock_gate("G", 1.0, **figures | fields)


def clock_gate(name, area, test=None, max_load_ff=10.0, clock_energy_fj=1.0, setup_ps=1.0):
    pins = ("CK", "E", test) if test else ("CK", "E")
    cell = gate(name, "CK & E", area, pins)
    gates = ClockGate(
        clock="CK", enable="E", test=test, clock_energy_fj=clock_energy_fj, setup_ps=setup_ps
    )
    output = replace(cell.outputs["Y"], max_load_ff=max_load_ff)
    return replace(cell, clock_gate=gates, outputs={"Y": output})


def test_sizes_of_clock_gates_each_take_more_load():
    gates = [
        clock_gate("large", 4.0, max_load_ff=40.0),
        clock_gate("small", 2.0, max_load_ff=20.0),
        # Larger than the small one, and for no more load.
        clock_gate("wasteful", 3.0, max_load_ff=20.0),
        clock_gate("tested", 1.0, test="TE", max_load_ff=10.0),
    ]
    found = technology(INVERTER, NAND2, *gates)
    assert [cell.name for cell in found.gate_sizes] == ["small", "large"]
    assert [cell.name for cell in technology(INVERTER, NAND2, gates[3]).gate_sizes] == ["tested"]
    assert technology(INVERTER, NAND2).gate_sizes == ()


def test_clock_gates_and_cells_of_layouts_are_among_the_cells_where_they_are_wanted():
    gates, buffer = clock_gate("G", 4.0), gate("CLKBUF", "A")
    library = replace(
        technology(INVERTER, NAND2),
        clock_gates={"G": gates},
        layout={"CLKBUF": buffer, "INV": replace(INVERTER, area_um2=9.0)},
    )
    assert list(library.with_clock_gates.cells) == ["INV", "NAND2", "G"]
    assert library.with_clock_gates.clock_gates == {}
    whole = library.with_layout
    assert whole.cells == {"INV": INVERTER, "NAND2": NAND2, "G": gates, "CLKBUF": buffer}
    assert (whole.layout, whole.clock_gates) == ({}, {})
    with pytest.raises(TechnologyError, match="library tiny has no clock gate: expected a cell wi"):
        _ = technology(INVERTER, NAND2).with_clock_gates


def test_a_buffer_is_found_by_its_function():
    assert not technology(INVERTER, NAND2).has_buffer
    assert technology(INVERTER, NAND2, gate("B", "A")).has_buffer


def test_of_cells_of_one_area_the_one_that_loads_its_drivers_least_is_meant():
    light = replace(INVERTER, name="Z", inputs={"A": 0.5})
    assert technology(INVERTER, NAND2, light).inverter == light
    twin = replace(light, name="Y")
    assert technology(INVERTER, NAND2, light, twin).inverter == twin


def adder(name, sums, carries, inputs=("A", "B"), area=5.0):
    first, second = (gate(name, each, area, inputs) for each in (sums, carries))
    return replace(first, outputs={"S": first.outputs["Y"], "C": second.outputs["Y"]})


def test_adders_may_give_complements():
    found = technology(
        INVERTER,
        NAND2,
        plain_flip_flop("FF", 1.0),
        adder("no carry", "A ^ B", "A | B", area=3.0),
        adder("switched", "(A ^ B) & !E", "A & B & !E", ("A", "B", "E"), area=4.0),
        adder("inverted", "A ^ B", "!(A & B)"),
        adder("larger", "!(A ^ B)", "A & B", area=6.0),
        adder("full", "!(A ^ B ^ D)", "A & B | A & D | B & D", ("A", "B", "D")),
    )
    half, full = found.half_adder, found.full_adder
    assert (half.cell.name, half.sum, half.carry) == ("inverted", "S", "C")
    assert (half.sum_inverted, half.carry_inverted) == (False, True)
    assert (full.cell.name, full.sum_inverted, full.carry_inverted) == ("full", True, False)


def test_rejects_libraries_that_cannot_be_mapped():
    with pytest.raises(TechnologyError, match="tiny: no two-input NAND among its 1 cells"):
        technology(INVERTER)
    with pytest.raises(TechnologyError, match="tiny: no inverter among its 1 cells"):
        technology(NAND2)
    for voltage, said in ((0.0, "0"), (-1.0, "-1"), (math.inf, "inf"), (math.nan, "nan")):
        with pytest.raises(
            TechnologyError, match=f"tiny: voltage is {said} V, expected more than 0$"
        ):
            replace(technology(INVERTER, NAND2), voltage=voltage)


def test_any_mapping_serves():
    read_only = MappingProxyType({"A": 1.0})
    found = technology(replace(INVERTER, inputs=read_only), NAND2)
    assert found.inverter.inputs == {"A": 1.0}
    assert found.digest == technology(INVERTER, NAND2).digest


def flip_flop(name, area, **changes):
    usual = {
        "clock": "CK",
        "next_state": "D",
        "state": ("IQ", "IQN"),
        "clock_energy_fj": 4.0,
        "setup_ps": 30.0,
    }
    return Cell(
        name=name,
        area_um2=area,
        leakage_nw=1.0,
        inputs={"D": 1.0, "E": 1.0, "CK": 1.0},
        outputs={
            "Q": Output(function="IQ", energy_fj=1.0, max_load_ff=9.0, delay={"CK": (9.0, 1.0)})
        },
        flip_flop=FlipFlop(**usual | changes),
    )


TIED = (
    (flip_flop("cleared", 1.0, clear="!E"), {"E": True}),
    (flip_flop("preset", 1.0, preset="E"), {"E": False}),
    (flip_flop("enabled", 1.0, next_state="(E & D) | (!E & IQ)"), {"E": True}),
    (flip_flop("both", 1.0, clear="!E", preset="E & D"), None),
)
FALLING = tuple(
    flip_flop(f"falling {clock}", 1.0, clock=clock) for clock in ("!CK", "(!CK)", "CK'")
)


def library(tiny, *cells):
    return replace(tiny, cells=tiny.cells | {cell.name: cell for cell in cells})


def test_the_smallest_that_only_takes_a_bit(tiny):
    plain = (plain_flip_flop("large", 4.0), plain_flip_flop("small", 3.0))
    special = [cell for cell, _ in TIED]
    found = library(tiny, *plain, plain_flip_flop("twin", 3.0), *special, *FALLING)
    assert found.plain_flip_flop.name == "small"
    assert found.plain_flip_flop.plain_use == PlainUse("D", {})


def plain_flip_flop(name, area):
    cell = flip_flop(name, area)
    return replace(cell, inputs={"D": 1.0, "CK": 1.0})


@pytest.mark.parametrize(("cell", "tied"), TIED, ids=lambda each: getattr(each, "name", ""))
def test_pins_of_set_reset_and_enable_are_tied(tiny, cell, tied):
    # A cell of its own: what was found once is kept.
    cell = replace(cell)
    assert cell.plain_use == (PlainUse("D", tied) if tied else None)
    if tied:
        assert library(tiny, cell).plain_flip_flop == cell


@pytest.mark.parametrize("cell", [*FALLING, TIED[-1][0]], ids=lambda cell: cell.name)
def test_one_that_does_more_is_not_plain(tiny, cell):
    assert not library(tiny, cell).has_plain_flip_flop
    with pytest.raises(TechnologyError, match="library tiny has no plain flip-flop"):
        _ = library(tiny, cell).plain_flip_flop


def test_what_a_flip_flop_says_of_its_pins():
    (enabled, _), falling = TIED[2], FALLING[0]
    assert enabled.flip_flop.data == ("E", "D", "IQ")
    assert (enabled.flip_flop.clock_pin, enabled.flip_flop.rises) == ("CK", True)
    assert (falling.flip_flop.clock_pin, falling.flip_flop.rises) == ("CK", False)
    inverted = flip_flop("inverted", 1.0)
    inverse = replace(inverted.outputs["Q"], function="IQN")
    both = replace(inverted, outputs={"QN": inverse, "Q": inverted.outputs["Q"]})
    assert both.state_output == "Q"
    assert replace(both, outputs={"QN": inverse}).state_output == "QN"


def test_energy_of_a_transition_and_of_a_clock_edge(tiny):
    # 2 V: 2 fJ per fF; the clock pin has 1 fF.
    assert tiny.charging_fj(3.0) == 6.0
    assert tiny.clock_edge_fj(flip_flop("plain", 1.0)) == 4.0 + 2.0
    assert tiny.clock_edge_fj(flip_flop("plain", 1.0), wire_ff=0.5) == 4.0 + 3.0


def test_a_delay_may_lead_through_another_output(tiny):
    adder = tiny.cells["HA"]
    assert adder.delay_ps("A", "C", 2.0) == 40 + 2 * 10
    straight = replace(adder.outputs["S"], delay={"C": (50.0, 1.0)})
    through = replace(adder, outputs={**adder.outputs, "S": straight})
    assert through.delay_ps("B", "S", 3.0) == 45 + 50 + 3
    with pytest.raises(TechnologyError, match="pin C has no delay from Q"):
        adder.delay_ps("Q", "C", 0.0)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Cell, ("INV", 1.0, 2.0, {"A": 1.0}, {})),
        (Output, ("A", 1.0, 2.0, {})),
        (FlipFlop, ("CK", "D", ("Q", "QN"), None, None, 1.0, 2.0)),
        (ClockGate, ("CK", "E", None, 1.0, 2.0)),
        (Passive, (1.0, {})),
        (Adder, (INVERTER, "S", "C", False, False)),
        (Technology, ("t", None, 1.0, 25.0, "here", "none", 1.0, 1.0, {})),
    ],
)
def test_figures_are_given_by_name(kind, values):
    with pytest.raises(TypeError, match="positional"):
        kind(*values)
