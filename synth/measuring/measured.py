"""What was measured of a design, whatever its level."""

from collections.abc import Mapping
from dataclasses import dataclass

from lmul_pe.synth.design.design import Design
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import CriticalPath

from .cost import Cost
from .registered import Registers


@dataclass(frozen=True)
class Figures:
    """What one netlist of a design gave.

    Parameters
    ----------
    recipe
        How it was made; of a unit, the recipe of each block.
    choice
        Module to its recipe.
    verilog
        The netlist as text.
    netlist
        The netlist, where it is flat; None of an array, which has one for each block.
    cells
        How many there are of each type.
    path
        The slowest path; of an array, that of any of its blocks.
    costs
        By workload, the default one first.  Energies are those of one operation; area and leakage
        are those of the whole design.
    clock_ps
        The smallest clock with registers around it; None of a unit, which has registers of its own.
    """

    recipe: str
    choice: Mapping[str, Recipe]
    verilog: str
    netlist: Netlist | None
    cells: Mapping[str, int]
    path: CriticalPath
    costs: Mapping[str, Cost]
    clock_ps: float | None = None

    @property
    def cost(self) -> Cost:
        """On the default workload."""
        return next(iter(self.costs.values()))

    @property
    def area_um2(self) -> float:
        """Of the whole design."""
        return self.cost.total.area_um2

    @property
    def leakage_nw(self) -> float:
        """Of the whole design."""
        return self.cost.total.leakage_nw


@dataclass(frozen=True)
class Point:
    """The best netlists of a design that meet a clock, which may be one and the same.

    Parameters
    ----------
    clock_ps
        Between registers; those of a multiplier are at its inputs and outputs.
    least_energy
        With glitches.
    registers
        What the registers around a multiplier cost; None of a unit, which has them in it.
    """

    clock_ps: float
    least_energy: Figures
    least_area: Figures
    registers: Registers | None = None


@dataclass(frozen=True)
class Checked:
    """The comparison with the model.

    Parameters
    ----------
    pairs
        Operand pairs whose results, alone or in sums, were compared.
    every_pair
        Whether those are all that there are.
    """

    pairs: int
    every_pair: bool


@dataclass(frozen=True)
class Generic:
    """The technology-independent count: two-input gates, and how many are on the longest path."""

    cells: Mapping[str, int]
    gate_equivalents: float
    depth: int


@dataclass(frozen=True)
class Measured:
    """A design and the best of its netlists.

    Parameters
    ----------
    least_energy, least_area
        Of those without a delay target, with glitches; often one and the same object.
    points
        The best of all that meet a clock, by clock; empty where no clock is asked for.
    given_up
        Names of the recipes for which the synthesis tool made no netlist.
    generic
        Of multipliers.
    fastest_ps
        The smallest clock between registers that a netlist meets which was made without a delay
        target, or as fast as it can be; None of units that are measured at no clock.
    """

    design: Design
    least_energy: Figures
    least_area: Figures
    points: tuple[Point, ...]
    given_up: tuple[str, ...]
    checked: Checked
    generic: Generic | None = None
    fastest_ps: float | None = None
