"""A board's answers, byte by byte: what it refuses, and that it works on after that."""

import zlib

import numpy as np
import pytest

from tests.hw.board.line import converse
from tests.sweep import some

ARRAY = "array_os_2x2_int8_int32"
NAME = bytes([1]) + ARRAY.encode()
DONE, CORRUPT, OVERLONG, TRUNCATED, UNKNOWN_KIND, WRONG_SEQUENCE, WRONG_LENGTH = range(7)
HELLO, OPERANDS, LAST = range(3)

A = np.array([[1, -2, 3], [40, 50, -60]])
B = np.array([[7, 8], [-9, 10], [11, 127]])
# Columns of A beside rows of B.
BEATS = [bytes(np.int8([*A[:, k], *B[k]]).tobytes()) for k in range(3)]


def question(sequence, kind, payload=b""):
    head = bytes([len(payload) & 255, len(payload) >> 8, sequence, kind])
    return head + payload + zlib.crc32(head + payload).to_bytes(4, "little")


def told(frame):
    return None if frame is None else (frame.sequence, frame.code, frame.payload)


def results(product):
    return product.astype("<i4").tobytes()


HI = question(9, HELLO)
WHOLE = question(10, LAST, b"".join(BEATS))


def test_a_tile_is_a_matrix_product():
    answers = converse(ARRAY, [HI, WHOLE, question(11, LAST, BEATS[0])])
    assert [told(each) for each in answers] == [
        (9, DONE, NAME),
        (10, DONE, results(A @ B)),
        (11, DONE, results(np.outer(A[:, 0], B[0]))),
    ]


def test_a_tile_may_come_in_several_frames_each_of_them_twice():
    parts = [
        question(10, OPERANDS, BEATS[0]),
        question(11, OPERANDS, BEATS[1]),
        question(12, LAST, BEATS[2]),
    ]
    answers = converse(ARRAY, [HI, *(part for part in parts for _ in range(2))])
    expected = [(10, DONE, b""), (11, DONE, b""), (12, DONE, results(A @ B))]
    assert [told(each) for each in answers[1:]] == [each for each in expected for _ in range(2)]


def test_a_greeting_forgets_sums_that_are_open():
    answers = converse(ARRAY, [HI, question(10, OPERANDS, BEATS[2]), HI, WHOLE])
    assert [told(each) for each in answers[2:]] == [(9, DONE, NAME), (10, DONE, results(A @ B))]


CORRUPTED = bytearray(WHOLE)
CORRUPTED[7] ^= 4

BAD = {
    "a flipped bit": (bytes(CORRUPTED), CORRUPT),
    "a low stop bit": ([*((byte, 1) for byte in WHOLE[:6]), (WHOLE[6], 0)], CORRUPT),
    "a low stop bit at first": ([(WHOLE[0], 0), *((byte, 1) for byte in WHOLE[1:])], CORRUPT),
    "a length above the capacity": (bytes([1, 2]) + WHOLE[2:], OVERLONG),
    "the longest length": (bytes([255, 255]) + WHOLE[2:], OVERLONG),
    "a lost byte": (WHOLE[:8] + WHOLE[9:], TRUNCATED),
    "a lost end": (WHOLE[:-1], TRUNCATED),
    "a header alone": (WHOLE[:4], TRUNCATED),
    "one byte": (WHOLE[:1], TRUNCATED),
    "a length that is too small": (bytes([4]) + WHOLE[1:], CORRUPT),
    "another kind": (question(10, 3, BEATS[0]), UNKNOWN_KIND),
    "a number left out": (question(11, LAST, BEATS[0]), WRONG_SEQUENCE),
    "the number of the greeting": (question(9, LAST, BEATS[0]), WRONG_SEQUENCE),
    "part of a beat": (question(10, LAST, BEATS[0] + BEATS[1][:3]), WRONG_LENGTH),
    "no beat": (question(10, LAST), WRONG_LENGTH),
    "a greeting with a payload": (question(10, HELLO, BEATS[0]), WRONG_LENGTH),
}


@pytest.mark.parametrize("bad", some(BAD, 1))
def test_a_bad_frame_is_refused_with_a_code_and_the_next_good_one_works(bad):
    octets, code = BAD[bad]
    _, refusal, answer = converse(ARRAY, [HI, octets, WHOLE])
    assert (refusal.code, refusal.payload) == (code, b"")
    assert told(answer) == (10, DONE, results(A @ B))


@pytest.mark.slow
def test_a_frame_may_fill_its_capacity():
    beats = np.random.default_rng(3).integers(-128, 128, size=(128, 4), dtype=np.int8)
    wide = beats.astype(np.int64)
    _, answer = converse(ARRAY, [HI, question(10, LAST, beats.tobytes())], limit=6000)
    assert told(answer) == (10, DONE, results(wide[:, :2].T @ wide[:, 2:]))
