"""Mapping onto a library, and the cache of its results."""

import json
import pickle
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from amaranth.back import rtlil
from amaranth.hdl import Elaboratable, Module, Signal

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.hw.export.yosys import YosysError, run_yosys
from lmul_pe.hw.multiplier.bare_adder import BareAdder
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import TechnologyError
from lmul_pe.synth.mapping import flow
from lmul_pe.synth.mapping.flow import Synthesis, clock_gating, full_adder_map, tool_versions
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS
from lmul_pe.synth.mapping.recipes import (
    GENERIC,
    RESTRUCTURINGS,
    SCRIPTS,
    back_end,
    front_end,
    restructured,
    timed,
)
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


EMPTY = json.dumps({"modules": {"small": {"ports": {}, "cells": {}}}})


@pytest.fixture
def written(monkeypatch):
    """Runs that give netlists without a cell, by their commands and files."""
    seen = []

    def run(commands, folder):
        seen.append((commands, {path.name: path.read_text() for path in folder.iterdir()}))
        for command in commands:
            if command.startswith("write_json "):
                path = folder / command.removeprefix("write_json ")
                path.write_text(EMPTY)
                path.with_suffix(".v").write_text(f"module small(); // {path.stem}")

    monkeypatch.setattr(flow, "run_yosys", run)
    return seen


def test_scripts_that_begin_alike_share_their_beginning(written):
    scripts = ("deeper-nf", "area", "deep-nf", "deep-area")
    found = flow._run("text", "small", "declared", scripts, "cells", "adder", ("gated",))
    assert found == {script: (EMPTY, f"module small(); // {script}") for script in scripts}
    ((commands, files),) = written

    def mapped(script):
        return [
            "design -load gates",
            *back_end(script),
            f"write_json {script}.json",
            f"write_verilog -noattr -noexpr -nohex -nodec {script}.v",
        ]

    assert commands == [
        "read_liberty -lib cells.lib",
        "read_verilog -lib blocks.v",
        "read_rtlil design.il",
        "hierarchy -top small",
        *front_end(),
        "gated",
        "design -save gates",
        *mapped("area"),
        *("design -load gates", *restructured("deep")),
        *mapped("deep-nf"),
        *mapped("deep-area"),
        *("design -load gates", *restructured("deeper")),
        *mapped("deeper-nf"),
    ]
    resets = files.pop("resets.v")
    assert files == {
        "design.il": "text",
        "cells.lib": "cells",
        "full_adder.v": "adder",
        "blocks.v": "declared",
    }
    # Of Yosys' registers with reset and enable: what the reset makes of the bit, and of the enable.
    for value, data in ((0, "ANDNOT"), (1, "OR")):
        for level, enable in (("P", "OR"), ("N", "ORNOT")):
            assert (
                f"module \\$_SDFFE_PP{value}{level}_ (input D, C, R, E, output Q);\n"
                "  wire data, enable;\n"
                f"  \\$_{data}_ reset (.A(D), .B(R), .Y(data));\n"
                f"  \\$_{enable}_ enabled (.A(R), .B(E), .Y(enable));\n"
                "  \\$_DFFE_PP_ _TECHMAP_REPLACE_ (.D(data), .C(C), .E(enable), .Q(Q));\n"
                "endmodule\n"
            ) in resets
    assert resets.count("module ") == 4


def test_without_cells_there_is_no_library_to_read(written):
    flow._run("text", "small", "", (GENERIC,), "", "", ())
    ((commands, _),) = written
    assert commands[0] == "read_verilog -lib blocks.v"


REGISTER = "  cell $dff $1\n"


@pytest.mark.parametrize("gates", [False, True])
@pytest.mark.parametrize("rtlil", ["text", REGISTER])
def test_clock_gates_are_for_what_has_registers(rtlil, gates, nangate45, synthesis, written, capfd):
    technology = nangate45.with_clock_gates if gates else nangate45
    synthesis.map(rtlil, "small", ("area",), technology, {"inside": "module inside();"})
    ((commands, files),) = written
    gated = gates and rtlil == REGISTER
    assert [command for command in commands if command.startswith("clockgate")] == (
        [command for command in clock_gating(technology) if command.startswith("clockgate")]
        if gated
        else []
    )
    first, *others = files["blocks.v"].splitlines()
    assert first == "module inside();"
    assert [line.split("(")[0] for line in others if line.startswith("module")] == (
        [f"module CLKGATE_X{size}" for size in (1, 2, 4, 8)] if gated else []
    )
    assert files["full_adder.v"] == full_adder_map(technology)
    assert files["cells.lib"] == liberty_text(technology)
    # The cache says nothing of what it does.
    assert capfd.readouterr() == ("", "")


