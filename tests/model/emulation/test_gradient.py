"""The derivative of L-Mul, by differences of products that are computed apart; see also the checks
of PyTorch's own in `tests/model/network/torch_operator`."""

import numpy as np
import pytest

from lmul_pe import Multiplier, multiply
from lmul_pe.model.emulation import gradient
from lmul_pe.model.emulation.gradient import piecewise_gradients


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("offset", ["none", "paper", 3 << 50])
@pytest.mark.parametrize("compiled", [True, False])
def test_products_change_as_it_says(carry, offset, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(gradient, "find_spec", lambda name: None)
    random = np.random.default_rng(6)
    a, b, arriving = (random.normal(size=shape) for shape in ((5, 7), (7, 6), (5, 6)))
    policies = {"carry": carry, "offset": offset}

    def loss(first, second):
        products = multiply(first[:, :, None], second[None], "e11m52", **policies)
        return (products.sum(axis=1) * arriving).sum()

    found = piecewise_gradients(Multiplier("lmul", "e11m52", **policies), a, b, arriving)
    step = 2.0**-30
    for index, operand in enumerate((a, b)):
        expected = np.empty_like(operand)
        for place in np.ndindex(operand.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy(), b.copy()]
                moved[index][place] += sign * step
                ends.append(loss(*moved))
            expected[place] = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found[index], expected, rtol=1e-4, atol=1e-4)
