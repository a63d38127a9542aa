"""Bits of many runs as one integer, whose bit ``i`` is that of run ``i``, and back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def pack(bits: NDArray[np.bool_]) -> list[int]:
    """``width x lanes`` bits as an integer for each place."""
    return [
        int.from_bytes(np.packbits(plane, bitorder="little").tobytes(), "little") for plane in bits
    ]


def unpack(packed: Sequence[int], lanes: int) -> NDArray[np.bool_]:
    """The bits, ``width x lanes``, that :func:`pack` made integers of."""
    size = -(-lanes // 8)
    text = b"".join(value.to_bytes(size, "little") for value in packed)
    planes = np.frombuffer(text, dtype=np.uint8).reshape(len(packed), size)
    return np.unpackbits(planes, axis=1, count=lanes, bitorder="little").astype(np.bool_)
