import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.synth.cells.liberty.reader import _weights, read_liberty
from lmul_pe.synth.cells.library import load_technology, slew_variants
from lmul_pe.synth.cells.technology import Passive, TechnologyError
from tests.synth.cells.liberty.tiny import TINY, read

FULL_LIBRARIES = Path(__file__).parents[5] / "shared" / "tech"


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


def test_a_cell_without_area_is_none_for_logic(tmp_path):
    found = read(tmp_path, TINY.replace("area : 1.5", "area : 1"))
    assert found.cells["INV"].area_um2 == 1
    with pytest.raises(TechnologyError, match="no inverter"):
        read(tmp_path, TINY.replace("area : 1.5", "area : 0"))


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


CLOCK_GATE = """
  cell (GATE) {
    area : 6; dont_use : true; clock_gating_integrated_cell : "latch_posedge_precontrol";
    cell_leakage_power : 1; statetable ("CK E", "IQ") { table : "L L : - : L"; }
    pin (IQ) { direction : internal; internal_node : "IQ"; }
    pin (CK) {
      direction : input; capacitance : 0.004; clock_gate_clock_pin : true;
      internal_power () { when : "!E & !SE & !G"; rise_power (scalar) { values ("0.002"); }
                          fall_power (scalar) { values ("0.004"); } }
      internal_power () { when : "E & !G"; fall_power (scalar) { values ("0.100"); } }
      internal_power () { rise_power (scalar) { values ("0.001"); }
                          fall_power (scalar) { values ("0.003"); } }
    }
    pin (E) {
      direction : input; capacitance : 0.001; clock_gate_enable_pin : true;
      timing () { related_pin : "CK"; timing_type : setup_rising;
                  rise_constraint (scalar) { values ("0.03"); }
                  fall_constraint (scalar) { values ("0.04"); } }
    }
    pin (SE) { direction : input; capacitance : 0.001; clock_gate_test_pin : true; }
    pin (G) {
      direction : output; max_capacitance : 0.05; state_function : "CK & IQ";
      clock_gate_out_pin : true;
      internal_power () { related_pin : "CK"; when : "E";
                          rise_power (scalar) { values ("0.004"); }
                          fall_power (scalar) { values ("0.006"); } }
      internal_power () { related_pin : "CK"; when : "!E";
                          fall_power (scalar) { values ("0.008"); } }
      timing () { related_pin : "CK"; cell_rise (scalar) { values ("0.02"); }
                  cell_fall (scalar) { values ("0.04"); } }
    }
  }
"""


def test_reads_a_clock_gate(tmp_path):
    tiny = read(tmp_path, TINY.replace("  cell (FILL)", CLOCK_GATE + "  cell (FILL)"))
    # No mapper uses it unless it is told to.
    assert "GATE" not in {**tiny.cells, **tiny.layout}
    cell = tiny.with_clock_gates.cells["GATE"]
    gate = cell.clock_gate
    assert (gate.clock, gate.enable, gate.test) == ("CK", "E", "SE")
    assert gate.setup_ps == pytest.approx(40)
    # Closed: 2 and 1 at the rise, of which the mean is taken, 4 and 3 at the fall.
    assert gate.clock_energy_fj == pytest.approx((1.5 + 3.5) / 2)
    # Open: 4 at the rise, and 6 or 8 at the fall; what stands for all states comes on top.
    assert cell.outputs["G"].energy_fj == pytest.approx((4 + 7) / 2 + (1 + 3) / 2)
    assert cell.outputs["G"].function == "(CK & (E | SE))"
    assert cell.outputs["G"].delay == {"CK": pytest.approx((30, 0))}
    assert cell.inputs == {name: pytest.approx(ff) for name, ff in (("CK", 4), ("E", 1), ("SE", 1))}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("latch_posedge_precontrol", "latch_negedge"),
        ("latch_posedge_precontrol", "none_posedge"),
        ("clock_gate_enable_pin : true;", ""),
    ],
)
def test_other_clock_gates_are_left_out(old, new, tmp_path):
    text = TINY.replace("  cell (FILL)", CLOCK_GATE.replace(old, new) + "  cell (FILL)")
    tiny = read(tmp_path, text)
    assert "GATE" not in tiny.with_layout.cells
    with pytest.raises(TechnologyError, match=r"tiny has no clock gate: expected a cell with .*45"):
        _ = tiny.with_clock_gates


def test_reference_is_the_smallest_inverter_driving_three(tmp_path):
    tiny = read(tmp_path, TINY)
    assert tiny.load_ff == pytest.approx(3 * 2)
    assert tiny.input_slew_ps == pytest.approx(30)


