"""The boards, as amaranth-boards describes them, and as docs/boards.md does."""

import re

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.fpga.boards import BOARDS, board_named
from tests.docs.document import DOCS

PAGE = (DOCS / "boards.md").read_text(encoding="utf-8")
# Clock, receive and transmit of the FPGA.
PINS = {
    name: pins
    for name, *pins in re.findall(
        r"^\| `(\w+)` \| (\w+) \| (\w+) \| (\w+) \| FT", PAGE, re.MULTILINE
    )
}
CLOCKS = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (\d+) MHz \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", BOARDS)
def test_clock_part_and_pins_are_those_of_the_board(name):
    board = board_named(name)
    platform = board.create()
    # An order code is the device, a speed, and the package's name by another prefix.
    assert board.part.device.startswith(platform.device)
    assert platform.default_clk_frequency == board.clock_hz
    uart = {each.name: each.ios[0].names for each in platform.resources["uart", 0].ios}
    clock = platform.resources[platform.default_clk, 0].ios[0].names
    assert [*clock, *uart["rx"], *uart["tx"]] == PINS[name]
    assert int(CLOCKS[name]) * 10**6 == board.clock_hz


@pytest.mark.parametrize("name", BOARDS)
def test_multipliers_are_used_where_amaranth_s_script_lets_yosys(name):
    board = board_named(name)
    script = board.create().file_templates["{{name}}.ys"]
    # Yosys spares them on iCE40 unless it is told, and uses them on ECP5 unless it is told.
    spared = "synth_ice40" in script and "-dsp" not in script
    spared |= "synth_ecp5" in script and "-nodsp" in script
    assert board.uses_dsps != spared


def test_an_unknown_board_is_refused_with_the_list():
    with pytest.raises(SpecificationError, match="'ulx3' is not one of ulx3s, icebreaker; did you"):
        board_named("ulx3")
