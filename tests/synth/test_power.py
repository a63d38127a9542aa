"""The command: what it prints, what it reads of itself and of Verilator, and what it refuses."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from pathlib import Path

import click
import pytest

from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.run.simulators import verilator
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.design.multipliers import multiplier_design_named
from lmul_pe.synth.interchange.verilog_reader import read_verilog
from lmul_pe.synth.power import main
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from tests.synth.gate_netlists import GateNetlists


@dataclass
class Command:
    """What a run printed."""

    text: str

    def per_operation(self, row):
        (found,) = re.findall(rf"^{row} +([\d.]+) ", self.text, re.MULTILINE)
        return float(found)


@pytest.fixture(scope="module")
def netlists(tmp_path_factory, synthesis):
    gates = GateNetlists(tmp_path_factory.mktemp("gates"), synthesis)
    nangate45 = load_technology("nangate45")
    return {
        "lmul": gates.multiplier("lmul_e2m1", nangate45)[0],
        "mac": gates.unit("mac_lmul_e2m1_e4m3", nangate45)[0],
    }


@pytest.fixture
def power(capsys):
    def run(netlist, *arguments):
        words = ["--netlist", str(netlist), *map(str, arguments), "--verbose"]
        main(words, standalone_mode=False)
        # Sentences are broken where they must be.
        return Command(capsys.readouterr().out.replace("\n  ", " "))

    return run


def test_what_it_writes_it_reads(netlists, power, tmp_path):
    saif = tmp_path / "ours.saif"
    ours = power(netlists["lmul"], "--pairs", "500", "--clock-ps", "800", "--saif-out", saif)
    again = power(netlists["lmul"], "--saif", saif, "--clock-ps", "800")
    for row in ("net switching", "internal", "clock"):
        assert again.per_operation(row) == ours.per_operation(row)
    # A recording does not say which pins are high together.
    assert "leakage: by the states that each cell is in" in ours.text
    assert "leakage: the mean of each cell's states" in again.text
    parts = [ours.per_operation(row) for row in ("net switching", "internal", "leakage")]
    assert sum(parts) == pytest.approx(ours.per_operation("total"), abs=0.02)
    assert "100.0 %" in ours.text
    assert "1.1 V" in ours.text
    assert "800 ps per operation" in ours.text
    functional = power(netlists["lmul"], "--pairs", "500", "--functional")
    assert functional.per_operation("internal") < ours.per_operation("internal")
    wired = power(netlists["lmul"], "--saif", saif, "--clock-ps", "800", "--wire-ff", "2")
    assert wired.per_operation("internal") == ours.per_operation("internal")
    assert wired.per_operation("net switching") > ours.per_operation("net switching")


def test_a_unit_counts_by_its_clock(netlists, power, tmp_path):
    saif = tmp_path / "ours.saif"
    ours = power(netlists["mac"], "--clock-ps", "2000", "--saif-out", saif)
    again = power(netlists["mac"], "--saif", saif)
    assert "fJ per clock cycle" in again.text
    for row in ("net switching", "internal", "clock"):
        assert again.per_operation(row) == ours.per_operation(row) > 0


@pytest.mark.parametrize("name", ["lmul", "mac"])
def test_leakage_is_that_of_the_report(netlists, power, name):
    """That is counted on other operands of the same sort."""
    technology = load_technology("nangate45")
    netlist = read_verilog(netlists[name], technology).netlist
    if netlist.registers:
        stimulus = StreamStimulus(unit_named(netlist.name), "normal", 7)
        counted = (LANES, stimulus.cycles, stimulus.counted)
        sample = simulate(netlist, technology, stimulus.inputs, *counted).sample
    else:
        a, b = multiplier_design_named(netlist.name).stream("normal", 20_000, 7)
        sample = evaluate(netlist, cell_functions(technology), {"a": a, "b": b}).sample
    microwatts = float(leakages_nw(netlist, technology, sample).sum()) / 1000
    found = power(netlists[name], "--clock-ps", "2000")
    (said,) = re.findall(r"^leakage .* ([\d.]+) *$", found.text, re.MULTILINE)
    assert float(said) == pytest.approx(microwatts, rel=0.01, abs=0.005)


def test_a_library_without_states_is_named(tmp_path, small, power):
    technology = load_technology("nangate45")
    cells = {name: replace(cell, leakage_states=()) for name, cell in technology.cells.items()}
    (tmp_path / "one.lib").write_text(liberty_text(replace(technology, cells=cells)))
    said = power(*small, "--tech", tmp_path / "one.lib").text
    assert "leakage: one value for each cell, as the library has no states" in said


def test_what_is_missing_is_named(netlists, power, tmp_path):
    saif = tmp_path / "ours.saif"
    power(netlists["lmul"], "--pairs", "100", "--saif-out", saif)
    text = saif.read_text()
    # Names and pins of one net of the logic go.
    (net,) = re.findall(r"^\s+\((_\d+_) ", text, re.MULTILINE)[:1]
    line = re.search(rf"\({net} (.*)\)", text)[1]
    kept = [each for each in text.splitlines() if line not in each]
    saif.write_text("\n".join(kept))
    found = power(netlists["lmul"], "--saif", saif)
    assert "100.0 %" not in found.text
    assert re.search(rf"counted as still: .*{net}", found.text)
    assert "--trace-underscore" in found.text


def test_a_netlist_for_any_simulator(netlists, power, tmp_path):
    out = tmp_path / "gates.v"
    power(netlists["lmul"], "--pairs", "10", "--simulation-out", out)
    assert "module lmul_e2m1" in out.read_text()


NAND = """
module top(a, b, y);
  input a, b; output y; wire n1;
  NAND2_X1 u1 (.A1(a), .A2(b), .ZN(n1));
  INV_X1 u2 (.A(n1), .ZN(y));
