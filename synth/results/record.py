"""What was measured, as typed records, and as ``report.json`` holds them.

JSON becomes records here and nowhere else.  The JSON Schema in ``report.schema.json`` is made from
these classes (``python -m lmul_pe.synth.results.record``).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from lmul_pe.model import SpecificationError
from lmul_pe.model.accuracy.product import ProductError
from lmul_pe.synth.design.design import LeftOut
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from . import quantities as q

SCHEMA: Literal[4] = 4
"""Version of the report's schema; docs/interfaces.md says what changed with each."""

_STRICT = ConfigDict(extra="forbid", json_schema_serialization_defaults_required=True)
Name = Annotated[str, Field(min_length=1)]


class Strict:
    """A record without fields that nobody knows."""

    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class Step(Strict):
    """One cell of a critical path, and when its output settles."""

    instance: str
    cell: str
    pin: str
    time_ps: Annotated[float, q.DELAY]


@dataclass(frozen=True)
class Energy(Strict):
    """Energy of one operation on the default workload; of combinational logic without a clock."""

    functional: Annotated[float, q.FUNCTIONAL]
    glitch: Annotated[float, q.GLITCH]
    leakage: Annotated[float, q.LEAKAGE]
    clock: Annotated[float, q.CLOCK_ENERGY] = 0.0


@dataclass(frozen=True)
class WorkloadEnergy(Strict):
    """Energy of one operation on one workload, and how far sampling leaves it open."""

    functional: Annotated[float, q.FUNCTIONAL]
    switching: Annotated[float, q.SWITCHING]
    internal: Annotated[float, q.INTERNAL]
    uncertainty: Annotated[float, q.UNCERTAINTY]
    glitch: Annotated[float, q.GLITCH]
    glitch_uncertainty: Annotated[float, q.GLITCH_UNCERTAINTY]


@dataclass(frozen=True)
class Part(Strict):
    """A part of a unit: area of all of it, energy of one operation."""

    area_um2: Annotated[float, q.AREA_UM2]
    functional_fj: Annotated[float, q.FUNCTIONAL]
    glitch_fj: Annotated[float, q.GLITCH]
    clock_fj: Annotated[float, q.CLOCK_ENERGY]


@dataclass(frozen=True, kw_only=True)
class Figures(Strict):
    """One netlist of a design.

    Parameters
    ----------
    recipe
        What made it; of a unit, by block.
    netlist
        Its file, beside the report.
    smallest_clock_ps
        With registers at all ports; None of units, whose registers are their own.
    parts
        Of units.
    """

    recipe: str
    netlist: Annotated[str, Field(pattern=r"^[\w.]+\.v$")]
    workload: str
    gate_equivalents: Annotated[float, q.AREA]
    area_um2: Annotated[float, q.AREA_UM2]
    cells: dict[str, Annotated[int, q.CELLS]]
    delay_ps: Annotated[float, q.DELAY]
    critical_path: tuple[Step, ...]
    smallest_clock_ps: Annotated[float, q.OWN_CLOCK] | None = None
    energy_fj: Energy
    energy_by_workload: dict[str, WorkloadEnergy]
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def interval(self) -> WorkloadEnergy:
        """The default workload's energies, with their intervals."""
        return self.energy_by_workload[self.workload]

    @property
    def registers_fj(self) -> float:
        """Energy of registers that stand around the design and are no part of it."""
        return 0.0

    def total_fj(self, workload: str = DEFAULT_WORKLOAD) -> float:
        """Energy with glitches, clock, leakage and the registers around.

        Clock, leakage and registers are those of the default workload.
        """
        glitch = self.energy_by_workload[workload].glitch
        return glitch + self.energy_fj.clock + self.energy_fj.leakage + self.registers_fj

    def spent(self) -> dict[str, float]:
        """Energy of a unit by part, glitches included, then clock and leakage, in fJ."""
        spent = {name: part.glitch_fj for name, part in self.parts.items()}
        spent["clock"] = self.energy_fj.clock
        spent["leakage"] = self.energy_fj.leakage
        return spent


