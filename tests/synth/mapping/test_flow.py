"""Mapping onto a library, and the cache of its results."""

import json
import pickle
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Module, Signal

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.hw.multiplier.bare_adder import BareAdder
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import TechnologyError
from lmul_pe.synth.mapping import flow
from lmul_pe.synth.mapping.flow import Synthesis, full_adder_map, tool_versions
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS
from lmul_pe.synth.mapping.recipes import GENERIC, RESTRUCTURINGS, SCRIPTS, timed
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import ZERO, read_netlist
from lmul_pe.synth.netlists.timing import critical_path
from tests.sweep import some

SCRIPT = "fraig"


@pytest.fixture(scope="module")
def adder():
    """RTLIL of an adder of 8 bits, by full-adder cells."""
    return rtlil_text(BareAdder(8, Architecture(adders="cells")), "adder")


@pytest.fixture
def synthesis(tmp_path):
    return Synthesis(tmp_path / "cache")


@pytest.fixture
def runs(monkeypatch):
    """The runs of Yosys, in a list that grows."""
    counted = []
    real = flow.run_yosys

    def run(commands, folder):
        counted.append(commands)
        return real(commands, folder)

    monkeypatch.setattr(flow, "run_yosys", run)
    return counted


def adds(netlist, functions, width=8):
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**width), np.arange(2**width)))
    found = evaluate(netlist, functions, {"a": a, "b": b}).output("y")
    return bool((found == (a + b) % 2**width).all())


def entries(synthesis_folder, name="output.pkl"):
    return list(Path(synthesis_folder).rglob(name))


@pytest.mark.parametrize("name", some(["asap7", "nangate45", "sky130hd"], 1))
def test_an_adder_is_mapped_onto_the_librarys_cells(name, adder, synthesis):
    technology = load_technology(name)
    mapped = synthesis.map(adder, "adder", (SCRIPT, "area"), technology)
    assert list(mapped) == [SCRIPT, "area"]
    for result in mapped.values():
        assert adds(result.netlist, cell_functions(technology))
        assert result.netlist.cell_counts.keys() <= technology.cells.keys()
        assert technology.full_adder.cell.name in result.netlist.cell_counts
        assert "module adder(" in result.verilog
        # No larger than a full adder and two inverters for each bit.
        bit = technology.full_adder.cell.area_um2 + 2 * technology.inverter.area_um2
        assert area_um2(result.netlist, technology) <= 8 * bit


def test_without_a_technology_there_are_two_input_gates(adder, synthesis):
    (result,) = synthesis.map(adder, "adder", (GENERIC,), None).values()
    assert adds(result.netlist, GENERIC_FUNCTIONS)
    assert result.netlist.cell_counts.keys() <= GENERIC_FUNCTIONS.keys()


def test_a_library_without_full_adders_maps_them_to_gates(adder, synthesis, nangate45):
    kept = ("INV_X1", "BUF_X1", "NAND2_X1")
    gates = replace(nangate45, cells={name: nangate45.cells[name] for name in kept})
    assert full_adder_map(gates) == ""
    result = synthesis.map(adder, "adder", (SCRIPT,), gates)[SCRIPT]
    assert result.netlist.cell_counts.keys() == {"INV_X1", "NAND2_X1"}
    assert adds(result.netlist, cell_functions(gates))


@pytest.mark.parametrize("inverted", [False, True])
def test_full_adder_cells_may_be_inverting(inverted, asap7, nangate45):
    technology = asap7 if inverted else nangate45
    text = full_adder_map(technology)
    adder = technology.full_adder
    assert (adder.sum_inverted, adder.carry_inverted) == (inverted, inverted)
    assert ("~sum" in text, "~carry" in text) == (inverted, inverted)


def test_scripts_that_need_a_buffer_are_left_out_without_one(adder, synthesis, runs, nangate45):
    cells = {name: cell for name, cell in nangate45.cells.items() if "BUF" not in name}
    technology = replace(nangate45, cells=cells)
    assert (nangate45.has_buffer, technology.has_buffer) == (True, False)
    found = synthesis.map(adder, "adder", ("area", SCRIPT, "flow", "speed@1"), technology)
    assert list(found) == ["area"]
    assert synthesis.map(adder, "adder", ("speed@1",), technology) == {}
    assert len(runs) == 1


def test_a_result_is_made_once(adder, synthesis, runs, nangate45, tmp_path):
    first = synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    assert len(runs) == 1
    again = Synthesis(tmp_path / "cache").map(adder, "adder", (SCRIPT,), nangate45)
    assert len(runs) == 1
    assert again == first


def test_what_decides_the_result_is_part_of_its_key(
    adder, synthesis, runs, nangate45, asap7, monkeypatch
):
    synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    synthesis.map(adder, "adder", (SCRIPT,), asap7)
    synthesis.map(adder, "adder", ("balance",), nangate45)
    narrow = rtlil_text(BareAdder(7), "adder")
    synthesis.map(narrow, "adder", (SCRIPT,), nangate45)
    monkeypatch.setattr(flow, "tool_versions", lambda: {"pyosys": "0.0"})
    synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    monkeypatch.setitem(SCRIPTS, SCRIPT, "strash; dch; amap")
    synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    assert len(runs) == 6


