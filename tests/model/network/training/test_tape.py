"""Gradients against finite differences, and multiplications counted by hand."""

import math

import numpy as np
import pytest

from lmul_pe.model.network.arithmetic import FLOAT32, Arithmetic
from lmul_pe.model.network.training.networks import Mixture, Perceptron, Transformer
from lmul_pe.model.network.training.tape import Counted, Node, Tape, cross_entropy

STEP = 1e-5


def exact():
    return Tape(Counted(FLOAT32), Counted(FLOAT32))


def loss_of(network, weights, inputs, labels):
    nodes = {name: Node(value) for name, value in weights.items()}
    return cross_entropy(network.logits(exact(), nodes, inputs).value, labels)[0]


@pytest.mark.parametrize(
    "network", [Perceptron((5, 7, 3)), Mixture(5, 7, 3, 2, 0), Transformer(6, 4, 8, 2, 2)]
)
def test_gradients_are_those_of_finite_differences(network):
    random = np.random.default_rng(3)
    # In float64, so that a small step is seen.
    weights = {name: value.astype(np.float64) for name, value in network.initial(random).items()}
    if not isinstance(network, Transformer):
        inputs, labels = random.normal(size=(9, 5)), random.integers(0, 3, 9)
    else:
        inputs, labels = random.integers(0, 6, (2, 4)), random.integers(0, 6, (2, 4))
    nodes = {name: Node(value) for name, value in weights.items()}
    tape = exact()
    tape.backward(network.logits(tape, nodes, inputs), labels, 4)
    for name, value in weights.items():
        for place in random.integers(0, value.size, 4):
            losses = []
            for step in (STEP, -STEP):
                moved = value.copy()
                moved.flat[place] += step
                losses.append(loss_of(network, {**weights, name: moved}, inputs, labels))
            slope = (losses[0] - losses[1]) / (2 * STEP)
            assert nodes[name].gradient.flat[place] / 4 == pytest.approx(slope, rel=1e-3, abs=1e-6)


def test_products_backward_have_their_own_arithmetic():
    a = Node(np.array([[1.5]], dtype=np.float32))
    b = Node(np.array([[1.5]], dtype=np.float32))
    tape = Tape(Counted(FLOAT32), Counted(Arithmetic("e4m3", offset="none")))
    result = tape.matmul(a, b)
    result.receive(np.array([[1.5]], dtype=np.float32))
    tape._steps[0]()
    assert result.value == 2.25
    # 1 + 1/2 + 1/2 carries: 2.
    assert a.gradient == b.gradient == 2


def test_multiplications_by_zero_are_counted_as_the_multiplier_sees_them():
    left = np.array([[1, 0, 2], [1, 1, 2.0**-9]], dtype=np.float32)
    right = np.array([[1, 0], [1, 1], [0, 1]], dtype=np.float32)
    exactly, flushed = Counted(FLOAT32), Counted(Arithmetic("e4m3", "exact"))
    exactly(left, right)
    flushed(left, right)
    # Both nonzero: 2 x 1, 1 x 2 and 2 x 1; the last becomes 1 x 1 where 2^-9 is flushed.
    assert (exactly.macs, exactly.zeros) == (12, 6)
    assert (flushed.macs, flushed.zeros) == (12, 7)


def test_cross_entropy_of_equal_scores_is_that_of_a_guess():
    loss, probabilities = cross_entropy(np.full((2, 8), 3, dtype=np.float32), np.array([0, 5]))
    assert loss == pytest.approx(np.log(8))
    assert np.allclose(probabilities, 1 / 8)


def test_scores_of_any_size_have_a_loss():
    for shift in (1000, -1000):
        scores = np.array([[shift, shift + math.log(3)]])
        loss, probabilities = cross_entropy(scores, np.array([1]))
        assert loss == pytest.approx(math.log(4 / 3), rel=1e-6)
        assert probabilities == pytest.approx(np.array([[0.25, 0.75]]), rel=1e-6)


def test_what_nobody_asks_for_is_not_computed():
    backward = Counted(FLOAT32)
    tape = Tape(Counted(FLOAT32), backward)
    frozen = Node(np.ones((2, 3), dtype=np.float32), wanted=False)
    matrix = Node(np.ones((3, 4), dtype=np.float32))
    first = tape.matmul(frozen, Node(np.ones((3, 3), dtype=np.float32), wanted=False))
    tape.backward(tape.matmul(first, matrix), np.array([0, 1]), 1)
    assert backward.macs == 2 * 3 * 4
    assert frozen.gradient is None
    assert matrix.gradient is not None
