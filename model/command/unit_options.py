"""The options of a command that name a unit: what each may be given, and what they make."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from lmul_pe.model.accumulator.aligned import AlignedAccumulator
from lmul_pe.model.accumulator.fixed import FixedAccumulator
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator, IntegerMultiplier
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.specification import KINDS, Multiplier
from lmul_pe.model.unit.array import SystolicArray
from lmul_pe.model.unit.dot import DotProduct
from lmul_pe.model.unit.mac import Mac

Specification = Multiplier | Mac | DotProduct | SystolicArray

INTEGER_KIND = "int8"
UNITS = ("mul", "mac", "dot", "array")

_HELP = {
    "kind": f"One of {', '.join(KINDS)} (lmul by default); beside a mul also {INTEGER_KIND}.",
    "fmt": "Format of a, as bf16 or e4m3.",
    "fmt_b": "Format of b; that of a by default.",
    "fmt_y": "Format of a mul's result; that of a by default.",
    "latency": "Register stages of a mul, 0 (default) to 4.",
    "carry": "integer (default) or equation; lmul only.",
    "offset": "paper (default), none, or an integer in units of 2^-M; lmul only.",
    "guard": "full (default), zero or raw; lmul only.",
    "subnormals": "flush (default) or gradual.",
    "overflow": "Of a mul: saturate, inf or nan; by default inf where there is one.",
    "rounding": "Of a mul: rne (default) or rtz; exact only.",
    "acc": "Accumulator: a float format (fp32 by default), fixed or aligned.",
    "fused": "Products enter a float accumulator unrounded.",
    "adder_latency": "Cycles of a float accumulator's adder, 1 (default) to 4.",
    "terms": "Products that a fixed accumulator holds exactly; 1024 by default.",
    "msb": "Weight of a fixed accumulator's sign bit, as a power of two.",
    "lsb": "Weight of a fixed accumulator's last bit, as a power of two.",
    "result": "Format of the sums of a fixed or aligned accumulator; fp32 by default.",
    "guard_bits": "Bits that an aligned accumulator keeps below its mantissa; 3 by default.",
    "n": "Products per cycle of a dot; 4 by default.",
    "rows": "Of an array; 8 by default.",
    "cols": "Of an array; 8 by default.",
    "dataflow": "Of an array: os (default) or ws.",
    "fold": "weight: an lmul array of dataflow ws adds offset and bias to weights as they load.",
    "partial": "An array of dataflow ws takes the sums to begin with.",
}

_SWITCHES = ("fused", "partial")
_PRODUCT = ("kind", "fmt", "fmt_b", "carry", "offset", "guard", "subnormals")
_SUM = ("acc", "fused", "adder_latency", "terms", "msb", "lsb", "result", "guard_bits")
_ARRAY = ("rows", "cols", "dataflow", "fold", "partial")
_OPTIONS = {
    "mul": (*_PRODUCT, "fmt_y", "latency", "overflow", "rounding"),
    "mac": (*_PRODUCT, *_SUM),
    "dot": (*_PRODUCT, *_SUM, "n"),
    "array": (*_PRODUCT, *_SUM, *_ARRAY),
}
_ACCUMULATOR_OPTIONS = {
    "fixed": ("terms", "msb", "lsb", "result"),
    "aligned": ("result", "guard_bits"),
    "float": ("fused", "adder_latency"),
    "integer": (),
}

Command = TypeVar("Command", bound=Callable[..., Any])


def unit_options(*units: str, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """A decorator that gives a command the options of ``units``, all of them texts."""
    names = [name for name in _HELP if any(name in _OPTIONS[unit] for unit in units)]

    def decorate(command: Command) -> Command:
        for name in reversed([name for name in names if name not in without]):
            switch: dict[str, Any] = {"is_flag": True, "flag_value": "1"}
            option = click.option(
                f"--{name.replace('_', '-')}",
                help=_HELP[name],
                **(switch if name in _SWITCHES else {}),
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
    # What the unit has no use for is refused, not ignored.
    for name, value in options.items():
        if value is not None and name not in _OPTIONS[unit]:
            raise _unused(name, value, f"unit {unit}")
    given = {name: value for name, value in options.items() if value is not None}
    if unit == "mul":
        latency = _number(given, "latency")
        policies: dict[str, Any] = {name: given.get(name) for name in _POLICIES}
        kind, format = given.get("kind", "lmul"), _format(given)
        return Multiplier(
            kind, format, given.get("fmt_b"), given.get("fmt_y"), latency=latency or 0, **policies
        )
    multiplier = _multiplier(given)
    accumulator = _accumulator(given, isinstance(multiplier, IntegerMultiplier))
    if unit == "mac":
        return Mac(multiplier, accumulator)
    if unit == "dot":
        return DotProduct(multiplier, accumulator, _number(given, "n", 4))
    return SystolicArray(
        multiplier,
        accumulator,
        _number(given, "rows", 8),
        _number(given, "cols", 8),
        given.get("dataflow", "os"),
        fold=given.get("fold"),
        partial="partial" in given,
    )


def arrays_of(options: Mapping[str, str | None]) -> list[SystolicArray]:
    """The arrays that ``options`` give: one of each kind, unless a kind is among them.

    Raises
    ------
    SpecificationError
        As of :func:`unit_of`.
    """
    # What an L-Mul alone has is left out of what it is compared with.
    common = {**options, **dict.fromkeys(_LMUL_ONLY)}
    kinds = {kind: common if kind == "exact" else dict(options) for kind in KINDS}
    chosen = kinds if options.get("kind") is None else {options["kind"]: dict(options)}
    arrays = [unit_of("array", {**given, "kind": kind}) for kind, given in chosen.items()]
    return [array for array in arrays if isinstance(array, SystolicArray)]


_LMUL_ONLY = ("carry", "offset", "fold")
_POLICIES = ("carry", "offset", "guard", "subnormals", "overflow", "rounding")


def _unused(name: str, value: str, what: str) -> SpecificationError:
    return SpecificationError(f"{name} {value!r} does not apply to {what}; leave it out")


def _format(given: Mapping[str, str]) -> str:
    if "fmt" not in given:
        raise SpecificationError("fmt is missing: expected a format, as e4m3 or bf16")
    return given["fmt"]


def _number(given: Mapping[str, str], name: str, usual: int | None = None) -> Any:
    text = given.get(name)
    if text is None:
        return usual
    try:
        return int(text)
    except ValueError:
        shown = text if len(text) < 20 else text[:20] + "..."
        raise SpecificationError(f"{name} {shown!r} is not an integer") from None


def _multiplier(given: Mapping[str, str]) -> Multiplier | IntegerMultiplier:
    kind = given.get("kind", "lmul")
    if kind == INTEGER_KIND:
        for name in _PRODUCT[1:]:
            if name in given:
                raise _unused(name, given[name], f"kind {kind}")
        return IntegerMultiplier(kind)
    if kind not in KINDS:
        raise unknown_choice("kind", kind, (*KINDS, INTEGER_KIND))
    policies: dict[str, Any] = {name: given.get(name) for name in _PRODUCT if name in _POLICIES}
    return Multiplier(kind, _format(given), given.get("fmt_b"), **policies)


def _accumulator(given: Mapping[str, str], integer: bool) -> Accumulator:
    name = given.get("acc", "int32" if integer else "fp32")
    sort = name if name in ("fixed", "aligned") else "integer" if integer else "float"
    for option in _SUM[1:]:
        if option in given and option not in _ACCUMULATOR_OPTIONS[sort]:
            raise _unused(option, given[option], f"accumulator {name}")
    result = given.get("result", "fp32")
    if sort == "fixed":
        terms, msb, lsb = (_number(given, option) for option in ("terms", "msb", "lsb"))
        return FixedAccumulator(terms=terms, result=result, msb=msb, lsb=lsb)
    if sort == "aligned":
        return AlignedAccumulator(result, guard_bits=_number(given, "guard_bits", 3))
    if sort == "integer":
        return IntegerAccumulator(name)
    latency = _number(given, "adder_latency", 1)
    return FloatAccumulator(name, fused="fused" in given, latency=latency)


def stated_options(specification: Specification) -> dict[str, object]:
    """The options that give ``specification``, by name, its unit first; without usual switches."""
    if isinstance(specification, Multiplier):
        return {"unit": "mul", **_stated_product(specification, _OPTIONS["mul"])}
    mac = specification if isinstance(specification, Mac) else specification.mac
    multiplier, accumulator = mac.multiplier, mac.accumulator
    if isinstance(multiplier, IntegerMultiplier):
        stated: dict[str, object] = {"kind": multiplier.name}
    else:
        # A product that is squeezed into no format has no policies of a result.
        stated = _stated_product(multiplier, tuple(set(_PRODUCT) - {"guard"}))
    stated |= _stated_sum(accumulator)
    if isinstance(specification, Mac):
        return {"unit": "mac", **stated}
    if isinstance(specification, DotProduct):
        return {"unit": "dot", **stated, "n": specification.n}
    return {
        "unit": "array",
        **stated,
        "rows": specification.rows,
        "cols": specification.cols,
        "dataflow": specification.dataflow,
        **({"fold": specification.fold} if specification.fold else {}),
        **({"partial": 1} if specification.partial else {}),
    }


def _stated_product(multiplier: Multiplier, names: tuple[str, ...]) -> dict[str, object]:
    format = multiplier.format

    def other(each: FloatFormat) -> str | None:
        return each.name if each != format else None

    options = {
        "kind": multiplier.kind,
        "fmt": format.name,
        "fmt_b": other(multiplier.format_b),
        "fmt_y": other(multiplier.format_y),
        "carry": multiplier.carry,
        "offset": multiplier.offset,
        "guard": multiplier.guard,
        "subnormals": multiplier.subnormals,
        "overflow": multiplier.overflow,
        "rounding": multiplier.rounding,
        "latency": multiplier.latency,
    }
    return {name: value for name, value in options.items() if name in names and value is not None}


def _stated_sum(accumulator: Accumulator) -> dict[str, object]:
    if isinstance(accumulator, FixedAccumulator):
        options = {
            "acc": "fixed",
            "terms": accumulator.terms,
            "msb": accumulator.msb,
            "lsb": accumulator.lsb,
            "result": accumulator.result.name,
        }
    elif isinstance(accumulator, AlignedAccumulator):
        options = {
            "acc": "aligned",
            "result": accumulator.format.name,
            "guard_bits": accumulator.guard_bits,
        }
    elif isinstance(accumulator, FloatAccumulator):
        options = {
            "acc": accumulator.format.name,
            "fused": 1 if accumulator.fused else None,
            "adder_latency": accumulator.latency if accumulator.latency > 1 else None,
        }
    else:
        options = {"acc": accumulator.name}
    return {name: value for name, value in options.items() if value is not None}
