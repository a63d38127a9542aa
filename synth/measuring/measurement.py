"""The measurement of one design: the netlists that it waits for, and what is made of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lmul_pe.synth.design.design import Design
from lmul_pe.synth.mapping.blocks import Texts
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.known import FASTER, Known, Taken, known_entries, nearest
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.recipes import FASTEST, Recipe
from lmul_pe.synth.workload.conditions import Conditions

from .measured import Figures, Measured, Point


@dataclass(frozen=True)
class Wanted:
    """Netlists that a job makes of a module, built in a structure."""

    module: str
    structure: str
    job: Job

    @property
    def recipes(self) -> list[Recipe]:
        """Those of the netlists."""
        return [Recipe(self.structure, script) for script in self.job.source.scripts]

    def only(self, chosen: Callable[[Recipe], bool]) -> "Wanted | None":
        """Those that are ``chosen``; None if there is none among them.

        The rest is kept for where the synthesis tool gives up on all of them.
        """
        source = self.job.source
        scripts = tuple(each.script for each in self.recipes if chosen(each))
        if not scripts:
            return None
        others = tuple(script for script in source.scripts if script not in scripts)
        few = replace(source, scripts=scripts)
        return replace(self, job=replace(self.job, source=few, others=others))


@dataclass(frozen=True)
class Free:
    """The best netlists without a delay target, often one and the same."""

    least_energy: Figures
    least_area: Figures


class Measurement(ABC):
    """One design on its way from netlists to figures.

    Its netlists come in rounds: without a delay target, as fast as they can be, those for about as
    little as the fastest of these takes, and in between.  What takes long is done by methods that
    change nothing here and return what they found, so that another process can do it:
    :meth:`elaborated` before all rounds, :meth:`measured_free` once the first is there,
    :meth:`measured_timed` after each of the others, and :meth:`points`.

    Members
    -------
    design
        What is measured.
    memo
        Of what was computed before under the same conditions.
    netlists
        Module to recipe to netlist, all that came so far.
    given_up
        Names of the recipes for which the synthesis tool made none.
    free, timed
        What :meth:`measured_free` and :meth:`measured_timed` found, once it is there.
    """

    design: Design
    free: Free
    timed: object

    def __init__(self, design: Design, conditions: Conditions):
        self.design = design
        self.conditions = conditions
        self._known: Known | None = None
        self._taken: Taken | None = None
        self._asked: dict[tuple[str, Recipe], tuple[str, int]] = {}
        if conditions.settings.effort != "full":
            entry = nearest(known_entries(), conditions.technology, design.subject)
            self._known = entry.known if entry else None
            if entry and entry.reported and conditions.reported:
                name, taken = entry.reported
                self._taken = taken if name == design.name else None
        self.memo = Memo()
        self.netlists: dict[str, dict[Recipe, Mapped]] = {}
        self.given_up: list[str] = []

    @cached_property
    def texts(self) -> Texts:
        """The design, and its parts, in all structures that are tried."""
        return self.elaborated(Memo())

    @abstractmethod
    def elaborated(self, memo: Memo) -> Texts:
        """What :attr:`texts` is, with what was elaborated from this source before."""

    @abstractmethod
    def free_netlists(self) -> Sequence[Wanted]:
        """The first round: every structure that differs, by every script."""

    @abstractmethod
    def fastest_netlists(self) -> Sequence[Wanted]:
        """The second round."""

    @abstractmethod
    def faster_netlists(self) -> Sequence[Wanted]:
        """The third round, once the second is measured.

        What is mapped for no time at all is often slower than what is mapped for a little less
        than it takes.
        """

    @abstractmethod
    def netlists_between(self, clocks_ps: Sequence[float]) -> Sequence[Wanted]:
        """The last round, where designs are to be compared at ``clocks_ps``."""

    def take(self, wanted: Wanted, netlists: Mapping[str, Mapped]) -> None:
        """Keep the netlists, by script, that the job of ``wanted`` gave."""
        known = self.netlists.setdefault(wanted.module, {})
        for script, mapped in netlists.items():
            known.setdefault(Recipe(wanted.structure, script), mapped)
        missing = wanted.job.given_up(wanted.structure, netlists)
        self.given_up += [self.recipe_name(wanted.module, recipe) for recipe in missing]

    def worth(self, round: str, wanted: Sequence[Wanted]) -> list[Wanted]:
        """What is wanted in a round, without recipes that are known not to win there.

        Where the nearest design that is known has other structures, everything is tried.
        """
        kept: list[Wanted] = []
        for module in dict.fromkeys(one.module for one in wanted):
            listed = [one for one in wanted if one.module == module]
            asked = [recipe for one in listed for recipe in one.recipes]
            targets = sorted({recipe.target_ps or 0 for recipe in asked})
            for recipe in asked:
                place = round, targets.index(recipe.target_ps or 0)
                self._asked.setdefault((module, recipe), place)
            names = self.winners(module, round)
            if names is None:
                kept += listed
                continue
            worth_it = self._chosen(module, round)
            chosen = [fewer for one in listed if (fewer := one.only(worth_it))]
            kept += chosen if chosen or not (names or round == "free") else listed
        return kept

    def _chosen(self, module: str, round: str) -> Callable[[Recipe], bool]:
        """Whether a recipe of a round is known to win there, or to be taken with its target."""
        if self._taken is None:
            names = self.winners(module, round) or ()
            return lambda recipe: recipe.without_target in names
        by_target = self._taken.get(self.block(module), {}).get(round, ())

        def taken(recipe: Recipe) -> bool:
            _, place = self._asked[module, recipe]
            return place < len(by_target) and recipe.without_target in by_target[place]

        return taken

    def winners(self, module: str, round: str) -> Collection[Recipe] | None:
        """The recipes that are known to win in a round; None where nothing is known."""
        known = (self._known or {}).get(self.block(module))
        if known is None or (round != "free" and not self._was_timed):
            return None
        if self._taken is None:
            return known.get("between" if round == FASTER else round, ())
        by_round = self._taken.get(self.block(module), {})
        return {recipe for recipes in by_round.get(round, ()) for recipe in recipes}

    @property
    def _was_timed(self) -> bool:
        """Whether the nearest design that is known was made for clocks as well."""
        return any(rounds.keys() - {"free"} for rounds in (self._known or {}).values())

    def won(self, points: Sequence[Point]) -> Known:
        """The recipes that won, where all were tried."""
        found: dict[str, dict[str, set[Recipe]]] = {}
        for module, recipe in self._winning(points):
            round = {None: "free", FASTEST: "fastest"}.get(recipe.target_ps, "between")
            rounds = found.setdefault(self.block(module), {})
            rounds.setdefault(round, set()).add(recipe.without_target)
        return found

    def taken(self, points: Sequence[Point]) -> Taken:
        """The recipes that won, by their targets: other netlists change nothing at ``points``."""
        found: dict[str, dict[str, list[set[Recipe]]]] = {}
        for module, recipe in self._winning(points):
            round, place = self._asked[module, recipe]
            by_target = found.setdefault(self.block(module), {}).setdefault(round, [])
            by_target += [set() for _ in range(place + 1 - len(by_target))]
            by_target[place].add(recipe.without_target)
        return found

    def _winning(self, points: Sequence[Point]) -> list[tuple[str, Recipe]]:
        """Each module with a recipe that won, without a target, at a clock, or in setting it."""
        figures = [self.free.least_energy, self.free.least_area]
        figures += [each for point in points for each in (point.least_energy, point.least_area)]
        choices = (*self.decisive(), *(each.choice for each in figures))
        return list(dict.fromkeys(each for choice in choices for each in choice.items()))

    @abstractmethod
    def decisive(self) -> Sequence[Mapping[str, Recipe]]:
        """The choices, module to recipe, by which clocks and targets are set."""

    @abstractmethod
    def block(self, module: str) -> str:
        """What a module does, or ``multiplier``."""

    @abstractmethod
    def recipe_name(self, module: str, recipe: Recipe) -> str:
        """How the recipe of a module stands in reports."""

    @abstractmethod
    def measured_free(self) -> Free:
        """Check the netlists without a delay target against the model, and choose the best.

        Raises
        ------
        MismatchError
            A netlist differs from the model.
        """

    @abstractmethod
    def measured_timed(self) -> object:
        """Measure the netlists with a delay target, as far as choosing needs it.

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
    def again(self, point: Point) -> Point:
        """``point`` on the operands of these conditions, if it was chosen by others: what its
        netlist of least energy takes on the default workload.

        Raises
        ------
        MismatchError
            The netlist differs from the model.
        """

    @abstractmethod
    def measured(self, points: tuple[Point, ...]) -> Measured:
        """Everything about the design, with its :meth:`points`."""