def spoiled(content):
    """The same dictionary with another cell in its Verilog: it unpickles, but was not put there."""
    result = pickle.loads(content)
    document, verilog = result["netlists"][SCRIPT]
    result["netlists"][SCRIPT] = (document, verilog.replace("FA_X1", "FA_X9", 1))
    return pickle.dumps(result)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"",
        lambda content: b"garbage " * 100,
        lambda content: pickle.dumps("another object"),
        lambda content: pickle.dumps({"netlists": {}}),
        spoiled,
    ],
    ids=["truncated", "empty", "garbage", "another object", "keys missing", "content changed"],
)
def test_a_broken_entry_is_made_again(damage, adder, synthesis, runs, nangate45, tmp_path):
    first = synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    (entry,) = entries(tmp_path)
    entry.write_bytes(damage(entry.read_bytes()))
    assert Synthesis(tmp_path / "cache").map(adder, "adder", (SCRIPT,), nangate45) == first
    assert len(runs) == 2
    # And the cache is whole again.
    assert Synthesis(tmp_path / "cache").map(adder, "adder", (SCRIPT,), nangate45) == first
    assert len(runs) == 2


@pytest.mark.parametrize("left", ["metadata.json", None])
def test_an_entry_that_was_interrupted_is_made_again(
    left, adder, synthesis, runs, nangate45, tmp_path
):
    first = synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    (entry,) = entries(tmp_path)
    for path in entry.parent.iterdir():
        if path.name != left:
            path.unlink()
    assert Synthesis(tmp_path / "cache").map(adder, "adder", (SCRIPT,), nangate45) == first
    assert len(runs) == 2


def test_an_interrupt_leaves_no_entry(adder, synthesis, nangate45, tmp_path, monkeypatch):
    def interrupted(commands, folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "run_yosys", interrupted)
    with pytest.raises(KeyboardInterrupt):
        synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    assert entries(tmp_path) == []


@pytest.mark.slow
def test_scripts_that_begin_alike_give_what_each_gives_alone(adder, synthesis, nangate45, runs):
    # The fourth restructures otherwise, and its file replaces that of the others.
    scripts = ("deep-nf", SCRIPT, "deep-area", "deeper-nf", timed("deep-map", 100))
    together = synthesis.map(adder, "adder", scripts, nangate45)
    assert list(together) == list(scripts)
    (commands,) = runs
    assert sum("&deepsyn" in command for command in commands) == 2
    for script in scripts:
        (alone,) = synthesis.map(adder, "adder", (script,), nangate45).values()
        found = together[script].netlist
        assert found.cell_counts == alone.netlist.cell_counts
        assert critical_path(found, nangate45).delay_ps == pytest.approx(
            critical_path(alone.netlist, nangate45).delay_ps
        )
        assert adds(found, cell_functions(nangate45))


def test_how_scripts_begin_is_part_of_their_key(adder, synthesis, nangate45, runs, monkeypatch):
    synthesis.map(adder, "adder", ("deep-nf",), nangate45)
    monkeypatch.setitem(RESTRUCTURINGS, "deep", "strash; &get -n; &deepsyn -I 1 -J 1")
    synthesis.map(adder, "adder", ("deep-nf",), nangate45)
    assert len(runs) == 2


def test_a_script_that_abc_fails_on_is_left_out(adder, synthesis, nangate45, monkeypatch, runs):
    monkeypatch.setitem(SCRIPTS, "broken", "strash; no_such_command")
    mapped = synthesis.map(adder, "adder", (SCRIPT, "broken"), nangate45)
    assert list(mapped) == [SCRIPT]
    assert adds(mapped[SCRIPT].netlist, cell_functions(nangate45))
    # All at once, and then each by itself.
    assert len(runs) == 3


def test_if_every_script_fails_the_technology_is_named(adder, synthesis, nangate45, monkeypatch):
    monkeypatch.setitem(SCRIPTS, "broken", "strash; no_such_command")
    with pytest.raises(TechnologyError, match="adder cannot be mapped onto nangate45: ") as caught:
        synthesis.map(adder, "adder", ("broken",), nangate45)
    assert len(str(caught.value).splitlines()) == 1


def test_the_netlist_and_the_verilog_are_the_same(adder, synthesis, nangate45, tmp_path):
    mapped = synthesis.map(adder, "adder", (SCRIPT,), nangate45)[SCRIPT]
    (tmp_path / "cells.lib").write_text(liberty_text(nangate45))
    (tmp_path / "adder.v").write_text(mapped.verilog)
    commands = [
        "read_liberty -lib cells.lib",
        "read_verilog adder.v",
        "hierarchy -check -top adder",
    ]
    run_yosys([*commands, "write_json adder.json"], tmp_path)
    again = read_netlist(json.loads((tmp_path / "adder.json").read_text()), "adder")
    assert again.cell_counts == mapped.netlist.cell_counts
    assert adds(again, cell_functions(nangate45))


