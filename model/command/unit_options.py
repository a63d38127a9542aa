"""The options of a command that name a unit: those of what it is made of, as declared there."""

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click

from lmul_pe.model.accumulator.aligned import AlignedAccumulator
from lmul_pe.model.accumulator.fixed import FixedAccumulator
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import WORDED, Accumulator, register_format
from lmul_pe.model.accumulator.window import WindowAccumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.kinds import COMPARED, KINDS
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Parameter, parameters, stated, values_of
from lmul_pe.model.unit.array import SystolicArray
from lmul_pe.model.unit.dot import DotProduct
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.names import Specification

INTEGER_KIND = "int8"


def _options_of(*specifications: type) -> dict[str, Parameter]:
    """The options of classes, each once."""
    options: dict[str, Parameter] = {}
    for specification in specifications:
        for parameter in parameters(specification).values():
            options.setdefault(parameter.option, parameter)
    return options


_MULTIPLIER = _options_of(Multiplier)
_PRODUCT = {name: each for name, each in _MULTIPLIER.items() if each.part != "result"}
_STAGES = {"latency": _MULTIPLIER["latency"]}
_SUM = _options_of(FloatAccumulator, IntegerAccumulator, *WORDED.values())
_OPTIONS = {
    "mul": _MULTIPLIER,
    "mac": {**_PRODUCT, **_SUM},
    "dot": {**_PRODUCT, **_STAGES, **_SUM, **_options_of(DotProduct)},
    "array": {**_PRODUCT, **_SUM, **_options_of(SystolicArray)},
}
UNITS = tuple(_OPTIONS)

Command = TypeVar("Command", bound=Callable[..., Any])


def unit_options(*units: str) -> Callable[[Command], Command]:
    """A decorator that gives a command the options of ``units``, all of them texts."""
    options = {name: each for unit in units for name, each in _OPTIONS[unit].items()}

    def decorate(command: Command) -> Command:
        for name, parameter in reversed(options.items()):
            switch: dict[str, Any] = {"is_flag": True, "flag_value": "1"}
            option = click.option(
                f"--{name.replace('_', '-')}",
                help=parameter.help,
                **(switch if parameter.is_switch else {}),
            )
            command = option(command)
        return command

    return decorate


def unit_of(unit: str, options: Mapping[str, str | None]) -> Specification:
    """The specification that the texts of ``options`` give; None stands for one left out.

    Raises
    ------
    SpecificationError
        An unknown unit, an option that ``unit`` has no use for, or a value that is impossible.
    """
    if unit not in UNITS:
        raise unknown_choice("unit", unit, UNITS)
    given = {name: value for name, value in options.items() if value is not None}
    _refuse_unused(given, _OPTIONS[unit], f"unit {unit}")
    if unit == "mul":
        return _multiplier(given)
    multiplier: Multiplier | IntegerMultiplier
    kind = given.get("kind", "lmul")
    if kind == INTEGER_KIND:
        others = {name: each for name, each in given.items() if name in _MULTIPLIER}
        _refuse_unused(others, ("kind",), f"kind {kind}")
        multiplier = IntegerMultiplier(kind)
    elif kind not in KINDS:
        raise unknown_choice("kind", kind, (*KINDS, INTEGER_KIND))
    else:
        multiplier = _multiplier(given)
    accumulator = _accumulator(given, isinstance(multiplier, IntegerMultiplier))
    if unit == "mac":
        return Mac(multiplier, accumulator)
    if unit == "dot":
        return DotProduct(multiplier, accumulator, **values_of(DotProduct, given))
    return SystolicArray(multiplier, accumulator, **values_of(SystolicArray, given))


def arrays_of(options: Mapping[str, str | None]) -> list[SystolicArray]:
    """The arrays that ``options`` give: one of each kind that is compared, unless a kind is
    among them.

    Raises
    ------
    SpecificationError
        As of :func:`unit_of`.
    """
    chosen = [options["kind"]] if options.get("kind") is not None else list(COMPARED)
    arrays = []
    for kind in chosen:
        own = {**options, "kind": kind}
        if len(chosen) > 1:
            # What one kind alone has is left out of what it is compared with.
            for name, parameter in _OPTIONS["array"].items():
                if parameter.kinds and kind not in parameter.kinds:
                    own[name] = None
        arrays.append(unit_of("array", own))
    return [array for array in arrays if isinstance(array, SystolicArray)]


def _refuse_unused(given: Mapping[str, str], used: Iterable[str], what: str) -> None:
    """What there is no use for is refused, not ignored."""
    for name, value in given.items():
        if name not in used:
            raise SpecificationError(f"{name} {value!r} does not apply to {what}; leave it out")


def _multiplier(given: Mapping[str, str]) -> Multiplier:
    if "fmt" not in given:
        raise SpecificationError("fmt is missing: expected a format, as e4m3 or bf16")
    return Multiplier(**{"kind": "lmul", **values_of(Multiplier, given)})


def _accumulator(given: Mapping[str, str], integer: bool) -> Accumulator:
    name = given.get("acc", "int32" if integer else "fp32")
    kind: type[Accumulator] = IntegerAccumulator if integer else FloatAccumulator
    kind = WORDED.get(name, kind)
    others = {option: each for option, each in given.items() if option in _SUM}
    _refuse_unused(others, {"acc", *_options_of(kind)}, f"accumulator {name}")
    values = values_of(kind, given)
    if kind is FloatAccumulator:
        values["format"] = register_format(name)
    accumulator: Accumulator = kind(**values)
    return accumulator


def verilog_command(options: Mapping[str, object]) -> str:
    """The command that exports what ``options`` give, as :func:`stated_options` has them."""
    return shlex.join(
        ["make", "verilog", *(f"{name.upper()}={value}" for name, value in options.items())]
    )


def stated_options(specification: Specification) -> dict[str, object]:
    """The options that give ``specification``, by name, its unit first; without usual switches."""
    if isinstance(specification, Multiplier):
        return {"unit": "mul", **_stated_multiplier(specification)}
    multiplier, accumulator = specification.multiplier, specification.accumulator
    if isinstance(multiplier, IntegerMultiplier):
        product: dict[str, object] = {"kind": multiplier.name}
    else:
        # A product is squeezed into no format, so that there is nothing to guard.
        named = {**_PRODUCT, **(_STAGES if multiplier.latency else {})}
        product = {
            name: value
            for name, value in _stated_multiplier(multiplier).items()
            if name in named and name != "guard"
        }
    parts = {**product, **_stated_accumulator(accumulator)}
    if isinstance(specification, Mac):
        return {"unit": "mac", **parts}
    unit = "dot" if isinstance(specification, DotProduct) else "array"
    return {"unit": unit, **parts, **stated(specification)}


def _stated_accumulator(accumulator: Accumulator) -> dict[str, object]:
    if isinstance(accumulator, FixedAccumulator | AlignedAccumulator | WindowAccumulator):
        return {"acc": accumulator.word, **stated(accumulator)}
    return stated(accumulator)


def _stated_multiplier(multiplier: Multiplier) -> dict[str, object]:
    """The options of a multiplier; a format that is that of ``a`` goes without saying."""
    options = stated(multiplier)
    return {
        name: value
        for name, value in options.items()
        if name not in ("fmt_b", "fmt_y") or value != options["fmt"]
    }
