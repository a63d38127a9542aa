"""Liberty text is read back as what it was written from, and Yosys maps onto it."""

import math
from dataclasses import replace

import pytest

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import BUILT_IN, load_technology
from tests.sweep import some
from tests.synth.cells.liberty.tiny import TINY, read


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
@pytest.mark.parametrize("name", some(BUILT_IN, 1))
def test_yosys_maps_onto_it(tmp_path, name, script):
    technology = load_technology(name)
    library = tmp_path / "cells.lib"
    library.write_text(liberty_text(technology))
    source, netlist, statistics = (tmp_path / file for file in ("d.v", "n.v", "stat.txt"))
    source.write_text(DESIGN)
    # In a process of its own: what this one has mapped would decide, by the order of Yosys' tables,
    # what others get that are forked from it.
    commands = [
        f"read_verilog {source}",
        "synth -flatten -top design",
        f"dfflibmap -liberty {library}",
        f"abc -liberty {library} {script}",
        "opt_clean",
        f"tee -q -o {statistics} stat -liberty {library}",
        f"write_verilog -noattr -noexpr {netlist}",
    ]
    run_yosys(commands, tmp_path)
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
