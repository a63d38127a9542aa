"""The units that a report compares: multiply-accumulate, dot product, systolic array."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, TypeGuard

from lmul_pe.model import (
    Accumulator,
    AlignedAccumulator,
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    FloatFormat,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    WindowAccumulator,
)
from lmul_pe.model.accumulator.window import SLOT_BITS
from lmul_pe.model.multiplier.kinds import COMPARED
from lmul_pe.synth.mapping.known import Subject
from lmul_pe.synth.mapping.recipes import PREFIX_SCRIPTS

from .design import LeftOut
from .multipliers import multiplier_structures, timed_recipes

Unit: TypeAlias = Mac | DotProduct | SystolicArray

DOT_WIDTH = 4
ARRAY_SIDE = 8
EXACT_WIDTH = 16
"""Elements of a dot product whose sums are exact, or in an anchored window."""
EXACT_STRUCTURES = ("gates", "sklansky", "tree", "cells")
"""Structures of a product that goes straight into a tree, which a prefix network's early sum bits
spare glitches."""
MAC_CLOCKS = f"multiply-accumulate with {FloatAccumulator().name} sums"
"""What sets the clocks of dot products whose sums are exact or in an anchored window: the unit that
they stand for."""
WINDOW = FixedAccumulator(msb=40, lsb=-40)
"""The fixed-point register where an exact one would be absurd: sums of normal numbers fit, and what
is dropped is small beside them."""


def adds_once(unit: Unit) -> TypeGuard[DotProduct]:
    """Whether it is a dot product that adds all products of a beat to one number, in columns."""
    return isinstance(unit, DotProduct) and unit.adds_once


@dataclass(frozen=True)
class UnitDesign:
    """A unit under measurement, with the ports of its export.

    Parameters
    ----------
    unit
        Its specification.
    summary
        What it is, for the report.
    compared
        What the units have in common that are compared with each other.
    level
        Of the report.
    clocks
        As of every :class:`~.design.Design`.
    """

    unit: Unit
    summary: str
    compared: str
    level: str
    clocks: str = ""

    @property
    def name(self) -> str:
        return self.unit.name

    @property
    def kind(self) -> str:
        return self.unit.multiplier.kind

    @property
    def subject(self) -> Subject:
        """What its recipes depend on; arrays of every size are alike."""
        return Subject.of(self.unit.family, self.unit.multiplier.format)

    @property
    def structures(self) -> tuple[str, ...]:
        """The structures to try, those of its multiplier but for what makes the same adders."""
        multiplier = self.unit.multiplier
        if isinstance(multiplier, IntegerMultiplier):
            return ("gates", "cells")
        if adds_once(self.unit) or (isinstance(self.unit, SystolicArray) and self.unit.lanes > 1):
            return EXACT_STRUCTURES
        # No L-Mul in a unit tests its sum.
        return tuple(
            each for each in multiplier_structures(multiplier) if each not in ("mixed", "rows")
        )

    @property
    def timed(self) -> dict[str, tuple[str, ...]]:
        """The structures to try with a delay target, and the scripts of its multiplier in each."""
        multiplier = self.unit.multiplier
        if isinstance(multiplier, IntegerMultiplier):
            return {"sklansky": PREFIX_SCRIPTS}
        recipes = timed_recipes(multiplier, in_unit=True)
        # Prefix networks: ripples are never quick.
        return {name: scripts for name, scripts in recipes.items() if name not in ("gates", "rows")}

    @property
    def timed_adders(self) -> tuple[str, ...]:
        """The structures of adders to try with a delay target, whatever the multipliers are.

        Without full-adder cells, by prefix networks where sums are recoded, otherwise as the
        synthesis tool builds its operators, for both kinds alike; trees of units that hold their
        products for the sake of a clock are balanced.
        """
        if isinstance(self.unit, DotProduct) and self.unit.held_cycles:
            return "balanced", "sklansky"
        return "sklansky", "brent_kung"

    @property
    def usual(self) -> bool:
        """Whether every report of its level has it: not the one with aligned sums, of few lanes,
        or with products in registers."""
        unit = self.unit
        if isinstance(unit, DotProduct) and (unit.n < EXACT_WIDTH or unit.held_cycles):
            return False
        return not isinstance(unit.accumulator, AlignedAccumulator)

    @property
    def without_clocks(self) -> "UnitDesign":
        """The same, measured without a delay target alone."""
        return replace(self, clocks="")

    @property
    def operations(self) -> int:
        """Multiply-accumulates in a cycle."""
        return self.unit.products_per_cycle


def unit_design(unit: Unit, level: str | None = None) -> UnitDesign:
    """The unit and what is said about it.

    Parameters
    ----------
    level
        At which it is compared; by default the one that units of its class have.
    """
    accumulator = unit.accumulator
    with_sums = f"with {accumulator.name} sums"
    in_float = isinstance(accumulator, FloatAccumulator)
    if isinstance(accumulator, FloatAccumulator):
        sums = f"added in {accumulator.format.name}"
    elif isinstance(accumulator, FixedAccumulator):
        assert isinstance(unit.multiplier, Multiplier)
        register = accumulator.register(unit.multiplier)
        window = ""
        with_sums = "with fixed-point sums"
        if accumulator.msb is not None:
            with_sums += " in a window"
            window = f", a window of 2^{register.msb} to 2^{register.lsb}"
        sums = f"added in {register.width} bit fixed point{window}, rounded once"
    elif isinstance(accumulator, AlignedAccumulator):
        sums = f"aligned to the largest exponent, {accumulator.guard_bits} guard bits, rounded once"
    elif isinstance(accumulator, WindowAccumulator):
        assert isinstance(unit.multiplier, Multiplier)
        with_sums = "with sums in an anchored window"
        slots = accumulator.window(unit.multiplier).slots
        sums = f"added in {slots * SLOT_BITS} bits below the largest product, rounded once"
    else:
        sums = f"added in {accumulator.format.name}"
    products = {
        "lmul": "L-Mul",
        "table": "corrected L-Mul",
        "exact": "conventional",
        "int": "integer",
    }[unit.multiplier.kind]
    if isinstance(unit, SystolicArray):
        flow = {"os": "output stationary", "ws": "weight stationary"}[unit.dataflow]
        fold = ", offset folded into the weights" if unit.fold else ""
        size = f"{unit.rows} x {unit.cols}"
        if unit.lanes > 1:
            products = f"{unit.lanes} {products}"
            with_sums = f"of {unit.lanes} lanes {with_sums}"
        compared = f"{flow} {size} array {with_sums}"
        return UnitDesign(
            unit,
            f"{size} array, {flow}: {products} products {sums}{fold}",
            compared,
            level or "array",
            compared if in_float and unit.dataflow == "os" else "",
        )
    if isinstance(unit, DotProduct):
        held = ""
        if unit.held_cycles:
            of_all = "" if unit.is_exact else "their sum "
            with_sums += f", {of_all or 'products '}in registers"
            held = f"{of_all}held in registers, "
        return UnitDesign(
            unit,
            f"{unit.n} {products} products a cycle, {held}{sums}",
            f"dot product of {unit.n} {with_sums}",
            level or "dot",
            MAC_CLOCKS if adds_once(unit) and unit.n >= EXACT_WIDTH else "",
        )
    compared = f"multiply-accumulate {with_sums}"
    return UnitDesign(
        unit,
        f"{products} product, {sums}",
        compared,
        level or "mac",
        compared if in_float else "",
    )


def _fixed(format: FloatFormat) -> FixedAccumulator:
    """An exact register where that of both kinds can be built, or the window."""
    try:
        for kind in COMPARED:
            Mac(Multiplier(kind, format), FixedAccumulator())
    except SpecificationError:
        return WINDOW
    return FixedAccumulator()


def _at_once(format: FloatFormat) -> FixedAccumulator | WindowAccumulator:
    """An exact register or, where that would be absurd, an anchored window."""
    return WindowAccumulator() if _fixed(format) == WINDOW else FixedAccumulator()


Wanted: TypeAlias = list[Callable[[], Unit]]
"""Units to be made, as far as a format can have them."""


def unit_level(level: str, wanted: Wanted) -> tuple[list[UnitDesign], list[LeftOut]]:
    """The units of ``level``, and the reasons for those that cannot be, each said once."""
    designs: list[UnitDesign] = []
    left_out: list[LeftOut] = []
    for make in wanted:
        try:
            designs.append(unit_design(make(), level))
        except SpecificationError as error:
            reason = LeftOut(level, str(error))
            if reason not in left_out:
                left_out.append(reason)
    return designs, left_out


def macs(format: FloatFormat) -> Wanted:
    """Multiply-accumulate units with every accumulator, and int8."""
    sums = (FloatAccumulator(), _fixed(format), AlignedAccumulator())
    return [
        *(partial(Mac, multiplier, each) for each in sums for multiplier in _multipliers(format)),
        partial(Mac, *_INTEGERS),
    ]


def dot_products(format: FloatFormat) -> Wanted:
    """Dot products of :data:`DOT_WIDTH` elements, wider ones with exact sums or, where those would
    be absurd, in an anchored window, and int8."""
    sums: list[tuple[Accumulator, int]] = [
        (FloatAccumulator(), DOT_WIDTH),
        (AlignedAccumulator(), DOT_WIDTH),
    ]
    sums.append((_at_once(format), EXACT_WIDTH))
    return [
        *(
            partial(DotProduct, multiplier, accumulator, width)
            for accumulator, width in sums
            for multiplier in _multipliers(format)
        ),
        *(partial(DotProduct, *_INTEGERS, width) for width in (DOT_WIDTH, EXACT_WIDTH)),
    ]


def held_dot_products(format: FloatFormat) -> Wanted:
    """Of :func:`dot_products` those with exact sums or in a window, with more registers."""
    return [
        partial(DotProduct, Multiplier(kind, format, latency=1), _at_once(format), EXACT_WIDTH)
        for kind in COMPARED
    ]


def arrays(format: FloatFormat) -> Wanted:
    """Systolic arrays of both dataflows, and int8."""
    lmul, exact = _multipliers(format)
    side, sums = (ARRAY_SIDE, ARRAY_SIDE), FloatAccumulator()
    return [
        partial(SystolicArray, lmul, sums, *side),
        partial(SystolicArray, exact, sums, *side),
        partial(SystolicArray, *_INTEGERS, *side),
        partial(SystolicArray, lmul, sums, *side, "ws"),
        partial(SystolicArray, lmul, sums, *side, "ws", fold="weight"),
        partial(SystolicArray, exact, sums, *side, "ws"),
    ]


_INTEGERS = (IntegerMultiplier("int8"), IntegerAccumulator("int32"))


def _multipliers(format: FloatFormat) -> list[Multiplier]:
    return [Multiplier(kind, format) for kind in COMPARED]
