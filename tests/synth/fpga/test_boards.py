"""The boards, as amaranth-boards describes them: a changed pin would be noticed."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.fpga.boards import BOARDS, board_named

# Of amaranth-boards: clock, receive and transmit of the FPGA.
PINS = {"ulx3s": ("G2", "M1", "L4"), "icebreaker": ("35", "6", "9")}


@pytest.mark.parametrize("name", BOARDS)
def test_clock_part_and_pins_are_those_of_the_board(name):
    board = board_named(name)
    platform = board.create()
    # An order code is the device, a speed, and the package's name by another prefix.
    assert board.part.device.startswith(platform.device)
    assert platform.default_clk_frequency == board.clock_hz
    uart = {each.name: each.ios[0].names for each in platform.resources["uart", 0].ios}
    clock = platform.resources[platform.default_clk, 0].ios[0].names
    assert (*clock, *uart["rx"], *uart["tx"]) == PINS[name]


def test_an_unknown_board_is_refused_with_the_list():
    with pytest.raises(SpecificationError, match="'ulx3' is not one of ulx3s, icebreaker; did you"):
        board_named("ulx3")
