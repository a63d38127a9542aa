"""Parallel-prefix carries: all of them in a logarithm of the steps of a ripple."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amaranth.hdl import Module

from .bits import Bit, both, differ, either, signal_or_constant


@dataclass(frozen=True)
class Span:
    """Adjacent bits: whether they give a carry of their own, and whether they pass one on."""

    generate: Bit
    propagate: Bit

    def after(self, m: Module, lower: "Span") -> "Span":
        """This span and the one below it as one."""
        return Span(
            signal_or_constant(
                m, either(self.generate, both(self.propagate, lower.generate)), "generate"
            ),
            signal_or_constant(m, both(self.propagate, lower.propagate), "propagate"),
        )


def _sklansky(m: Module, spans: list[Span]) -> list[Span]:
    """Fewest levels; a span at the middle of each block is read by all above it.

    Source: Sklansky, "Conditional-Sum Addition Logic", IRE Trans. Electronic Computers 9(2), 1960.
    """
    step = 1
    while step < len(spans):
        spans = [
            span.after(m, spans[index // step * step - 1]) if index & step else span
            for index, span in enumerate(spans)
        ]
        step *= 2
    return spans


def _brent_kung(m: Module, spans: list[Span]) -> list[Span]:
    """Fewest cells; nearly twice the levels.

    Source: Brent and Kung, "A Regular Layout for Parallel Adders", IEEE Trans. Computers 31(3),
    1982.
    """
    spans = list(spans)
    step = 1
    while step < len(spans):
        for index in range(2 * step - 1, len(spans), 2 * step):
            spans[index] = spans[index].after(m, spans[index - step])
        step *= 2
    while step > 1:
        step //= 2
        for index in range(3 * step - 1, len(spans), 2 * step):
            spans[index] = spans[index].after(m, spans[index - step])
    return spans


NETWORKS: dict[str, Callable[[Module, list[Span]], list[Span]]] = {
    "brent_kung": _brent_kung,
    "sklansky": _sklansky,
}
"""Prefix networks by name: from the spans of single bits to those down to bit 0."""


def prefix_sum(m: Module, a: Sequence[Bit], b: Sequence[Bit], network: str) -> list[Bit]:
    """The bits of ``a + b``, equally long, and the carry above them."""
    differs = [
        signal_or_constant(m, differ(one, other), "differ") for one, other in zip(a, b, strict=True)
    ]
    spans = NETWORKS[network](
        m,
        [
            Span(signal_or_constant(m, both(one, other), "generate"), each)
            for one, other, each in zip(a, b, differs, strict=True)
        ],
    )
    carries: list[Bit] = [0, *(span.generate for span in spans)]
    return [differ(each, carry) for each, carry in zip(differs, carries, strict=False)] + [
        carries[-1]
    ]
