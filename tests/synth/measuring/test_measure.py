"""Measuring: every netlist is checked first, and a check that cannot fail is worth nothing."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lmul_pe.hw.export.verilog import component_of, rtlil_text
from lmul_pe.model import Multiplier, format_named, multiplier_named, unit_named
from lmul_pe.synth.design.multipliers import adder_design, multiplier_design
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.mapping.known import Entry
from lmul_pe.synth.mapping.recipes import GENERIC, SCRIPTS, TIMED_SCRIPTS, Recipe
from lmul_pe.synth.measuring import measure as module
from lmul_pe.synth.measuring import measurement as measurement_module
from lmul_pe.synth.measuring import multiplier as multiplier_module
from lmul_pe.synth.measuring.cost import PARTS
from lmul_pe.synth.measuring.measure import Pipeline, measure, remeasured
from lmul_pe.synth.measuring.multiplier import delay_targets
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import CLOCK_BAND, MismatchError, Settings
from tests.sweep import some
from tests.synth.results import measured_by_hand as by_hand

SETTINGS = Settings(wire_ff=0.25, pairs=500, check_pairs=3000, seed=9, effort="full")


def design(name, scripts=("fraig",), structures=("gates",)):
    found = multiplier_design(multiplier_named(name), name)
    return replace(found, scripts=scripts, structures=structures, sets_clock=False)


def impostor(name, component):
    """The design called ``name`` with other hardware."""
    return replace(design(name), rtlil=lambda architecture: rtlil_text(component, name))


def measured(designs, synthesis, technology, settings=SETTINGS):
    return measure(designs, Conditions(technology, settings), synthesis, lambda done, total: None)


@pytest.fixture
def apart(tmp_path):
    """Not the netlists of all tests: an impostor has the name of another design."""
    return Synthesis(tmp_path / "cache")


MUTANTS = {
    "offset left out": ("lmul_e3m2", Multiplier("lmul", "e3m2", offset="none")),
    "truncated": ("exact_e3m2", Multiplier("exact", "e3m2", rounding="rtz")),
    # A wide format is checked on a sample, which has to find these as well.
    "wide, no guard": ("lmul_fp16", Multiplier("lmul", "fp16", guard="raw")),
    "offset of another": ("lmul_e4m3", Multiplier("lmul", "e4m3", offset=2)),
    "no test for zero": ("lmul_e2m3", Multiplier("lmul", "e2m3", guard="raw")),
    "subnormals not flushed": ("exact_e2m3", Multiplier("exact", "e2m3", subnormals="gradual")),
    "another overflow": ("lmul_e5m2", Multiplier("lmul", "e5m2", overflow="saturate")),
    "an infinity too few": ("exact_e4m3", Multiplier("exact", "e4m3", overflow="nan")),
    "wide, offset left out": ("lmul_bf16", Multiplier("lmul", "bf16", offset="none")),
    "wide, truncated": ("exact_bf16", Multiplier("exact", "bf16", rounding="rtz")),
    "wide, no infinity": ("exact_bf16", Multiplier("exact", "bf16", overflow="saturate")),
}


@pytest.mark.parametrize("mutant", some(MUTANTS, 2))
def test_wrong_hardware_is_found(mutant, apart, nangate45):
    name, actual = MUTANTS[mutant]
    with pytest.raises(MismatchError, match=f"netlist {name} by gates/") as caught:
        measured([impostor(name, component_of(actual))], apart, nangate45)
    a, b, found, expected = (
        int(word.strip(":,").partition("=")[2] or word.strip(":,"), 16)
        for word in str(caught.value).split()
        if "0x" in word
    )
    # The text says the truth about the first pair.
    assert int(multiplier_named(name).compute([a], [b])[0]) == expected
    assert int(actual.compute([a], [b])[0]) == found


def pipeline(designs, synthesis, technology, settings=SETTINGS, told=None, reported=False):
    """A pipeline that has done all its rounds, and what it measured."""
    progress = (lambda done, total: told.append((done, total))) if told is not None else ignored
    found = Pipeline(designs, Conditions(technology, settings, reported), synthesis, progress)
    found.run()
    return found, found.measured()


def ignored(done, total):
    pass


@pytest.mark.slow
def test_recipes_that_the_synthesis_tool_gives_up_on_are_named(synthesis, nangate45, monkeypatch):
    monkeypatch.setitem(SCRIPTS, "broken", "strash; no_such_command")
    monkeypatch.setitem(TIMED_SCRIPTS, "slow", "strash; no_such_command {target}")
    each = replace(
        design("lmul_e2m1", ("fraig", "broken")),
        sets_clock=True,
        timed={"gates": ("prefix-nf", "slow")},
    )
    found, (result,) = pipeline([each], synthesis, nangate45)
    first, second, *others = result.given_up
    assert (first, second) == ("gates/broken", "gates/slow@1")
    # For the other targets that the two clocks lead to.
    assert others
    assert all(name.startswith("gates/slow@") for name in others)
    (measurement,) = found.measurements
    assert {each.recipe.script.partition("@")[0] for each in measurement.candidates} == {
        "fraig",
        "prefix-nf",
    }


class WrongOnce(wiring.Component):
    """A multiplier that is right but for a single pair."""

    def __init__(self, inner):
        self.inner = inner
        super().__init__(dict(inner.signature.members.items()))

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = self.inner
        m.d.comb += [
            self.inner.a.eq(self.a),
            self.inner.b.eq(self.b),
            self.y.eq(self.inner.y ^ ((self.a == 0x15) & (self.b == 0x2A))),
        ]
        return m


def test_a_single_wrong_pair_of_all_is_found(apart, nangate45):
    wrong = WrongOnce(component_of(multiplier_named("exact_e3m2")))
    with pytest.raises(MismatchError, match="on 1 of 4096 pairs, first a=0x15 b=0x2a"):
        measured([impostor("exact_e3m2", wrong)], apart, nangate45)


def test_a_wrong_expectation_is_found_in_an_adder(synthesis, nangate45):
    adder = replace(
        adder_design(format_named("e2m1")), expected=lambda a, b: a, structures=("cells",)
    )
    with pytest.raises(MismatchError, match="netlist adder_e2m1"):
        measured([adder], synthesis, nangate45)


def test_generic_gates_are_checked_too(synthesis, nangate45, monkeypatch):
    wrong = {**multiplier_module.GENERIC_FUNCTIONS, "$_NAND_": {"Y": "A & B"}}
    monkeypatch.setattr(multiplier_module, "GENERIC_FUNCTIONS", wrong)
    with pytest.raises(MismatchError, match="by gates/generic"):
        measured([design("lmul_e4m3")], synthesis, nangate45)


def test_every_recipe_is_measured(synthesis, nangate45):
    found, (result,) = pipeline(
        [design("lmul_e3m2", ("fraig", "area"), ("gates", "cells"))], synthesis, nangate45
    )
    assert (result.checked.pairs, result.checked.every_pair) == (4096, True)
    (measurement,) = found.measurements
    assert {each.recipe for each in measurement.candidates} == {
        Recipe(structure, script)
        for structure in ("gates", "cells")
        for script in ("fraig", "area")
    }
    assert result.least_area.area_um2 == min(each.area_um2 for each in measurement.candidates)
    least_energy, least_area = result.least_energy.cost.total, result.least_area.cost.total
    assert least_energy.with_glitches_fj <= least_area.with_glitches_fj
    # Nothing sets a clock here.
    assert result.points == ()
    assert result.generic.gate_equivalents > 0
    assert set(result.generic.cells) <= multiplier_module.GENERIC_FUNCTIONS.keys()


def test_structures_that_make_the_same_circuit_are_mapped_once(synthesis, nangate45):
    told = []
    # A raw L-Mul has no array: three of the four structures are two circuits.
    raw = design("lmul_e2m1_raw", structures=("gates", "mixed", "cells"))
    found, _ = pipeline([raw], synthesis, nangate45, told=told)
    (measurement,) = found.measurements
    assert [each.recipe.structure for each in measurement.candidates] == ["gates", "mixed"]
    # One call for the generic gates, one for each structure, and one for the design, as many as
    # were announced.
    assert len(told) == told[-1][1] == 4


def test_results_come_in_the_order_of_the_designs(synthesis, nangate45):
    names = ["lmul_e2m1", "exact_e3m2", "lmul_e2m1_raw"]
    found = measured([design(name) for name in names], synthesis, nangate45)
    assert [result.design.name for result in found] == names


def small(kind):
    found = multiplier_design(Multiplier(kind, "e2m1"), kind)
    return replace(
        found,
        scripts=("area",),
        structures=("cells",),
        timed=dict.fromkeys(("gates", "sklansky"), ("prefix-nf", "speed")),
    )


@pytest.fixture(scope="module")
def both(synthesis, nangate45):
    """L-Mul and the conventional multiplier at an equal clock."""
    settings = Settings(pairs=1500, check_pairs=2000, seed=4, effort="full")
    return pipeline([small("lmul"), small("exact")], synthesis, nangate45, settings)


def test_the_default_clock_is_the_slower_of_the_two_fastest(both):
    found, results = both
    fastest = []
    for each in found.measurements:
        clocks = {candidate.recipe: candidate.clock_ps for candidate in each.candidates}
        first = min(clock for recipe, clock in clocks.items() if recipe.target_ps in (None, 1))
        # What is made for no time may be slower than what is made for a little less than it takes.
        swept = {None, 1, *delay_targets(first, each.conditions.technology)}
        fastest.append(min(clock for recipe, clock in clocks.items() if recipe.target_ps in swept))
        assert fastest[-1] <= first
    assert [result.fastest_ps for result in results] == fastest
    assert found.clocks_ps() == {
        "multiplier": [max(fastest) * times for times in (1, 1.05, 1.15, 1.25, 1.4, 1.6, 1.8, 2)]
    }
    assert [each.points[0].clock_ps for each in results] == [max(fastest)] * 2


def test_points_are_the_best_that_meet_the_clock(both):
    found, results = both
    for measurement, each in zip(found.measurements, results, strict=True):
        point, *_, relaxed = each.points
        assert relaxed.clock_ps == 2 * point.clock_ps
        assert relaxed.least_area.area_um2 <= point.least_area.area_um2
        energies = [
            figures.cost.total.with_glitches_fj
            for figures in (relaxed.least_energy, point.least_energy, point.least_area)
        ]
        assert energies == sorted(energies)
        quick = [each for each in measurement.candidates if each.clock_ps <= point.clock_ps]
        assert point.least_area.area_um2 == min(each.area_um2 for each in quick)
        assert point.least_energy.clock_ps <= point.clock_ps
        # Two operands and a result of four bits.
        assert point.registers.bits == relaxed.registers.bits == 12


@pytest.mark.slow
def test_a_relaxed_clock_costs_less_and_an_impossible_one_has_no_point(both):
    found, results = both
    tight = results[1].points[0].clock_ps
    clocks = [1.0, tight, 10 * tight]
    found.add_netlists(lambda each: each.netlists_between(clocks))
    quick, slow = found.measurements[1].points(clocks, ("normal",))
    assert [quick.clock_ps, slow.clock_ps] == [tight, 10 * tight]
    assert list(slow.least_energy.costs) == ["normal"]
    assert slow.least_area.area_um2 < quick.least_area.area_um2
    # Without a hurry the netlists without a target win.
    assert slow.least_area.area_um2 <= results[1].least_area.area_um2


def test_a_clock_of_the_users_needs_no_fastest_netlist(synthesis, both, nangate45):
    told = []
    clock = 2 * both[1][0].points[0].clock_ps
    settings = Settings(pairs=1500, check_pairs=2000, seed=4, clock_ps=clock, effort="full")
    found, (result,) = pipeline([small("lmul")], synthesis, nangate45, settings, told)
    assert [point.clock_ps for point in result.points] == [clock]
    (measurement,) = found.measurements
    assert not any(each.recipe.script.endswith("@1") for each in measurement.candidates)
    assert told[-1][1] == len(told)


@pytest.mark.slow
def test_units_and_multipliers_go_the_same_way(synthesis, nangate45):
    """A pair of units of small operands beside a multiplier."""
    designs = [
        design("lmul_e2m1", ("area",)),
        *(unit_design(unit_named(f"mac_{kind}_e2m1_e3m2")) for kind in ("lmul", "exact")),
    ]
    found, (multiplier, *units) = pipeline(designs, synthesis, nangate45)
    assert multiplier.points == ()
    smallest = max(each.smallest_clock_ps() for each in found.measurements[1:])
    assert max(each.fastest_ps for each in units) == smallest
    for each in units:
        assert [point.clock_ps for point in each.points] == [
            smallest * times for times in (1, 1.05, 1.15, 1.25, 1.4, 1.6, 1.8, 2)
        ]
    for each in units:
        assert set(each.least_energy.cost.parts) == set(PARTS)
        assert list(each.least_energy.costs) == ["normal", "stationary", "half_zeros"]
        point, *later = each.points
        assert all(one.least_area.area_um2 <= point.least_area.area_um2 for one in later)
        assert point.least_energy.path.delay_ps <= point.clock_ps < each.least_area.path.delay_ps
        assert point.registers is each.generic is None
        assert each.checked.pairs > 1000
        assert not each.checked.every_pair
        assert each.least_energy.recipe.startswith("unit=")
    # On the same operands all is as it was, part by part; on others it is not.
    few = [replace(each, points=each.points[:1]) for each in units]
    conditions = [Conditions(nangate45, replace(SETTINGS, seed=seed)) for seed in (9, 10)]
    told = []
    same, other = remeasured(few, conditions, lambda name, total: told.append((name, total)))
    assert sorted(told) == sorted((each.design.name, 4) for each in units * 2)
    for one, again, elsewhere in zip(units, same, other, strict=True):
        cost = one.points[0].least_energy.cost
        assert again.points[0].least_energy.cost == cost
        energy = elsewhere.points[0].least_energy.cost.total
        assert energy.with_glitches_fj == pytest.approx(cost.total.with_glitches_fj, rel=0.1)
        assert energy.with_glitches_fj != cost.total.with_glitches_fj


def made(measurement):
    return {
        (module, recipe)
        for module, netlists in measurement.netlists.items()
        for recipe in netlists
        if recipe.script != GENERIC
    }


def best(measured):
    """All figures that a report has of a design."""
    figures = [measured.least_energy, measured.least_area]
    figures += [
        each for point in measured.points for each in (point.least_energy, point.least_area)
    ]
    return [(each.choice, each.costs, each.path.delay_ps) for each in figures]


@pytest.mark.parametrize(
    "units", some([[], ["mac_lmul_e2m1_e3m2"]], 1), ids=["multiplier", "unit as well"]
)
def test_what_is_known_to_win_is_all_that_is_tried(units, synthesis, nangate45, monkeypatch):
    """Beside a run that tries everything: the same figures, by fewer netlists."""
    monkeypatch.setitem(CLOCK_BAND, "full", CLOCK_BAND["quick"])
    multiplier = design("lmul_e2m1", ("fraig", "area", "flow"), ("gates", "cells"))
    each = replace(multiplier, sets_clock=True, timed={"gates": ("prefix-map", "prefix-nf")})
    designs = [each, *(unit_design(unit_named(name)) for name in units)]
    full, results = pipeline(designs, synthesis, nangate45)
    entries = [
        Entry(
            "nangate45",
            45,
            one.design.subject,
            one.won(measured.points),
            (one.design.name, one.taken(measured.points)),
        )
        for one, measured in zip(full.measurements, results, strict=True)
    ]
    monkeypatch.setattr(measurement_module, "known_entries", lambda: tuple(entries))
    settings = replace(SETTINGS, effort="quick")
    quick, again = pipeline(designs, synthesis, nangate45, settings)
    reported, once_more = pipeline(designs, synthesis, nangate45, settings, reported=True)
    # Of another design what won is known, and not what its report takes.
    monkeypatch.setattr(
        measurement_module,
        "known_entries",
        lambda: tuple(replace(entry, reported=("another", {})) for entry in entries),
    )
    other, _ = pipeline(designs, synthesis, nangate45, settings, reported=True)
    for every, known, taken, others in zip(
        *(found.measurements for found in (full, quick, reported, other)), strict=True
    ):
        assert made(taken) < made(known) < made(every)
        assert made(others) == made(known)
    assert full.clocks_ps() == quick.clocks_ps() == reported.clocks_ps()
    for found in (again, once_more):
        assert list(map(best, found)) == list(map(best, results))


@pytest.mark.slow
def test_where_all_that_is_known_to_win_fails_the_rest_is_tried(synthesis, nangate45, monkeypatch):
    monkeypatch.setitem(SCRIPTS, "broken", "strash; no_such_command")
    monkeypatch.setitem(TIMED_SCRIPTS, "slow", "strash; no_such_command {target}")
    each = replace(
        design("lmul_e2m1", ("fraig", "broken")),
        sets_clock=True,
        timed={"gates": ("prefix-nf", "slow")},
    )
    known = {
        "multiplier": {
            "free": [Recipe("gates", "broken")],
            "fastest": [Recipe("gates", "slow")],
            "between": [Recipe("gates", "slow")],
        }
    }
    entry = Entry("nangate45", 45, each.subject, known)
    monkeypatch.setattr(measurement_module, "known_entries", lambda: (entry,))
    found, (result,) = pipeline([each], synthesis, nangate45, replace(SETTINGS, effort="quick"))
    (measurement,) = found.measurements
    assert {each.recipe.script.partition("@")[0] for each in measurement.candidates} == {
        "fraig",
        "prefix-nf",
    }
    assert result.given_up[:2] == ("gates/broken", "gates/slow@1")


# The order of things, without a synthesis.


@dataclass(frozen=True)
class OneJob:
    """Netlists that are there at once."""

    name: str
    made: list

    @property
    def source(self):
        return SimpleNamespace(module=self.name)

    def __hash__(self):
        return hash(self.name)

    def netlists(self, synthesis, technology):
        self.made.append(self.name)
        return {"area": self.name}


class Inline:
    """What children would do, done here: what is urgent first."""

    def __init__(self):
        self._waiting = []

    def submit(self, work, done, *, urgent=False):
        self._waiting.append((not urgent, work, done))

    def run(self):
        while self._waiting:
            first = min(self._waiting, key=lambda each: each[0])
            self._waiting.remove(first)
            _, work, done = first
            done(work())


class Steps:
    """A measurement that says what was asked of it."""

    def __init__(self, name, smallest_ps, clocks, compared, jobs):
        self.design = SimpleNamespace(name=name, clocks=clocks, compared=compared)
        self.asked, self._smallest_ps, self._jobs = [], smallest_ps, jobs
        self.computed = []

    def _known(self, memo, what):
        return memo.get(lambda: self.computed.append(what) or what, what)

    def _wanted(self, round):
        return [SimpleNamespace(job=job) for job in self._jobs.get(round, ())]

    def elaborated(self, memo):
        return self._known(memo, f"text of {self.design.name}")

    def free_netlists(self):
        self.asked.append(self.texts)
        return self._wanted("free")

    def fastest_netlists(self):
        return self._wanted("fastest")

    def faster_netlists(self):
        return self._wanted("faster")

    def netlists_between(self, clocks_ps):
        self.asked.append(("between", list(clocks_ps)))
        return self._wanted("between")

    def take(self, one, netlists):
        self.asked.append(("take", one.job.name, netlists))

    def measured_free(self):
        return self._known(self.memo, "free")

    def measured_timed(self):
        return "timed"

    def smallest_clock_ps(self):
        return self._smallest_ps

    def points(self, clocks_ps):
        return tuple(clocks_ps)

    def measured(self, points):
        return self.design.name, points, self.free, getattr(self, "timed", None)


@pytest.fixture
def steps(tiny, tmp_path, monkeypatch):
    """A function: a pipeline of such measurements, and what it told."""
    monkeypatch.setattr(module, "Processes", Inline)
    monkeypatch.setattr(module, "_measurement", lambda design, conditions: design)
    monkeypatch.setattr(module, "tool_versions", dict)

    def made(*measurements, **settings):
        told = []
        conditions = Conditions(tiny, Settings(**settings))
        found = Pipeline(
            measurements, conditions, Synthesis(tmp_path), lambda *each: told.append(each)
        )
        return found, told

    return made


def test_every_job_is_done_once_and_every_clock_is_measured(steps):
    made = []
    both, first, second, more = (OneJob(name, made) for name in ("both", "first", "second", "more"))
    sets = Steps("sets", 100.0, "x", "x", {"free": [both], "fastest": [first], "between": [more]})
    follows = Steps("follows", 90.0, "x", "y", {"free": [both, second], "faster": [first]})
    alone = Steps("alone", 70.0, "", "z", {"free": [second]})
    found, told = steps(sets, follows, alone)
    found.run()
    assert sorted(made) == ["both", "first", "more", "second"]
    # Large designs, which come last, are begun first.
    assert made[0] == "second"
    assert sets.asked[0] == "text of sets"
    assert sets.asked[1:] == [
        ("take", "both", {"area": "both"}),
        ("take", "first", {"area": "first"}),
        # The ends of what netlists are made for.
        ("between", [100.0, 140.0]),
        ("take", "more", {"area": "more"}),
    ]
    assert follows.asked[1:] == [
        ("take", "both", {"area": "both"}),
        ("take", "second", {"area": "second"}),
        ("take", "first", {"area": "first"}),
        ("between", [100.0, 140.0]),
    ]
    assert alone.asked[-1] == ("between", [])
    clocks = (100.0, 105.0, 140.0, 200.0)
    assert found.measured() == [
        ("sets", clocks, "free", "timed"),
        ("follows", clocks, "free", "timed"),
        ("alone", (), "free", None),
    ]
    # As many calls as were announced at the end, and never more.
    assert len(told) == told[-1][1]
    assert all(place <= total for place, (_, total) in enumerate(told, start=1))
    assert {name for name, _ in told} == {*made, "sets", "follows", "alone"}


def test_a_clock_that_is_asked_for_is_the_only_one(steps):
    one = Steps("a", None, "x", "x", {})
    found, _ = steps(one, clock_ps=750.0)
    found.run()
    assert one.asked == ["text of a", ("between", [750.0])]


def test_which_netlists_are_measured_says_nothing_of_how(steps):
    def decides(**settings):
        return steps(**settings)[0]._measuring

    usual = decides()
    assert decides(effort="full", clock_ps=750.0, all_units=True) == usual
    assert decides(wire_ff=1.0) != usual
    assert decides(seed=7) != usual


def test_what_was_elaborated_and_measured_is_known_in_the_next_run(steps):
    job = OneJob("one", [])
    first, again = (Steps("a", None, "", "x", {"free": [job]}) for _ in range(2))
    for each in (first, again):
        found, _ = steps(each)
        found.run()
        assert found.measured() == [("a", (), "free", None)]
    assert first.computed == ["text of a", "free"]
    assert again.computed == []


@pytest.mark.parametrize(
    ("clocks", "settings", "expected"),
    [
        ((100.0, 90.0), {}, [100.0, 105.0, 140.0, 200.0]),
        ((None, 90.0), {}, [90.0, 94.5, 126.0, 180.0]),
        ((None, None), {}, []),
        ((100.0, 90.0), {"clock_ps": 75.0}, [75.0]),
    ],
)
def test_the_clock_is_the_smallest_that_all_can_meet(steps, clocks, settings, expected):
    measurements = [Steps(str(place), clock, "x", "x", {}) for place, clock in enumerate(clocks)]
    # What is measured at the clocks of others has no say.
    follower = Steps("follower", 500.0, "x", "y", {})
    found, _ = steps(*measurements, follower, **settings)
    assert found.clocks_ps() == {"x": pytest.approx(expected)}
    assert steps(follower)[0].clocks_ps() == {}


def test_points_are_measured_again_under_each_condition(monkeypatch, tiny):
    monkeypatch.setattr(module, "Processes", Inline)
    monkeypatch.setattr(
        module,
        "_measurement",
        lambda design, conditions: SimpleNamespace(
            again=lambda point: (design.name, point, conditions.settings.seed)
        ),
    )
    designs = [design(name) for name in ("lmul_e2m1", "exact_e2m1")]
    measured = [by_hand.multiplier(each, points=("p", "q")) for each in designs]
    told = []
    found = remeasured(
        measured,
        [Conditions(tiny, Settings(seed=seed)) for seed in (7, 8, 9)],
        lambda *each: told.append(each),
    )
    assert [[each.points for each in listed] for listed in found] == [
        [tuple((each.name, point, seed) for point in "pq") for each in designs]
        for seed in (7, 8, 9)
    ]
    assert told == [(each.name, 6) for each in designs] * 3
    assert [each.points for each in measured] == [("p", "q")] * 2