def test_registers_of_a_netlist_are_those_of_its_technology(
    nangate45, synthesis, written, monkeypatch
):
    asked = []
    monkeypatch.setattr(flow, "read_netlist", lambda *given: asked.append(given))
    synthesis.map("text", "small", ("area",), nangate45, {"inside": "module inside();"})
    synthesis.map("text", "small", (GENERIC,), None)
    document = json.loads(EMPTY)
    assert asked == [
        (document, "small", nangate45.flip_flops, ("inside",)),
        (document, "small", (), ()),
    ]
    assert "DFF_X1" in nangate45.flip_flops
    (_, files) = written[1]
    assert (files["cells.lib"], files["full_adder.v"], files["blocks.v"]) == ("", "", "")


def test_what_cannot_be_mapped_without_a_technology_is_named(synthesis, monkeypatch):
    def fail(commands, folder):
        raise YosysError("ERROR: no such module")

    monkeypatch.setattr(flow, "run_yosys", fail)
    with pytest.raises(
        TechnologyError, match=r"^small cannot be mapped onto generic gates: ERROR: no such module"
    ):
        synthesis.map("text", "small", (GENERIC,), None)


@pytest.mark.filterwarnings("error")
def test_of_a_broken_entry_nobody_is_warned(synthesis, written, tmp_path, caplog):
    first = synthesis.map("text", "small", (GENERIC,), None)
    (entry,) = entries(tmp_path)
    entry.write_bytes(b"garbage")
    assert Synthesis(tmp_path / "cache").map("text", "small", (GENERIC,), None) == first
    assert len(written) == 2
    assert caplog.records == []


@pytest.mark.filterwarnings("error")
def test_of_arguments_that_take_long_to_write_nobody_is_warned(synthesis, monkeypatch):
    def slow(*arguments):
        warnings.warn("Persisting input arguments took 2.00s to run.", stacklevel=1)
        failed = {GENERIC: "why"}
        return {"netlists": {}, "failed": failed, "digest": flow._digest({}, failed)}

    monkeypatch.setattr(synthesis, "_map", slow)
    with pytest.raises(TechnologyError, match="why"):
        synthesis.map("text", "small", (GENERIC,), None)


@pytest.mark.parametrize(
    ("name", "gates"),
    [
        # The largest first.  60.73 fF are 63 clock pins of 0.9497 fF, 121.307 are 127, 242.31, 255.
        (
            "nangate45",
            [
                "CLKGATE_X8 E:CK:GCK -min_net_size 256",
                "CLKGATE_X4 E:CK:GCK -min_net_size 128",
                "CLKGATE_X2 E:CK:GCK -min_net_size 64",
                "CLKGATE_X1 E:CK:GCK -min_net_size 4",
            ],
        ),
        # 46.08 fF are 97 of 0.4747 fF; the pin for tests is tied.
        (
            "asap7",
            [
                "ICGx2_ASAP7_75t_R ENA:CLK:GCLK -tie_lo SE -min_net_size 98",
                "ICGx1_ASAP7_75t_R ENA:CLK:GCLK -tie_lo SE -min_net_size 4",
            ],
        ),
    ],
)
def test_an_enable_takes_the_smallest_gate_that_drives_its_registers(name, gates):
    technology = load_technology(name).with_clock_gates
    assert clock_gating(technology) == (
        *("techmap -map resets.v", "opt_merge", "opt_clean"),
        *(f"clockgate -pos {gate}" for gate in gates),
    )


def test_the_last_operand_of_a_full_adder_takes_its_fastest_pin():
    delays = {"X": (1.0, 9.0), "Y": (3.0, 5.0), "Z": (2.0, 7.0)}
    cell = SimpleNamespace(
        name="FA", inputs=dict.fromkeys(delays, 1), outputs={"S": SimpleNamespace(delay=delays)}
    )
    adder = SimpleNamespace(cell=cell, sum="S", carry="CO", sum_inverted=True, carry_inverted=False)
    text = full_adder_map(SimpleNamespace(full_adder=adder))
    assert "  FA cell (.Y(A), .Z(B), .X(C), .S(sum), .CO(carry));\n" in text
    assert "  assign Y = ~sum;\n  assign X = carry;\n" in text
