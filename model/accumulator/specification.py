"""Every accumulator: how a sum is kept, and when it is rounded."""

from typing import TypeAlias

from .aligned import AlignedAccumulator
from .fixed import FixedAccumulator
from .floating import FloatAccumulator
from .integer import IntegerAccumulator

Accumulator: TypeAlias = (
    FloatAccumulator | FixedAccumulator | AlignedAccumulator | IntegerAccumulator
)