def test_what_is_said_of_each_supply_pin_adds_up(tmp_path):
    """Within a supply pin it is the mean: (1 + 3) / 2 + (4 + 8) / 2 uW, and 3 + (1 + 7) / 2 fJ."""
    states = """leakage_power () { value : 1; when : "A"; }
    leakage_power () { value : 3; when : "!A"; }"""
    leakage = "".join(
        f'leakage_power () {{ related_pg_pin : {rail}; value : {value}; when : "{state}"; }}'
        for rail, value, state in (("D", 1, "A"), ("D", 3, "!A"), ("S", 4, "A"), ("S", 8, "!A"))
    )
    power = """internal_power () {
        related_pin : "A";"""
    rails = f"""internal_power () {{ related_pin : A; related_pg_pin : S;
        rise_power (scalar) {{ values ("0.001"); }} fall_power (scalar) {{ values ("0.007"); }} }}
      {power} related_pg_pin : "D";"""
    cell = read(tmp_path, TINY.replace(states, leakage).replace(power, rails)).cells["INV"]
    assert cell.leakage_nw == pytest.approx(8000)
    assert cell.leakage_states == pytest.approx((11000, 5000))
    assert cell.outputs["Y"].energy_fj == pytest.approx(7)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        # A, then its complement, from the condition of the output.
        ('value : 1; when : "Y"; } leakage_power () { value : 3; when : "!Y"', (1000, 3000)),
        # One state is said, and the other as all, or as the mean.
        ('value : 1; when : "A"; } leakage_power () { value : 7', (7000, 1000)),
        ('value : 1; when : "A"', (1000, 1000)),
        # Nothing is said of states, or of what is inside.
        ("value : 3", ()),
        ('value : 3; when : "N"', ()),
    ],
)
def test_leakage_by_state(tmp_path, stated, expected):
    states = """leakage_power () { value : 1; when : "A"; }
    leakage_power () { value : 3; when : "!A"; }"""
    assert states in TINY
    text = TINY.replace(states, f"leakage_power () {{ {stated}; }}")
    assert read(tmp_path, text).cells["INV"].leakage_states == pytest.approx(expected)


def test_templates_of_power_have_names_of_their_own(tmp_path):
    """Rows of one template are columns of the other: 0, 1 and 2 fJ at 0, 4 and 8 fF."""
    template = """power_lut_template (swapped) {
      variable_1 : input_transition_time; variable_2 : total_output_net_capacitance;
      index_1 ("0, 0.1"); index_2 ("0, 0.004, 0.008"); }
    cell (INV)"""
    table = '(swapped) { values ("0, 0.001, 0.002", "0, 0.001, 0.002"); }'
    text = TINY.replace("cell (INV)", template)
    text = text.replace('(scalar) { values ("0.002"); }', table)
    text = text.replace('(scalar) { values ("0.004"); }', table)
    tiny = read(tmp_path, text, input_slew_ps=50, load_ff=4)
    assert tiny.cells["INV"].outputs["Y"].energy_fj == pytest.approx(1)
    assert tiny.cells["INV"].outputs["Y"].delay["A"] == pytest.approx((17, 2))


def test_a_group_may_be_of_several_pins(tmp_path):
    pin = "{ direction : input; capacitance : 0.002; }"
    text = TINY.replace(f"pin (A) {pin}\n    pin (B) {pin}", f"pin (A, B) {pin}")
    assert text != TINY
    assert read(tmp_path, text) == read(tmp_path, TINY)


def test_a_flip_flop_may_name_its_state_alone(tmp_path):
    (cell,) = (read(tmp_path, TINY.replace("(IQ, IQN)", "(IQ)")).cells[name] for name in ["DFFN"])
    assert cell.flip_flop.state == ("IQ", "IQ_complement")
    assert cell.state_output == "Q"


