"""A space of designs: lists of what each axis may be, and what of it is left out."""

import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from lmul_pe.model import (
    DotProduct,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SystolicArray,
    format_named,
)
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.multiplier.kinds import COMPARED, KINDS
from lmul_pe.model.multiplier.policies import CHOICES, POLICIES
from lmul_pe.model.unit.array import DATAFLOWS
from lmul_pe.model.unit.names import Specification, accumulator_named, specification_named
from lmul_pe.synth.cells.library import BUILT_IN
from lmul_pe.synth.design.levels import LEVELS

MOST = 1_000_000
"""Combinations of a space, at most: a cluster of a hundred nodes has work for weeks."""

INTEGER_KIND = "int8"
INTEGER_SUMS = "int32"

_SUMS = ("accumulators", "latencies")
_OF_LEVEL: Mapping[str, tuple[str, ...]] = {
    "multiplier": (),
    "mac": _SUMS,
    "dot": (*_SUMS, "lanes"),
    "array": (*_SUMS, "lanes", "shapes", "dataflows"),
}
"""The axes that a level has beside formats, kinds, policies, technologies and clocks."""

USUAL: Mapping[str, tuple[Any, ...]] = {
    "levels": ("multiplier",),
    "formats": (),
    "kinds": COMPARED,
    "accumulators": ("fp32",),
    "latencies": (1,),
    "lanes": (None,),
    "shapes": ("8x8",),
    "dataflows": DATAFLOWS[:1],
    "technologies": BUILT_IN[:1],
    "clocks_ps": (),
    **dict.fromkeys(POLICIES, (None,)),
}
"""Every axis, and what it is where a space does not say."""


@dataclass(frozen=True)
class Candidate:
    """A design in a technology, and the clocks at which it is wanted.

    Parameters
    ----------
    specification
        What is measured.
    technology
        The name of a built-in one, or the path of a Liberty file.
    targets
        Clocks in ps; None for no delay target, which is always among them.
    """

    specification: Specification
    technology: str
    targets: tuple[float | None, ...]

    @property
    def name(self) -> str:
        return self.specification.name


@dataclass(frozen=True)
class Enumerated:
    """The designs of a space, each once, and why combinations are none."""

    candidates: tuple[Candidate, ...]
    excluded: int
    impossible: Mapping[str, int]
    """Why some combinations cannot be, and how many that is."""


@dataclass(frozen=True)
class Space:
    """Lists of what each axis may be, and exclusions.

    Parameters
    ----------
    axes
        Axis to its values; those of :data:`USUAL` that are missing are usual.
    excluded
        A combination is left out if all axes of one of these have one of its values.

    Raises
    ------
    SpecificationError
        An axis or a value that does not exist, an empty list, or more than :data:`MOST`
        combinations.
    """

    axes: Mapping[str, tuple[Any, ...]]
    excluded: tuple[Mapping[str, tuple[Any, ...]], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", {**USUAL, **self.axes})
        if not self.axes["formats"]:
            raise SpecificationError("the space has no formats: expected some, as ['e4m3', 'bf16']")
        for axis, values in self.axes.items():
            if not values and USUAL[axis]:
                raise SpecificationError(f"axis {axis} of the space is empty: expected a value")
        for level in self.axes["levels"]:
            _check("levels", level)
        if self.combinations > MOST:
            raise SpecificationError(
                f"the space has {self.combinations:.3g} combinations: expected {MOST} at most; "
                "shorten its longest lists"
            )
        for one in (self.axes, *self.excluded):
            for axis, values in one.items():
                for value in values:
                    _check(axis, value)

    def _of_level(self, level: str) -> list[str]:
        policies = [
            policy for policy, each in POLICIES.items() if level == "multiplier" or _in_unit(each)
        ]
        return ["formats", "kinds", *policies, *_OF_LEVEL[level]]

    @cached_property
    def combinations(self) -> int:
        """Points before any is left out."""
        points = len(self.axes["technologies"]) * (1 + len(self.axes["clocks_ps"]))
        return points * sum(
            math.prod(len(self.axes[axis]) for axis in self._of_level(level))
            for level in self.axes["levels"]
        )

    def enumerated(self) -> Enumerated:
        """The designs, in the order of the lists; equal ones, as by a policy that is usual, once.

        Raises
        ------
        SpecificationError
            There is none.
        """
        found: dict[tuple[str, str], tuple[Specification, dict[float | None, None]]] = {}
        impossible: dict[str, int] = {}
        excluded = 0
        for chosen in self._combinations():
            points = [
                (technology, target)
                for technology, target in product(
                    self.axes["technologies"], (None, *self.axes["clocks_ps"])
                )
                if not self._is_excluded(
                    {**chosen, "technologies": technology, "clocks_ps": target}
                )
            ]
            excluded += len(self.axes["technologies"]) * (1 + len(self.axes["clocks_ps"]))
            excluded -= len(points)
            if not points:
                continue
            try:
                specification = _specification(chosen)
            except SpecificationError as error:
                impossible[str(error)] = impossible.get(str(error), 0) + 1
                continue
            for technology, target in points:
                key = specification.name, technology
                found.setdefault(key, (specification, {}))[1][target] = None
        if not found:
            why = next(iter(impossible), "everything is excluded")
            raise SpecificationError(f"the space is empty: {why}")
        return Enumerated(
            tuple(
                Candidate(specification, technology, tuple(targets))
                for (_, technology), (specification, targets) in found.items()
            ),
            excluded,
            impossible,
        )

    def _combinations(self) -> Iterator[dict[str, Any]]:
        for level in self.axes["levels"]:
            axes = self._of_level(level)
            for values in product(*(self.axes[axis] for axis in axes)):
                yield {"levels": level, **dict(zip(axes, values, strict=True))}

    def _is_excluded(self, chosen: Mapping[str, Any]) -> bool:
        return any(
            all(axis in chosen and chosen[axis] in values for axis, values in one.items())
            for one in self.excluded
        )


def _in_unit(policy: Any) -> bool:
    """Whether a policy means something in a unit, whose products are squeezed into no format."""
    return policy.part != "result" and policy.option != "guard"


def _check(axis: str, value: Any) -> None:
    """Refuse a value that no design can have.

    Raises
    ------
    SpecificationError
        It does not exist.
    """
    listed: Mapping[str, Sequence[str]] = {
        "levels": tuple(LEVELS),
        "kinds": (*KINDS, INTEGER_KIND),
        "dataflows": DATAFLOWS,
        **CHOICES,
    }
    if axis in listed and value is not None and value not in listed[axis]:
        raise unknown_choice(axis, value, listed[axis])
    if axis == "formats":
        format_named(str(value))
    if axis == "accumulators":
        accumulator_named(str(value))
    if axis == "technologies" and value not in BUILT_IN and not Path(str(value)).is_file():
        raise unknown_choice("technology", value, (*BUILT_IN, "the path of a Liberty file"))
    if axis == "shapes":
        _sides(value)
    if axis == "clocks_ps" and not (
        isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 1e6
    ):
        raise SpecificationError(f"clocks_ps {value!r} is not a number from 1 to 1000000")


def _sides(shape: Any) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,9})x(\d{1,9})", str(shape))
    if match is None:
        raise SpecificationError(f"shape {shape!r} is not ROWSxCOLS: expected one as '8x8'")
    return int(match[1]), int(match[2])


