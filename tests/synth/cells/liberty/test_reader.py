import gzip
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest
from pyosys import libyosys as yosys

from lmul_pe.synth.cells.liberty.reader import liberty_text, read_liberty
from lmul_pe.synth.cells.technology import BUILT_IN, TechnologyError, load_technology, slew_variants

FULL_LIBRARIES = Path(__file__).parents[5] / "shared" / "tech"

# Times in ns, loads in pF, leakage in uW: scales of 1000, 1000 and 1000. Over the load in fF and
# the slew in ps, the inverter's delay rises as 10 + 2 load + 0.1 slew ps and falls 4 ps later.
TINY = """
/* a comment */ library ("tiny")
{
  time_unit : "1ns" ; capacitive_load_unit (1, pf);
  leakage_power_unit : 1uW
  voltage_unit : "1V";
  nom_voltage : 1.20; nom_temperature : 25;
  default_operating_conditions : slow;
  operating_conditions (slow) { voltage : 0.9; temperature : 125; process : 1; }
  default_max_capacitance : 0.05;
  lu_table_template (swapped) {
    variable_1 : total_output_net_capacitance; variable_2 : input_net_transition;
    index_1 ("0, 0.01"); index_2 ("0, 0.1");
  }
  cell (INV)
  {
    area : 1.5;
    leakage_power () { value : 1; when : "A"; }
    leakage_power () { value : 3; when : "!A"; }
    pin (A) { direction : input; rise_capacitance : 0.001; fall_capacitance : 0.003; }
    pin (Y) {
      direction : "output"; function : "A'";
      internal_power () {
        related_pin : "A";
        rise_power (scalar) { values ("0.002"); }
        fall_power (scalar) { values ("0.004"); }
      }
      timing () {
        related_pin : "A";
        cell_rise (swapped) { values ("0.010, 0.020", \\
                                      "0.030, 0.040"); }
        cell_fall (swapped) { values ("0.014, 0.024", "0.034, 0.044"); }
        rise_transition (scalar) { values ("0.02"); }
        fall_transition (scalar) { values ("0.04"); }
      }
    }
  }
  cell (NAND2) {
    area : 2; cell_leakage_power : 5;
    pin (A) { direction : input; capacitance : 0.002; }
    pin (B) { direction : input; capacitance : 0.002; }
    pin (Y) {
      direction : output; function : "(A B)'"; max_capacitance : 0.02;
      timing () { related_pin : "A B"; cell_rise (scalar) { values ("0.05"); } }
    }
  }
  cell (FILL) { area : 1; }
  cell (TIE) { area : 1; pin (Y) { direction : output; function : "1"; } }
  cell (AND2_OLD) {
    area : 2; dont_use : true;
    pin (A) { direction : input; }
    pin (Y) { direction : output; function : "nonsense ("; }
  }
  cell (LATCH) {
    area : 2; latch (IQ, IQN) { enable : "G"; data_in : "D"; }
    pin (D) { direction : input; } pin (G) { direction : input; }
    pin (Q) { direction : output; function : "IQ"; }
  }
  cell (TRISTATE) {
    area : 2; pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; three_state : "A"; }
  }
  cell (GATE) {
    area : 2; clock_gating_integrated_cell : latch_posedge; pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; }
  }
  cell (SCAN) {
    area : 2; test_cell () { } pin (A) { direction : input; }
    pin (Y) { direction : output; function : "A"; }
  }
  cell (DFFN) {
    area : 9;
    ff (IQ, IQN) { clocked_on : "!CN"; next_state : "D"; clear : "!R"; }
    pin (D) {
      direction : input; capacitance : 0.001;
      timing () { related_pin : CN; timing_type : setup_falling;
        rise_constraint (scalar) { values ("0.03"); }
        fall_constraint (scalar) { values ("0.05"); } }
      timing () { related_pin : CN; timing_type : hold_falling;
        rise_constraint (scalar) { values ("0.5"); } }
    }
    pin (CN) {
      direction : input; capacitance : 0.001;
      internal_power () { rise_power (scalar) { values ("0.001"); }
                          fall_power (scalar) { values ("0.003"); } }
    }
    pin (R) { direction : input; capacitance : 0.001; }
    pin (Q) {
      direction : output; function : "IQ";
      timing () { related_pin : "CN"; timing_type : falling_edge;
        cell_rise (scalar) { values ("0.07"); } cell_fall (scalar) { values ("0.09"); } }
    }
  }
}
"""


def read(tmp_path, text, **reference):
    path = tmp_path / "tiny.lib"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_liberty(path, **reference)


