"""The design of a board as Verilog."""

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.array.component import array_component
from lmul_pe.hw.blocks import Blocks
from lmul_pe.hw.export.verilog import verilog_text
from lmul_pe.model.choices import SpecificationError

from .protocol import SILENCE_BITS, Payloads
from .top import Top

LEAST_DIVISOR = 4
LARGEST_ERROR = 0.02
"""By which a bit may be too long or too short: half of it, at the end of ten, is too late."""


def divisor_of(clock_hz: int, baud: int) -> int:
    """Cycles of a clock in a bit of a line.

    Raises
    ------
    SpecificationError
        A line that the clock is too slow for, or that it cannot keep the pace of.
    """
    divisor = max(LEAST_DIVISOR, round(clock_hz / baud))
    nearest = clock_hz // divisor
    if abs(baud * divisor - clock_hz) > LARGEST_ERROR * clock_hz:
        raise SpecificationError(
            f"baud {baud} is not possible with a clock of {clock_hz / 1e6:g} MHz: expected "
            f"{clock_hz // LEAST_DIVISOR} at most, within 2 % of a whole number of cycles; the "
            f"nearest is {nearest}"
        )
    return divisor


def board_verilog(payloads: Payloads, divisor: int, header: str) -> tuple[str, str]:
    """The module's name and its Verilog: ports ``clk``, ``rst``, ``rx`` and ``tx``."""
    name = f"board_{payloads.array.name}"
    blocks = Blocks(name)
    array = array_component(payloads.array, INFERRED, blocks=blocks)
    top = Top(payloads, array, divisor=divisor, silence_bits=SILENCE_BITS)
    return name, verilog_text(top, name, header, blocks)
