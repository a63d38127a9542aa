"""Frames as bytes, and which arrays fit them."""

from zlib import crc32

import pytest

from lmul_pe.hw.board.protocol import Frame, Payloads, frame_bytes, frame_of
from lmul_pe.model import SpecificationError, array_named

RESIDUE = 0x2144DF1C
"""Of the CRC-32 of Ethernet over anything with its own check behind it, complemented."""


def test_the_check_is_the_crc_32_of_ethernet():
    frame = Frame(0x33, 0x34, b"56789")
    assert frame.octets()[:9] == b"\x05\x0034" + b"56789"
    assert crc32(frame.octets()) == RESIDUE
    assert frame_of(frame.octets()) == frame
    assert frame_bytes(frame.octets()) == 13


@pytest.mark.parametrize("bit", range(8 * 13))
def test_a_frame_with_one_wrong_bit_is_none(bit):
    octets = bytearray(Frame(1, 2, b"12345").octets())
    octets[bit // 8] ^= 1 << bit % 8
    assert frame_of(bytes(octets)) is None


@pytest.mark.parametrize("size", [*range(13), 14])
def test_a_frame_of_another_size_is_none(size):
    octets = Frame(1, 2, b"12345").octets() + b"6"
    assert frame_of(octets[:size]) is None


def test_payloads_are_whole_bytes():
    payloads = Payloads(array_named("array_os_3x2_lmul_e3m2_fp32"))
    # Five operands of 6 bits, and two sums of 32.
    assert (payloads.beat_bytes, payloads.row_bytes, payloads.result_bytes) == (4, 8, 24)
    assert payloads.beats_per_frame == 128


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("array_ws_2x2_lmul_e4m3_fp32", "dataflow 'ws' has no design for boards: expected os"),
        (
            "array_os_16x16_lmul_e4m3_fp32",
            "results of a tile of 1024 bytes: expected 512 at most, which fewer rows and cols have",
        ),
    ],
)
def test_other_arrays_are_refused(name, text):
    with pytest.raises(SpecificationError, match=text):
        Payloads(array_named(name))
