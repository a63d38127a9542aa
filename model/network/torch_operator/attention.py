"""Attention whose two matrix products are L-Mul's."""

import math
from typing import Any

import torch

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.floating import FloatFormat

from .linear import linear
from .product import Arithmetic, product


def scaled_dot_product_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    format: FloatFormat | str,
    backward: str = "exact",
    **options: Any,
) -> torch.Tensor:
    """Attention as :func:`torch.nn.functional.scaled_dot_product_attention`.

    Queries, keys, probabilities and values are rounded into the format, each before its product.
    Scale, mask and softmax are those of PyTorch, in the type of the operands.

    Parameters
    ----------
    query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
        As PyTorch has them.
    format, backward, options
        As of :func:`.product.matmul`.

    Raises
    ------
    SpecificationError
        As of :func:`.product.matmul`, or a mask beside ``is_causal``.
    """
    arithmetic = Arithmetic(format, backward, options)
    return attention(
        query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa, arithmetic=arithmetic
    )[0]


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    *,
    arithmetic: Arithmetic | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The outputs, and the probabilities that weigh the values."""
    if enable_gqa:
        key, value = (
            each.repeat_interleave(query.size(-3) // each.size(-3), -3) for each in (key, value)
        )
    scores = product(query, key.transpose(-2, -1), arithmetic)
    scores = scores * (1 / math.sqrt(query.size(-1)) if scale is None else scale)
    if is_causal:
        if attn_mask is not None:
            raise SpecificationError("attn_mask beside is_causal=True: expected one of them")
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    elif attn_mask is not None:
        scores = scores + attn_mask
    probabilities = torch.dropout(torch.softmax(scores, -1), dropout_p, dropout_p > 0)
    return product(probabilities, value, arithmetic), probabilities


def multihead(
    layer: torch.nn.MultiheadAttention,
    products: Arithmetic | None,
    projections: Arithmetic | None,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    key_padding_mask: torch.Tensor | None = None,
    need_weights: bool = True,
    attn_mask: torch.Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """What :class:`torch.nn.MultiheadAttention` computes, with L-Mul products.

    Parameters
    ----------
    layer
        Weights and settings.
    products, projections
        Of attention, and of the four linear layers around it; None leaves them to PyTorch.
    query ... is_causal
        As of the layer's own ``forward``; ``is_causal`` only repeats what ``attn_mask`` says.

    Raises
    ------
    SpecificationError
        Batches of different sizes, or not as many keys as values.
    """
    batched, first = query.dim() == 3, layer.batch_first
    inputs = [
        each[None] if not batched else each if first else each.transpose(0, 1)
        for each in (query, key, value)
    ]
    count, heads = inputs[0].size(0), layer.num_heads
    batches = [each.size(0) for each in inputs]
    if batches != [count] * 3:
        raise SpecificationError(
            f"query, key and value come in batches of {batches[0]}, {batches[1]} and {batches[2]}: "
            "expected equal ones"
        )
    if inputs[1].size(1) != inputs[2].size(1):
        raise SpecificationError(
            f"there are {inputs[1].size(1)} keys and {inputs[2].size(1)} values: expected as many"
        )
    if layer.in_proj_weight is None:
        weights = [layer.q_proj_weight, layer.k_proj_weight, layer.v_proj_weight]
    else:
        weights = layer.in_proj_weight.chunk(3)
    biases = [None] * 3 if layer.in_proj_bias is None else layer.in_proj_bias.chunk(3)
    q, k, v = (
        linear(each, weight, bias, projections)
        .reshape(count, -1, heads, layer.head_dim)
        .transpose(1, 2)
        for each, weight, bias in zip(inputs, weights, biases, strict=True)
    )
    mask = _added(attn_mask, q.dtype)
    if mask is not None and mask.dim() == 3:
        mask = mask.reshape(count, heads, *mask.shape[1:])
    padding = _added(key_padding_mask, q.dtype)
    if padding is not None:
        padding = padding.reshape(count, 1, 1, -1)
        mask = padding if mask is None else mask + padding
    dropout = layer.dropout if layer.training else 0.0
    outputs, shares = attention(q, k, v, mask, dropout, arithmetic=products)
    outputs = outputs.transpose(1, 2).reshape(count, -1, layer.embed_dim)
    outputs = linear(outputs, layer.out_proj.weight, layer.out_proj.bias, projections)
    if average_attn_weights:
        shares = shares.mean(1)
    if not batched:
        outputs, shares = outputs[0], shares[0]
    elif not first:
        outputs = outputs.transpose(0, 1)
    return outputs, shares if need_weights else None


def _added(mask: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor | None:
    """A mask of :class:`torch.nn.MultiheadAttention`, which says what is left out, as a sum."""
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype).masked_fill(mask, -math.inf)
