"""The built-in technologies, and what a name may say."""

import json
from pathlib import Path

import pytest

from lmul_pe.synth.cells import library
from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import BUILT_IN, load_technology, slew_variants
from lmul_pe.synth.cells.technology import FlipFlop, TechnologyError


@pytest.mark.parametrize(
    ("name", "node", "voltage", "cells", "licence"),
    [
        ("nangate45", 45, 1.1, 93, "Apache-2.0"),
        ("sky130hd", 130, 1.8, 122, "Apache-2.0"),
        ("asap7", 7, 0.7, 103, "BSD-3-Clause"),
    ],
)
def test_built_in(name, node, voltage, cells, licence):
    built_in = load_technology(name)
    assert built_in.name == name
    assert (built_in.node_nm, built_in.voltage) == (node, voltage)
    assert built_in.licence == licence
    assert built_in.source
    assert len(built_in.cells) == cells


def test_figures_of_a_gate():
    cell = load_technology("nangate45").cells["NAND2_X1"]
    assert cell.area_um2 == 0.798
    assert cell.leakage_nw == 17.3934
    assert cell.inputs == {"A1": 1.599, "A2": 1.6642}
    assert cell.flip_flop is None
    output = cell.outputs["ZN"]
    assert output.function == "!(A1 & A2)"
    assert output.energy_fj == 1.3665
    assert output.max_load_ff == 59.36
    assert output.delay == {"A1": (14.39, 2.2744), "A2": (15.629, 2.2719)}


def test_figures_of_a_flip_flop():
    cell = load_technology("nangate45").cells["DFFR_X1"]
    assert cell.flip_flop == FlipFlop(
        clock="CK",
        next_state="D",
        state=("IQ", "IQN"),
        clear="!RN",
        preset=None,
        clock_energy_fj=4.82,
        setup_ps=38.784,
    )


@pytest.mark.parametrize(
    ("name", "nand2", "inverter", "full", "half"),
    [
        (
            "nangate45",
            "NAND2_X1",
            "INV_X1",
            ("FA_X1", "S", "CO", False, False),
            ("HA_X1", "S", "CO", False, False),
        ),
        (
            "sky130hd",
            "sky130_fd_sc_hd__nand2_1",
            "sky130_fd_sc_hd__inv_1",
            ("sky130_fd_sc_hd__fa_1", "SUM", "COUT", False, False),
            ("sky130_fd_sc_hd__ha_1", "SUM", "COUT", False, False),
        ),
        (
            "asap7",
            "NAND2xp33_ASAP7_75t_R",
            "INVxp33_ASAP7_75t_R",
            ("FAx1_ASAP7_75t_R", "SN", "CON", True, True),
            ("HAxp5_ASAP7_75t_R", "SN", "CON", True, True),
        ),
    ],
)
def test_cells_found_by_function(name, nand2, inverter, full, half):
    built_in = load_technology(name)
    assert built_in.nand2.name == nand2
    assert built_in.inverter.name == inverter
    for adder, expected in ((built_in.full_adder, full), (built_in.half_adder, half)):
        assert (
            adder.cell.name,
            adder.sum,
            adder.carry,
            adder.sum_inverted,
            adder.carry_inverted,
        ) == expected


@pytest.mark.parametrize("name", BUILT_IN)
def test_adders_add(name):
    built_in = load_technology(name)
    for adder, bits in ((built_in.full_adder, 3), (built_in.half_adder, 2)):
        functions = {
            pin: parse_function(output.function) for pin, output in adder.cell.outputs.items()
        }
        for case in range(1 << bits):
            values = {pin: case >> k & 1 for k, pin in enumerate(adder.cell.inputs)}
            total = functions[adder.sum].evaluate(values) & 1 ^ adder.sum_inverted
            carry = functions[adder.carry].evaluate(values) & 1 ^ adder.carry_inverted
            assert total + 2 * carry == case.bit_count()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "nangate54",
            r"unknown technology 'nangate54': expected nangate45, sky130hd, asap7 or the "
            r"path of a Liberty file \(\.lib, \.lib\.gz\); did you mean nangate45\?",
        ),
        ("ASAP7", r"unknown technology 'ASAP7': .* did you mean asap7\?"),
        ("sky130", r"did you mean sky130hd\?"),
        ("", r"unknown technology '': .*\.lib\.gz\)$"),
        ("asap7,sky130hd", r"'asap7,sky130hd' joins asap7, which is whole: expected it alone"),
        ("qqq", r"unknown technology 'qqq': .*\.lib\.gz\)$"),
        ("nowhere.lib", r"nowhere\.lib: no such file, expected a Liberty file"),
        ("no/where", r"no/where: no such file, expected a Liberty file"),
    ],
)
def test_rejects_names(name, message):
    with pytest.raises(TechnologyError, match=message):
        load_technology(name)