def test_several_libraries_and_files_are_one(tmp_path):
    whole = read(tmp_path, TINY)
    head, rest = TINY.split("  cell (INV)")
    inverter, others = rest.split("  cell (NAND2)")
    first = head + "  cell (INV)" + inverter + "}"
    second = head.replace('"tiny"', "more").replace("1ns", "1ps") + "  cell (NAND2)" + others
    second = second.replace('"0.05"', '"50"').replace('"0.07"', '"70"').replace('"0.09"', '"90"')
    second = second.replace('"0.03"', '"30"')
    in_one_file = read(tmp_path, first + second)
    (tmp_path / "second.lib").write_text(second)
    (tmp_path / "tiny.lib").write_text(first)
    in_two = read_liberty(tmp_path / "tiny.lib", tmp_path / "second.lib")
    assert in_two.source == "Liberty files tiny.lib, second.lib"
    for found in (in_one_file, in_two):
        assert (found.name, list(found.cells)) == ("tiny", list(whole.cells))
        assert found.cells["INV"] == whole.cells["INV"]
        # Each library has units of its own.
        for cell, pin, related in (("NAND2", "Y", "B"), ("DFFN", "Q", "CN")):
            delay = whole.cells[cell].outputs[pin].delay[related]
            assert found.cells[cell].outputs[pin].delay[related] == pytest.approx(delay)
    with pytest.raises(TechnologyError, match=r"voltage of library more is 1, of tiny 0\.9"):
        read(tmp_path, first + second.replace("voltage : 0.9", "voltage : 1.0"))


def test_of_two_cells_of_a_name_the_first_counts(tmp_path):
    other = TINY.replace("area : 1.5", "area : 1.4").replace('"tiny"', "other")
    found = read(tmp_path, TINY + other)
    assert found == read(tmp_path, TINY)
    assert "cell INV of library other is another one's name" in found.notes


def test_what_is_ignored_or_not_said_is_named(tmp_path):
    assert read(tmp_path, TINY).notes == (
        "no internal power in 2 of 3 cells: NAND2, DFFN",
        "no plain flip-flop: multipliers have no registers and no equal clock",
    )
    included = read(tmp_path, TINY.replace("cell (FILL)", 'include_file ("o.lib"); cell (FILL)'))
    assert included.notes[0] == "include_file o.lib is ignored"
    unit = read(tmp_path, TINY.replace("leakage_power_unit : 1uW", ""))
    assert unit.notes[0] == "leakage_power_unit is missing: taken as 1nW"
    assert unit.cells["NAND2"].leakage_nw == pytest.approx(5)


def test_a_library_without_capacitances_is_read_at_the_middle_of_its_tables(tmp_path):
    text = TINY.replace("rise_capacitance : 0.001; fall_capacitance : 0.003;", "")
    text = text.replace("capacitance : 0.002;", "capacitance : 0;")
    found = read(tmp_path, text)
    assert found.load_ff == pytest.approx(10)
    assert found.notes[0] == "no capacitance of inputs in 2 of 3 cells: INV, NAND2"


def test_cells_that_compute_nothing_stand_apart(tmp_path):
    diode = "cell (DIODE) { area : 1; cell_leakage_power : 2; pin (A) { direction : input; } }"
    found = read(tmp_path, TINY.replace("  cell (FILL)", diode + "  cell (FILL)"))
    assert found.passive == {
        "DIODE": Passive(leakage_nw=pytest.approx(2000)),
        "FILL": Passive(),
        "TIE": Passive(constants={"Y": True}),
    }
    assert "FILL" not in found.cells


def test_reads_compressed_files_other_line_ends_and_a_byte_order_mark(tmp_path):
    expected = read(tmp_path, TINY)
    assert read(tmp_path, "\ufeff" + TINY) == expected
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
            r"no inverter .*; cell INV is left out: area is nan um2, expected a num",
        ),
        ("area : 1.5", "area : -1", r"no inverter .*; cell INV is left out: area is -1 um2"),
        (
            "area : 1.5",
            "area : big",
            r"no inverter .*; cell INV is left out: area is 'big', expected a number",
        ),
        (
            "(A B)'",
            "(A B",
            r"no two-input NAND .*; cell NAND2 is left out: output Y: function '\(A B': exp",
        ),
        (
            "(A B)'",
            "(A C)'",
            r"no two-input NAND .*; cell NAND2 is left out: .* uses 'C', expected one of A, B",
        ),
        ("(A B)'", "(A B)", r"no two-input NAND among its 3 cells"),
        ("A'", "A", r"no inverter among its 3 usable cells"),
        (
            '"A B"',
            '"A"',
            r"no two-input NAND .*; cell NAND2 is left out: output Y: no delay from input B",
        ),
        (
            '"0.030, 0.040"',
            '"0.030"',
            r"cell INV is left out: table cell_rise has 3 values, expected 2 x 2",
        ),
        (
            '"0.030, 0.040"',
            '"0.030, nan"',
            r"cell INV is left out: table cell_rise has 4 values, .* finite",
        ),
        (
            '"0.030, 0.040"',
            '"0.030, x"',
            r"cell INV is left out: values of cell_rise holds something that is no",
        ),
        ('"0, 0.01"', '"0.01, 0.01"', r"cell INV is left out: a table's index does not rise"),
    ],
)
def test_rejects(tmp_path, old, new, message):
    assert old in TINY
    with pytest.raises(TechnologyError, match=message) as caught:
        read(tmp_path, TINY.replace(old, new))
    assert str(caught.value).startswith(str(tmp_path / "tiny.lib"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ('clocked_on : "!CN";', "", "ff group expected state names, clocked_on and next_state"),
        ('"!CN"', '"!CN)"', "flip-flop clock: function '!CN)': expected an operator or the end"),
        ('"!CN"', '"CN D"', "flip-flop clock is 'CN D', expected one pin or its inverse"),
        ('function : "IQ"; \n', 'function : "IR";', "output Q: function 'IR' uses 'IR', expected"),
        ('"0.03"', '"0.03, 0.04"', "table rise_constraint has 2 values, expected 1 finite ones"),
    ],
)
def test_a_cell_with_a_fault_is_left_out_and_named(tmp_path, old, new, note):
    found = read(tmp_path, TINY.replace(old.rstrip(" \n"), new))
    assert list(found.cells) == ["INV", "NAND2"]
    (line,) = [each for each in found.notes if "left out" in each]
    assert line.startswith(f"cell DFFN is left out: {note}")


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