def test_units_and_tables(tmp_path):
    tiny = read(tmp_path, TINY, input_slew_ps=50, load_ff=4)
    assert tiny.name == "tiny"
    assert (tiny.voltage, tiny.temperature, tiny.node_nm) == (0.9, 125, None)
    assert (tiny.source, tiny.licence) == ("Liberty file tiny.lib", "not stated")
    assert list(tiny.cells) == ["INV", "NAND2", "DFFN"]
    inverter = tiny.cells["INV"]
    assert inverter.area_um2 == 1.5
    assert inverter.leakage_nw == pytest.approx(2000)
    assert inverter.inputs["A"] == pytest.approx(2)
    output = inverter.outputs["Y"]
    # The mean of 2 and 4 in pF x V x V, that is in pJ.
    assert output.energy_fj == pytest.approx(3)
    assert output.max_load_ff == pytest.approx(50)
    # 10 + 0.1 x 50 ps, and 2 ps more for the mean of the edges.
    assert output.delay["A"] == pytest.approx((17, 2))
    assert output.edges["A"] == (pytest.approx((15, 2)), pytest.approx((19, 2)))
    nand = tiny.cells["NAND2"].outputs["Y"]
    assert nand.max_load_ff == pytest.approx(20)
    assert nand.delay["A"] == nand.delay["B"] == pytest.approx((50, 0))
    assert nand.energy_fj == 0
    # There is no fall to tell from the rise.
    assert nand.edges == {}


def split_energy(load, other, energy):
    """Share of an output in the energy of its cell: that of its load in both loads."""
    return energy * load / (load + other)


@pytest.mark.parametrize("axis", ["1", "2"])
def test_undoes_a_split_of_energy_by_load(tmp_path, axis):
    """24 fJ for both outputs, split at 1, 8 and 20 fF against 8 fF of the other: 12 fJ are each's.

    The reference load of 4 fF would give 1/9 x 24 at 1 fF and 12 at 8 fF, interpolated.
    """
    values = ", ".join(f"{split_energy(load, 8, 24) / 1000}" for load in (1, 8, 20))
    table = f'(by_load_{axis}) {{ values ("{values}"); }}'
    power = f"internal_power () {{ rise_power {table} fall_power {table} }}"
    timing = 'timing () { related_pin : "A B"; cell_rise (scalar) { values ("0.05"); } }'

    def cell(name, outputs):
        pins = "".join(
            f'pin ({pin}) {{ direction : output; function : "{function}"; {power} {timing} }}'
            for pin, function in outputs.items()
        )
        inputs = "".join(
            f"pin ({pin}) {{ direction : input; capacitance : 0.002; }}" for pin in "AB"
        )
        return f"cell ({name}) {{ area : 3; {inputs} {pins} }}"

    template = f"""lu_table_template (by_load_{axis}) {{
      variable_{axis} : total_output_net_capacitance; index_{axis} ("0.001, 0.008, 0.020"); }}"""
    cells = cell("HALF_ADDER", {"S": "A ^ B", "C": "A B"}) + cell("AND2", {"Y": "A B"})
    text = TINY.replace("  cell (FILL)", template + cells + "  cell (FILL)")
    tiny = read(tmp_path, text, input_slew_ps=50, load_ff=4)
    for output in tiny.cells["HALF_ADDER"].outputs.values():
        assert output.energy_fj == pytest.approx(12)
    # One output has all of the energy: what its table says at the reference load.
    between = 24 / 9 + (12 - 24 / 9) * (4 - 1) / (8 - 1)
    assert tiny.cells["AND2"].outputs["Y"].energy_fj == pytest.approx(between)


@pytest.mark.parametrize("least", [4, -4])
def test_energy_of_two_outputs_that_was_not_split(tmp_path, least):
    """Read at the reference load as that of any other: 4 fJ at 1 fF, or less than nothing as in
    flip-flops, 6 fJ at 8 fF."""
    table = f'(by_load) {{ values ("{least / 1000}, 0.006, 0.006"); }}'
    power = f"internal_power () {{ power {table} }}"
    timing = 'timing () { related_pin : "A"; cell_rise (scalar) { values ("0.05"); } }'
    pins = "".join(
        f'pin ({pin}) {{ direction : output; function : "{function}"; {power} {timing} }}'
        for pin, function in (("X", "A"), ("Y", "!A"))
    )
    text = f"""lu_table_template (by_load) {{
      variable_1 : total_output_net_capacitance; index_1 ("0.001, 0.008, 0.020"); }}
    cell (BOTH) {{ area : 3; pin (A) {{ direction : input; capacitance : 0.002; }} {pins} }}"""
    tiny = read(tmp_path, TINY.replace("  cell (FILL)", text + "  cell (FILL)"), load_ff=4)
    for output in tiny.cells["BOTH"].outputs.values():
        assert output.energy_fj == pytest.approx(least + (6 - least) * 3 / 7)


