"""How well a text is predicted, and how far from another prediction of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .layers import Array

_ROWS = 4
"""As many as stay in a processor's cache in float64."""


@dataclass(frozen=True)
class Prediction:
    """Predictions of the tokens of one text, each from all tokens before it.

    Parameters
    ----------
    loss, reference_loss
        Negative log likelihood of each token but the first, in nats, and that of the reference.
    divergence
        Kullback-Leibler divergence from the reference, ``KL(p_reference || p)``, in nats, of each.
    agrees
        Whether the most likely token is that of the reference.
    """

    loss: NDArray[np.float64]
    reference_loss: NDArray[np.float64]
    divergence: NDArray[np.float64]
    agrees: NDArray[np.bool_]

    @property
    def perplexity(self) -> float:
        """``exp`` of the mean loss."""
        return float(np.exp(self.loss.mean()))

    @property
    def reference_perplexity(self) -> float:
        """``exp`` of the mean loss of the reference."""
        return float(np.exp(self.reference_loss.mean()))

    @property
    def kl(self) -> float:
        """The mean divergence, in nats."""
        return float(self.divergence.mean())

    @property
    def agreement(self) -> float:
        """The share of positions with the same most likely token."""
        return float(self.agrees.mean())


def predicted(logits: Array, reference: Array, tokens: NDArray[np.int64]) -> Prediction:
    """The prediction of ``tokens``, T of them, by ``logits``, ``T x vocabulary``.

    Parameters
    ----------
    reference
        Logits of the same tokens, that the divergence is from.
    """
    following = tokens[1:]
    count = len(following)
    loss, reference_loss, divergence = np.empty(count), np.empty(count), np.empty(count)
    for start in range(0, count, _ROWS):
        part = slice(start, min(start + _ROWS, count))
        own, _ = _log_softmax(logits[part])
        other, share = _log_softmax(reference[part])
        chosen = np.arange(len(own)), following[part]
        loss[part], reference_loss[part] = -own[chosen], -other[chosen]
        divergence[part] = np.vecdot(share, other - own)
    agrees = logits[:count].argmax(axis=1) == reference[:count].argmax(axis=1)
    return Prediction(loss, reference_loss, divergence, agrees)


def _log_softmax(logits: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The logarithms of probabilities, and those themselves, in float64."""
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    powers = np.exp(wide)
    total = powers.sum(axis=1, keepdims=True)
    wide -= np.log(total)
    powers /= total
    return wide, powers
