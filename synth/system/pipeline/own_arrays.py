"""Profiles of measured arrays: stages of a model by voltage and frequency.

Delay and energy are measured at the voltage of the library.  Other voltages follow from laws, which
are assumptions and printed as such; or, with a library for each, they are measured, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lmul_pe.model import SpecificationError, SystolicArray
from lmul_pe.model.unit.cycles import cycles
from lmul_pe.synth.results.record import Report
from lmul_pe.synth.system.transformer import Transformer

from .products import instructed, split
from .profile import BACKWARD, FORWARD, Kind, Profile, Run

_FJ = 1e-15
_PS = 1e-12
_MHZ = 1e6
_DIGITS = 3
"""Of a frequency, behind the point: to a kilohertz."""


@dataclass(frozen=True)
class Laws:
    """How a circuit depends on its supply.

    Parameters
    ----------
    exponent
        Of the alpha-power law: delay goes with ``V / (V - Vt)^exponent``.  1.3 is for short
        channels, 2 for long ones (Sakurai and Newton, JSSC 25(2), 1990).
    threshold
        ``Vt`` in parts of the measured voltage.
    lowest
        Lowest voltage, in parts of the measured one.
    points
        Voltages from the measured one down to it, both included.
    """

    exponent: float = 1.3
    threshold: float = 0.35
    lowest: float = 0.7
    points: int = 16

    def __post_init__(self) -> None:
        if not 1 <= self.exponent <= 2:
            raise SpecificationError(
                f"exponent {self.exponent:g} of the alpha-power law: expected 1 to 2"
            )
        if not 0 < self.threshold < self.lowest <= 1:
            raise SpecificationError(
                f"threshold {self.threshold:g} and lowest voltage {self.lowest:g} in parts of the "
                "measured voltage: expected 0 < threshold < lowest <= 1"
            )
        if not 2 <= self.points <= 1000:
            raise SpecificationError(f"{self.points} voltages: expected 2 to 1000")

    @property
    def parts(self) -> tuple[float, ...]:
        """The voltages in parts of the measured one, the highest first."""
        step = (1 - self.lowest) / (self.points - 1)
        return tuple(1 - step * place for place in range(self.points))

    def slower(self, part: float) -> float:
        """By which factor the delay grows at a part of the measured voltage."""
        return part * ((1 - self.threshold) / (part - self.threshold)) ** self.exponent

    @property
    def stated(self) -> str:
        """The assumptions in words."""
        return (
            f"assumed: delay goes with V / (V - Vt)^{self.exponent:g} (alpha-power law), Vt is "
            f"{self.threshold:g} of the measured voltage; switching energy goes with V^2; the "
            "leakage current does not depend on V"
        )


@dataclass(frozen=True)
class OperatingPoint:
    """An array at one voltage and its highest frequency there.

    Parameters
    ----------
    mac_fj
        What a product and its addition switch, glitches included.
    clock_fj
        What the clock takes in a cycle, of the whole array.
    """

    voltage: float
    delay_ps: float
    mac_fj: float
    clock_fj: float
    leakage_w: float

    def at(self, part: float, laws: Laws) -> "OperatingPoint":
        """The same at a part of its voltage, by ``laws``."""
        return OperatingPoint(
            self.voltage * part,
            self.delay_ps * laws.slower(part),
            self.mac_fj * part**2,
            self.clock_fj * part**2,
            self.leakage_w * part,
        )

    def slowed(self, factor: float) -> "OperatingPoint":
        """The same at a lower frequency and the same voltage."""
        return OperatingPoint(
            self.voltage, self.delay_ps * factor, self.mac_fj, self.clock_fj, self.leakage_w
        )


def measured_point(report: Report, array: SystolicArray) -> OperatingPoint:
    """The array of least energy in a report of ``make array``.

    Raises
    ------
    SpecificationError
        The report is of other arrays.
    """
    design = report.design(array.name)
    if design is None:
        known = ", ".join(each.name for each in report.designs)
        raise SpecificationError(
            f"array {array.name} is not in the report of `{report.command}`: it has {known}"
        )
    units = design.operations_per_cycle
    energy, clock_ps = design.energy_fj, report.assumptions.clock_ps
    return OperatingPoint(
        report.assumptions.voltage,
        design.delay_ps,
        energy.glitch,
        energy.clock * units,
        energy.leakage * units * _FJ / (clock_ps * _PS),
    )


def operating_points(
    corners: Sequence[OperatingPoint], laws: Laws, fixed_voltage: bool = False
) -> list[OperatingPoint]:
    """The points of one array, the fastest first.

    Parameters
    ----------
    corners
        Measured, one for each library; with one alone, others follow from ``laws``.
    fixed_voltage
        The frequencies of ``laws`` at the measured voltage: what clock scaling alone does.
    """
    if len(corners) > 1:
        return sorted(corners, key=lambda each: each.delay_ps)
    (measured,) = corners
    if fixed_voltage:
        return [measured.slowed(laws.slower(part)) for part in laws.parts]
    return [measured.at(part, laws) for part in laws.parts]


class Work(NamedTuple):
    """What one instruction is for an array."""

    macs: int
    cycles: int


def arrays_work(
    model: Transformer, tokens: int, arrays: Sequence[SystolicArray]
) -> dict[Kind, Work]:
    """What each array has to do, with a stage of ``model`` on each.

    Parameters
    ----------
    tokens
        Of a microbatch.

    Raises
    ------
    SpecificationError
        More arrays than layers, or products that an array cannot compute.
    """
    work = {}
    for stage, (array, layers) in enumerate(zip(arrays, split(model, len(arrays)), strict=True)):
        head = stage == len(arrays) - 1
        for instruction in (FORWARD, BACKWARD):
            products = list(instructed(model, instruction, layers, tokens, head))
            work[Kind(stage, instruction)] = Work(
                sum(m * k * n * times for m, k, n, times in products),
                sum(cycles(array, m, k, n).total * times for m, k, n, times in products),
            )
    return work


def arrays_profile(
    name: str, work: Mapping[Kind, Work], points: Sequence[Sequence[OperatingPoint]]
) -> Profile:
    """The profile of arrays that do ``work``; frequencies in MHz.

    Parameters
    ----------
    name
        What messages call it.
    points
        The operating points of each stage's array.

    Raises
    ------
    SpecificationError
        Two points of a stage have one frequency.
    """
    runs = {}
    for kind, task in work.items():
        ran = tuple(_run(point, *task) for point in points[kind.stage])
        frequencies = [run.frequency for run in ran]
        for frequency in frequencies:
            if frequencies.count(frequency) > 1:
                raise SpecificationError(
                    f"{name}: {kind} at {frequency:g} MHz twice: expected another frequency at "
                    "each voltage"
                )
        runs[kind] = ran
    return Profile(name, runs)


def _run(point: OperatingPoint, macs: int, count: int) -> Run:
    time_s = count * point.delay_ps * _PS
    switched_j = (macs * point.mac_fj + count * point.clock_fj) * _FJ
    return Run(
        round(1 / (point.delay_ps * _PS) / _MHZ, _DIGITS),
        time_s,
        switched_j + point.leakage_w * time_s,
    )


def waiting_powers_w(points: Sequence[Sequence[OperatingPoint]]) -> tuple[float, ...]:
    """What each array takes while it waits: it leaks, at the voltage of its fastest point; its
    clock stands."""
    return tuple(each[0].leakage_w for each in points)