@dataclass(frozen=True)
class Ratios(Strict):
    """Times the bare adder."""

    area: Annotated[float, q.AREA_RATIO]
    energy: Annotated[float, q.FUNCTIONAL_RATIO]
    glitch: Annotated[float, q.GLITCH_RATIO]


@dataclass(frozen=True)
class Registers(Strict):
    """A flip-flop at every bit of a multiplier's ports: the same on both sides of a comparison."""

    bits: Annotated[int, q.REGISTER_BITS]
    area_um2: Annotated[float, q.AREA_UM2]
    gate_equivalents: Annotated[float, q.AREA]
    clock_fj: Annotated[float, q.CLOCK_ENERGY]
    data_fj: Annotated[float, q.REGISTER_DATA]
    leakage_fj: Annotated[float, q.LEAKAGE]


@dataclass(frozen=True, kw_only=True)
class Chosen(Figures):
    """The netlist of least energy, and beside it the smallest one."""

    least_area: Figures


@dataclass(frozen=True, kw_only=True)
class Point(Chosen):
    """The best netlists at one clock; ``registers`` and ``over_adder`` are of multipliers."""

    clock_ps: Annotated[float, q.CLOCK]
    over_adder: Ratios | None = None
    registers: Registers | None = None

    @property
    def registers_fj(self) -> float:
        around = self.registers
        return around.clock_fj + around.data_fj + around.leakage_fj if around else 0.0


@dataclass(frozen=True)
class GenericGates(Strict):
    """A netlist of two-input gates, without a technology."""

    cells: dict[str, Annotated[int, q.CELLS]]
    gate_equivalents: Annotated[float, q.GENERIC_AREA]
    depth: Annotated[int, q.DEPTH]


@dataclass(frozen=True)
class Checked(Strict):
    """Against how much of the model a design's netlists were compared, without a difference."""

    pairs: Annotated[int, q.CHECKED]
    every_pair: bool
    mismatches: Literal[0] = 0


@dataclass(frozen=True, kw_only=True)
class Design(Chosen):
    """One design: its best netlists without a delay target, and at equal clocks.

    Parameters
    ----------
    compared
        What units that are compared with each other have in common; empty of multipliers.
    given_up
        Recipes for which the synthesis tool made no netlist.
    generic, over_adder
        Of multipliers.
    fastest_ps
        Of what is measured at equal clocks.
    """

    name: Name
    level: str
    kind: str
    summary: str
    compared: str = ""
    operations_per_cycle: int = 1
    iso_delay: tuple[Point, ...] = ()
    over_adder: Ratios | None = None
    fastest_ps: Annotated[float, q.FASTEST] | None = None
    given_up: tuple[str, ...] = ()
    generic: GenericGates | None = None
    checked: Checked

    def at(self, clock_ps: float | None) -> Chosen:
        """Its netlists at one of its clocks, or without a delay target for None."""
        if clock_ps is None:
            return self
        return next(point for point in self.iso_delay if point.clock_ps == clock_ps)


@dataclass(frozen=True)
class Saved(Strict):
    """What one design saves over another, in percent; negative where it spends more.

    Parameters
    ----------
    clock_ps
        That both meet; None without a delay target.
    total_percent
        At an equal clock with the registers around multipliers.
    """

    clock_ps: Annotated[float, q.CLOCK] | None
    workload: str
    area_percent: Annotated[float, q.SAVED_AREA]
    delay_percent: Annotated[float, q.SAVED_DELAY]
    functional_percent: Annotated[float, q.SAVED_FUNCTIONAL]
    glitch_percent: Annotated[float, q.SAVED_ENERGY]
    total_percent: Annotated[float, q.SAVED_TOTAL]


