"""An encoder of sentences of the BERT family, all-MiniLM-L6-v2: matrix products are a parameter."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import FLOAT32, Arithmetic, Products
from .layers import Array, gelu, layer_norm, softmax
from .weights import MINILM


@dataclass(frozen=True)
class Encoder:
    """An encoder whose sentence vector is the mean of its tokens', of length 1.

    Parameters
    ----------
    sizes
        By their names in the model's ``config.json``.
    tensors
        Matrices, ``outputs x inputs`` each, biases, embeddings and normalisations.
    tokenizer
        Texts into tokens.
    """

    sizes: dict[str, Any]
    tensors: dict[str, Array]
    tokenizer: Any

    def vector(self, sentence: str, arithmetic: Arithmetic | None = None) -> Array:
        """The vector of a sentence.

        Parameters
        ----------
        arithmetic
            Of the products that it is for; there is no output projection, so that ``all`` is the
            same as ``linear``.
        """
        attention: Products = arithmetic or FLOAT32
        linear = FLOAT32 if arithmetic is None or arithmetic.where == "attention" else attention
        tokens = np.array(self.tokenizer.encode(sentence).ids)
        words = self.tensors["embeddings.word_embeddings.weight"][tokens]
        places = self.tensors["embeddings.position_embeddings.weight"][: len(tokens)]
        kind = self.tensors["embeddings.token_type_embeddings.weight"][0]
        x = self._normalised(words + places + kind, "embeddings")
        for block in range(self.sizes["num_hidden_layers"]):
            name = f"encoder.layer.{block}"
            q, k, v = self._linear(
                linear, x, *(f"{name}.attention.self.{each}" for each in ("query", "key", "value"))
            )
            mixed = self._attention(attention, q, k, v)
            (mixed,) = self._linear(linear, mixed, f"{name}.attention.output.dense")
            x = self._normalised(x + mixed, f"{name}.attention.output")
            (inner,) = self._linear(linear, x, f"{name}.intermediate.dense")
            (inner,) = self._linear(linear, gelu(inner), f"{name}.output.dense")
            x = self._normalised(x + inner, f"{name}.output")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    def similarity(self, first: str, second: str, arithmetic: Arithmetic | None = None) -> float:
        """The cosine of the angle between two sentences' vectors."""
        return float(self.vector(first, arithmetic) @ self.vector(second, arithmetic))

    def _normalised(self, x: Array, name: str) -> Array:
        weight, bias = (self.tensors[f"{name}.LayerNorm.{each}"] for each in ("weight", "bias"))
        return layer_norm(x, weight, bias, self.sizes["layer_norm_eps"])

    def _linear(self, products: Products, x: Array, *names: str) -> list[Array]:
        """``x`` times the transposed matrices of ``names``, plus their biases."""
        left = products.left(x)
        results = []
        for name in names:
            right = products.right(self.tensors[f"{name}.weight"].T)
            results.append(products.product(left, right) + self.tensors[f"{name}.bias"])
        return results

    def _attention(self, products: Products, q: Array, k: Array, v: Array) -> Array:
        """Attention of all heads, each token to all; ``T x (heads * width)`` in and out."""
        count = self.sizes["num_attention_heads"]

        def heads(x: NDArray[np.float32]) -> NDArray[np.float32]:
            """``heads x T x width``."""
            return x.reshape(len(x), count, -1).swapaxes(0, 1)

        keys = heads(k)
        scale = np.float32(1 / np.sqrt(keys.shape[-1]))
        left, right = products.left(heads(q)), products.right(keys.swapaxes(-1, -2))
        probabilities = softmax(products.product(left, right) * scale)
        mixed = products.product(products.left(probabilities), products.right(heads(v)))
        return mixed.swapaxes(0, 1).reshape(len(q), -1)


@lru_cache(maxsize=1)
def minilm(what: str = "the encoder") -> Encoder:
    """all-MiniLM-L6-v2, in float32.

    Raises
    ------
    MissingExtraError
        Its weights, or what reads them, are not installed; the text begins with ``what``.
    """
    path = MINILM.path(what)
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
    tokenizer.no_padding()
    sizes = json.loads(path.with_name("config.json").read_text(encoding="utf-8"))
    return Encoder(sizes, load_file(path), tokenizer)