CASES = Path(__file__).parents[5] / "shared" / "cases"


@pytest.mark.skipif(not CASES.exists(), reason="the files are only on machines of developers")
@pytest.mark.parametrize(
    ("name", "differing", "note"),
    [
        ("pgpins", [], ""),
        ("pgleak", [], ""),
        ("multipin", [], ""),
        ("bom", [], ""),
        ("twolibs", [], ""),
        ("ff1name", ["DFF"], ""),
        ("nobuf", ["BUF"], ""),
        ("noff", ["DFF"], "no plain flip-flop: multipliers have no registers"),
        ("resetff", ["DFF"], ""),
        ("setresetff", ["DFF"], ""),
        ("enableff", ["DFF"], ""),
        ("include", [], "include_file other.lib is ignored"),
        ("badcell_unused", [], "cell HALF is left out: output Y: no delay from input B"),
        ("internalpin", [], "cell CPLX is left out: output Y: function '!N' uses 'N'"),
    ],
)
def test_small_libraries_of_other_tools(name, differing, note):
    base, found = (read_liberty(CASES / f"{each}.lib") for each in ("base", name))
    assert [each for each in base.cells if found.cells.get(each) != base.cells[each]] == differing
    assert (found.load_ff, found.input_slew_ps) == (base.load_ff, base.input_slew_ps)
    assert [each.startswith(note) for each in found.notes] == [True] * bool(note)
    assert found.has_plain_flip_flop == (name != "noff")
    assert found.has_buffer == (name != "nobuf")


ASAP7 = tuple(
    f"asap7/{part}.lib.gz"
    for part in (
        "SIMPLE_RVT_TT_nldm_211120",
        "INVBUF_RVT_TT_nldm_220122",
        "AO_RVT_TT_nldm_211120",
        "OA_RVT_TT_nldm_211120",
        "SEQ_RVT_TT_nldm_220123",
    )
)


