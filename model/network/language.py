"""A language model of the Llama family, SmolLM2-135M, whose matrix products are a parameter."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arithmetic import FLOAT32, Arithmetic, Operand, Products
from .gguf_file import read_gguf, tokenizer_of
from .layers import Array, causal, rms_norm, rotated, rotation, silu, softmax
from .weights import SMOLLM2

Tokens = NDArray[np.int64]
Watch = Callable[[int, dict[str, Operand]], None]
"""Told the number of each block and the operands of its attention."""

OUTPUT = "token_embd"
"""The matrix of the embedding, which is that of the output projection, too."""


@dataclass
class LanguageModel:
    """A decoder: RMS normalisation, rotary positions, grouped heads, gated feed-forward layers.

    Parameters
    ----------
    fields
        Sizes and constants, by their names in GGUF.
    tensors
        Matrices, ``outputs x inputs`` each, and vectors of normalisations.
    """

    fields: dict[str, Any]
    tensors: dict[str, Array]
    _prepared: dict[str, Operand] = field(init=False, default_factory=dict)
    _prepared_for: Products | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.tokenizer = tokenizer_of(self.fields)

    def _field(self, name: str) -> Any:
        return self.fields[f"llama.{name}"]

    @property
    def blocks(self) -> int:
        """How many blocks there are, each of attention and a feed-forward layer."""
        return int(self._field("block_count"))

    @property
    def longest(self) -> int:
        """The most tokens of a text."""
        return int(self._field("context_length"))

    def tokens(self, text: str) -> Tokens:
        """The tokens of ``text`` as it is, without one for its beginning."""
        return np.array(self.tokenizer.encode(text, add_special_tokens=False).ids, dtype=np.int64)

    def logits(
        self, tokens: Tokens, arithmetic: Arithmetic | None = None, watch: Watch | None = None
    ) -> Array:
        """The scores of every possible next token, ``T x vocabulary``, behind each of T tokens.

        Parameters
        ----------
        arithmetic
            Of the products that it is for; the others are those of NumPy in float32.
        watch
            Told each block's number and the operands of its attention: ``q``, ``k``, ``p``, ``v``.
        """
        attention: Products = arithmetic or FLOAT32
        where = arithmetic.where if arithmetic else ""
        linear = attention if where in ("linear", "all") else FLOAT32
        epsilon = float(self._field("attention.layer_norm_rms_epsilon"))
        width = int(self._field("rope.dimension_count"))
        turn = rotation(len(tokens), width, float(self._field("rope.freq_base")))
        x = self.tensors[f"{OUTPUT}.weight"][tokens]
        for block in range(self.blocks):
            name = f"blk.{block}"
            inner = rms_norm(x, self.tensors[f"{name}.attn_norm.weight"], epsilon)
            q, k, v = self._linear(linear, inner, *(f"{name}.attn_{each}" for each in "qkv"))
            told = None if watch is None else lambda operands, b=block: watch(b, operands)
            mixed = self._attention(attention, q, k, v, turn, told)
            (mixed,) = self._linear(linear, mixed, f"{name}.attn_output")
            x = x + mixed
            inner = rms_norm(x, self.tensors[f"{name}.ffn_norm.weight"], epsilon)
            gate, up = self._linear(linear, inner, f"{name}.ffn_gate", f"{name}.ffn_up")
            (down,) = self._linear(linear, silu(gate) * up, f"{name}.ffn_down")
            x = x + down
        x = rms_norm(x, self.tensors["output_norm.weight"], epsilon)
        (scores,) = self._linear(attention if where == "all" else FLOAT32, x, OUTPUT)
        return scores

    def _linear(self, products: Products, x: Array, *names: str) -> list[Array]:
        """``x`` times the transposed matrices of ``names``."""
        left = products.left(x)
        return [products.product(left, self._weights(products, name)) for name in names]

    def _weights(self, products: Products, name: str) -> Operand:
        """A matrix as the right operand; those of the last arithmetic are kept."""
        matrix = self.tensors[f"{name}.weight"].T
        if products is FLOAT32:
            return products.right(matrix)
        if products != self._prepared_for:
            self._prepared.clear()
            self._prepared_for = products
        if name not in self._prepared:
            self._prepared[name] = products.right(matrix)
        return self._prepared[name]

    def _attention(
        self,
        products: Products,
        q: Array,
        k: Array,
        v: Array,
        turn: tuple[Array, Array],
        told: Callable[[dict[str, Operand]], None] | None,
    ) -> Array:
        """Causal attention of all heads; ``T x (heads * width)`` in and out."""
        groups = int(self._field("attention.head_count_kv"))

        def heads(x: Array) -> Array:
            """``groups x heads of a group x T x width``."""
            width = 2 * turn[0].shape[1]
            return x.reshape(len(x), groups, -1, width).transpose(1, 2, 0, 3)

        queries = products.left(rotated(heads(q), turn))
        keys = products.right(rotated(heads(k), turn).swapaxes(-1, -2))
        scale = np.float32(1 / np.sqrt(2 * turn[0].shape[1]))
        scores = products.product(queries, keys) * scale
        probabilities = products.left(softmax(causal(scores)))
        values = products.right(heads(v))
        if told is not None:
            told({"q": queries, "k": keys, "p": probabilities, "v": values})
        mixed = products.product(probabilities, values)
        return mixed.transpose(2, 0, 1, 3).reshape(len(q), -1)


@lru_cache(maxsize=1)
def smollm2(what: str = "the language model") -> LanguageModel:
    """SmolLM2-135M-Instruct, its weights dequantised from 4 bits to float32.

    Raises
    ------
    MissingExtraError
        Its weights, or what reads them, are not installed; the text begins with ``what``.
    """
    file = read_gguf(SMOLLM2.path(what))
    return LanguageModel(file.fields, file.tensors)
