"""FPGA boards with a serial port that their USB plug leads to."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lmul_pe.model.choices import unknown_choice

from .parts import Part, part_named


@dataclass(frozen=True)
class Board:
    """A board, whose pins ``amaranth-boards`` has.

    Parameters
    ----------
    name
        What users call it.
    module, platform
        Where ``amaranth-boards`` has it.
    part
        Its FPGA.
    uses_dsps
        Whether Amaranth's synthesis for it makes use of multipliers.
    clock_hz
        Of its oscillator, which clocks the design.
    bitstream
        The file that is loaded.
    loader
        What loads it, before the file's name.
    """

    name: str
    module: str
    platform: str
    part: Part
    uses_dsps: bool
    clock_hz: int
    bitstream: str
    loader: str

    def create(self) -> Any:
        """Its platform, new for every design."""
        return getattr(import_module(self.module), self.platform)()


BOARDS = {
    board.name: board
    for board in (
        Board(
            "ulx3s",
            "amaranth_boards.ulx3s",
            "ULX3S_85F_Platform",
            part_named("ecp5-85k"),
            True,
            25_000_000,
            "top.bit",
            "openFPGALoader --board ulx3s",
        ),
        Board(
            "icebreaker",
            "amaranth_boards.icebreaker",
            "ICEBreakerPlatform",
            part_named("ice40-up5k"),
            False,
            12_000_000,
            "top.bin",
            "iceprog",
        ),
    )
}
"""Every board, by its name."""


def board_named(name: str) -> Board:
    """The board called ``name``.

    Raises
    ------
    SpecificationError
        There is none.
    """
    if name not in BOARDS:
        raise unknown_choice("board", name, BOARDS)
    return BOARDS[name]
