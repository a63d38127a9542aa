"""The units of a ledger: what a multiply-accumulate takes in each kind of arithmetic, measured."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated

from lmul_pe.model import (
    IntegerMultiplier,
    Multiplier,
    SpecificationError,
    SystolicArray,
    cycles,
    unit_named,
)
from lmul_pe.model.choices import unknown_choice
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import (
    best_mac,
    headline,
    is_like,
    main_saving,
    sums_in_float,
)
from lmul_pe.synth.results.record import Design, Report, Saving

from .memory import Traffic, traffic
from .operations import Product

SIDE = 8
"""Units in a row and in a column that share operands, where the unit is no array itself."""

BF16 = "bf16"
UNIT_FOR_UNIT = "conventional MAC"
"""What a dot-product unit is set against besides: a conventional multiply-accumulate of the format
that sums in a float format."""


@dataclass(frozen=True)
class Unit:
    """One kind of arithmetic, figures for one multiply-accumulate.

    Parameters
    ----------
    label
        ``L-Mul e4m3`` and the like.
    bits, sum_bits
        Of an operand, and of a result.
    clock_ps
        That its netlist was made for; None without a delay target.
    period_ps
        The clock by which it runs, and over which it leaks.
    multiplier_fj, rest_fj
        Of the multiplier's gates, and of all others, glitches included.
    command, measured_on, technology, workload
        Where the figures come from.
    """

    label: str
    design: str
    bits: int
    sum_bits: int
    clock_ps: Annotated[float, q.CLOCK] | None
    period_ps: Annotated[float, q.CLOCK]
    multiplier_fj: Annotated[float, q.GLITCH]
    rest_fj: Annotated[float, q.GLITCH]
    clock_fj: Annotated[float, q.CLOCK_ENERGY]
    leakage_fj: Annotated[float, q.LEAKAGE]
    command: str
    measured_on: str
    technology: str
    workload: str

    @property
    def total_fj(self) -> float:
        """All of it."""
        return self.multiplier_fj + self.rest_fj + self.clock_fj + self.leakage_fj

    @property
    def provenance(self) -> str:
        """Design, node, workload, clock, command and day."""
        made = f"made for {self.clock_ps:.0f} ps" if self.clock_ps else "no delay target"
        return (
            f"{self.design}, {self.technology}, workload {self.workload}, {made}, at "
            f"{self.period_ps:.0f} ps; `{self.command}`, {self.measured_on or 'undated'}"
        )

    @cached_property
    def _array(self) -> SystolicArray | None:
        unit = unit_named(self.design)
        return unit if isinstance(unit, SystolicArray) else None

    def traffic(self, product: Product) -> Traffic:
        """Codes that pass between the units and the buffer, for one multiply-accumulate."""
        array = self._array
        if array is not None:
            return traffic(array, product.m, product.k, product.n)
        across, down = -(-product.n // SIDE), -(-product.m // SIDE)
        return Traffic(across / product.n, down / product.m, 1 / product.k, 0.0)

    def utilisation(self, product: Product) -> float:
        """Share of cycles in which a unit has a product, by the cycle model; of units that are no
        array the share that padding leaves."""
        array = self._array
        if array is None:
            padded = -(-product.m // SIDE) * -(-product.n // SIDE) * SIDE * SIDE
            return product.m * product.n / padded
        if array.dataflow == "ws":
            # Without partial sums a product of this depth could not be computed at all.
            array = replace(array, partial=True)
        return cycles(array, product.m, product.k, product.n).utilisation


@dataclass(frozen=True)
class Comparison:
    """The units of a ledger: L-Mul, then what it is set against, the conventional one first."""

    lmul: Unit
    others: tuple[Unit, ...]

    @property
    def exact(self) -> Unit:
        """The same unit with conventional products."""
        return self.others[0]


def comparison(
    report: Report, read: Callable[[str], Report], name: str | None = None
) -> Comparison:
    """L-Mul beside conventional products in the same unit, int8 and bf16; a dot-product unit beside
    a multiply-accumulate, too.

    L-Mul and conventional are at the median of the clocks that both meet, where they have some.

    Parameters
    ----------
    read
        From a format to its report, for bf16.
    name
        Of a measured unit with L-Mul; None for the output-stationary array.

    Raises
    ------
    SpecificationError
        The report has no such unit, or no conventional one beside it.
    """
    saving = _saving(report, name)
    lmul, exact = report.pair(saving)
    clock_ps = headline(saving).clock_ps
    period = clock_ps or max(lmul.delay_ps, exact.delay_ps)
    others = [_unit(report, exact, f"conventional {report.format}", clock_ps, period)]
    mac = best_mac(report.units)
    if mac is not None and lmul.level == "dot" and not sums_in_float(lmul):
        others.append(_unit(report, mac, UNIT_FOR_UNIT, None, period))
    integer = _integer(report, lmul)
    if integer is not None:
        others.append(_unit(report, integer, "int8", None, period))
    if report.format != BF16:
        wide = read(BF16)
        beside = _beside(wide, lmul)
        if beside is not None:
            clock = headline(beside).clock_ps
            design = wide.pair(beside)[1]
            others.append(
                _unit(wide, design, f"conventional {BF16}", clock, clock or design.delay_ps)
            )
    return Comparison(
        _unit(report, lmul, lmul_label(report.format), clock_ps, period), tuple(others)
    )


def lmul_label(format: str) -> str:
    """What a ledger calls L-Mul's unit."""
    return f"L-Mul {format}"