def test_versions_are_those_of_the_installed_packages():
    versions = tool_versions()
    assert list(versions) == ["amaranth", "lmul-pe", "numpy", "pyosys"]
    assert versions["numpy"] == np.__version__


class Held(Elaboratable):
    """Registers of several widths, each with an enable of its own."""

    def __init__(self, *widths):
        self.enables = [Signal(name=f"e{width}") for width in widths]
        self.inputs = [Signal(width, name=f"d{width}") for width in widths]
        self.outputs = [Signal(width, name=f"q{width}", reset_less=True) for width in widths]

    def elaborate(self, platform):
        m = Module()
        for enable, given, held in zip(self.enables, self.inputs, self.outputs, strict=True):
            with m.If(enable):
                m.d.sync += held.eq(given)
        return m

    @property
    def rtlil(self):
        ports = [*self.enables, *self.inputs, *self.outputs]
        return rtlil.convert(self, name="held", ports=ports, emit_src=False)


@pytest.mark.parametrize(
    ("name", "gates"),
    [
        # 60.73 fF are 63 clock pins of 0.9497 fF; three bits are too few.
        ("nangate45", {"CLKGATE_X1": 2, "CLKGATE_X2": 1}),
        # 46.08 fF are 97 of 0.4747 fF.
        ("asap7", {"ICGx1_ASAP7_75t_R": 3}),
    ],
)
def test_enables_become_clock_gates(name, gates, synthesis):
    technology = load_technology(name).with_clock_gates
    module = Held(3, 4, 63, 64)
    netlist = synthesis.map(module.rtlil, "held", (SCRIPT,), technology)[SCRIPT].netlist
    counts = netlist.cell_counts
    assert {cell: counts[cell] for cell in counts if technology.cells[cell].clock_gate} == gates
    assert len(netlist.registers) == 3 + 4 + 63 + 64
    tree = clock_tree(netlist, technology)
    behind = [tree.gated.get(each.inputs[pin_of(each, technology)]) for each in netlist.registers]
    assert sorted(Counter(gate.name if gate else "" for gate in behind).values()) == [3, 4, 63, 64]
    # The test pin is tied.
    assert all(
        gate.inputs.get("SE", ZERO) == ZERO for gate in netlist.instances if "CLK" in gate.inputs
    )


class Reset(Elaboratable):
    """Registers of 8 bits that are reset to 0xA5, whatever their enables: one high, one low."""

    def __init__(self):
        self.enables = Signal(2)
        self.given = Signal(8)
        self.outputs = [Signal(8, name=f"q{index}", init=0xA5) for index in range(2)]

    def elaborate(self, platform):
        m = Module()
        for enable, held in zip((self.enables[0], ~self.enables[1]), self.outputs, strict=True):
            with m.If(enable):
                m.d.sync += held.eq(self.given)
        return m


def test_registers_with_a_reset_are_gated_too(synthesis, nangate45):
    module = Reset()
    ports = [module.enables, module.given, *module.outputs]
    text = rtlil.convert(module, name="reset", ports=ports, emit_src=False)
    technology = nangate45.with_clock_gates
    netlist = synthesis.map(text, "reset", (SCRIPT,), technology)[SCRIPT].netlist
    assert netlist.cell_counts["CLKGATE_X1"] == 2
    tree = clock_tree(netlist, technology)
    assert all(each.inputs[pin_of(each, technology)] in tree.gated for each in netlist.registers)
    random = np.random.default_rng(5)
    cycles = 200
    data, enables = random.integers(256, size=cycles), random.integers(4, size=cycles)
    resets = random.random(cycles) < 0.1
    resets[0] = True

    def inputs(cycle, outputs):
        given = {"given": data[cycle], "enables": enables[cycle], "rst": resets[cycle], "clk": 0}
        return {
            port: np.array([[int(given[port]) >> bit & 1] for bit in range(len(nets))], np.uint64)
            for port, nets in netlist.inputs.items()
        }

    run = simulate(netlist, technology, inputs, 1, cycles)
    held = [0, 0]
    for cycle in range(cycles - 1):
        for index, opened in enumerate((enables[cycle] & 1, not enables[cycle] & 2)):
            if resets[cycle]:
                held[index] = 0xA5
            elif opened:
                held[index] = int(data[cycle])
            bits = run.outputs[f"q{index}"][cycle + 1, :, 0]
            assert sum(int(bit) << place for place, bit in enumerate(bits)) == held[index]


def pin_of(register, technology):
    return technology.cells[register.cell].flip_flop.clock_pin


def test_clock_gates_are_asked_for(synthesis, nangate45):
    netlist = synthesis.map(Held(8).rtlil, "held", (SCRIPT,), nangate45)[SCRIPT].netlist
    assert not any("GATE" in cell for cell in netlist.cell_counts)


def test_what_has_no_registers_is_mapped_once_with_and_without(adder, synthesis, nangate45, runs):
    plain = synthesis.map(adder, "adder", (SCRIPT,), nangate45)
    assert synthesis.map(adder, "adder", (SCRIPT,), nangate45.with_clock_gates) == plain
    assert len(runs) == 1
