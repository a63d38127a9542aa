import math

import numpy as np
import pytest

from lmul_pe.model.network.prediction import predicted

TOKENS = np.array([0, 1, 2, 1])


def logits(*rows):
    """Of probabilities; the last row predicts what is not there."""
    return np.log(np.array([*rows, [1, 1, 1]], dtype=np.float32)) + np.float32(3)


REFERENCE = logits([0.25, 0.5, 0.25], [0.1, 0.1, 0.8], [0.5, 0.25, 0.25])
OTHER = logits([0.5, 0.25, 0.25], [0.1, 0.1, 0.8], [0.25, 0.5, 0.25])


def test_perplexity_is_that_of_the_tokens_that_came():
    found = predicted(OTHER, REFERENCE, TOKENS)
    assert found.perplexity == pytest.approx((0.25 * 0.8 * 0.5) ** (-1 / 3), rel=1e-6)
    assert found.reference_perplexity == pytest.approx((0.5 * 0.8 * 0.25) ** (-1 / 3), rel=1e-6)


def test_divergence_is_from_the_reference():
    found = predicted(OTHER, REFERENCE, TOKENS)
    first = 0.25 * math.log(0.25 / 0.5) + 0.5 * math.log(0.5 / 0.25)
    third = 0.5 * math.log(0.5 / 0.25) + 0.25 * math.log(0.25 / 0.5)
    assert found.kl == pytest.approx((first + third) / 3, rel=1e-5)
    assert predicted(REFERENCE, REFERENCE, TOKENS).kl == 0


def test_agreement_is_of_the_most_likely_token():
    assert predicted(OTHER, REFERENCE, TOKENS).agreement == pytest.approx(1 / 3)


def test_long_texts_are_taken_in_parts():
    tokens = np.arange(150) % 7
    random = np.random.default_rng(1)
    first, second = random.normal(size=(2, 150, 7)).astype(np.float32)
    found = predicted(first, second, tokens)
    p = np.exp(first.astype(np.float64)) / np.exp(first.astype(np.float64)).sum(1, keepdims=True)
    q = np.exp(second.astype(np.float64)) / np.exp(second.astype(np.float64)).sum(1, keepdims=True)
    assert np.allclose(found.loss, -np.log(p[np.arange(149), tokens[1:]]))
    assert np.allclose(found.divergence, (q * np.log(q / p)).sum(1)[:149])


def test_logits_of_any_size_have_probabilities():
    for shift in (1000, -1000):
        found = predicted(OTHER + np.float32(shift), REFERENCE - np.float32(shift), TOKENS)
        assert found.perplexity == pytest.approx(10 ** (1 / 3), rel=1e-3)
        assert found.reference_perplexity == pytest.approx(10 ** (1 / 3), rel=1e-3)


def test_a_loss_beyond_what_float64_can_raise_to_is_infinite():
    likely = np.array([[0, 800], [0, 0]], dtype=np.float32)
    found = predicted(likely, likely, np.array([0, 0]))
    assert found.loss.tolist() == [800]
    assert found.perplexity == math.inf
