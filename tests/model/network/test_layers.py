import math

import numpy as np
import pytest

from lmul_pe.model.network.layers import (
    causal,
    gelu,
    layer_norm,
    rms_norm,
    rotated,
    rotation,
    silu,
    softmax,
)

X = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)


def test_rows_have_a_root_mean_square_of_one():
    found = rms_norm(X * 50, np.ones(6, dtype=np.float32), 0)
    assert np.allclose(np.sqrt((found**2).mean(axis=1)), 1, rtol=1e-6)
    halved = rms_norm(X * 50, np.full(6, 0.5, dtype=np.float32), 0)
    assert np.allclose(halved, found / 2, rtol=1e-6)


def test_rows_have_mean_zero_and_variance_one():
    one, zero = np.ones(6, dtype=np.float32), np.zeros(6, dtype=np.float32)
    found = layer_norm(X + 7, one, zero, 0)
    assert np.allclose(found.mean(axis=1), 0, atol=1e-5)
    assert np.allclose(found.var(axis=1), 1, rtol=1e-4)
    assert np.allclose(layer_norm(X, 2 * one, 3 * one, 0), 2 * layer_norm(X, one, zero, 0) + 3)


def test_an_epsilon_is_added_to_the_mean_square_and_to_the_variance():
    ones = np.ones(2, dtype=np.float32)
    # 12.5 and 3.5 are 4^2; 1 and 3 are 2^2.
    assert rms_norm(np.float32([[3, 4]]), ones, 3.5).tolist() == [[0.75, 1]]
    assert layer_norm(np.float32([[1, 3]]), ones, 0 * ones, 3).tolist() == [[-0.5, 0.5]]


def test_scores_of_any_size_have_probabilities():
    rows = np.array([[1000, 1000 - math.log(3)], [-1000, -1000 - math.log(3)]])
    assert np.allclose(softmax(rows), [[0.75, 0.25]] * 2)


def test_probabilities_are_those_of_the_exponential():
    found = softmax(np.log(np.array([[1, 2, 5], [2, 2, 4]], dtype=np.float32)))
    assert np.allclose(found, [[0.125, 0.25, 0.625], [0.25, 0.25, 0.5]])


def test_no_query_sees_a_key_behind_it():
    found = softmax(causal(np.zeros((3, 3), dtype=np.float32)))
    assert np.allclose(found, [[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3, 1 / 3, 1 / 3]])


def test_activations_are_those_of_their_definitions():
    x = np.linspace(-120, 120, 2401, dtype=np.float32)
    with np.errstate(over="ignore"):
        wanted = [value / (1 + math.exp(min(-value, 700))) for value in x.tolist()]
    assert np.allclose(silu(x), wanted, rtol=1e-5, atol=1e-6)
    wanted = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in x.tolist()]
    assert np.allclose(gelu(x), wanted, rtol=1e-5, atol=1e-5)


def test_adjacent_pairs_turn_as_complex_numbers():
    found = rotated(X, rotation(4, 6, 100.0))
    for position in range(4):
        for pair in range(3):
            turned = complex(*X[position, 2 * pair : 2 * pair + 2]) * np.exp(
                1j * position * 100.0 ** (-2 * pair / 6)
            )
            assert complex(*found[position, 2 * pair : 2 * pair + 2]) == pytest.approx(
                turned, rel=1e-5
            )
