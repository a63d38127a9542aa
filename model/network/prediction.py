"""How well a text is predicted, and how far from another prediction of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .layers import Array


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
        """``exp`` of the mean loss; infinite from 710 nats on."""
        return _perplexity(self.loss)

    @property
    def reference_perplexity(self) -> float:
        """``exp`` of the mean loss of the reference."""
        return _perplexity(self.reference_loss)

    @property
    def kl(self) -> float:
        """The mean divergence, in nats."""
        return float(self.divergence.mean())

    @property
    def agreement(self) -> float:
        """The share of positions with the same most likely token."""
        return float(self.agrees.mean())


def _perplexity(loss: NDArray[np.float64]) -> float:
    with np.errstate(over="ignore"):
        return float(np.exp(loss.mean()))


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
    # A row at a time, which stays in a processor's cache in float64.
    for at, token in enumerate(following):
        own, _ = _log_softmax(logits[at])
        other, share = _log_softmax(reference[at])
        loss[at], reference_loss[at] = -own[token], -other[token]
        divergence[at] = np.vecdot(share, other - own)
    agrees = logits[:count].argmax(axis=1) == reference[:count].argmax(axis=1)
    return Prediction(loss, reference_loss, divergence, agrees)


def _log_softmax(logits: Array) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The logarithms of probabilities, and those themselves, in float64."""
    wide = logits.astype(np.float64)
    wide -= wide.max()
    powers = np.exp(wide)
    total = powers.sum()
    wide -= np.log(total)
    powers /= total
    return wide, powers
