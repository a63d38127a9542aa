"""Every accumulator: how a sum is kept, and when it is rounded.

Each states, beside its parameters: ``latency``, cycles from one sum to the next, which is how many
partial sums take turns; ``finish_latency``, cycles from the last addition to the finished sum;
``overflows``, whether a sum can leave its range in a way that only the flag ``overflow`` shows.
"""

from typing import TypeAlias

from lmul_pe.model.format.floating import FloatFormat, format_named

from .aligned import AlignedAccumulator
from .fixed import FixedAccumulator
from .floating import FloatAccumulator
from .integer import IntegerAccumulator
from .window import WindowAccumulator

Accumulator: TypeAlias = (
    FloatAccumulator
    | FixedAccumulator
    | AlignedAccumulator
    | WindowAccumulator
    | IntegerAccumulator
)

WORDED: dict[str, type[FixedAccumulator] | type[AlignedAccumulator] | type[WindowAccumulator]] = {
    accumulator.word: accumulator
    for accumulator in (FixedAccumulator, AlignedAccumulator, WindowAccumulator)
}
"""The accumulators that a word of their own begins the names of; the others begin with a format."""


def register_format(name: str) -> FloatFormat:
    """The format of the floating-point accumulator whose name ``name`` begins.

    Raises
    ------
    SpecificationError
        No such format; the text names the other accumulators, too.
    """
    return format_named(name, "accumulator", tuple(WORDED))
