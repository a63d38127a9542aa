"""Codes of many runs as bits, and back."""

import numpy as np
import pytest

from lmul_pe.synth.activity.packing import bits_of, codes_of, pack, unpack


@pytest.mark.parametrize(("lanes", "width"), [(1, 1), (5, 3), (64, 8), (100, 32), (257, 64)])
def test_codes_come_back(lanes, width):
    random = np.random.default_rng(lanes)
    codes = random.integers(0, 2**width - 1, size=lanes, dtype=np.uint64, endpoint=True)
    packed = pack(bits_of(codes, width))
    assert len(packed) == width
    np.testing.assert_array_equal(codes_of(unpack(packed, lanes)), codes)


def test_bit_i_is_run_i():
    assert pack(bits_of(np.array([1, 2, 3, 0]), 2)) == [0b0101, 0b0110]
