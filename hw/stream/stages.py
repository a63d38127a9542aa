"""A circuit as a chain of combinational stages, between which registers may stand."""

from collections.abc import Callable, Mapping, Sequence

from amaranth.hdl import Module, Value

Values = Mapping[str, Value]
Stage = Callable[[Module, Values], Values]
"""Statements that turn named values into the named values that the next stage needs."""

Register = Callable[[Values], Values]
"""Puts a register behind each of some named values."""


def register_places(stages: int, latency: int) -> list[int]:
    """How many registers stand before each stage, and, last, behind the final one.

    The first register stands at the output, the second behind the first stage, which holds the
    adder or the array; then come the input and the later stages.
    """
    order = [stages, *range(1, 2), 0, *range(2, stages)] if stages > 1 else [stages, 0]
    places = [0] * (stages + 1)
    for index in range(latency):
        places[order[index % len(order)]] += 1
    return places


def chain(
    m: Module,
    stages: Sequence[Stage],
    values: Values,
    register: Register = lambda values: values,
    latency: int = 0,
) -> Values:
    """Build ``stages`` one after the other, with ``latency`` calls of ``register`` in between."""
    places = register_places(len(stages), latency)
    for count, stage in zip(places, [*stages, lambda m, values: values], strict=True):
        for _ in range(count):
            values = register(values)
        values = stage(m, values)
    return values
