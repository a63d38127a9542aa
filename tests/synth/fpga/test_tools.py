"""Yosys and nextpnr, and what is remembered of them."""

from dataclasses import replace

import pytest

from lmul_pe.synth.fpga import tools as module
from lmul_pe.synth.fpga.parts import PARTS
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
