"""The loop on a problem that is solved in a moment."""

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.data import Data, Examples
from lmul_pe.model.network.training.loop import Recipe, _Adam, largest, learned, train, two_of_four
from lmul_pe.model.network.training.networks import Perceptron
from lmul_pe.model.network.training.tape import Node

NETWORK = Perceptron((4, 16, 2))
BASE = Recipe(None, None, epochs=6, batch=10, rate=1e-2)


def quadrants(seed=0):
    """Whether the first two of four numbers have the same sign."""
    random = np.random.default_rng(seed)

    def some(count):
        inputs = random.normal(size=(count, 4)).astype(np.float32)
        return Examples(inputs, (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int64))

    return Data(some(200), some(50), some(100))


def test_nothing_special_is_done_unasked():
    assert (BASE.loss_scale, BASE.patience, BASE.pruning) == (1, None, None)


def run(recipe, seed=1):
    return train(NETWORK, quadrants(), recipe, np.random.default_rng(seed))


@pytest.mark.parametrize("arithmetic", [None, Arithmetic("e4m3", scale="tensor")])
def test_it_learns(arithmetic):
    found = run(replace(BASE, forward=arithmetic, backward=arithmetic, epochs=12))
    assert found.accuracy > 0.85
    assert found.losses[-1] < found.losses[0] / 1.5
    # 200 examples: 96 products forward, 96 for the weights, 32 for the hidden layer.
    assert found.macs == 12 * 200 * (96 + 96 + 32)
    assert not found.diverged


def test_a_loss_scale_that_is_a_power_of_two_changes_nothing_in_fp32():
    assert run(replace(BASE, loss_scale=1024)) == run(BASE)


def test_the_seed_decides_all():
    assert run(BASE) == run(BASE)
    assert run(BASE) != run(BASE, seed=2)


def test_a_pass_that_is_over_keeps_no_memory():
    def peak(epochs):
        # What only the collector of cycles would free, stays: it may come late, and arrays are
        # large.
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            run(replace(BASE, epochs=epochs))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.enable()

    peak(1)
    assert peak(12) < 1.2 * peak(2)


def test_training_stops_when_it_gets_no_better():
    # Steps so large that it gets worse.
    found = run(replace(BASE, rate=3.0, epochs=40, patience=3))
    assert len(found.validation) < 40
    assert len(found.validation) - 1 - int(np.argmin(found.validation)) == 3


def test_what_overflows_ends_the_training():
    # e5m2 sums become infinite.
    narrow = Arithmetic("e4m3", "exact", accumulate="e5m2_fused")
    found = run(replace(BASE, forward=narrow, backward=narrow, rate=1e3))
    assert found.diverged
    assert np.isfinite([*found.losses, *found.validation]).all()


def test_no_loss_is_said_of_a_test_that_overflows():
    data = quadrants()
    huge = Examples(data.test.inputs * np.float32(1e38), data.test.labels)
    found = train(NETWORK, replace(data, test=huge), BASE, np.random.default_rng(1))
    assert found.test_loss is None
    assert not found.diverged
    assert 0 < run(BASE).test_loss < 1


@pytest.mark.parametrize(("pruning", "share"), [(0.75, 0.75), ("2:4", 0.5)])
def test_pruned_weights_stay_zero(pruning, share):
    found = run(replace(BASE, pruning=pruning))
    assert found.pruned == share
    assert found.zeros > run(BASE).zeros + 0.05


def test_which_weights_go():
    weights = np.array([[1, -9], [-4, 2], [3, 8], [0, 5], [0, 0]], dtype=np.float32)
    assert largest(weights, 0.5).tolist() == [
        [False, True],
        [True, False],
        [True, True],
        [False, True],
        [False, False],
    ]
    # The fifth row is no whole four.
    assert two_of_four(weights).tolist() == [
        [False, True],
        [True, False],
        [True, True],
        [False, False],
        [True, True],
    ]


def test_steps_are_those_of_adam():
    """arXiv 1412.6980, end of section 2, in float64; the last gradient is near epsilon's size."""
    gradients = [[1.0, -2.0, 3e-6], [0.5, 4.0, -1e-6], [-3.0, 0.25, 2e-6]]
    weights = {"one": np.zeros(3, np.float32), "other": np.ones(2, np.float32)}
    adam = _Adam(0.1, weights)
    mean, square, expected = np.zeros(3), np.zeros(3), np.zeros(3)
    for count, each in enumerate(gradients, 1):
        before = weights
        weights = adam.step(weights, {"one": np.float32(each)})
        mean = 0.9 * mean + 0.1 * np.array(each)
        square = 0.999 * square + 0.001 * np.array(each) ** 2
        rate = 0.1 * np.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        expected = expected - rate * mean / (np.sqrt(square) + 1e-8)
        assert weights["one"] == pytest.approx(expected, rel=1e-4)
        # What has no gradient stays, and so does what is given.
        assert weights["other"].tolist() == [1, 1]
        assert before["one"] is not weights["one"]


