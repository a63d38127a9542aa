"""The measurement of one design: the netlists that it waits for, and what is made of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lmul_pe.synth.design.design import Design
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.workload.conditions import Conditions

from .measured import Figures, Measured, Point


@dataclass(frozen=True)
class Wanted:
    """Netlists that a job makes of a module, built in a structure."""

    module: str
    structure: str
    job: Job


class Measurement(ABC):
    """One design on its way from netlists to figures.

    Its netlists come in three rounds: without a delay target, as fast as they can be, and in
    between.  :meth:`measure` follows the first, :meth:`measure_timed` each of the others.

    Members
    -------
    design
        What is measured.
    netlists
        Module to recipe to netlist, all that came so far.
    given_up
        Names of the recipes for which the synthesis tool made none.
    least_energy, least_area
        Of the netlists without a delay target, once they are measured.
    """

    design: Design
    least_energy: Figures
    least_area: Figures

    relaxations: ClassVar[tuple[float, ...]]
    """Times the smallest clock: those at which such designs are compared."""

    def __init__(self, conditions: Conditions):
        self.conditions = conditions
        self.netlists: dict[str, dict[Recipe, Mapped]] = {}
        self.given_up: list[str] = []

    @abstractmethod
    def free_netlists(self) -> Sequence[Wanted]:
        """The first round: every structure that differs, by every script."""

    @abstractmethod
    def fastest_netlists(self) -> Sequence[Wanted]:
        """The second round."""

    @abstractmethod
    def netlists_between(self, clocks_ps: Sequence[float]) -> Sequence[Wanted]:
        """The third round, where designs are to be compared at ``clocks_ps``."""

    def take(self, wanted: Wanted, netlists: Mapping[str, Mapped]) -> None:
        """Keep the netlists, by script, that the job of ``wanted`` gave."""
        known = self.netlists.setdefault(wanted.module, {})
        for script, mapped in netlists.items():
            known.setdefault(Recipe(wanted.structure, script), mapped)
        missing = wanted.job.given_up(wanted.structure, netlists)
        self.given_up += [self.recipe_name(wanted.module, recipe) for recipe in missing]

    @abstractmethod
    def recipe_name(self, module: str, recipe: Recipe) -> str:
        """How the recipe of a module stands in reports."""

    @abstractmethod
    def measure(self) -> None:
        """Check the netlists without a delay target against the model, and choose the best.

        Raises
        ------
        MismatchError
            A netlist differs from the model.
        """

    @abstractmethod
    def measure_timed(self) -> None:
        """Measure what came with another round, as far as choosing needs it.

        Raises
        ------
        MismatchError
            A netlist differs from the model.
        """

    @abstractmethod
    def smallest_clock_ps(self) -> float | None:
        """The smallest clock that it can meet; None if it has no say in which that is."""

    @abstractmethod
    def points(self, clocks_ps: Sequence[float]) -> tuple[Point, ...]:
        """The best of all netlists at each of ``clocks_ps`` that any of them meets.

        Raises
        ------
        MismatchError
            A netlist differs from the model.
        """

    @abstractmethod
    def measured(self, clocks_ps: Sequence[float]) -> Measured:
        """Everything about the design, with its :meth:`points`."""