@pytest.mark.parametrize(
    ("name", "files", "variant"),
    [
        ("nangate45", ("nangate45_typ.lib.gz",), 0),
        *(
            pytest.param("nangate45", ("nangate45_typ.lib.gz",), variant, marks=pytest.mark.slow)
            for variant in (1, 2)
        ),
        *(
            pytest.param("sky130hd", ("sky130hd_tt.lib.gz",), variant, marks=pytest.mark.slow)
            for variant in range(3)
        ),
        pytest.param("asap7", ASAP7, 0, marks=pytest.mark.slow),
    ],
)
def test_condenses_the_full_library_to_the_built_in_one(name, files, variant):
    """Reached: the last printed digit of every figure (0.03 % of the worst load limit, 0.006 % of
    the worst capacitance and energy, 5e-5 nW of leakage, 0.1 % of the delays).
    """
    paths = [FULL_LIBRARIES / file for file in files]
    if not all(path.exists() for path in paths):
        pytest.skip(f"{name}'s files are only on machines of developers")
    expected = slew_variants(name)[variant]
    found = read_liberty(*paths, input_slew_ps=expected.input_slew_ps, load_ff=expected.load_ff)
    assert found.voltage == expected.voltage
    assert found.temperature == expected.temperature
    # Clock gates are read at one slew alone.
    gates = () if variant else expected.clock_gates.values()
    for cell in (*expected.cells.values(), *gates):
        full = {**found.cells, **found.clock_gates}[cell.name]
        assert full.area_um2 == pytest.approx(cell.area_um2, rel=1e-9)
        assert full.leakage_nw == pytest.approx(cell.leakage_nw, abs=5.1e-5)
        assert full.leakage_states == pytest.approx(cell.leakage_states, rel=6e-5)
        assert full.inputs == pytest.approx(cell.inputs, rel=1e-4, abs=5.1e-5)
        for pin, output in cell.outputs.items():
            assert full.outputs[pin].function == output.function
            energy = pytest.approx(output.energy_fj, rel=1e-4, abs=5.1e-5)
            assert full.outputs[pin].energy_fj == energy
            assert full.outputs[pin].max_load_ff == pytest.approx(output.max_load_ff, rel=5e-4)
            assert full.outputs[pin].delay.keys() == output.delay.keys()
            for related, (intrinsic, slope) in output.delay.items():
                full_intrinsic, full_slope = full.outputs[pin].delay[related]
                assert full_intrinsic == pytest.approx(intrinsic, rel=1e-3, abs=5.1e-4)
                assert full_slope == pytest.approx(slope, rel=1e-3, abs=5.1e-5)
            assert full.outputs[pin].edges.keys() == output.edges.keys()
            for related, edges in output.edges.items():
                for full_line, line in zip(full.outputs[pin].edges[related], edges, strict=True):
                    assert full_line == pytest.approx(line, rel=1e-3, abs=1e-3)
        if cell.clock_gate:
            figures = {"clock_energy_fj": 0, "setup_ps": 0}
            assert replace(full.clock_gate, **figures) == replace(cell.clock_gate, **figures)
            assert full.clock_gate.setup_ps == pytest.approx(cell.clock_gate.setup_ps, rel=1e-4)
            assert full.clock_gate.clock_energy_fj == pytest.approx(
                cell.clock_gate.clock_energy_fj, rel=1e-4, abs=5.1e-5
            )
        if cell.flip_flop:
            figures = {"clock_energy_fj": 0, "setup_ps": 0}
            assert replace(full.flip_flop, **figures) == replace(cell.flip_flop, **figures)
            assert full.flip_flop.setup_ps == pytest.approx(cell.flip_flop.setup_ps, rel=1e-4)
            assert full.flip_flop.clock_energy_fj == pytest.approx(
                cell.flip_flop.clock_energy_fj, rel=1e-4, abs=5.1e-5
            )


def test_asap7_by_hand():
    """From its files: sums over VDD and VSS of means over states, in pW, and at 20 ps and 2 fF over
    a rise and a fall, between the columns of 1.44 and 2.88 fF, in fJ.
    """
    asap7 = load_technology("asap7")
    inverter, nand = asap7.cells["INVx1_ASAP7_75t_R"], asap7.cells["NAND2xp33_ASAP7_75t_R"]
    states = (33.6905, 36.4524, 33.5305, 17.9885, 30.4155)
    assert nand.leakage_nw == pytest.approx(sum(states) / 5 / 1000, abs=5e-5)
    share = (2 - 1.44) / (2.88 - 1.44)
    vdd_rise = 0.116262 + share * (0.120033 - 0.116262)
    vdd_fall = -0.0263639 + share * (0.0263639 - 0.0229378)
    vss_rise = -0.032416 + share * (0.032416 - 0.028605)
    vss_fall = 0.122627 + share * (0.122779 - 0.122627)
    energy = (vdd_rise + vdd_fall) / 2 + (vss_rise + vss_fall) / 2
    assert inverter.outputs["Y"].energy_fj == pytest.approx(energy, abs=5e-5)


@pytest.mark.parametrize(
    ("at", "weights"),
    [
        (1, [(0, 1), (1, 0)]),
        (1.25, [(0, 0.75), (1, 0.25)]),
        (2, [(0, 0), (1, 1)]),
        (3, [(1, 0.5), (2, 0.5)]),
        (7, [(2, 0.25), (3, 0.75)]),
        # Outside by the line through the two nearest.
        (0.5, [(0, 1.5), (1, -0.5)]),
        (12, [(2, -1), (3, 2)]),
    ],
)
def test_between_two_points_of_a_table_each_weighs_by_the_way_to_the_other(at, weights):
    assert _weights([1, 2, 4, 8], at) == weights
    assert _weights([4], at) == [(0, 1)]
