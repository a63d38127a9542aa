"""What passes between a host and a board: frames, their kinds, and the answers to them."""

from dataclasses import dataclass
from enum import IntEnum
from zlib import crc32

from lmul_pe.model import SystolicArray
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.unit.ports import Port, ports_of

VERSION = 1
"""Of the protocol; the first byte of the answer to a greeting."""

CAPACITY = 512
"""Bytes that the payload of a frame has at most: one block RAM of an iCE40."""

USUAL_BAUD = 1_000_000
"""Bits a second: a whole number of cycles of 12 and of 25 MHz."""

SILENCE_BITS = 1 << 14
"""Bits' time without a byte after which a frame is over; 16 ms at a million bits a second."""

HEADER_BYTES = 4
"""Length of the payload (two bytes, low one first), sequence number, kind or answer."""

CHECK_BYTES = 4
"""CRC-32 of all that is before it, as of Ethernet, low byte first."""


class Kind(IntEnum):
    """What a host asks for."""

    HELLO = 0
    """Forget sums that are open; the answer is the version, and the name of the array."""
    OPERANDS = 1
    """Beats of a tile, more of which follow."""
    LAST_OPERANDS = 2
    """Beats that end a tile; the answer is its results."""


class Answer(IntEnum):
    """What a board says to a frame; all but the first one refuse it, and nothing has happened."""

    DONE = 0
    CORRUPT = 1
    """A stop bit or the CRC-32 is wrong."""
    OVERLONG = 2
    """It announces more than :data:`CAPACITY`."""
    TRUNCATED = 3
    """The line fell silent before its end."""
    UNKNOWN_KIND = 4
    WRONG_SEQUENCE = 5
    """Its number is neither that of the frame before nor the next one."""
    WRONG_LENGTH = 6
    """Its payload is no whole number of beats, or a greeting has one."""


@dataclass(frozen=True)
class Frame:
    """A frame of either direction.

    Parameters
    ----------
    sequence
        0 to 255; an answer has that of what it answers.
    code
        A :class:`Kind`, or an :class:`Answer`.
    payload
        :data:`CAPACITY` bytes at most.
    """

    sequence: int
    code: int
    payload: bytes = b""

    def octets(self) -> bytes:
        """The frame as it is sent."""
        head = len(self.payload).to_bytes(2, "little") + bytes([self.sequence, self.code])
        return head + self.payload + crc32(head + self.payload).to_bytes(CHECK_BYTES, "little")


def frame_bytes(octets: bytes) -> int:
    """How many bytes the frame has that begins with ``octets``, as far as these say."""
    if len(octets) < HEADER_BYTES:
        return HEADER_BYTES + CHECK_BYTES
    return HEADER_BYTES + int.from_bytes(octets[:2], "little") + CHECK_BYTES


def frame_of(octets: bytes) -> Frame | None:
    """The frame that ``octets`` are; None if they are not one whole frame."""
    checked, check = octets[:-CHECK_BYTES], octets[-CHECK_BYTES:]
    if len(octets) != frame_bytes(octets) or crc32(checked) != int.from_bytes(check, "little"):
        return None
    return Frame(octets[2], octets[3], checked[HEADER_BYTES:])


@dataclass(frozen=True)
class Payloads:
    """How the operands and results of an array become bytes.

    Parameters
    ----------
    array
        Of dataflow ``os``.

    Raises
    ------
    SpecificationError
        Another dataflow, or an array of which no beat, or not all results of a tile, fit a frame.
    """

    array: SystolicArray

    def __post_init__(self) -> None:
        array = self.array
        if array.dataflow != "os":
            raise SpecificationError(
                f"dataflow {array.dataflow!r} has no design for boards: expected os"
            )
        for what, size in (
            ("operands of a beat", self.beat_bytes),
            ("results of a tile", self.result_bytes),
        ):
            if size > CAPACITY:
                raise SpecificationError(
                    f"{array.name} has {what} of {size} bytes: expected {CAPACITY} at most, which "
                    "fewer rows and cols have"
                )

    @property
    def ports(self) -> tuple[Port, Port, Port]:
        """Streams of both operands and of the results."""
        a, b, c = ports_of(self.array)
        return a, b, c

    @property
    def beat_bytes(self) -> int:
        """Bytes of a beat: ``a`` from bit 0 up, ``b`` above it, zeros to the end of a byte."""
        a, b, _ = self.ports
        return -(-(a.width + b.width) // 8)

    @property
    def row_bytes(self) -> int:
        """Bytes of a beat of results."""
        return -(-self.ports[2].width // 8)

    @property
    def result_bytes(self) -> int:
        """Bytes of the results of a tile, one row after the other."""
        return self.array.rows * self.row_bytes

    @property
    def beats_per_frame(self) -> int:
        """Beats that a frame holds at most."""
        return CAPACITY // self.beat_bytes

    @property
    def greeting(self) -> bytes:
        """The answer to a greeting."""
        return bytes([VERSION]) + self.array.name.encode()
