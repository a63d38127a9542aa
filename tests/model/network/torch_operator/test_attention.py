"""Attention with exact products in fp32 is PyTorch's; with L-Mul ones, two products of arrays."""

import math

import numpy as np
import pytest

from lmul_pe import SpecificationError, matmul

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
from lmul_pe import torch as lmul  # noqa: E402 - which needs it


@pytest.fixture
def heads():
    torch.manual_seed(4)
    return torch.randn(2, 4, 9, 16), torch.randn(2, 4, 11, 16), torch.randn(2, 4, 11, 8)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_causal": True},
        {"scale": 0.5},
        {"attn_mask": torch.arange(99).reshape(9, 11) % 3 != 0},
        {"attn_mask": torch.linspace(-2, 2, 99).reshape(9, 11)},
    ],
)
def test_with_exact_products_is_that_of_pytorch(options, heads):
    found = lmul.scaled_dot_product_attention(*heads, format="fp32", kind="exact", **options)
    expected = torch.nn.functional.scaled_dot_product_attention(*heads, **options)
    torch.testing.assert_close(found, expected)


def test_shares_keys_among_queries(heads):
    query, key, value = heads
    options = {"enable_gqa": True}
    few = key[:, :2], value[:, :2]
    found = lmul.scaled_dot_product_attention(query, *few, format="fp32", kind="exact", **options)
    expected = torch.nn.functional.scaled_dot_product_attention(query, *few, **options)
    torch.testing.assert_close(found, expected)


def test_scales_after_the_first_product(heads):
    query, key, value = (each.numpy() for each in heads)
    scores = matmul(query, np.swapaxes(key, -1, -2), "e4m3") / math.sqrt(16)
    shares = torch.softmax(torch.tensor(scores), -1).numpy()
    found = lmul.scaled_dot_product_attention(*heads, format="e4m3")
    np.testing.assert_allclose(found.numpy(), matmul(shares, value, "e4m3"), rtol=1e-6)


def test_a_mask_beside_causal_is_refused(heads):
    with pytest.raises(SpecificationError, match="attn_mask beside is_causal"):
        lmul.scaled_dot_product_attention(*heads, torch.ones(9, 11), is_causal=True, format="bf16")
