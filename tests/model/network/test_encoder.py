import math
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.encoder import Encoder

PERSON = "That is a happy person"


@pytest.mark.parametrize(
    ("sentence", "cosine"),
    [
        ("That is a happy dog", 0.6946),
        ("That is a very happy person", 0.9429),
        ("Today is a sunny day", 0.2569),
    ],
)
def test_cosines_are_those_that_the_model_is_published_with(encoder, sentence, cosine):
    assert encoder.similarity(PERSON, sentence) == pytest.approx(cosine, abs=5e-5)


def test_vectors_have_length_one(encoder):
    vector = encoder.vector(PERSON)
    assert vector @ vector == pytest.approx(1)


@pytest.mark.parametrize("where", ["attention", "linear"])
def test_fewer_bits_move_a_vector_further(encoder, where):
    exact = encoder.vector(PERSON)
    fine, coarse = (
        1 - encoder.vector(PERSON, Arithmetic(format, "exact", where=where)) @ exact
        for format in ("bf16", "e8m2")
    )
    assert fine < coarse / 20 < 0.05


TOKENS, WIDTH, INNER, HEADS, BLOCKS, EPSILON = [3, 1, 4, 1, 5], 6, 10, 2, 2, 1e-3


@pytest.fixture
def small():
    """An encoder of two blocks with two heads, of random weights."""
    random = np.random.default_rng(5)
    shapes = {f"embeddings.{kind}_embeddings.weight": (8, WIDTH) for kind in ("word", "position")}
    shapes["embeddings.token_type_embeddings.weight"] = (2, WIDTH)
    norms = ["embeddings"]
    for block in (f"encoder.layer.{number}" for number in range(BLOCKS)):
        norms += [f"{block}.attention.output", f"{block}.output"]
        layers = [(f"attention.self.{each}", WIDTH, WIDTH) for each in ("query", "key", "value")]
        layers += [("attention.output.dense", WIDTH, WIDTH)]
        layers += [("intermediate.dense", INNER, WIDTH), ("output.dense", WIDTH, INNER)]
        for name, outputs, inputs in layers:
            shapes[f"{block}.{name}.weight"] = (outputs, inputs)
            shapes[f"{block}.{name}.bias"] = (outputs,)
    for name in norms:
        shapes |= {f"{name}.LayerNorm.{each}": (WIDTH,) for each in ("weight", "bias")}
    tensors = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    # Near 1, so that tokens differ behind them.
    for name in norms:
        tensors[f"{name}.LayerNorm.weight"] = 1 + tensors[f"{name}.LayerNorm.weight"] / 8
    sizes = {
        "num_attention_heads": HEADS,
        "num_hidden_layers": BLOCKS,
        "layer_norm_eps": EPSILON,
    }
    tokenizer = SimpleNamespace(encode=lambda _: SimpleNamespace(ids=TOKENS))
    return Encoder(sizes, tensors, tokenizer)


def defined(tensors):
    """The vector as BERT is defined (arXiv 1810.04805), in float64, head by head."""

    def normalised(x, name):
        spread = np.sqrt(x.var(axis=1, keepdims=True) + EPSILON)
        weight, bias = (tensors[f"{name}.LayerNorm.{each}"] for each in ("weight", "bias"))
        return (x - x.mean(axis=1, keepdims=True)) / spread * weight + bias

    def linear(x, name):
        return np.einsum("ti,oi->to", x, tensors[f"{name}.weight"]) + tensors[f"{name}.bias"]

    def attended(q, k, v):
        powers = np.exp(np.einsum("ti,si->ts", q, k) / math.sqrt(WIDTH // HEADS))
        return np.einsum("ts,si->ti", powers / powers.sum(axis=1, keepdims=True), v)

    def gelu(x):
        return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2

    tensors = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    words, places, kinds = (
        tensors[f"embeddings.{kind}_embeddings.weight"]
        for kind in ("word", "position", "token_type")
    )
    x = np.array([words[token] + places[at] + kinds[0] for at, token in enumerate(TOKENS)])
    x = normalised(x, "embeddings")
    for block in (f"encoder.layer.{number}" for number in range(BLOCKS)):
        qkv = [linear(x, f"{block}.attention.self.{each}") for each in ("query", "key", "value")]
        heads = zip(*(np.split(each, HEADS, axis=1) for each in qkv), strict=True)
        mixed = np.concatenate([attended(*head) for head in heads], axis=1)
        mixed = linear(mixed, f"{block}.attention.output.dense")
        x = normalised(x + mixed, f"{block}.attention.output")
        inner = linear(gelu(linear(x, f"{block}.intermediate.dense")), f"{block}.output.dense")
        x = normalised(x + inner, f"{block}.output")
    mean = x.sum(axis=0) / len(TOKENS)
    return mean / math.sqrt((mean * mean).sum())


def test_a_vector_is_as_the_model_is_defined(small):
    np.testing.assert_allclose(small.vector("any"), defined(small.tensors), atol=2e-5)
    assert small.similarity("any", "other") == pytest.approx(1)


@pytest.mark.parametrize(("where", "products"), [("attention", 2), ("linear", 2 + 6)])
def test_an_arithmetic_computes_the_products_it_is_for(small, where, products):
    asked = []

    def product(left, right):
        asked.append(left.shape)
        return left @ right

    counting = SimpleNamespace(
        where=where, left=lambda values: values, right=lambda values: values, product=product
    )
    np.testing.assert_array_equal(small.vector("any", counting), small.vector("any"))
    assert len(asked) == BLOCKS * products
