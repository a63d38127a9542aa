import gzip
import os
from dataclasses import replace
from pathlib import Path

import pytest

from lmul_pe.synth.cells.liberty.reader import read_liberty
from lmul_pe.synth.cells.library import load_technology, slew_variants
from lmul_pe.synth.cells.technology import TechnologyError
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
