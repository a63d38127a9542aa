"""Patched modules: with exact products nothing changes but rounding, with L-Mul all of it does."""

import pytest

from lmul_pe import SpecificationError

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
from lmul_pe import torch as lmul  # noqa: E402 - which needs it


class Own(torch.nn.Module):
    """Attention of a user's, by the function."""

    def __init__(self):
        super().__init__()
        self.inside = torch.nn.Linear(8, 24)
        self.outside = torch.nn.Linear(8, 8)

    def forward(self, inputs):
        q, k, v = self.inside(inputs).chunk(3, -1)
        attended = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.outside(attended)


def encoder():
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    return torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


@pytest.fixture(params=[Own, encoder])
def module(request):
    torch.manual_seed(1)
    return request.param().eval()


@pytest.fixture
def inputs():
    torch.manual_seed(2)
    return torch.randn(3, 7, 8)


@pytest.mark.parametrize("where", ["attention", "linear", "all"])
@pytest.mark.parametrize("grad", [True, False])
def test_products_are_replaced_until_undone(module, inputs, where, grad):
    with torch.set_grad_enabled(grad):
        before = module(inputs)
        with lmul.patch(module, "fp32", where, kind="exact"):
            torch.testing.assert_close(module(inputs), before)
        with lmul.patch(module, "e5m2", where) as done:
            assert (module(inputs) - before).abs().max() > 1e-3
        assert torch.equal(module(inputs), before)
        done.undo()
        assert torch.equal(module(inputs), before)


def test_patches_are_undone_in_turn(module, inputs):
    before = module(inputs)
    outer = lmul.patch(module, "e5m2", "all")
    coarse = module(inputs)
    inner = lmul.patch(module, "fp32", "all", kind="exact")
    torch.testing.assert_close(module(inputs), before)
    inner.undo()
    assert torch.equal(module(inputs), coarse)
    outer.undo()
    assert torch.equal(module(inputs), before)


def test_gradients_go_through(module, inputs):
    with lmul.patch(module, "bf16", "all", backward="piecewise"):
        module(inputs).sum().backward()
    assert all(each.grad is not None for each in module.parameters())


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("kdim", [None, 6])
@pytest.mark.parametrize("average", [True, False])
def test_multihead_attention_with_masks(batch_first, kdim, average):
    torch.manual_seed(3)
    layer = torch.nn.MultiheadAttention(8, 2, batch_first=batch_first, kdim=kdim, vdim=kdim)
    query, key = torch.randn(3, 5, 8), torch.randn(3, 4, kdim or 8)
    if not batch_first:
        query, key = query.transpose(0, 1), key.transpose(0, 1)
    padding = torch.zeros(3, 4, dtype=torch.bool)
    padding[1, 2:] = True
    masks = [
        {},
        {"key_padding_mask": padding},
        {"attn_mask": torch.ones(5, 4, dtype=torch.bool).triu(1)},
        {"attn_mask": torch.randn(6, 5, 4), "key_padding_mask": torch.randn(3, 4)},
    ]
    for mask in masks:
        options = {"average_attn_weights": average, **mask}
        expected = layer(query, key, key, **options)
        with lmul.patch(layer, "fp32", "all", kind="exact"):
            found = layer(query, key, key, **options)
            assert layer(query, key, key, need_weights=False)[1] is None
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((3, 5), (1, 6), (1, 6)), "come in batches of 3, 1 and 1: expected equal ones"),
        (((1, 5), (3, 6), (1, 6)), "come in batches of 1, 3 and 1: expected equal ones"),
        (((3, 5), (3, 6), (3, 4)), "there are 6 keys and 4 values: expected as many"),
    ],
)
def test_attention_of_what_does_not_fit_is_refused_as_by_pytorch(batch_first, shapes, message):
    layer = torch.nn.MultiheadAttention(8, 2, batch_first=batch_first)
    inputs = [torch.randn(*(shape if batch_first else shape[::-1]), 8) for shape in shapes]
    with pytest.raises((RuntimeError, AssertionError)):
        layer(*inputs)
    with lmul.patch(layer, "e4m3", "all"), pytest.raises(SpecificationError, match=message):
        layer(*inputs)


def test_one_sequence_without_a_batch():
    torch.manual_seed(3)
    layer = torch.nn.MultiheadAttention(8, 2)
    inputs = torch.randn(5, 8)
    expected = layer(inputs, inputs, inputs)
    with lmul.patch(layer, "fp32", "all", kind="exact"):
        for one, other in zip(layer(inputs, inputs, inputs), expected, strict=True):
            torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    ("module", "where", "message"),
    [
        (torch.nn.Linear(2, 2), "attn", r"^where 'attn' is not one of .* did you mean 'attention'"),
        (torch.nn.ReLU(), "linear", "^ReLU has no linear layers: expected some, or where='atten"),
        (3, "linear", r"^int is no module: pass a torch\.nn\.Module"),
        (torch.nn.MultiheadAttention(4, 2, add_zero_attn=True), "all", "cannot be patched: expec"),
    ],
)
def test_what_cannot_be_patched(module, where, message):
    with pytest.raises(SpecificationError, match=message):
        lmul.patch(module, "bf16", where)
