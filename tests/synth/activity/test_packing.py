"""Codes of many runs as bits, and back."""

import numpy as np
import pytest

from lmul_pe.synth.activity.packing import bits_of, bytes_of, codes_of, every, pack, unpack


@pytest.mark.parametrize(("lanes", "width"), [(1, 1), (5, 3), (64, 8), (100, 32), (257, 64)])
def test_codes_come_back(lanes, width):
    random = np.random.default_rng(lanes)
    codes = random.integers(0, 2**width - 1, size=lanes, dtype=np.uint64, endpoint=True)
    packed = pack(bits_of(codes, width))
    assert packed.shape == (width, -(-lanes // 64))
    np.testing.assert_array_equal(codes_of(unpack(packed, lanes)), codes)


def test_bit_i_is_run_i():
    assert pack(bits_of(np.array([1, 2, 3, 0]), 2)).tolist() == [[0b0101], [0b0110]]
    assert pack(np.arange(130) == 65).tolist() == [0, 2, 0]


def test_behind_the_last_run_are_zeros():
    assert every(70).tolist() == [2**64 - 1, 2**6 - 1]
    assert bytes_of(every(70)).tolist() == [255] * 8 + [63] + [0] * 7