def _specification(chosen: Mapping[str, Any]) -> Specification:
    """The design of one combination; what its kind or accumulator has not is left out.

    Raises
    ------
    SpecificationError
        It cannot be.
    """
    level, kind = chosen["levels"], chosen["kinds"]
    if kind == INTEGER_KIND:
        if level == "multiplier":
            raise SpecificationError("int8 multipliers are measured in units alone")
        return _unit(level, IntegerMultiplier(kind), IntegerAccumulator(INTEGER_SUMS), chosen)
    policies = {
        policy: chosen[policy]
        for policy, each in POLICIES.items()
        if chosen.get(policy) is not None and (not each.kinds or kind in each.kinds)
    }
    multiplier = Multiplier(kind, chosen["formats"], **policies)
    if level == "multiplier":
        return multiplier
    accumulator = accumulator_named(chosen["accumulators"])
    if isinstance(accumulator, FloatAccumulator):
        accumulator = FloatAccumulator(
            accumulator.format, fused=accumulator.fused, latency=chosen["latencies"]
        )
    return _unit(level, multiplier, accumulator, chosen)


def _unit(level: str, multiplier: Any, accumulator: Any, chosen: Mapping[str, Any]) -> Any:
    if level == "mac":
        return Mac(multiplier, accumulator)
    lanes = {} if chosen["lanes"] is None else {"n" if level == "dot" else "lanes": chosen["lanes"]}
    if level == "dot":
        return DotProduct(multiplier, accumulator, **lanes)
    return SystolicArray(
        multiplier, accumulator, *_sides(chosen["shapes"]), chosen["dataflows"], **lanes
    )


EXCLUDE = "exclude"


def read_space(path: Path, levels: Sequence[str] = ()) -> Space:
    """The space in a TOML file.

    Parameters
    ----------
    levels
        Those of it that are wanted; all if empty.

    Raises
    ------
    SpecificationError
        No such space; the text is one line.
    OSError
        It cannot be read.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        # Of TOML, of UTF-8, or a number of thousands of digits.
        raise SpecificationError(f"{path} is no TOML: {error}") from None
    excluded = document.pop(EXCLUDE, [])
    if not isinstance(excluded, list) or not all(isinstance(each, dict) for each in excluded):
        raise SpecificationError(f"{path}: {EXCLUDE} is a table: expected [[{EXCLUDE}]] before it")
    try:
        axes = _lists(document)
        if levels:
            axes["levels"] = tuple(levels)
        return Space(axes, tuple(_lists(each) for each in excluded))
    except SpecificationError as error:
        raise SpecificationError(f"{path}: {error}") from None


def _lists(document: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    found = {}
    for axis, values in document.items():
        if axis not in USUAL:
            raise unknown_choice("axis", axis, (*USUAL, EXCLUDE))
        if isinstance(values, dict):
            raise SpecificationError(f"axis {axis} is a table: expected a list")
        found[axis] = tuple(values) if isinstance(values, list) else (values,)
    return found


def named_candidates(
    names: Sequence[str], technology: str, clocks_ps: Sequence[float]
) -> tuple[Candidate, ...]:
    """Designs by their names.

    Raises
    ------
    SpecificationError
        Not the name of one that is measured, or a technology or clock that does not exist.
    """
    _check("technologies", technology)
    for clock in clocks_ps:
        _check("clocks_ps", clock)
    return tuple(
        Candidate(specification_named(name), technology, (None, *clocks_ps)) for name in names
    )
