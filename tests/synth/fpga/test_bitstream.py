"""What is said where a tool for boards fails; `test_bitstream_command` makes a real bitstream."""

import json
from types import SimpleNamespace

import pytest

from lmul_pe.synth.fpga import bitstream
from lmul_pe.synth.fpga.bitstream import built
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
