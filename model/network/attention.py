"""One attention head in float64, and with operands encoded in a small format.

Q, K and V are ``sequence`` x ``width`` matrices: standard normal numbers from a seeded generator,
or those of a real model.
Scores ``Q K^T`` are divided by ``sqrt(width)`` and go through softmax; the probabilities multiply
V.  Probabilities are at most 1 and mostly below ``1 / sequence``, where small formats have little
left: they are multiplied by a power of two before they are encoded, and the result is divided by
it, both exactly.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import decode, encode
from lmul_pe.model.format.floating import FloatFormat

_LARGEST_SCALE = 2.0**8

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """The inputs of one attention head, ``sequence`` x ``width`` each.

    Parameters
    ----------
    causal
        Whether no query sees the keys behind its own.
    """

    q: Matrix
    k: Matrix
    v: Matrix
    causal: bool = False

    @classmethod
    def random(cls, sequence: int, width: int, seed: int) -> "Head":
        """Standard normal numbers."""
        random = np.random.default_rng(seed)
        q, k, v = (random.normal(size=(sequence, width)) for _ in range(3))
        return cls(q, k, v)

    def probabilities(self, scores: Matrix) -> Matrix:
        """Softmax of the scaled scores, row by row."""
        scaled = scores / math.sqrt(self.q.shape[1])
        if self.causal:
            scaled = np.where(np.tri(*scaled.shape, dtype=np.bool_), scaled, -np.inf)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Attention:
    """The head as one kind of arithmetic computes it.

    Parameters
    ----------
    scores, output
        ``Q K^T``, before it is scaled, and the result.
    """

    scores: Matrix
    output: Matrix


def scale_of(format: FloatFormat) -> float:
    """The power of two by which probabilities are multiplied: the largest that fits, or 2^8."""
    largest = float(decode(np.array([format.largest]), format)[0])
    return min(_LARGEST_SCALE, 2.0 ** math.floor(math.log2(largest)))


def reference(head: Head) -> Attention:
    """The head in float64."""
    scores = head.q @ head.k.T
    return Attention(scores, head.probabilities(scores) @ head.v)


def encoded(head: Head, format: FloatFormat) -> Attention:
    """The head in float64, but for what the array is given."""
    q, k, v = (decode(encode(each, format), format) for each in (head.q, head.k, head.v))
    scores = q @ k.T
    scale = scale_of(format)
    probabilities = decode(encode(head.probabilities(scores) * scale, format), format)
    return Attention(scores, probabilities @ v / scale)


def errors(got: Matrix, right: Matrix) -> tuple[float, float]:
    """The relative error in the Frobenius norm, and the largest one of an element."""
    error = got - right
    return float(np.linalg.norm(error) / np.linalg.norm(right)), float(np.abs(error).max())
