"""Bits of many runs side by side, 64 to a word, the first run in the lowest bit; and back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Along the last axis the runs of one bit, 64 to a word; behind the last run are zeros."""

WORD = 64


def bits_of(codes: NDArray[Any], width: int) -> NDArray[np.bool_]:
    """The bits of ``codes``, from 0 up, along a new first axis."""
    wide = codes.astype(np.uint64)
    return np.stack([(wide >> np.uint64(bit)) & np.uint64(1) != 0 for bit in range(width)])


def codes_of(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """The codes whose bits, from 0 up, stand along the first axis."""
    codes = np.zeros(bits.shape[1:], dtype=np.uint64)
    for place, plane in enumerate(bits):
        codes |= plane.astype(np.uint64) << np.uint64(place)
    return codes


def pack(bits: NDArray[np.bool_]) -> Words:
    """``... x runs`` bits as ``... x words``."""
    whole = np.zeros((*bits.shape[:-1], WORD * words_of(bits.shape[-1])), dtype=np.bool_)
    whole[..., : bits.shape[-1]] = bits
    # Compiled code takes the machine's own order of bytes.
    return np.packbits(whole, axis=-1, bitorder="little").view("<u8").astype(np.uint64)


def unpack(packed: Words, runs: int) -> NDArray[np.bool_]:
    """The bits, ``... x runs``, that :func:`pack` made words of."""
    planes = bytes_of(packed)
    return np.unpackbits(planes, axis=-1, count=runs, bitorder="little").astype(np.bool_)


def bytes_of(packed: Words) -> NDArray[np.uint8]:
    """The same bits, eight runs to a byte along the last axis."""
    return np.ascontiguousarray(packed.astype("<u8", copy=False)).view(np.uint8)


def words_of(runs: int) -> int:
    """Words that so many runs take."""
    return -(-runs // WORD)


def every(runs: int) -> Words:
    """A bit that is set in every run."""
    return pack(np.ones(runs, dtype=np.bool_))