def test_reads_a_flip_flop(tmp_path):
    cell = read(tmp_path, TINY).cells["DFFN"]
    flip_flop = cell.flip_flop
    assert (flip_flop.clock, flip_flop.next_state, flip_flop.state) == ("!CN", "D", ("IQ", "IQN"))
    assert (flip_flop.clear, flip_flop.preset) == ("!R", None)
    assert flip_flop.setup_ps == pytest.approx(50)
    assert flip_flop.clock_energy_fj == pytest.approx(2)
    assert cell.outputs["Q"].delay == {"CN": pytest.approx((80, 0))}


def test_reference_is_the_smallest_inverter_driving_three(tmp_path):
    tiny = read(tmp_path, TINY)
    assert tiny.load_ff == pytest.approx(3 * 2)
    assert tiny.input_slew_ps == pytest.approx(30)


def test_reads_compressed_files_and_other_line_ends(tmp_path):
    expected = read(tmp_path, TINY)
    assert read(tmp_path, TINY.replace("\n", "\r\n")) == expected
    assert read(tmp_path, gzip.compress(TINY.encode())) == expected
    assert load_technology(str(tmp_path / "tiny.lib")) == expected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (TINY, "", r"is empty, expected a Liberty file"),
        (TINY, "/* nothing */", r"not Liberty: the file is empty"),
        (
            TINY,
            "module m(input a); endmodule",
            r"line 1: not Liberty: expected 'library', found 'mod",
        ),
        (TINY, "\0" * 1000, r"line 1: not Liberty: expected 'library'"),
        (
            TINY,
            "library (a) {" + "b (c) {" * 100_000,
            r"the group 'b' that begins here is never close",
        ),
        (TINY, "}" * 100_000, r"line 1: not Liberty: expected 'library', found '}'"),
        (TINY, 'library (a) {\n b : "c', r"line 2: not Liberty: this string never ends"),
        (TINY, "library (a) {\n /* b", r"line 2: not Liberty: this comment never ends"),
        (TINY, "library (a) {\n\n b (c, {", r"line 3: not Liberty: this '\(' is never closed"),
        (TINY, "library (a) { b c }", r"line 1: not Liberty: expected ':' or '\(' after 'b'"),
        (
            TINY,
            "library (a) { }",
            r"capacitive_load_unit is missing, expected a unit such as \(1, pf",
        ),
        ('"1ns"', '"1 fortnight"', r"time_unit is '1 fortnight', expected a unit such as \"1ns\""),
        ("(1, pf)", "(nan, pf)", r"capacitive_load_unit is 'nanpf', expected"),
        ("(1, pf)", "(0, pf)", r"capacitive_load_unit is '0pf', expected"),
        ("1uW", "1hp", r"leakage_power_unit is '1hp', expected"),
        ("voltage : 0.9", "voltage : 0", r"technology tiny: voltage is 0 V"),
        (
            "area : 1.5",
            "area : nan",
            r"cell INV: area is nan um2, expected a number that is not neg",
        ),
        ("area : 1.5", "area : -1", r"cell INV: area is -1 um2"),
        ("area : 1.5", "area : big", r"area is 'big', expected a number"),
        ("(A B)'", "(A B", r"cell NAND2, output Y: function '\(A B': expected an operator"),
        ("(A B)'", "(A C)'", r"cell NAND2, output Y: function .* uses 'C', expected one of A, B"),
        ("(A B)'", "(A B)", r"no two-input NAND among its 3 cells"),
        ("A'", "A", r"no inverter among its 3 usable cells"),
        ('"A B"', '"A"', r"cell NAND2: output Y: no delay from input B, expected a timing group"),
        ('"0.030, 0.040"', '"0.030"', r"cell INV: table cell_rise has 3 values, expected 2 x 2"),
        ('"0.030, 0.040"', '"0.030, nan"', r"cell INV: table cell_rise has 4 values, .* finite"),
        (
            '"0.030, 0.040"',
            '"0.030, x"',
            r"cell INV: values of cell_rise holds something that is no",
        ),
        ('"0, 0.01"', '"0.01, 0.01"', r"cell INV: a table's index does not rise"),
        (
            'clocked_on : "!CN";',
            "",
            r"cell DFFN: ff group expected two state names, clocked_on and",
        ),
        ('"!CN"', '"!CN)"', r"cell DFFN: flip-flop clock: function '!CN\)'"),
        ('"!CN"', '"CN D"', r"cell DFFN: flip-flop clock is 'CN D', expected one pin"),
    ],
)
def test_rejects(tmp_path, old, new, message):
    assert old in TINY
    with pytest.raises(TechnologyError, match=message) as caught:
        read(tmp_path, TINY.replace(old, new))
    assert str(caught.value).startswith(str(tmp_path / "tiny.lib"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\x1f\x8bgarbage",
        gzip.compress(TINY.encode())[:-20],
        bytes(range(256)) * 100,
    ],
)
def test_rejects_garbage(tmp_path, content):
    with pytest.raises(TechnologyError, match=r"tiny\.lib: "):
        read(tmp_path, content)