endmodule
"""
COUNTED = """(SAIFILE (TIMESCALE 1 ps) (DURATION 4000) (INSTANCE top (NET
  (a (T0 2000) (T1 2000) (TC 40)) (b (T0 2000) (T1 2000) (TC 20))
  (n1 (T0 1000) (T1 3000) (TC 20)) (y (T0 3000) (T1 1000) (TC 20)))))"""


@pytest.fixture
def small(tmp_path):
    """A netlist by hand, and what its nets did."""
    (tmp_path / "top.v").write_text(NAND)
    (tmp_path / "top.saif").write_text(COUNTED)
    return tmp_path / "top.v", "--saif", tmp_path / "top.saif"


def test_a_line_begins_with_the_total(small, power):
    """By hand from the table of nangate45, per 100 ps: C V^2 / 2, and the energy of each output."""
    cells = load_technology("nangate45").cells
    nand, inverter = cells["NAND2_X1"], cells["INV_X1"]
    loads = nand.inputs["A1"] + nand.inputs["A2"] / 2 + inverter.inputs["A"] / 2
    inside = (nand.outputs["ZN"].energy_fj + inverter.outputs["ZN"].energy_fj) / 2
    leakage = (nand.leakage_nw + inverter.leakage_nw) * 100e-6
    found = power(*small, "--clock-ps", "100")
    (line,) = [line for line in found.text.splitlines() if line.startswith("total")]
    expected = loads * 1.1**2 / 2 + inside + leakage
    assert float(line.split()[1]) == pytest.approx(expected, abs=0.005)
    assert "warning" not in found.text


def test_figures_end_below_each_other(small, power):
    found = power(*small, "--clock-ps", "100")
    lines = found.text.splitlines()
    (first,) = (place for place, line in enumerate(lines) if line.startswith("energy"))
    ends = [[each.end() for each in re.finditer(r"[\d.]+(?= |$)", line)] for line in lines]
    (heading,) = re.finditer(r"(fJ per operation) +(fJ in all) +(uW)$", lines[first])
    for row in ends[first + 1 : first + 6]:
        assert row == [heading.end(group) for group in (1, 2, 3)]


def test_energies_are_said_per_operation_in_all_and_as_power(small, power):
    """40 operations in 4 ns, where fJ per ps are mW."""
    timed, untimed = power(*small, "--clock-ps", "100"), power(*small)
    for row in ("net switching", "internal", "clock", "leakage", "total"):
        line = re.search(rf"^{row} +(\S+) +(\S+) +(\S+)$", timed.text, re.MULTILINE)
        per, whole, microwatts = map(float, line.groups())
        assert whole == pytest.approx(40 * per, abs=0.7)
        assert microwatts == pytest.approx(10 * per, abs=0.06)
        assert re.search(rf"^{row} +{whole:.0f} +{line[3]}$", untimed.text, re.MULTILINE)
    per, whole, microwatts = re.search(r"^total +(\S+) +(\S+) +(\S+)$", timed.text, re.M).groups()
    assert f"top on nangate45: {per} fJ per operation, {microwatts} uW" in timed.text
    assert f"top on nangate45: {whole} fJ in all, {microwatts} uW" in untimed.text
    assert "4000 ps recorded, 100 ps per operation, cells as at" in timed.text
    assert "4000 ps recorded, no clock given, cells as at" in untimed.text


OWN = """
module lmul_e2m1(a, b, y);
  input [3:0] a, b; output y;
  NAND2_X1 u (.A1(a[0]), .A2(b[0]), .ZN(y));