@dataclass(frozen=True)
class Saving(Strict):
    """One design instead of another: what is saved at each clock, on each workload.

    ``saved`` begins with the smallest equal clock, where there is one, and ends without a delay
    target; within each the default workload is first.
    """

    level: str
    design: Name
    baseline: Name
    meaning: str
    saved: tuple[Saved, ...]

    def on(self, workload: str = DEFAULT_WORKLOAD) -> tuple[Saved, ...]:
        """Of one workload, by clock."""
        return tuple(each for each in self.saved if each.workload == workload)

    @property
    def free(self) -> Saved:
        """Without a delay target."""
        return self.on()[-1]

    @property
    def equal(self) -> tuple[Saved, ...]:
        """At equal clocks, the smallest first."""
        return tuple(each for each in self.on() if each.clock_ps is not None)


@dataclass(frozen=True)
class SeedSaved(Strict):
    """What one design saves over another on operands of one seed: medians over the equal clocks
    that a headline rests on.

    The netlists are those that were chosen by the operands of the report's own seed.
    """

    level: str
    design: Name
    baseline: Name
    seed: int
    glitch_percent: Annotated[float, q.SAVED_ENERGY]
    total_percent: Annotated[float, q.SAVED_TOTAL]


@dataclass(frozen=True)
class Sensitivity(Strict):
    """A multiplier at one wire load per driven pin and one input slew."""

    design: Name
    wire_ff: Annotated[float, q.WIRE_LOAD]
    input_slew_ps: Annotated[float, q.SLEW]
    functional_fj: Annotated[float, q.FUNCTIONAL]
    glitch_fj: Annotated[float, q.GLITCH]
    delay_ps: Annotated[float, q.DELAY]


@dataclass(frozen=True)
class Cycles(Strict):
    """Cycles of one matrix product in an array, by the closed formula."""

    design: Name
    m: int
    k: int
    n: int
    cycles: Annotated[int, q.CYCLES]
    utilisation: Annotated[float, q.UTILISATION]


@dataclass(frozen=True)
class Ungated(Strict):
    """A unit without clock gates: energy of its netlist of least energy, area of its smallest."""

    design: Name
    energy_fj: Energy
    gate_equivalents: Annotated[float, q.AREA]

    @property
    def total_fj(self) -> float:
        """Energy with glitches, clock and leakage."""
        return self.energy_fj.glitch + self.energy_fj.clock + self.energy_fj.leakage


@dataclass(frozen=True)
class Library(Strict):
    """The cells of the technology; ``node_nm`` is None where its library does not say."""

    node_nm: Annotated[float, q.NODE] | None
    source: str
    gate_equivalent_um2: Annotated[float, q.AREA_UM2]
    gate_equivalent_cell: str


@dataclass(frozen=True)
class Assumptions(Strict):
    """What the figures depend on; ``workloads`` says what each is."""

    voltage: Annotated[float, q.VOLTAGE]
    temperature: Annotated[float, q.TEMPERATURE]
    wire_ff_per_fanout: Annotated[float, q.WIRE_LOAD]
    clock_ps: Annotated[float, q.CLOCK]
    input_slew_ps: Annotated[float, q.SLEW]
    pairs_per_workload: int
    workloads: dict[str, str]
    delay_target: str
    units: str


