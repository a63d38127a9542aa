"""The matrix products of a transformer's stage, forward and backward."""

from collections.abc import Iterator
from typing import NamedTuple

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.transformer import Transformer

from .profile import FORWARD


class Product(NamedTuple):
    """An ``m x k`` times ``k x n`` product, and how often it is computed."""

    m: int
    k: int
    n: int
    times: int = 1


def split(model: Transformer, stages: int) -> tuple[int, ...]:
    """Layers of each stage: as even as whole layers allow, the first stages have more.

    Raises
    ------
    SpecificationError
        More stages than layers.
    """
    if stages > model.layers:
        raise SpecificationError(
            f"{stages} stages for {model.layers} layers: expected {model.layers} stages at most"
        )
    each, more = divmod(model.layers, stages)
    return tuple(each + (stage < more) for stage in range(stages))


def forward(model: Transformer, layers: int, tokens: int, head: bool) -> Iterator[Product]:
    """What a stage computes for one microbatch.

    An array takes whole matrices, so that scores behind a token are computed, too.

    Parameters
    ----------
    tokens
        Of a microbatch, one sequence.
    head
        Whether the scores of the vocabulary are among it.
    """
    attention = model.heads * layers
    yield Product(tokens, model.width, model.query_width + 2 * model.kv_width, layers)
    yield Product(tokens, model.head_width, tokens, attention)
    yield Product(tokens, tokens, model.head_width, attention)
    yield Product(tokens, model.query_width, model.width, layers)
    yield Product(tokens, model.width, model.hidden, (model.matrices - 1) * layers)
    yield Product(tokens, model.hidden, model.width, layers)
    if head:
        yield Product(tokens, model.width, model.vocabulary)


def instructed(
    model: Transformer, instruction: str, layers: int, tokens: int, head: bool
) -> Iterator[Product]:
    """Forward, or backward: there each product has one for either operand's gradient."""
    for m, k, n, times in forward(model, layers, tokens, head):
        if instruction == FORWARD:
            yield Product(m, k, n, times)
        else:
            yield Product(m, n, k, times)
            yield Product(k, m, n, times)