def test_any_truncation_is_an_error(tmp_path):
    text = TINY.rstrip()
    for length in range(0, len(text), 37):
        with pytest.raises(TechnologyError):
            read(tmp_path, text[:length])


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_rejects_what_may_not_be_read(tmp_path):
    path = tmp_path / "secret.lib"
    path.write_text(TINY)
    path.chmod(0)
    with pytest.raises(TechnologyError, match="cannot be read"):
        read_liberty(path)


def assert_same_figures(found, expected):
    """Equal but for the nine digits that Liberty text has."""
    assert (found.inputs.keys(), found.outputs.keys()) == (
        expected.inputs.keys(),
        expected.outputs.keys(),
    )
    assert found.area_um2 == pytest.approx(expected.area_um2, rel=1e-8)
    assert found.leakage_nw == pytest.approx(expected.leakage_nw, rel=1e-8)
    assert found.inputs == pytest.approx(expected.inputs, rel=1e-8)
    for pin, output in expected.outputs.items():
        assert found.outputs[pin].function == output.function
        assert found.outputs[pin].max_load_ff == pytest.approx(output.max_load_ff, rel=1e-8)
        assert found.outputs[pin].energy_fj == pytest.approx(output.energy_fj, rel=1e-8)
        assert found.outputs[pin].delay.keys() == output.delay.keys()
        for related, line in output.delay.items():
            assert found.outputs[pin].delay[related] == pytest.approx(line, rel=1e-6, abs=1e-6)
    assert (found.flip_flop is None) == (expected.flip_flop is None)
    if expected.flip_flop:
        assert replace(found.flip_flop, clock_energy_fj=0, setup_ps=0) == replace(
            expected.flip_flop, clock_energy_fj=0, setup_ps=0
        )
        assert found.flip_flop.clock_energy_fj == pytest.approx(
            expected.flip_flop.clock_energy_fj, rel=1e-8
        )
        assert found.flip_flop.setup_ps == pytest.approx(expected.flip_flop.setup_ps, rel=1e-8)


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_written_reads_back(tmp_path, name):
    expected = load_technology(name)
    text = liberty_text(expected)
    assert text == liberty_text(load_technology(name))
    found = read(tmp_path, text)
    assert replace(found, cells=expected.cells) == expected
    assert list(found.cells) == list(expected.cells)
    for cell in expected.cells.values():
        assert_same_figures(found.cells[cell.name], cell)


def test_what_was_read_is_written(tmp_path):
    """A falling clock edge, a reset, no limit of load, and a function in the other syntax."""
    expected = read(tmp_path, TINY.replace("default_max_capacitance : 0.05;", ""))
    assert expected.cells["INV"].outputs["Y"].max_load_ff == math.inf
    text = liberty_text(expected)
    assert "timing_type : falling_edge;" in text
    assert "timing_type : setup_falling;" in text
    found = read(tmp_path, text)
    for cell in expected.cells.values():
        assert_same_figures(found.cells[cell.name], cell)


@pytest.mark.parametrize(
    ("function", "sense"),
    [
        ("A", "positive_unate"),
        ("!A", "negative_unate"),
        ("A ^ B", "non_unate"),
        ("A B", "positive_unate"),
        ("!(A + B)", "negative_unate"),
        ("A' B", "negative_unate"),
    ],
)
def test_timing_sense(tmp_path, function, sense):
    tiny = read(tmp_path, TINY)
    nand = tiny.cells["NAND2"]
    gate = replace(
        nand,
        name="GATE",
        outputs={"Y": replace(nand.outputs["Y"], function=function, delay={"A": (1.0, 1.0)})},
    )
    text = liberty_text(replace(tiny, cells={**tiny.cells, "GATE": gate}))
    assert f"timing_sense : {sense};" in text[text.index("cell (GATE)") :]