def test_rejects_a_directory(tmp_path):
    with pytest.raises(TechnologyError, match="is a directory, expected a Liberty file"):
        load_technology(str(tmp_path))
    # A path with a blank in it is one path.
    spaced = tmp_path / "one library"
    spaced.mkdir()
    with pytest.raises(TechnologyError, match=r"one library: is a directory"):
        load_technology(str(spaced))


def test_slew_variants():
    """Inverters, by hand from the tables: slower edges cost time and, slightly, energy."""
    own, fast, slow = slew_variants("nangate45")
    assert (own, fast.input_slew_ps, slow.input_slew_ps) == (load_technology("nangate45"), 10, 40)
    found = [each.cells["INV_X1"].outputs["ZN"] for each in (fast, own, slow)]
    assert [output.delay["A"] for output in found] == [
        (7.763, 1.8324),
        (11.407, 1.8965),
        (15.478, 2.2269),
    ]
    assert [output.energy_fj for output in found] == [0.9355, 0.9708, 1.1277]
    for each in (fast, slow):
        assert list(each.cells) == list(own.cells)
        for name, cell in each.cells.items():
            assert (cell.area_um2, cell.inputs) == (
                own.cells[name].area_um2,
                own.cells[name].inputs,
            )
    assert [each.input_slew_ps for each in slew_variants("sky130hd")] == [50, 25, 100]
    assert slew_variants("asap7") == (load_technology("asap7"),)


def test_slew_variants_of_a_liberty_file(tmp_path):
    path = tmp_path / "own.lib"
    path.write_text(liberty_text(load_technology("asap7")))
    own, fast, slow = slew_variants(str(path))
    assert own == load_technology(str(path))
    assert (fast.input_slew_ps, slow.input_slew_ps) == (
        own.input_slew_ps / 2,
        own.input_slew_ps * 2,
    )


@pytest.mark.slow
def test_liberty_files_with_commas_or_blanks_between_them_are_one_library(tmp_path):
    whole = load_technology("asap7")
    text = liberty_text(whole)
    end = text.index("  cell (", text.index("  cell (NAND2"))
    begin = text.index("  cell (")
    parts = [tmp_path / "a.lib", tmp_path / "b.lib"]
    parts[0].write_text(text[:end] + "}")
    parts[1].write_text(text[:begin] + text[end:])
    for separator in (",", " ", ", "):
        name = separator.join(map(str, parts))
        assert list(load_technology(name).cells) == list(whole.cells)
        assert [len(each.cells) for each in slew_variants(name)] == [len(whole.cells)] * 3
    # A path with a blank in it is one path.
    spaced = tmp_path / "one library.lib"
    spaced.write_text(text)
    assert load_technology(str(spaced)).source == whole.source
    with pytest.raises(TechnologyError, match=r"unknown technology 'nangate46': .* nangate45\?"):
        load_technology(f"{parts[0]},nangate46")


def test_edges_lie_around_their_mean():
    for name in ("nangate45", "sky130hd"):
        for cell in load_technology(name).cells.values():
            for output in cell.outputs.values():
                for related, (rise, fall) in output.edges.items():
                    mean = [(up + down) / 2 for up, down in zip(rise, fall, strict=True)]
                    assert mean == pytest.approx(output.delay[related], abs=0.01)
                if not cell.flip_flop:
                    assert output.edges.keys() == output.delay.keys()


def test_a_technology_is_a_file_of_the_folder():
    """Found by listing, in the order that the files state; the first is the default."""
    folder = Path(library.__file__).parent / "tech"
    tables = [json.loads(path.read_text(encoding="utf-8")) for path in folder.iterdir()]
    ordered = sorted(tables, key=lambda table: table["order"])
    assert [table["library"] for table in ordered] == list(BUILT_IN)
    assert BUILT_IN[0] == "nangate45"