def test_a_step_takes_as_many_examples_as_there_are_left():
    data = replace(quadrants(), training=quadrants().training[:25])
    network, seen = NETWORK, []

    class Watched:
        initial = staticmethod(network.initial)

        def logits(self, tape, parameters, inputs):
            seen.append(inputs)
            return network.logits(tape, parameters, inputs)

    train(Watched(), data, replace(BASE, epochs=2), np.random.default_rng(1))
    # Validation after each epoch, and the test.
    assert [len(each) for each in seen] == [10, 10, 5, 50, 10, 10, 5, 50, 100]
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[4:7])
    assert not np.array_equal(first, second)
    for epoch in (first, second):
        assert sorted(epoch.tolist()) == sorted(data.training.inputs.tolist())


def learn(recipe, seed=1):
    return learned(NETWORK, quadrants(), recipe, np.random.default_rng(seed))


def same(first, second):
    return all(np.array_equal(first[name], second[name]) for name in first)


def test_with_patience_the_best_weights_are_kept_and_without_it_the_last():
    impatient = replace(BASE, rate=3.0, epochs=40, patience=2)
    found, kept = learn(impatient)
    best, ended = int(np.argmin(found.validation)) + 1, len(found.validation)
    assert best < ended
    until_best, weights = learn(replace(impatient, patience=None, epochs=best))
    assert same(kept, weights)
    assert until_best.test_loss == found.test_loss
    until_end, weights = learn(replace(impatient, patience=None, epochs=ended))
    assert not same(kept, weights)
    assert until_end.validation == found.validation


def test_weights_of_before_a_training_diverged_are_kept():
    narrow = Arithmetic("e4m3", "exact", accumulate="e5m2_fused")
    recipe = replace(BASE, forward=narrow, backward=narrow, rate=100.0)
    found, kept = learn(recipe)
    assert found.diverged
    assert same(kept, learn(replace(recipe, epochs=len(found.losses)))[1])


def test_without_epochs_the_first_weights_are_judged():
    found = run(replace(BASE, epochs=0, pruning=0.5))
    assert (found.losses, found.validation) == ((), ())
    assert (found.macs, found.zeros, found.pruned) == (0, 0, 0)
    first = NETWORK.initial(np.random.default_rng(1))
    data = quadrants().test
    hidden = np.maximum(data.inputs @ first["weight 0"], 0)
    likeliest = (hidden @ first["weight 1"]).argmax(axis=1)
    assert found.accuracy == (likeliest == data.labels).mean()
    assert not found.diverged


class Linear:
    """One matrix, so that inputs of zero have scores of zero."""

    def initial(self, random):
        return {"weight": random.normal(size=(4, 2)).astype(np.float32)}

    def logits(self, tape, parameters, inputs):
        return tape.matmul(Node(inputs, wanted=False), parameters["weight"])


def test_of_equally_good_weights_the_first_are_kept():
    data = quadrants()
    nothing = Examples(np.zeros_like(data.validation.inputs), data.validation.labels)
    recipe = replace(BASE, epochs=5, patience=3)

    def ended(recipe):
        random = np.random.default_rng(1)
        return learned(Linear(), replace(data, validation=nothing), recipe, random)

    found, kept = ended(recipe)
    assert found.validation == (pytest.approx(np.log(2)),) * 4
    assert same(kept, ended(replace(recipe, epochs=1))[1])
    assert not same(kept, ended(replace(recipe, patience=None))[1])


@pytest.mark.parametrize(("pruning", "rule"), [(0.5, None), ("2:4", two_of_four)])
def test_what_stays_is_not_moved_by_pruning(pruning, rule):
    _, weights = learn(replace(BASE, epochs=1, pruning=pruning, rate=0.0))
    first = NETWORK.initial(np.random.default_rng(1))
    for name in ("weight 0", "weight 1"):
        mask = largest(first[name], 0.5) if rule is None else rule(first[name])
        assert np.array_equal(weights[name], np.where(mask, first[name], 0))


@pytest.mark.parametrize(("epochs", "half"), [(4, 2), (3, 1)])
def test_weights_are_pruned_after_half_of_the_epochs_and_biases_never(epochs, half):
    base = run(replace(BASE, epochs=epochs))
    pruned, weights = learn(replace(BASE, epochs=epochs, pruning=0.75))
    assert pruned.validation[:half] == base.validation[:half]
    assert pruned.losses[half] != base.losses[half]
    shares = {name: (each == 0).mean() for name, each in weights.items()}
    assert shares["weight 0"] == shares["weight 1"] == 0.75
    # Rectifiers that never answer may leave a bias at zero.
    assert shares["bias 0"] < 0.5
    assert shares["bias 1"] == 0


@pytest.mark.parametrize("pruning", [1.5, 1.0, 0.0, 1, "4:2"])
def test_impossible_pruning_is_refused(pruning):
    with pytest.raises(SpecificationError, match=f"pruning {pruning!r} is not possible"):
        replace(BASE, pruning=pruning)
