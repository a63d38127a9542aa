"""Units by their names."""

import re
from typing import Any, TypeAlias

from lmul_pe.model.accumulator.aligned import AlignedAccumulator
from lmul_pe.model.accumulator.fixed import FixedAccumulator
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator, IntegerMultiplier
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.format.floating import format_named
from lmul_pe.model.format.integer import integer_format_named
from lmul_pe.model.multiplier.specification import KINDS, Multiplier, multiplier_named

from .array import SystolicArray
from .dot import DotProduct
from .mac import Mac

Unit: TypeAlias = Multiplier | IntegerMultiplier | Mac | DotProduct | SystolicArray

_INTEGER = re.compile("int[0-9]+")
_HEADS = ("fixed", "aligned")
_FLOAT_OPTION = re.compile("fused|latency([0-9]{1,4})")
_OPTIONS = {
    "fixed": re.compile("(terms|msb|lsb)(m?)([0-9]{1,16})"),
    "aligned": re.compile("(guard)()([0-9]{1,4})"),
}


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
    words = words[2:]
    options: dict[str, Any] = {}
    for word, option in (("partial", {"partial": True}), ("fold", {"fold": "weight"})):
        if words and words[-1] == word:
            options |= option
            words.pop()
    multiplier, accumulator = _parts(name, words)
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
    start = next((index for index, word in enumerate(words) if word in _HEADS), None)
    if start is None:
        # A float format, or an integer one, and what may follow it.
        start = len(words) - 1
        while start > 0 and _FLOAT_OPTION.fullmatch(words[start]):
            start -= 1
    if start < 1:
        raise SpecificationError(
            f"name {name!r} has no multiplier and accumulator: expected both, as lmul_e4m3_fp32"
        )
    accumulator = _accumulator(name, words[start], words[start + 1 :])
    return _any_multiplier_named("_".join(words[:start])), accumulator


def _accumulator(name: str, head: str, words: list[str]) -> Accumulator:
    if head in _HEADS:
        return _with_options(name, head, words)
    if _INTEGER.fullmatch(head):
        if words:
            raise SpecificationError(
                f"name {name!r}: an integer accumulator has no {words[0]}; leave it out"
            )
        return IntegerAccumulator(integer_format_named(head))
    options: dict[str, Any] = {}
    for word in words:
        match = _FLOAT_OPTION.fullmatch(word)
        assert match is not None
        _put(options, name, *(("latency", int(match[1])) if match[1] else ("fused", True)))
    return FloatAccumulator(format_named(head), **options)


def _with_options(name: str, head: str, words: list[str]) -> Accumulator:
    options: dict[str, Any] = {}
    result: dict[str, Any] = {}
    if len(words) > 1 and words[-2] == "to":
        result["result" if head == "fixed" else "format"] = format_named(words[-1])
        words = words[:-2]
    for word in words:
        match = _OPTIONS[head].fullmatch(word)
        if match is None:
            expected = ["termsN", "msbN", "lsbN"] if head == "fixed" else ["guardN"]
            raise unknown_choice(f"name {name!r}: option", word, [*expected, "to_FORMAT"])
        option, minus, digits = match.groups()
        option = "guard_bits" if option == "guard" else option
        _put(options, name, option, -int(digits) if minus else int(digits))
    if head == "fixed":
        return FixedAccumulator(**options, **result)
    return AlignedAccumulator(**options, **result)


def _put(options: dict[str, Any], name: str, option: str, value: object) -> None:
    if option in options:
        raise SpecificationError(f"name {name!r} states its {option} twice")
    options[option] = value
