"""Units by their names."""

import re
from typing import Any, TypeAlias

from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import WORDED, Accumulator, register_format
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.format.integer import integer_format_named
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.kinds import KINDS
from lmul_pe.model.multiplier.specification import Multiplier, multiplier_named
from lmul_pe.model.parameter import is_word_of, values_in

from .array import SystolicArray
from .dot import DotProduct
from .mac import Mac

Specification: TypeAlias = Multiplier | Mac | DotProduct | SystolicArray
"""What is exported by itself."""
Unit: TypeAlias = Specification | IntegerMultiplier

_INTEGER = re.compile("int[0-9]+")


def unit_named(name: str) -> Unit:
    """The specification that ``name`` stands for, whatever it is.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    head = name.partition("_")[0]
    if head == "mac":
        return mac_named(name)
    if head == "array":
        return array_named(name)
    if re.fullmatch("dot[0-9]*", head):
        return dot_named(name)
    if head not in KINDS and not _INTEGER.fullmatch(name):
        raise unknown_choice(f"name {name!r}: unit", head, [*KINDS, "intN", "mac", "dotN", "array"])
    return _any_multiplier_named(name)


def specification_named(name: str) -> Specification:
    """The specification that ``name`` stands for.

    Raises
    ------
    SpecificationError
        Not the name of one, or of nothing that is exported by itself.
    """
    unit = unit_named(name)
    if isinstance(unit, IntegerMultiplier):
        raise SpecificationError(f"{name} is exported as part of a unit only, as mac_{name}_int32")
    return unit


def mac_named(name: str) -> Mac:
    """The multiply-accumulate unit that ``name`` stands for, such as ``mac_lmul_e4m3_fp32``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    head, *words = name.split("_")
    if head != "mac":
        raise _unreadable(name, "multiply-accumulate", "mac_MULTIPLIER_ACCUMULATOR")
    return Mac(*_parts(name, words))


def dot_named(name: str) -> DotProduct:
    """The dot-product unit that ``name`` stands for, such as ``dot4_lmul_e4m3_aligned``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    head, *words = name.split("_")
    match = re.fullmatch("dot([0-9]{1,4})", head)
    if match is None:
        raise _unreadable(name, "dot product", "dotN_MULTIPLIER_ACCUMULATOR")
    return DotProduct(*_parts(name, words), int(match[1]))


def array_named(name: str) -> SystolicArray:
    """The systolic array that ``name`` stands for, such as ``array_os_8x8_lmul_e4m3_fp32``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    head, *words = name.split("_")
    size = re.fullmatch("([0-9]{1,4})x([0-9]{1,4})", words[1]) if len(words) > 1 else None
    if head != "array" or size is None:
        raise _unreadable(name, "systolic array", "array_DATAFLOW_ROWSxCOLS_MULTIPLIER_ACCUMULATOR")
    dataflow = words[0]
    end = len(words)
    while is_word_of(SystolicArray, words[end - 1]):
        end -= 1
    options = values_in(SystolicArray, words[end:], name, "option")
    multiplier, accumulator = _parts(name, words[2:end])
    return SystolicArray(multiplier, accumulator, int(size[1]), int(size[2]), dataflow, **options)


def _unreadable(name: str, what: str, pattern: str) -> SpecificationError:
    example = pattern.replace("DATAFLOW", "os").replace("ROWSxCOLS", "8x8").replace("dotN", "dot4")
    example = example.replace("MULTIPLIER", "lmul_e4m3").replace("ACCUMULATOR", "fp32")
    return SpecificationError(f"name {name!r} is no {what}: expected {pattern}, as {example}")


def _any_multiplier_named(name: str) -> Multiplier | IntegerMultiplier:
    if _INTEGER.fullmatch(name):
        return IntegerMultiplier(integer_format_named(name))
    return multiplier_named(name)


def _parts(name: str, words: list[str]) -> tuple[Multiplier | IntegerMultiplier, Accumulator]:
    """The multiplier and the accumulator that stand side by side in ``words``."""
    start = next((index for index, word in enumerate(words) if word in WORDED), None)
    if start is None:
        # A float format, or an integer one, and what may follow it.
        start = len(words) - 1
        while start > 0 and is_word_of(FloatAccumulator, words[start]):
            start -= 1
    if start < 1:
        raise SpecificationError(
            f"name {name!r} has no multiplier and accumulator: expected both, as lmul_e4m3_fp32"
        )
    accumulator = _accumulator(name, words[start], words[start + 1 :])
    return _any_multiplier_named("_".join(words[:start])), accumulator


def accumulator_named(name: str) -> Accumulator:
    """The accumulator that ``name`` stands for, such as ``fp32``, ``fixed_terms64`` or ``aligned``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    head, *words = name.split("_")
    return _accumulator(name, head, words)


def _accumulator(name: str, head: str, words: list[str]) -> Accumulator:
    if head in WORDED:
        return WORDED[head](**values_in(WORDED[head], words, name, "option"))
    if _INTEGER.fullmatch(head):
        if words:
            raise SpecificationError(
                f"name {name!r}: an integer accumulator has no {words[0]}; leave it out"
            )
        return IntegerAccumulator(head)
    options: dict[str, Any] = values_in(FloatAccumulator, words, name, "option")
    return FloatAccumulator(register_format(head), **options)
