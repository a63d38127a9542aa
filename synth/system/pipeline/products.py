"""The matrix products of a transformer's stage, forward and backward."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lmul_pe.model import SpecificationError

from .profile import FORWARD


class Product(NamedTuple):
    """An ``m x k`` times ``k x n`` product, and how often it is computed."""

    m: int
    k: int
    n: int
    times: int = 1


@dataclass(frozen=True)
class Transformer:
    """A decoder with grouped-query attention and gated layers.

    Parameters
    ----------
    layers, width, heads, kv_heads, head_width, hidden, vocabulary
        Counts, as its configuration names them in other words.
    """

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    hidden: int
    vocabulary: int

    def split(self, stages: int) -> tuple[int, ...]:
        """Layers of each stage: as even as whole layers allow, the first stages have more.

        Raises
        ------
        SpecificationError
            More stages than layers.
        """
        if stages > self.layers:
            raise SpecificationError(
                f"{stages} stages for {self.layers} layers: expected {self.layers} stages at most"
            )
        each, more = divmod(self.layers, stages)
        return tuple(each + (stage < more) for stage in range(stages))

    def forward(self, layers: int, tokens: int, head: bool) -> Iterator[Product]:
        """What a stage computes for one microbatch.

        An array takes whole matrices, so that scores behind a token are computed, too.

        Parameters
        ----------
        tokens
            Of a microbatch, one sequence.
        head
            Whether the scores of the vocabulary are among it.
        """
        attention = self.heads * layers
        yield Product(
            tokens, self.width, (self.heads + 2 * self.kv_heads) * self.head_width, layers
        )
        yield Product(tokens, self.head_width, tokens, attention)
        yield Product(tokens, tokens, self.head_width, attention)
        yield Product(tokens, self.heads * self.head_width, self.width, layers)
        yield Product(tokens, self.width, self.hidden, 2 * layers)
        yield Product(tokens, self.hidden, self.width, layers)
        if head:
            yield Product(tokens, self.width, self.vocabulary)

    def instruction(
        self, instruction: str, layers: int, tokens: int, head: bool
    ) -> Iterator[Product]:
        """Forward, or backward: there each product has one for either operand's gradient."""
        for m, k, n, times in self.forward(layers, tokens, head):
            if instruction == FORWARD:
                yield Product(m, k, n, times)
            else:
                yield Product(m, n, k, times)
                yield Product(k, m, n, times)


SMOLLM2_135M = Transformer(30, 576, 9, 3, 64, 1536, 49152)
"""HuggingFaceTB/SmolLM2-135M, from its configuration."""
