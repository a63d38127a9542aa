"""The loop on a problem that is solved in a moment."""

import gc
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.data import Data, Examples
from lmul_pe.model.network.training.loop import Recipe, largest, train, two_of_four
from lmul_pe.model.network.training.networks import Perceptron

NETWORK = Perceptron((4, 16, 2))
BASE = Recipe(None, None, epochs=6, batch=10, rate=1e-2)


def quadrants(seed=0):
    """Whether the first two of four numbers have the same sign."""
    random = np.random.default_rng(seed)

    def some(count):
        inputs = random.normal(size=(count, 4)).astype(np.float32)
        return Examples(inputs, (inputs[:, 0] * inputs[:, 1] > 0).astype(np.int64))

    return Data(some(200), some(50), some(100))


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


@pytest.mark.parametrize("pruning", [1.5, 0.0, "4:2"])
def test_impossible_pruning_is_refused(pruning):
    with pytest.raises(SpecificationError, match=f"pruning {pruning!r} is not possible"):
        replace(BASE, pruning=pruning)
