"""What designs cost by the bits of their mantissa, as ``scaling.json`` holds it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from lmul_pe.synth.cells.technology import Technology

from . import quantities as q
from .growth import Growth, crossing, growth
from .making import build_name
from .quantities import Quantity
from .record import SCHEMA, Name, RecordFile, Strict
from .store import BUILD


@dataclass(frozen=True)
class ScalingPoint(Strict):
    """One design; of very wide multipliers the gates alone.

    Parameters
    ----------
    gates
        Two-input gates of no technology; of multipliers.
    energy_fj
        Of the netlist of least energy, with glitches, and of units with the clock.
    delay_ps
        Of the same netlist, which was made for no delay in particular.
    fastest_ps
        Of the fastest netlist; of multipliers.
    """

    mantissa_bits: int
    design: Name
    gates: Annotated[int, q.GENERIC_COUNT] | None = None
    gate_equivalents: Annotated[float, q.AREA] | None = None
    energy_fj: Annotated[float, q.CELLS_AND_CLOCK] | None = None
    delay_ps: Annotated[float, q.DELAY] | None = None
    fastest_ps: Annotated[float, q.SHORTEST_DELAY] | None = None


COSTS: Mapping[str, tuple[Quantity, Callable[[ScalingPoint], float | None]]] = {
    "gates": (q.GENERIC_COUNT, lambda point: point.gates),
    "area": (q.AREA, lambda point: point.gate_equivalents),
    "energy": (q.CELLS_AND_CLOCK, lambda point: point.energy_fj),
    "delay": (q.DELAY, lambda point: point.delay_ps),
    "fastest": (q.SHORTEST_DELAY, lambda point: point.fastest_ps),
}
"""What is fitted, by name, and where a point has it."""


@dataclass(frozen=True)
class ScalingLine(Strict):
    """Designs that differ in their mantissa alone, by its bits.

    Parameters
    ----------
    growth
        By the name of one of :data:`COSTS`, as far as the points have it.
    """

    level: Name
    kind: Name
    exponent_bits: int
    points: tuple[ScalingPoint, ...]
    growth: dict[str, Growth]

    def costs(self, name: str) -> tuple[tuple[int, float], ...]:
        """Mantissa bits and one of :data:`COSTS`, of the points that have it."""
        _, of = COSTS[name]
        found = ((point.mantissa_bits, of(point)) for point in self.points)
        return tuple((bits, cost) for bits, cost in found if cost is not None)


def scaling_line(
    level: str, kind: str, exponent_bits: int, points: Sequence[ScalingPoint]
) -> ScalingLine:
    """The line through ``points``, with its growth in every cost.

    Raises
    ------
    SpecificationError
        There are too few.
    """
    line = ScalingLine(level, kind, exponent_bits, tuple(points), {})
    found = {name: line.costs(name) for name in COSTS}
    return replace(
        line,
        growth={name: growth(*zip(*costs, strict=True)) for name, costs in found.items() if costs},
    )


@dataclass(frozen=True)
class Crossing:
    """From how many mantissa bits one line stays below another; None if it does not at the end."""

    line: ScalingLine
    other: ScalingLine
    cost: str
    mantissa_bits: float | None
    is_first: bool
    """Whether that is the narrowest mantissa that was measured, so that there is no crossing."""


@dataclass(frozen=True, kw_only=True)
class Scaling(Strict):
    """Everything that ``make scaling`` measured."""

    schema: Literal[4] = SCHEMA
    command: str
    technology: Name
    workload: str
    seed: int
    tools: dict[str, str]
    lines: tuple[ScalingLine, ...]

    def line(self, level: str, kind: str, exponent_bits: int) -> ScalingLine | None:
        """The line of one kind, if there is one."""
        return next(
            (
                each
                for each in self.lines
                if (each.level, each.kind, each.exponent_bits) == (level, kind, exponent_bits)
            ),
            None,
        )

    def crossings(self) -> tuple[Crossing, ...]:
        """Where L-Mul gets cheaper than the conventional design, in every cost that both have."""
        found = []
        for line in self.lines:
            other = self.line(line.level, "exact", line.exponent_bits)
            if line.kind != "lmul" or other is None:
                continue
            for cost in COSTS:
                own, beside = dict(line.costs(cost)), dict(other.costs(cost))
                widths = sorted(own.keys() & beside.keys())
                if widths:
                    at = crossing(
                        widths, [own[each] for each in widths], [beside[each] for each in widths]
                    )
                    found.append(Crossing(line, other, cost, at, at == widths[0]))
        return tuple(found)


SCALING = RecordFile(Scaling, "file of make scaling")
SCALING_FILE = "scaling.json"


def scaling_path(technology: Technology) -> Path:
    """The folder of ``scaling.json`` where none is named."""
    return BUILD / build_name("scaling", technology)
