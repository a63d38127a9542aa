"""The layers of transformers, in float32, matrix products left out.

Rows of an array are positions of a text, or the last two axes are positions and features.
"""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def rms_norm(x: Array, weight: Array, epsilon: float) -> Array:
    """Rows divided by their root mean square, times ``weight`` (arXiv 1910.07467)."""
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + epsilon) * weight)


def layer_norm(x: Array, weight: Array, bias: Array, epsilon: float) -> Array:
    """Rows of mean 0 and variance 1, times ``weight``, plus ``bias`` (arXiv 1607.06450)."""
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + epsilon)
    return np.asarray(centred / spread * weight + bias)


def softmax(x: Array) -> Array:
    """Rows of probabilities; an entry of minus infinity gets none."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def causal(scores: Array) -> Array:
    """Scores ``... x T x T`` with minus infinity where a key stands behind its query."""
    hidden = np.triu(np.ones(scores.shape[-2:], dtype=np.bool_), 1)
    return np.where(hidden, np.float32(-np.inf), scores)


def silu(x: Array) -> Array:
    """``x`` times its logistic function."""
    with np.errstate(over="ignore"):
        return np.asarray(x / (1 + np.exp(-x)))


def gelu(x: Array) -> Array:
    """``x`` times the normal distribution function of it, by the error function."""
    return np.asarray(x * (1 + _erf(x * np.float32(math.sqrt(0.5)))) / 2)


def _erf(x: Array) -> Array:
    """The error function, absolute error below 2e-7 (Abramowitz and Stegun 7.1.26, in float64)."""
    size = np.abs(x.astype(np.float64))
    t = 1 / (1 + 0.3275911 * size)
    terms = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    series = np.zeros_like(t)
    for term in reversed(terms):
        series = (series + term) * t
    return (np.sign(x) * (1 - series * np.exp(-size * size))).astype(np.float32)


def rotation(positions: int, width: int, base: float) -> tuple[Array, Array]:
    """Cosines and sines, ``positions x width / 2`` each, of :func:`rotated`."""
    frequencies = base ** (-np.arange(0, width, 2) / width)
    angles = np.outer(np.arange(positions), frequencies)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def rotated(x: Array, turn: tuple[Array, Array]) -> Array:
    """Rotary position embedding (arXiv 2104.09864) of adjacent pairs ``2i, 2i + 1``.

    Parameters
    ----------
    x
        ``... x T x width``.
    turn
        As of :func:`rotation`.
    """
    cosine, sine = turn
    even, odd = x[..., 0::2], x[..., 1::2]
    result = np.empty_like(x)
    result[..., 0::2] = even * cosine - odd * sine
    result[..., 1::2] = even * sine + odd * cosine
    return result
