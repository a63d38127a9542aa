"""The multipliers that a report compares, each with its hardware and its reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.export.verilog import component_of, rtlil_text
from lmul_pe.hw.multiplier.bare_adder import BareAdder
from lmul_pe.model import FloatFormat, Multiplier, format_named, multiplier_named
from lmul_pe.model.multiplier.vectors import check_pairs, is_exhaustive
from lmul_pe.synth.mapping.known import Subject
from lmul_pe.synth.mapping.recipes import (
    ADDERS_ONLY,
    SCRIPTS,
    SMALL_ARRAY_BITS,
    SMALL_ONLY,
    TIMED_RECIPES,
    WIDE_TIMED_RECIPES,
    WIDE_UNIT_RECIPES,
)
from lmul_pe.synth.workload.streams import Workload, operands

_ADDER = "adder_"

Pairs = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class MultiplierDesign:
    """A multiplier under measurement, with ports ``a``, ``b`` and ``y``.

    Parameters
    ----------
    name, kind, summary, subject
        As of every :class:`~.design.Design`.
    operand_bits
        Widths of ``a`` and of ``b``.
    rtlil
        From a choice of structure to the design as RTLIL text.
    structures, scripts
        Names of the structures and ABC scripts to try without a delay target.
    timed
        Name of each structure to try with one, to the scripts; nothing where none is.
    sets_clock
        Whether it is one of those whose fastest netlists decide at which clock all are compared.
    expected
        From operand codes to result codes, by the model.
    check
        Operand pairs on which the mapped netlist is checked: ``(count, seed)`` to pairs.
    stream
        Operand pairs of a workload: ``(workload, count, seed)`` to pairs.
    exhaustive
        Whether ``check`` gives every pair.
    compared
        As of every :class:`~.design.Design`.
    """

    name: str
    kind: str
    summary: str
    subject: Subject
    operand_bits: tuple[int, int]
    rtlil: Callable[[Architecture], str]
    structures: tuple[str, ...]
    scripts: tuple[str, ...]
    timed: Mapping[str, tuple[str, ...]]
    sets_clock: bool
    expected: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
    check: Callable[[int, int], Pairs]
    stream: Callable[[Workload, int, int], Pairs]
    exhaustive: bool
    compared: str = "multiplier"

    level: ClassVar[str] = "multiplier"
    operations: ClassVar[int] = 1
    usual: ClassVar[bool] = True

    @property
    def clocks(self) -> str:
        """Those of the multipliers that it is compared with."""
        return self.compared


def multiplier_structures(multiplier: Multiplier) -> tuple[str, ...]:
    """The structures that a multiplier is worth."""
    if multiplier.kind != "exact":
        return ("gates", "cells", "rows")
    if multiplier.mantissa_bits <= SMALL_ARRAY_BITS:
        return ("gates", "mixed", "cells")
    return ("cells", "booth8")


def _scripts(multiplier: Multiplier) -> tuple[str, ...]:
    small = multiplier.mantissa_bits <= SMALL_ARRAY_BITS
    left_out = ADDERS_ONLY if small else ADDERS_ONLY | SMALL_ONLY
    return tuple(script for script in SCRIPTS if script not in left_out)


def timed_recipes(
    multiplier: Multiplier, *, in_unit: bool = False
) -> Mapping[str, tuple[str, ...]]:
    """The scripts that a multiplier is worth when it is made for a delay, by structure."""
    if multiplier.kind != "exact" or multiplier.mantissa_bits <= SMALL_ARRAY_BITS:
        return TIMED_RECIPES
    return WIDE_UNIT_RECIPES if in_unit else WIDE_TIMED_RECIPES


def multiplier_design(multiplier: Multiplier, summary: str) -> MultiplierDesign:
    """A combinational multiplier."""
    return MultiplierDesign(
        name=multiplier.name,
        kind=multiplier.kind,
        summary=summary,
        subject=Subject.of(multiplier.family, multiplier.format),
        operand_bits=(multiplier.format.width, multiplier.format_b.width),
        rtlil=lambda architecture: rtlil_text(
            component_of(multiplier, architecture), multiplier.name
        ),
        structures=multiplier_structures(multiplier),
        scripts=_scripts(multiplier),
        timed={} if multiplier.subnormals == "gradual" else timed_recipes(multiplier),
        sets_clock=multiplier.name == Multiplier(multiplier.kind, multiplier.format).name,
        expected=multiplier.compute,
        check=lambda count, seed: check_pairs(multiplier, count, seed),
        stream=lambda workload, count, seed: operands(
            workload, multiplier.format, multiplier.format_b, count, seed
        ),
        exhaustive=is_exhaustive(multiplier),
    )


def adder_design(format: FloatFormat) -> MultiplierDesign:
    """The bare adder of the exponent and mantissa fields of ``format``, to compare with.

    Its operands are those of the multipliers, without their signs.
    """
    bits = format.magnitude_bits
    name = f"{_ADDER}{format.name}"
    mask = 2**bits - 1

    def fields(pairs: Pairs) -> Pairs:
        return pairs[0] & mask, pairs[1] & mask

    same = Multiplier("exact", format)
    return MultiplierDesign(
        name=name,
        kind="adder",
        summary=f"bare {bits} bit integer adder, without sign or special cases",
        subject=Subject.of("adder", format),
        operand_bits=(bits, bits),
        rtlil=lambda architecture: rtlil_text(BareAdder(bits, architecture), name),
        structures=("gates", "cells"),
        scripts=_scripts(same),
        timed=timed_recipes(Multiplier("lmul", format)),
        sets_clock=False,
        expected=lambda a, b: (a.astype(np.uint64) + b.astype(np.uint64)) & np.uint64(mask),
        check=lambda count, seed: fields(check_pairs(same, count, seed)),
        stream=lambda workload, count, seed: fields(
            operands(workload, format, format, count, seed)
        ),
        exhaustive=is_exhaustive(same),
    )


def multiplier_design_named(name: str) -> MultiplierDesign:
    """The multiplier or the bare adder called ``name``.

    Raises
    ------
    SpecificationError
        Not the name of one.
    """
    if name.startswith(_ADDER):
        return adder_design(format_named(name.removeprefix(_ADDER)))
    return multiplier_design(multiplier_named(name), name)


def ladder(format: FloatFormat) -> list[MultiplierDesign]:
    """The bare adder, and what one case after the other that L-Mul has to handle makes of it."""
    finite = replace(format, specials="finite")
    rungs = [
        (Multiplier("lmul", format, guard="raw"), "L-Mul, the sum alone"),
        (Multiplier("lmul", format, guard="zero"), "L-Mul, with zero"),
        (Multiplier("lmul", finite), "L-Mul, with zero and range, every code a number"),
        (Multiplier("lmul", format), "L-Mul, every special case, flush"),
    ]
    # A format that has numbers alone has no last step.
    if finite == format:
        del rungs[2]
    return [adder_design(format), *(multiplier_design(*rung) for rung in rungs)]


def multiplier_level(format: FloatFormat) -> list[MultiplierDesign]:
    """What the report compares at the level of one multiplier."""
    return [
        *ladder(format),
        multiplier_design(
            Multiplier("lmul", format, subnormals="gradual"), "L-Mul, gradual underflow"
        ),
        multiplier_design(Multiplier("exact", format), "conventional, flush"),
        multiplier_design(
            Multiplier("exact", format, subnormals="gradual"), "conventional, gradual underflow"
        ),
    ]
