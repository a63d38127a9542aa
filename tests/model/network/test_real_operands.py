"""Operands of a model, against matrices computed apart from it."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, decode, format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.language import LanguageModel
from lmul_pe.model.network.real_operands import (
    BLOCK,
    RUN,
    TEXT,
    TOKENS,
    Layer,
    head_of,
    layer_codes,
    layer_of,
    pairs_of,
    tokens_of,
)
from lmul_pe.model.network.texts import texts

TOKENS_SEEN = np.array([3, 1, 4, 1, 5, 9])
HEAD = 6


def normalised(model, block):
    """The inputs of a first block's attention, in float64."""
    x = model.tensors["token_embd.weight"][TOKENS_SEEN].astype(np.float64)
    size = np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5)
    return x / size * model.tensors[f"blk.{block}.attn_norm.weight"]


def turned(x):
    """Rotary embedding as complex numbers: position times angles of 1e4^(-2i/6), base 1e4."""
    pairs = x[:, 0::2] + 1j * x[:, 1::2]
    angles = np.outer(np.arange(len(x)), 1e4 ** (-np.arange(3) / 3))
    pairs = pairs * np.exp(1j * angles)
    return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)


@pytest.mark.parametrize("head", range(4))
def test_a_head_is_what_its_matrices_give(small, head):
    found = head_of(small, TOKENS_SEEN, 0, head)
    x = normalised(small, 0)
    q, k, v = (x @ small.tensors[f"blk.0.attn_{name}.weight"].T for name in "qkv")
    own, group = slice(HEAD * head, HEAD * (head + 1)), head // 2
    shared = slice(HEAD * group, HEAD * (group + 1))
    assert np.allclose(found.q, turned(q[:, own]), atol=1e-5)
    assert np.allclose(found.k, turned(k[:, shared]), atol=1e-5)
    assert np.allclose(found.v, v[:, shared], atol=1e-5)
    assert found.causal


def test_a_layer_is_the_projection_to_queries(small):
    layer = layer_of(small, TOKENS_SEEN, 0)
    assert np.allclose(layer.inputs, normalised(small, 0), atol=1e-5)
    assert np.array_equal(layer.weights, small.tensors["blk.0.attn_q.weight"].T)
    # Of a block behind the first one: its queries are what the model's attention is given.
    other = layer_of(small, TOKENS_SEEN, 1)
    queries = np.concatenate([head_of(small, TOKENS_SEEN, 1, head).q for head in range(4)], axis=1)
    found = other.inputs @ other.weights
    parts = [turned(found[:, HEAD * head : HEAD * (head + 1)]) for head in range(4)]
    assert np.allclose(np.concatenate(parts, axis=1), queries, atol=1e-4)


@pytest.mark.parametrize(
    ("block", "head", "message"),
    [
        (2, 0, "block 2 is none of the model's: expected 0 to 1; the nearest is 1"),
        (-1, 0, "block -1 is none of the model's: expected 0 to 1; the nearest is 0"),
        (1, 4, "head 4 is none of the model's: expected 0 to 3; the nearest is 3"),
    ],
)
def test_a_block_or_head_that_is_not_there_is_refused(small, block, head, message):
    with pytest.raises(SpecificationError, match=message):
        head_of(small, TOKENS_SEEN, block, head)
    if block != 1:
        with pytest.raises(SpecificationError, match=message):
            layer_of(small, TOKENS_SEEN, block)


def test_heads_that_share_all_keys_are_counted_too(small):
    keys = {f"blk.{block}.attn_{name}.weight" for block in range(2) for name in "kv"}
    tensors = {name: each[:6] if name in keys else each for name, each in small.tensors.items()}
    model = replace(
        small, fields={**small.fields, "llama.attention.head_count_kv": 1}, tensors=tensors
    )
    assert head_of(model, TOKENS_SEEN, 0, 3).q.shape == (6, 6)
    with pytest.raises(SpecificationError, match="head 4 is none of the model's: expected 0 to 3"):
        head_of(model, TOKENS_SEEN, 0, 4)


def test_codes_are_those_of_scaled_operands():
    layer = Layer(np.array([[1, -3, 0.01]], np.float32), np.array([[0.5], [1], [2]], np.float32))
    arithmetic = Arithmetic("e4m3", "exact", scale="tensor")
    left, right = layer_codes(layer, arithmetic)
    # By 2^7, so that 3 has the exponent of 448; by 2^7, so that 2 has; 1.28 is nearest to 1.25.
    assert decode(left, "e4m3").tolist() == [[128, -384, 1.25]]
    assert decode(right, "e4m3").tolist() == [[64], [128], [256]]


def test_text_that_is_too_short_for_the_sequence_is_refused(language_model):
    assert len(tokens_of(language_model)) == TOKENS
    with pytest.raises(SpecificationError, match="sequence 9999 is longer than text council: exp"):
        tokens_of(language_model, 9999)


def test_pairs_are_runs_of_real_sums(language_model):
    pairs = pairs_of(language_model, format_named("e4m3"))
    assert pairs.shape[1] == 2
    assert len(pairs) % RUN == 0
    assert pairs.max() < 256
    left = decode(pairs[:, 0].astype(np.uint8), "e4m3")
    # Probabilities of what no query sees.
    assert 0.1 < (left == 0).mean() < 0.4


class Sixteen(LanguageModel):
    """A model of sixteen narrow blocks, for which a text is the numbers of its characters."""

    def __post_init__(self):
        pass

    def tokens(self, text):
        return np.array([ord(each) % 12 for each in text])


@pytest.fixture
def sixteen(small):
    tensors = {
        name.replace("blk.1.", f"blk.{block}."): tensor
        for name, tensor in small.tensors.items()
        for block in range(1, 16)
    }
    return Sixteen({**small.fields, "llama.block_count": 16}, tensors)


def test_the_first_tokens_of_one_text_are_taken(sixteen):
    (text,) = (each for each in texts() if each.name == TEXT)
    whole = sixteen.tokens(text.read())
    assert tokens_of(sixteen).tolist() == whole[:TOKENS].tolist()
    assert len(tokens_of(sixteen)) == TOKENS
    assert tokens_of(sixteen, len(whole)).tolist() == whole.tolist()
    message = f"^sequence {len(whole) + 1} is longer than text council: expected 1 to {len(whole)}$"
    with pytest.raises(SpecificationError, match=message):
        tokens_of(sixteen, len(whole) + 1)


def test_a_third_of_the_pairs_is_of_each_product(sixteen):
    pairs = pairs_of(sixteen, format_named("e4m3"))
    # Half of 2^16 in whole sums of 6, of 128 and of 8 products, then in whole runs of 64.
    attention, linear = (2**15 // 6 * 6 + 2**15) // 64, 2**15 // 64
    assert pairs.shape == (64 * (attention + linear), 2)
    layer = layer_of(sixteen, tokens_of(sixteen), BLOCK)
    left, right = layer_codes(layer, Arithmetic("e4m3", "exact", scale="tensor"))
    rows, columns = {tuple(row) for row in left.tolist()}, {tuple(row) for row in right.T.tolist()}
    sums = pairs.reshape(-1, 8, 8, 2)
    of_layer = [
        all(tuple(each[:, 0]) in rows and tuple(each[:, 1]) in columns for each in run)
        for run in sums
    ]
    assert sum(of_layer) == linear
    # Shuffled, they stand neither in front nor behind.
    assert sum(of_layer[:linear]) == pytest.approx(linear / 3, rel=0.2)
