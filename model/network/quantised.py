"""Weights in few bits, by groups that share a scale."""

from dataclasses import dataclass

import numpy as np

from lmul_pe.model.choices import whole_number

from .layers import Array

SCALE_BITS = 16
"""Of a scale, and of a least value, which are fp16."""


@dataclass(frozen=True)
class Quantiser:
    """Rounds weights to the nearest of ``2^bits`` numbers that lie evenly, group by group.

    Parameters
    ----------
    bits
        Of a weight.
    group
        Neighbours along the sum that share a scale.
    least
        Whether a group has a least value, too; otherwise its numbers lie around zero and its
        largest magnitude becomes the largest integer.

    Raises
    ------
    SpecificationError
        Fewer than 2 bits or more than 8, or an empty group.
    """

    bits: int
    group: int
    least: bool = False

    def __post_init__(self) -> None:
        whole_number("bits", self.bits, range(2, 9))
        whole_number("group", self.group, range(1, 2**16))

    @property
    def bits_of_a_weight(self) -> float:
        """What is stored, scales shared out."""
        return self.bits + SCALE_BITS * (1 + self.least) / self.group

    def __call__(self, matrix: Array) -> Array:
        """``matrix``, ``outputs x inputs``, as what is stored stands for.

        A last group may have fewer.
        """
        outputs, inputs = matrix.shape
        groups = -(-inputs // self.group)
        padded = np.zeros((outputs, groups * self.group), dtype=np.float32)
        padded[:, :inputs] = matrix
        if groups * self.group > inputs:
            # What does not exist must not widen its group.
            padded[:, inputs:] = matrix[:, -1:]
        parted = padded.reshape(outputs, groups, self.group)
        found = self._with_least(parted) if self.least else self._around_zero(parted)
        return np.ascontiguousarray(found.reshape(outputs, -1)[:, :inputs])

    def _around_zero(self, groups: Array) -> Array:
        largest = 2 ** (self.bits - 1) - 1
        scale = _half(np.abs(groups).max(axis=-1, keepdims=True) / np.float32(largest))
        return np.clip(np.rint(groups / _divisor(scale)), -largest, largest) * scale

    def _with_least(self, groups: Array) -> Array:
        largest = 2**self.bits - 1
        least = _half(groups.min(axis=-1, keepdims=True))
        scale = _half((groups.max(axis=-1, keepdims=True) - least) / np.float32(largest))
        return np.clip(np.rint((groups - least) / _divisor(scale)), 0, largest) * scale + least


def _half(values: Array) -> Array:
    return values.astype(np.float16).astype(np.float32)


def _divisor(scale: Array) -> Array:
    return np.where(scale == 0, np.float32(1), scale)
