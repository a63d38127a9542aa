"""One point of a sweep: a design at a clock, what it costs, how wrong it is, where that is from."""

import hashlib
import json
import shlex
from dataclasses import dataclass, replace
from functools import cache

from lmul_pe.model.command.unit_options import stated_options, verilog_command
from lmul_pe.model.unit.names import specification_named
from lmul_pe.synth.cells.library import BUILT_IN
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.results.record import RecordFile, Strict
from lmul_pe.synth.results.store import inputs_digest
from lmul_pe.synth.workload.settings import Settings

VERSION = 1
"""Of the files of a store; it rises when a field goes or changes its meaning."""


@dataclass(frozen=True, kw_only=True)
class Point(Strict):
    """A design, measured for one clock or without a delay target.

    Figures are those of the netlist of least energy, as in ``make synth``; None where no netlist
    meets the clock.  An operation is a multiplication, or a multiply-accumulate of a unit.

    Parameters
    ----------
    key
        What it was made from, as a digest: equal for equal points, whoever measured them.
    multiplier, accumulator
        Their names; the latter empty at the level of multipliers.
    lanes, shape, dataflow
        Products a cycle; rows and columns of an array, and how it works.
    target_ps
        The clock for which it was made; None without one.
    clock_ps
        The smallest that the netlist meets, with registers around a multiplier.
    energy_fj
        Of an operation: with glitches, and of units the clock and leakage, by ``target_ps`` or
        else ``clock_ps``.  Registers around a multiplier are not in it.
    area_um2, least_area_um2
        Of that netlist and of the smallest one, both by products a cycle.
    mean_error
        Mean relative error of a product of uniform mantissas; the products of conventional units
        are exact.
    sum_error
        Of units: root of the mean square of sums of 64 products of normal operands, rounded to
        the format, less the real ones, by that of the real ones.
    source, tools, measured_on, seconds
        Digest of the source that decides the figures, the tools' versions, the day, and how long
        it took.
    """

    version: int = VERSION
    key: str
    design: str
    level: str
    kind: str
    format: str
    multiplier: str
    accumulator: str
    lanes: int
    shape: str
    dataflow: str
    technology: str
    target_ps: float | None
    effort: str
    clock_ps: float | None
    energy_fj: float | None
    functional_fj: float | None
    glitch_fj: float | None
    clock_fj: float | None
    leakage_fj: float | None
    area_um2: float | None
    least_area_um2: float | None
    gate_equivalents: float | None
    delay_ps: float | None
    mean_error: float
    sum_error: float | None
    recipe: str
    products_checked: int
    source: str
    tools: str
    measured_on: str
    seconds: float

    @property
    def meets(self) -> bool:
        """Whether a netlist meets the clock."""
        return self.energy_fj is not None

    @property
    def clock_ghz(self) -> float:
        """The fastest clock at which the figures hold."""
        clock_ps = self.target_ps or self.clock_ps
        return 1000 / clock_ps if clock_ps and self.meets else 0.0

    @property
    def figures(self) -> "Point":
        """The same whenever it was made and however long it took."""
        return replace(self, measured_on="", seconds=0.0)

    @property
    def command(self) -> str:
        """What measures it again."""
        words = ["make", "sweep", f"DESIGNS={self.design}"]
        if self.technology != BUILT_IN[0]:
            words.append(f"TECH={self.technology}")
        if self.target_ps is not None:
            words.append(f"CLOCKS_PS={self.target_ps:g}")
        if self.effort != "quick":
            words.append(f"EFFORT={self.effort}")
        return shlex.join(words)

    @property
    def verilog(self) -> str:
        """What writes the design as Verilog."""
        return verilog_command(stated_options(specification_named(self.design)))


POINT = RecordFile(Point, "point of a sweep")


@cache
def source() -> str:
    """Digest of the source and the tools that decide what a point is."""
    return inputs_digest({"tools": tool_versions()}, "synth/sweep/measuring.py")


def settings_of(target_ps: float | None, effort: str) -> Settings:
    """Under which a point is measured."""
    return Settings(clock_ps=target_ps, effort=effort)


def key_of(name: str, technology: str, target_ps: float | None, effort: str) -> str:
    """The key of a point.

    Parameters
    ----------
    technology
        Its digest.
    """
    decides = [VERSION, source(), name, technology, settings_of(target_ps, effort).stated]
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()