DESIGN = """
module design(input clk, input rst, input [7:0] a, b, output [8:0] s, output reg [7:0] q);
  assign s = a + b;
  always @(posedge clk) if (rst) q <= 0; else q <= q + 1;
endmodule
"""

# ABC's script with sizing: it fails on tables from which ABC can take no slope.
SIZED = "+strash;dch;map,-B,0.9,-D,200;topo;buffer;upsize,-D,200;dnsize,-D,200;stime"


@pytest.mark.parametrize("script", ["", f"-D 200 -script {SIZED}"], ids=["area", "sized"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_yosys_maps_onto_it(tmp_path, name, script):
    technology = load_technology(name)
    library = tmp_path / "cells.lib"
    library.write_text(liberty_text(technology))
    source, netlist, statistics = (tmp_path / file for file in ("d.v", "n.v", "stat.txt"))
    source.write_text(DESIGN)
    design = yosys.Design()
    for command in (
        f"read_verilog {source}",
        "synth -flatten -top design",
        f"dfflibmap -liberty {library}",
        f"abc -liberty {library} {script}",
        "opt_clean",
        f"tee -q -o {statistics} stat -liberty {library}",
        f"write_verilog -noattr -noexpr {netlist}",
    ):
        yosys.run_pass(f"tee -q {command}" if not command.startswith("tee") else command, design)
    used = [
        line.split()[0]
        for line in netlist.read_text().splitlines()
        if line.startswith("  ") and line.rstrip().endswith("(")
    ]
    assert used
    assert set(used) <= set(technology.cells)
    assert sum(technology.cells[cell].flip_flop is not None for cell in used) == 8
    area = sum(technology.cells[cell].area_um2 for cell in used)
    reported = statistics.read_text().split("Chip area for module")[1].split(":")[1].split()[0]
    assert float(reported) == pytest.approx(area, rel=1e-6)


@pytest.mark.parametrize("variant", range(3), ids=["own slew", "half", "twice"])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("nangate45", "nangate45_typ.lib.gz"),
        ("sky130hd", "sky130hd_tt.lib.gz"),
    ],
)
def test_condenses_the_full_library_to_the_built_in_one(name, file, variant):
    """Reached: the last printed digit of every figure (0.03 % of the worst load limit, 0.006 % of
    the worst capacitance and energy, 5e-5 nW of leakage, 0.1 % of the delays).
    """
    path = FULL_LIBRARIES / file
    if not path.exists():
        pytest.skip(f"{file} is only on machines of developers")
    expected = slew_variants(name)[variant]
    found = read_liberty(path, input_slew_ps=expected.input_slew_ps, load_ff=expected.load_ff)
    assert found.voltage == expected.voltage
    assert found.temperature == expected.temperature
    for cell in expected.cells.values():
        full = found.cells[cell.name]
        assert full.area_um2 == pytest.approx(cell.area_um2, rel=1e-9)
        assert full.leakage_nw == pytest.approx(cell.leakage_nw, abs=5.1e-5)
        assert full.inputs == pytest.approx(cell.inputs, rel=1e-4)
        for pin, output in cell.outputs.items():
            assert full.outputs[pin].function == output.function
            assert full.outputs[pin].energy_fj == pytest.approx(output.energy_fj, rel=1e-4)
            assert full.outputs[pin].max_load_ff == pytest.approx(output.max_load_ff, rel=5e-4)
            assert full.outputs[pin].delay.keys() == output.delay.keys()
            for related, (intrinsic, slope) in output.delay.items():
                full_intrinsic, full_slope = full.outputs[pin].delay[related]
                assert full_intrinsic == pytest.approx(intrinsic, rel=1e-3)
                assert full_slope == pytest.approx(slope, rel=1e-3)
            assert full.outputs[pin].edges.keys() == output.edges.keys()
            for related, edges in output.edges.items():
                for full_line, line in zip(full.outputs[pin].edges[related], edges, strict=True):
                    assert full_line == pytest.approx(line, rel=1e-3, abs=1e-3)
        if cell.flip_flop:
            figures = {"clock_energy_fj": 0, "setup_ps": 0}
            assert replace(full.flip_flop, **figures) == replace(cell.flip_flop, **figures)
            assert full.flip_flop.setup_ps == pytest.approx(cell.flip_flop.setup_ps, rel=1e-4)
            assert full.flip_flop.clock_energy_fj == pytest.approx(
                cell.flip_flop.clock_energy_fj, rel=1e-4
            )
