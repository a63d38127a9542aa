"""Operand streams on which energy is measured."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from model import FloatFormat, IntegerFormat, SpecificationError, code_type, encode
from model.choices import unknown_choice

WORKLOADS = {
    "normal": "independent standard normal values, rounded to nearest even, a new pair every cycle",
    "uniform": "independent uniform codes, a new pair every cycle",
}
"""Name of each workload and what it is; the first is the default."""


Format: TypeAlias = FloatFormat | IntegerFormat


def operands(
    workload: str, format_a: Format, format_b: Format, count: int, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """``count`` operand pairs of ``workload``, the same ones for every call with one ``seed``.

    Integers take normal values in units of an eighth of their range, so that four standard
    deviations fit.

    Raises
    ------
    SpecificationError
        Unknown workload.
    """
    if workload not in WORKLOADS:
        raise unknown_choice("workload", workload, WORKLOADS)
    if count < 2:
        raise SpecificationError(f"{count} operand pairs toggle nothing: expected 2 at least")
    streams = np.random.default_rng(seed).spawn(2)
    return (
        _codes(workload, format_a, count, streams[0]),
        _codes(workload, format_b, count, streams[1]),
    )


def _codes(workload: str, format: Format, count: int, random: np.random.Generator) -> NDArray[Any]:
    if workload == "normal":
        values = random.standard_normal(count)
        if isinstance(format, IntegerFormat):
            largest = 2 ** (format.bits - 1) - 1
            scaled = np.rint(values * 2 ** (format.bits - 3))
            return format.codes(np.clip(scaled, -largest, largest))
        return encode(values, format, saturate=True)
    high = 2**format.width - 1
    return random.integers(0, high, size=count, dtype=np.uint64, endpoint=True).astype(
        code_type(format)
    )