@dataclass(frozen=True)
class Recipes(Strict):
    """What was tried, in words, and each script of the synthesis tool by its name."""

    tried: str
    structures: tuple[str, ...]
    scripts: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Report(Strict):
    """Everything that was measured of one format in one technology, or of one array.

    Parameters
    ----------
    format
        Of the operands.
    command
        What makes it again.
    measured_on
        The day, as ``2026-11-28`` in UTC; empty in reports older than this field.
    ladder
        Names of designs: the bare adder, then one special case more in each, up to L-Mul.
    errors
        Of products, by kind.
    cycles
        Where the report is of an array.
    without_clock_gates
        What units take without, where those of the report have clock gates.
    seeds
        Where every recipe was tried: the headlines on operands of several seeds, by level, the
        report's own seed first.
    """

    schema: Literal[4] = SCHEMA
    command: str
    format: Name
    technology: Name
    library: Library
    tools: dict[str, str]
    seed: int
    assumptions: Assumptions
    recipes: Recipes
    designs: Annotated[tuple[Design, ...], Field(min_length=1)]
    savings: tuple[Saving, ...]
    measured_on: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    ladder: tuple[str, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    errors: dict[str, ProductError] = field(default_factory=dict)
    cycles: tuple[Cycles, ...] = ()
    without_clock_gates: tuple[Ungated, ...] = ()
    seeds: tuple[SeedSaved, ...] = ()

    def design(self, name: str) -> Design | None:
        """The design of that name, if there is one."""
        return next((each for each in self.designs if each.name == name), None)

    def pair(self, saving: Saving) -> tuple[Design, Design]:
        """The two designs of a saving."""
        own, other = self.design(saving.design), self.design(saving.baseline)
        assert own is not None
        assert other is not None
        return own, other

    @property
    def units(self) -> tuple[Design, ...]:
        """The designs that sum products."""
        return tuple(each for each in self.designs if each.parts)

    @property
    def multipliers(self) -> tuple[Design, ...]:
        """The designs that are a multiplier, or the bare adder."""
        return tuple(each for each in self.designs if not each.parts)

    @property
    def rungs(self) -> tuple[Design, ...]:
        """The designs of the ladder."""
        return tuple(design for name in self.ladder if (design := self.design(name)))


@dataclass(frozen=True)
class CurvePoint(Strict):
    """A design at one clock: area and delay of its smallest netlist, energy of the least one."""

    clock_ps: Annotated[float, q.CLOCK]
    delay_ps: Annotated[float, q.DELAY]
    gate_equivalents: Annotated[float, q.AREA]
    area_um2: Annotated[float, q.AREA_UM2]
    functional_fj: Annotated[float, q.FUNCTIONAL]
    glitch_fj: Annotated[float, q.GLITCH]
    leakage_nw: Annotated[float, q.LEAKAGE_POWER]
    recipe: str


@dataclass(frozen=True)
class Curve(Strict):
    """One design over a range of clocks."""

    name: Name
    kind: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, kw_only=True)
class Curves(Strict):
    """The multipliers of a format over a range of clocks; ``inputs`` is what they are made from."""

    schema: Literal[4] = SCHEMA
    inputs: str
    format: Name
    technology: Name
    workload: str
    command: str
    designs: tuple[Curve, ...]


RecordT = TypeVar("RecordT")


class RecordFile(Generic[RecordT]):
    """How records of one class stand in JSON files."""

    def __init__(self, kind: type[RecordT], what: str):
        self._adapter: TypeAdapter[RecordT] = TypeAdapter(kind)
        self._what = what

    def text(self, record: RecordT) -> bytes:
        """The file that holds ``record``."""
        content = self._adapter.dump_python(record, mode="json", by_alias=True)
        return json.dumps(content, indent=1, allow_nan=False).encode() + b"\n"

    def read(self, path: Path, command: str) -> RecordT:
        """The record in ``path``.

        Raises
        ------
        SpecificationError
            Something else is there; the text names ``command``, which makes the file again.
        OSError
            It cannot be read.
        """
        try:
            return self._adapter.validate_json(path.read_bytes(), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            why = f"{where}: {first['msg']}" if where else first["msg"]
            raise SpecificationError(
                f"{path} is no {self._what} of this version: {why}; `{command}` makes it again"
            ) from None

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **self._adapter.json_schema(mode="serialization"),
        }


REPORT = RecordFile(Report, "report")
CURVES = RecordFile(Curves, "file of curves")
SCHEMA_FILE = Path(__file__).with_name("report.schema.json")


def schema_text() -> str:
    """What ``report.schema.json`` holds."""
    return json.dumps(REPORT.schema(), indent=1) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