endmodule
"""


@pytest.mark.parametrize(("options", "how"), [((), "with"), (("--functional",), "without")])
def test_own_operands_are_said(power, tmp_path, options, how):
    """A gate settles in 100 ps; the first of 65 pairs is there before the time begins."""
    (tmp_path / "own.v").write_text(OWN)
    saif, gates = tmp_path / "own.saif", tmp_path / "gates.v"
    files = ("--saif-out", saif, "--simulation-out", gates)
    found = power(tmp_path / "own.v", "--pairs", "65", *options, *files)
    assert f"activity: 65 normal operand pairs, {how} glitches" in found.text
    assert "6400 ps recorded, 100 ps per operation" in found.text
    assert found.text.splitlines()[-2:] == [str(saif), str(gates)]
    assert f"65 normal operand pairs, {how} glitches" in saif.read_text()
    assert "module lmul_e2m1" in gates.read_text()


def test_a_recording_of_the_netlist_itself_is_not_replayed(small, power, tmp_path):
    recording = tmp_path / "whole.vcd"
    names = "".join(f"$var wire 1 {net} {net} $end " for net in ("a", "b", "n1", "y"))
    recording.write_text(
        f"$timescale 1 ps $end $scope module top $end {names}$upscope $end $enddefinitions $end "
        "#0 0a 0b 1n1 0y #200 1a #400 1b 0n1 1y #1000"
    )
    found = power(small[0], "--vcd", recording, "--clock-ps", "500")
    assert f"activity: {recording}, scope top" in found.text.replace("\n", " ")
    assert "replayed" not in found.text
    assert "1000 ps recorded, 500 ps per operation" in found.text
    replayed = power(small[0], "--vcd", recording, "--clock-ps", "500", "--replay")
    assert f"activity: {recording}, scope top, inputs replayed" in replayed.text.replace("\n", " ")
    assert "ps recorded, 500 ps per operation" in replayed.text


@pytest.mark.parametrize(
    ("count", "more"), [(1, ""), (10, ""), (11, " and 1 more"), (12, " and 2 more")]
)
@pytest.mark.parametrize("prefix", ["n", "_"])
def test_ten_nets_that_are_missing_are_named(power, tmp_path, prefix, count, more):
    names = ["a", *(f"{prefix}{place:02}" for place in range(count)), "y"]
    cells = " ".join(
        f"INV_X1 i{place} (.A({source}), .ZN({target}));"
        for place, (source, target) in enumerate(pairwise(names))
    )
    (tmp_path / "top.v").write_text(
        f"module top(a, y); input a; output y; wire {', '.join(names[1:-1])}; {cells} endmodule"
    )
    (tmp_path / "top.saif").write_text(
        "(SAIFILE (TIMESCALE 1 ps) (DURATION 100) (INSTANCE top (NET "
        "(a (T0 50) (T1 50) (TC 1)) (y (T0 50) (T1 50) (TC 1)))))"
    )
    found = power(tmp_path / "top.v", "--saif", tmp_path / "top.saif").text
    share = 100 * 2 / (2 + count)
    assert f"nets annotated: 2 of {2 + count}, {share:.1f} %" in found
    listed = ", ".join(names[1:-1][:10])
    assert f"without activity, counted as still: {listed}{more}\n" in found
    assert ("--trace-underscore" in found) == (prefix == "_")


@pytest.mark.parametrize(("count", "more"), [(10, []), (11, ["1"]), (12, ["2"])])
def test_ten_notes_on_a_library_are_said(small, power, tiny, tmp_path, count, more):
    text = liberty_text(tiny).rstrip().removesuffix("}")
    # The last note is that there is no flip-flop.
    pins = "pin (A) { direction : input; capacitance : 1; }"
    pins += ' pin (Y) { direction : output; function : "A"; }'
    odd = (f"cell (ODD{place:02}) {{ area : 1; {pins} }} " for place in range(count - 1))
    (tmp_path / "own.lib").write_text(text + "".join(odd) + "}")
    names = {"NAND2_X1": "NAND", "INV_X1": "INV", ".A1(": ".A(", ".A2(": ".B(", ".ZN(": ".Y("}
    small[0].write_text(reduce(lambda text, pair: text.replace(*pair), names.items(), NAND))
    found = power(*small, "--tech", tmp_path / "own.lib").text
    notes = re.findall(r"^tiny: (cell ODD\d\d is left out|no plain)", found, re.MULTILINE)
    wanted = [*(f"cell ODD{place:02} is left out" for place in range(count - 1)), "no plain"]
    assert notes == wanted[:10]
    assert re.findall(r"^tiny: and (\d) more of these$", found, re.MULTILINE) == more


def test_a_clock_shorter_than_the_slowest_path_is_warned_about(small, power):
    found = power(*small, "--clock-ps", "20")
    assert re.search(
        r"^warning: 20 ps per operation are less than the slowest path of \d\d ps",
        found.text,
        re.MULTILINE,
    )


def test_cells_without_logic_leak_if_anything(small, power, tmp_path):
    before = power(*small, "--clock-ps", "100")
    layout = NAND.replace("endmodule", "FILLCELL_X1 f1 (); FILLCELL_X1 f2 (); endmodule")
    (tmp_path / "top.v").write_text(layout)
    found = power(*small, "--clock-ps", "100")
    assert "cells without logic, of which only leakage counts: 2 FILLCELL_X1" in found.text
    assert found.per_operation("leakage") == before.per_operation("leakage")
    filler = "cell (FILLCELL_X1) { area : 1; cell_leakage_power : 1000000; }"
    library = liberty_text(load_technology("nangate45")).rstrip().removesuffix("}") + filler + "}"
    (tmp_path / "own.lib").write_text(library)
    found = power(*small, "--clock-ps", "100", "--tech", tmp_path / "own.lib")
    leakage = before.per_operation("leakage") + 2 * 1000000 * 100e-6
    assert found.per_operation("leakage") == pytest.approx(leakage, abs=0.01)


def test_clock_trees_are_of_the_clock(power, tmp_path):
    """Two edges in each of ten cycles; without a buffer the rest is the same."""
    text = """module top(clk, d, q);
      input clk, d; output q; wire leaf;
      CLKBUF_X1 b (.A(clk), .Z(leaf));
      DFF_X1 r (.D(d), .CK(leaf), .Q(q));
    endmodule"""
    nets = "".join(
        f"({net} (T0 500) (T1 500) (TC {toggles}))"
        for net, toggles in {"clk": 20, "leaf": 20, "d": 5, "q": 5}.items()
    )
    (tmp_path / "top.saif").write_text(
        f"(SAIFILE (TIMESCALE 1 ps) (DURATION 10000) (INSTANCE top (NET {nets})))"
    )
    found = {}
    for name, netlist in {
        "tree": text,
        "none": re.sub(r"CLKBUF_X1.*", "", text).replace(".CK(leaf)", ".CK(clk)"),
    }.items():
        (tmp_path / "top.v").write_text(netlist)
        found[name] = power(tmp_path / "top.v", "--saif", tmp_path / "top.saif")
        assert "fJ per clock cycle" in found[name].text
    tree, none = found["tree"], found["none"]
    buffer = load_technology("nangate45").layout["CLKBUF_X1"]
    more = 2 * (buffer.outputs["Z"].energy_fj + buffer.inputs["A"] * 1.1**2 / 2)
    assert tree.per_operation("clock") == pytest.approx(
        none.per_operation("clock") + more, abs=0.02
    )
    for row in ("net switching", "internal"):
        assert tree.per_operation(row) == none.per_operation(row)


def test_what_a_library_does_not_say_is_printed(small, power, tmp_path):
    text = liberty_text(load_technology("nangate45"))
    (tmp_path / "own.lib").write_text(text.rstrip().removesuffix("}") + 'include_file ("x"); }')
    assert (
        "nangate45: include_file x is ignored" in power(*small, "--tech", tmp_path / "own.lib").text
    )


def test_a_netlist_for_a_simulator_needs_no_recording(small, power, tmp_path):
    out = tmp_path / "gates.v"
    found = power(small[0], "--simulation-out", out)
    assert "no energy: 'top' is not the name of a multiplier" in found.text
    assert "module top" in out.read_text()
    with pytest.raises(SpecificationError, match="expected its activity by --saif or --vcd"):
        power(small[0], "--simulation-out", out, "--saif-out", tmp_path / "out.saif")


CASES = Path(__file__).parents[3] / "shared" / "cases"
"""Small files of other tools, on machines of developers."""
ON_THE_SMALL_NETLIST = {
    "net.v": [
        path.name
        for path in sorted(CASES.glob("*"))
        if ".saif" in path.name or (".vcd" in path.name and not path.name.startswith("range"))
    ],
    **{f"net_{what}.v": ["ok.vcd"] for what in ("fill", "supply_pins", "inout")},
}


@pytest.mark.skipif(not CASES.exists(), reason="the files are only on machines of developers")
@pytest.mark.parametrize(
    ("netlist", "recording", "total"),
    [
        *(
            (netlist, recording, 3.02)
            for netlist, recordings in ON_THE_SMALL_NETLIST.items()
            for recording in recordings
        ),
        *(
            (f"net_{way}.v", f"range_{way}.vcd", 2.44)
            for way in ("descending", "ascending", "offset")
        ),
    ],
)
def test_small_files_of_other_tools(power, netlist, recording, total):
    kind = "--saif" if ".saif" in recording else "--vcd"
    found = power(CASES / netlist, kind, CASES / recording, "--clock-ps", "100")
    assert found.per_operation("total") == total
    assert "100.0 %" in found.text
    if netlist in ("net_ascending.v", "net_offset.v"):
        replayed = power(CASES / netlist, kind, CASES / recording, "--replay")
        assert "outputs as recorded 64 times of 64" in replayed.text


DRIVER = """
#include "Vdut.h"
#include "verilated_saif_c.h"
int main() {
  VerilatedContext context;
  context.traceEverOn(true);
  Vdut dut{&context};
  VerilatedSaifC saif;
  dut.trace(&saif, 99);
  saif.open("dut.saif");
  for (int i = 0; i < 256; i++) {
    dut.a = i & 15;
    dut.b = i >> 4;
    dut.eval();
    saif.dump(100 * i);
  }
  saif.dump(25600);
  saif.close();
}
"""


@pytest.mark.long
def test_what_verilator_counts(netlists, power, tmp_path):
    simulator = verilator()
    path = os.pathsep.join([simulator.environment.get("PATH", ""), os.environ["PATH"]])
    power(netlists["lmul"], "--pairs", "10", "--simulation-out", tmp_path / "dut.v")
    (tmp_path / "main.cpp").write_text(DRIVER)
    command = "verilator --cc --exe --build --no-timing --trace-saif --trace-underscore -Wno-fatal"
    subprocess.run(
        [*command.split(), "--prefix", "Vdut", "dut.v", "main.cpp"],
        cwd=tmp_path,
        env={**os.environ, **simulator.environment, "PATH": path},
        check=True,
        capture_output=True,
    )
    subprocess.run([tmp_path / "obj_dir" / "Vdut"], cwd=tmp_path, check=True)
    found = power(netlists["lmul"], "--saif", tmp_path / "dut.saif", "--clock-ps", "100")
    assert "100.0 %" in found.text
    assert "scope TOP.lmul_e2m1" in found.text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--saif", "bad"], "is no SAIF file"),
        (["--vcd", "bad"], "is no VCD file"),
        (["--saif", "bad", "--vcd", "bad"], "both given"),
        (["--replay"], "without --vcd"),
        (["--saif", "nowhere"], "No such file"),
        (["--clock-ps", "0.9"], "clock period '0.9' is not a number from 1 to 1000000000$"),
        (["--wire-ff", "1001"], "wire load '1001' is not a number from 0 to 1000$"),
        (["--pairs", "1"], "number of pairs '1' is not an integer from 2 to 10000000$"),
        (["--seed", "-1"], "seed '-1' is not an integer from 0 to 9223372036854775807$"),
        (["--workload", "odd"], "workload 'odd'"),
        (["--top", "odd"], "odd"),
        (["--scope", "tb.dut"], "--scope is given without --saif or --vcd"),
        (["--tech", "odd"], "unknown technology 'odd'"),
    ],
)
def test_bad_input(netlists, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("bad").write_text("nothing")
    with pytest.raises((SpecificationError, click.ClickException, OSError), match=message):
        main(["--netlist", str(netlists["lmul"]), *arguments], standalone_mode=False)


def test_an_error_is_one_line(tmp_path):
    (tmp_path / "bad.v").write_text("nothing")
    done = subprocess.run(
        [sys.executable, "-m", "lmul_pe", "power", "--netlist", tmp_path / "bad.v"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "bad.v is no netlist of cells of nangate45" in line


def test_samples_without_time_between_them_are_refused(small, power, tmp_path):
    """Values of the inputs come but once; that of the second change is no other one."""
    recording = tmp_path / "still.vcd"
    scopes = "$scope module top $end $var wire 1 ! a $end $var wire 1 # b $end "
    recording.write_text(
        f"{scopes}$var wire 1 % y $end $upscope $end $enddefinitions $end #100 1! #200 x!"
    )
    with pytest.raises(SpecificationError, match="expected times that differ"):
        power(small[0], "--vcd", recording, "--replay")


def test_replayed_operands_count_by_the_time_between_them(small, power, tmp_path):
    """Four of them, one every 250 ps."""
    recording = tmp_path / "four.vcd"
    names = "$var wire 1 ! a $end $var wire 1 # b $end $var wire 1 % y $end"
    recording.write_text(
        f"$timescale 1 ps $end $scope module top $end {names} $upscope $end $enddefinitions $end "
        "#0 0! 0# 0% #250 1! #500 1# 1% #750 0! 0% #1000"
    )
    found = power(small[0], "--vcd", recording, "--replay")
    assert "outputs as recorded 4 times of 4" in found.text
    assert "250 ps per operation" in found.text
