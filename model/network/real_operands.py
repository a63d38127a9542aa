"""Operands of SmolLM2 on a text of the package, for units that are checked or measured on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat

from .arithmetic import Arithmetic, Operand
from .attention import Head
from .language import LanguageModel, Tokens
from .layers import Array, rms_norm
from .operand_codes import PAIRS, SEED, OperandCodes, pairs_of_sums
from .texts import texts
from .training.blocks import LastBlocks

TEXT = "council"
TOKENS = 128
BLOCK = 15
"""The block in the middle."""
RUN = 64
"""Products of a sum that stay together where sums of several products are mixed."""


@dataclass(frozen=True)
class Layer:
    """A linear layer: ``T x inputs`` numbers, and ``inputs x outputs`` weights."""

    inputs: Array
    weights: Array


def tokens_of(model: LanguageModel, count: int = TOKENS) -> Tokens:
    """The first tokens of the text.

    Raises
    ------
    SpecificationError
        It has fewer.
    """
    (text,) = (each for each in texts() if each.name == TEXT)
    found = model.tokens(text.read())
    if count > len(found):
        raise SpecificationError(
            f"sequence {count} is longer than text {TEXT}: expected 1 to {len(found)}"
        )
    return found[:count]


def head_of(model: LanguageModel, tokens: Tokens, block: int, head: int) -> Head:
    """Q and K, behind the rotary embedding, and V of one head, as they are in float32.

    Raises
    ------
    SpecificationError
        There is no such block, or head.
    """
    known: dict[int, dict[str, Operand]] = {}
    model.logits(tokens, watch=known.__setitem__)
    _require("block", block, len(known))
    q, k, v = (known[block][name].values for name in "qkv")
    groups, heads = q.shape[:2]
    _require("head", head, groups * heads)
    group, place = divmod(head, heads)
    found = (q[group, place], k[group, 0].T, v[group, 0])
    q, k, v = (each.astype(np.float64) for each in found)
    return Head(q, k, v, causal=True)


def layer_of(model: LanguageModel, tokens: Tokens, block: int) -> Layer:
    """The projection to all queries in a block.

    Raises
    ------
    SpecificationError
        There is no such block.
    """
    _require("block", block, model.blocks)
    part = LastBlocks(model, model.blocks - block)
    (states,) = part.states(tokens[None])
    epsilon = float(model.fields["llama.attention.layer_norm_rms_epsilon"])
    weights = part.weights()
    inputs = rms_norm(states, weights[f"attn_norm {block}"], epsilon)
    return Layer(inputs, weights[part.matrix(block, "attn_q")])


def _require(what: str, number: int, count: int) -> None:
    if not 0 <= number < count:
        nearest = min(max(number, 0), count - 1)
        raise SpecificationError(
            f"{what} {number} is none of the model's: expected 0 to {count - 1}; the nearest is "
            f"{nearest}"
        )


def pairs_of(model: LanguageModel, format: FloatFormat) -> Codes:
    """Operand pairs ``N x 2``, about as many of Q K^T, of P V, and of a linear layer.

    Operands are scaled by a power of two for each tensor, as they must be at 8 bits to be of use.
    Sums are cut into runs of :data:`RUN` products, which are shuffled by a seed.

    Raises
    ------
    SpecificationError
        A format beyond the range of fp32.
    """
    arithmetic = Arithmetic(format, "exact", scale="tensor")
    tokens = tokens_of(model)
    attention = OperandCodes(arithmetic)
    model.logits(tokens, arithmetic, lambda _, operands: attention.keep(operands))
    layer = layer_of(model, tokens, BLOCK)
    left, right = layer_codes(layer, arithmetic)
    random = np.random.default_rng(SEED)
    linear = pairs_of_sums(left[None, None, None], right[None, None, None], PAIRS // 2, random)
    runs = np.concatenate([_runs(attention.files()["pairs"]), _runs(linear)])
    return np.asarray(runs[random.permutation(len(runs))].reshape(-1, 2))


def layer_codes(layer: Layer, arithmetic: Arithmetic) -> tuple[Codes, Codes]:
    """The operands of a layer as codes."""
    return (
        arithmetic.codes(arithmetic.left(layer.inputs)),
        arithmetic.codes(arithmetic.right(layer.weights)),
    )


def _runs(pairs: Codes) -> NDArray[np.generic]:
    """Whole runs, ``N x RUN x 2``; the rest of the last one is left out."""
    return pairs[: len(pairs) // RUN * RUN].reshape(-1, RUN, 2)