def _saving(report: Report, name: str | None) -> Saving:
    found = {
        each.design: each for each in report.savings if each.level != "multiplier" and is_like(each)
    }
    if name is None:
        chosen = main_saving(report, "array")
        if chosen is None:
            raise SpecificationError(
                f"the report of {report.format} in {report.technology} has no array of L-Mul "
                f"beside a conventional one: `{report.command}` with LEVELS=array makes it"
            )
        return chosen
    if name not in found:
        raise unknown_choice("unit", name, found)
    return found[name]


def _integer(report: Report, like: Design) -> Design | None:
    """The int8 unit of the same level, size and dataflow."""
    return next(
        (
            each
            for each in report.units
            if each.kind == "int"
            and (each.level, each.operations_per_cycle) == (like.level, like.operations_per_cycle)
        ),
        None,
    )


def _beside(report: Report, like: Design) -> Saving | None:
    """Of another format the comparison in the same unit, or the one that stands for its level."""
    unit = unit_named(like.name)
    same = [
        each
        for each in report.savings
        if each.level == like.level and is_like(each) and _alike(unit_named(each.design), unit)
    ]
    return same[0] if same else main_saving(report, like.level)


def _alike(unit: object, other: object) -> bool:
    """Whether two units are one but for their multipliers; of another level fields are missing."""
    fields = ("accumulator", "n", "rows", "cols", "dataflow", "fold", "partial")
    return all(getattr(unit, name, None) == getattr(other, name, None) for name in fields)


def _unit(
    report: Report, design: Design, label: str, clock_ps: float | None, period_ps: float
) -> Unit:
    chosen = design.at(clock_ps)
    multiplier_fj = chosen.parts["multiplier"].glitch_fj
    leakage_fj = chosen.energy_fj.leakage
    if clock_ps is None:
        period_ps = max(period_ps, chosen.delay_ps)
        # Leakage is power: the report spreads it over the slowest design's clock.
        leakage_fj *= period_ps / report.assumptions.clock_ps
    spec = unit_named(design.name)
    assert not isinstance(spec, Multiplier | IntegerMultiplier)
    return Unit(
        label=label,
        design=design.name,
        bits=spec.operand_formats[0].width,
        sum_bits=spec.accumulator.result.width,
        clock_ps=clock_ps,
        period_ps=period_ps,
        multiplier_fj=multiplier_fj,
        rest_fj=chosen.energy_fj.glitch - multiplier_fj,
        clock_fj=chosen.energy_fj.clock,
        leakage_fj=leakage_fj,
        command=report.command,
        measured_on=report.measured_on,
        technology=report.technology,
        workload=chosen.workload,
    )
