"""The layer: NumPy's products of its weights, and gradients that train it."""

import numpy as np
import pytest

from lmul_pe import matmul

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
from lmul_pe import torch as lmul  # noqa: E402 - which needs it


def test_a_layer_is_a_product_and_a_bias():
    layer = lmul.Linear(6, 3, format="e4m3")
    inputs = torch.randn(5, 2, 6)
    weight, bias = (each.detach().numpy() for each in (layer.weight, layer.bias))
    expected = matmul(inputs.numpy(), weight.T, "e4m3") + bias
    np.testing.assert_array_equal(layer(inputs).detach().numpy(), expected)
    assert lmul.Linear(6, 3, bias=False, format="e4m3").bias is None


@pytest.mark.parametrize("backward", lmul.BACKWARDS)
def test_training_lowers_the_loss(backward):
    torch.manual_seed(0)
    layer = lmul.Linear(8, 1, format="bf16", backward=backward)
    inputs = torch.randn(64, 8)
    right = inputs @ torch.arange(8.0)[:, None]
    optimizer = torch.optim.Adam(layer.parameters(), 0.1)
    losses = []
    for _ in range(150):
        loss = (layer(inputs) - right).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 20
