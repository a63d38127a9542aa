"""Blocks of a language model as a network that is trained further."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.network.arithmetic import FLOAT32
from lmul_pe.model.network.language import OUTPUT, LanguageModel, Tokens
from lmul_pe.model.network.layers import Array, rotation

from .networks import Parameters, linear
from .tape import Counted, Node, Tape

MATRICES = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
"""Of a block, by their names in GGUF."""
_NORMS = ("attn_norm", "ffn_norm")


@dataclass(frozen=True)
class LastBlocks:
    """The last blocks of a language model and its output projection.

    Its inputs are what the blocks before them give, ``texts x T x width``.

    Parameters
    ----------
    model
        Whose blocks they are.
    count
        How many.
    """

    model: LanguageModel
    count: int

    def matrix(self, block: int, name: str) -> str:
        """The parameter's name of a matrix of the model's block."""
        return f"weight {name} {block}"

    @property
    def blocks(self) -> range:
        """Numbers of the last blocks."""
        return range(self.model.blocks - self.count, self.model.blocks)

    def weights(self) -> dict[str, Array]:
        """The model's own, matrices as ``inputs x outputs``."""
        found = self._weights_of(self.blocks)
        found["weight tokens"] = self.model.tensors[f"{OUTPUT}.weight"].T
        found["norm"] = self.model.tensors["output_norm.weight"]
        return found

    def _weights_of(self, blocks: range) -> dict[str, Array]:
        tensors = self.model.tensors
        found = {}
        for block in blocks:
            for name in MATRICES:
                found[self.matrix(block, name)] = tensors[f"blk.{block}.{name}.weight"].T
            for name in _NORMS:
                found[f"{name} {block}"] = tensors[f"blk.{block}.{name}.weight"]
        return found

    def states(self, tokens: Tokens) -> Array:
        """What the blocks before give, of ``texts x T`` tokens."""
        before = range(self.blocks.start)
        tape = Tape(Counted(FLOAT32), Counted(FLOAT32))
        nodes = {
            name: Node(value, wanted=False) for name, value in self._weights_of(before).items()
        }
        x = Node(
            self.model.tensors[f"{OUTPUT}.weight"][tokens].reshape(tokens.size, -1), wanted=False
        )
        for block in before:
            x = self._block(tape, nodes, x, block, *tokens.shape)
        return x.value.reshape(*tokens.shape, -1)

    def initial(self, random: np.random.Generator) -> dict[str, Array]:
        """The model's own weights, which are not random."""
        return self.weights()

    def logits(self, tape: Tape, parameters: Parameters, inputs: NDArray[np.generic]) -> Node:
        texts, length, width = inputs.shape
        x = Node(inputs.reshape(texts * length, width).astype(np.float32), wanted=False)
        for block in self.blocks:
            x = self._block(tape, parameters, x, block, texts, length)
        x = tape.multiply(tape.rms_norm(x), parameters["norm"])
        scores = linear(tape, x, parameters, "weight tokens")
        return tape.reshape(scores, texts, length, scores.value.shape[-1])

    def _block(
        self, tape: Tape, parameters: Parameters, x: Node, block: int, texts: int, length: int
    ) -> Node:
        def product(of: Node, name: str) -> Node:
            return linear(tape, of, parameters, self.matrix(block, name))

        def normal(of: Node, name: str) -> Node:
            return tape.multiply(tape.rms_norm(of), parameters[f"{name} {block}"])

        fields = self.model.fields
        width = int(fields["llama.rope.dimension_count"])
        groups = int(fields["llama.attention.head_count_kv"])
        turn = rotation(length, width, float(fields["llama.rope.freq_base"]))

        def heads(of: Node) -> Node:
            """``texts x groups x heads of a group x T x width``."""
            found = tape.reshape(of, texts, length, groups, -1, width)
            return tape.swap(tape.swap(found, 1, 2), 2, 3)

        def together(of: Node, columns: int) -> Node:
            """All heads of a group below each other, since they share keys and values."""
            return tape.reshape(of, texts, groups, -1, columns)

        inner = normal(x, "attn_norm")
        q, k, v = (heads(product(inner, f"attn_{each}")) for each in "qkv")
        keys = tape.swap(together(tape.rotate(k, turn), width), -1, -2)
        scores = tape.matmul(together(tape.rotate(q, turn), width), keys)
        scores = tape.reshape(scores, texts, groups, -1, length, length)
        shares = tape.attention_weights(scores, 1 / math.sqrt(width))
        mixed = tape.matmul(together(shares, length), together(v, width))
        mixed = tape.reshape(mixed, texts, groups, -1, length, width)
        mixed = tape.swap(tape.swap(mixed, 2, 3), 1, 2)
        x = tape.add(x, product(tape.reshape(mixed, texts * length, -1), "attn_output"))
        inner = normal(x, "ffn_norm")
        gated = tape.multiply(tape.silu(product(inner, "ffn_gate")), product(inner, "ffn_up"))
        return tape.add(x, product(gated, "ffn_down"))
