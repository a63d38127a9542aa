import math
from dataclasses import replace
from inspect import signature
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.language import LanguageModel
from lmul_pe.model.network.prediction import predicted


def test_digits_are_tokens_of_their_own_and_nothing_is_added(language_model):
    tokens = language_model.tokens("In 1867, it's")
    pieces = [language_model.tokenizer.decode([int(token)]) for token in tokens]
    assert pieces == ["In", " ", "1", "8", "6", "7", ",", " it", "'s"]


def test_it_knows_what_comes_next(language_model):
    scores = language_model.logits(language_model.tokens("The capital of France is"))
    assert language_model.tokenizer.decode([int(scores[-1].argmax())]) == " Paris"


def test_nothing_depends_on_what_comes_later(language_model):
    tokens = language_model.tokens("Water boils at a hundred degrees, and ice melts at zero.")
    whole, part = language_model.logits(tokens), language_model.logits(tokens[:6])
    assert np.allclose(whole[:6], part, atol=1e-3)


@pytest.mark.parametrize("where", ["attention", "linear", "all"])
def test_more_products_in_fewer_bits_are_further_from_fp32(language_model, where):
    tokens = language_model.tokens("The museum opens at nine, and closes when the sun has set.")
    reference = language_model.logits(tokens)
    fine, coarse = (
        predicted(language_model.logits(tokens, arithmetic), reference, tokens).kl
        for arithmetic in (
            Arithmetic("e8m10", "exact", where=where),
            Arithmetic("e8m2", "exact", where=where),
        )
    )
    assert 0 < fine < coarse / 50


def defined(model, tokens):
    """The scores as the Llama family is defined (arXiv 2302.13971), in float64, head by head."""
    tensors = {name: tensor.astype(np.float64) for name, tensor in model.tensors.items()}
    heads, groups, width = 4, 2, 6
    positions = np.arange(len(tokens))

    def normalised(x, name):
        return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-5) * tensors[f"{name}.weight"]

    def linear(x, name):
        return np.einsum("ti,oi->to", x, tensors[f"{name}.weight"])

    def turned(x):
        pairs = x[:, 0::2] + 1j * x[:, 1::2]
        pairs = pairs * np.exp(1j * np.outer(positions, 1e4 ** (-np.arange(0, width, 2) / width)))
        return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)

    def attended(q, k, v):
        powers = np.exp(turned(q) @ turned(k).T / math.sqrt(width))
        powers[positions[:, None] < positions] = 0
        return powers / powers.sum(axis=1, keepdims=True) @ v

    x = tensors["token_embd.weight"][tokens]
    for block in range(2):
        inner = normalised(x, f"blk.{block}.attn_norm")
        queries = np.split(linear(inner, f"blk.{block}.attn_q"), heads, axis=1)
        keys, values = (
            np.split(linear(inner, f"blk.{block}.attn_{name}"), groups, axis=1) for name in "kv"
        )
        shared = [head * groups // heads for head in range(heads)]
        mixed = [
            attended(query, keys[group], values[group])
            for query, group in zip(queries, shared, strict=True)
        ]
        x = x + linear(np.concatenate(mixed, axis=1), f"blk.{block}.attn_output")
        inner = normalised(x, f"blk.{block}.ffn_norm")
        gate = linear(inner, f"blk.{block}.ffn_gate")
        up = linear(inner, f"blk.{block}.ffn_up")
        x = x + linear(gate / (1 + np.exp(-gate)) * up, f"blk.{block}.ffn_down")
    return linear(normalised(x, "output_norm"), "token_embd")


def test_scores_are_as_the_model_is_defined(small):
    tokens = np.array([3, 1, 4, 1, 5, 9, 2])
    np.testing.assert_allclose(small.logits(tokens), defined(small, tokens), rtol=1e-3, atol=1e-3)


def test_it_is_made_of_its_fields_and_matrices_alone():
    assert list(signature(LanguageModel).parameters) == ["fields", "tensors"]


def test_sizes_and_texts_are_the_models(small):
    asked = []

    def encode(text, **options):
        asked.append((text, options))
        return SimpleNamespace(ids=[3, 1])

    small.tokenizer = SimpleNamespace(encode=encode)
    assert (small.blocks, small.longest) == (2, 32)
    assert small.tokens("some text").tolist() == [3, 1]
    assert asked == [("some text", {"add_special_tokens": False})]


class Counting:
    """An arithmetic that counts what it is asked for."""

    def __init__(self, where):
        self.where = where
        self.depths = []
        self.rights = 0

    def left(self, values):
        return values

    def right(self, values):
        self.rights += 1
        return values

    def product(self, left, right):
        self.depths.append(left.shape[-1])
        return left @ right


@pytest.mark.parametrize(
    ("where", "products"), [("attention", 2 * 2), ("linear", 2 * (2 + 7)), ("all", 2 * 9 + 1)]
)
def test_an_arithmetic_computes_the_products_it_is_for(small, where, products):
    counting = Counting(where)
    tokens = np.arange(6)
    found = small.logits(tokens, counting)
    assert len(counting.depths) == products
    assert np.allclose(found, small.logits(tokens), rtol=1e-4, atol=1e-4)


def test_the_matrices_of_one_arithmetic_are_taken_in_once(small):
    counting = Counting("all")
    # Keys and values of each block, seven matrices of it, and the output projection.
    for calls, rights in ((1, 2 * (2 + 7) + 1), (2, 2 * 2)):
        counting.rights = 0
        small.logits(np.arange(6), counting)
        assert counting.rights == rights, calls
        # Products in float32 do not push them out.
        small.logits(np.arange(6))


def test_who_watches_is_told_the_operands_of_every_block(small):
    seen = []
    small.logits(np.arange(5), watch=lambda block, operands: seen.append((block, operands)))
    assert [block for block, _ in seen] == [0, 1]
    shapes = {name: operand.values.shape for name, operand in seen[0][1].items()}
    assert shapes == {"q": (2, 2, 5, 6), "k": (2, 1, 6, 5), "p": (2, 2, 5, 5), "v": (2, 1, 5, 6)}
    assert np.allclose(seen[1][1]["p"].values.sum(axis=-1), 1)


def test_weights_of_another_arithmetic_are_rounded_anew(small):
    tokens = np.arange(6)
    first = Arithmetic("e8m2", "exact", where="linear")
    second = Arithmetic("e8m6", "exact", where="linear")
    fresh = replace(small)
    alone = small.logits(tokens, first)
    assert np.array_equal(small.logits(tokens, second), fresh.logits(tokens, second))
    assert np.array_equal(small.logits(tokens, first), alone)
