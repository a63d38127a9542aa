"""The choice of block netlists at a clock, from blocks of round figures."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.known import Entry
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.recipes import FASTEST, PREFIX_SCRIPTS, Recipe
from lmul_pe.synth.measuring import unit as unit_module
from lmul_pe.synth.measuring.cost import Cost, Part
from lmul_pe.synth.measuring.measured import Point
from lmul_pe.synth.measuring.stream_simulation import UnitRun
from lmul_pe.synth.measuring.unit import Block, FreeUnit, Timed, UnitMeasurement
from lmul_pe.synth.netlists.netlist import Placed
from lmul_pe.synth.netlists.timing import CriticalPath
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings
from tests.synth.results import measured_by_hand as by_hand

MAC = "mac_lmul_e2m1_fp32"
FAST, SLOW, SLOWEST = (Recipe("gates", name) for name in ("fast", "slow", "slowest"))
BLOCKS = {
    "large": {FAST: Block(10.0, 90.0), SLOW: Block(20.0, 60.0), SLOWEST: Block(40.0, 50.0)},
    "small": {FAST: Block(5.0, 9.0), SLOW: Block(15.0, 8.0)},
}


def measurement(name, technology):
    return UnitMeasurement(
        unit_design(unit_named(name)), Conditions(technology, Settings(effort="full"))
    )


@pytest.fixture
def unit(tiny, monkeypatch):
    """A large and a small block, one behind the other."""

    def path_ps(self, choice):
        return sum(BLOCKS[module][recipe].delay_ps for module, recipe in choice.items())

    monkeypatch.setattr(UnitMeasurement, "path_ps", path_ps)
    found = measurement(MAC, tiny)
    found.timed = found.quickest(BLOCKS)
    return found


def test_the_clock_is_that_of_the_fastest_netlists(unit):
    assert unit.fastest == {"large": FAST, "small": FAST}
    assert unit.smallest_clock_ps() == 15
    assert unit.points([14.0]) == ()


def test_the_fastest_unit_need_not_have_the_fastest_blocks(unit, monkeypatch):
    paths = {
        (FAST, FAST): 30.0,
        # A large block that is slow by itself waits for nothing that comes late, ...
        (SLOW, FAST): 25.0,
        (SLOWEST, FAST): 28.0,
        (FAST, SLOW): 31.0,
        # ... and beside it so does a small one.
        (SLOW, SLOW): 22.0,
        (SLOWEST, SLOW): 19.0,
    }
    monkeypatch.setattr(
        UnitMeasurement, "path_ps", lambda self, choice: paths[choice["large"], choice["small"]]
    )
    unit.timed = Timed({}, (), 0.0)
    found = unit.quickest(BLOCKS)
    steps = [(choice["large"], choice["small"]) for choice in found.faster]
    # What takes 40 by itself is in no unit of 22.
    assert steps == [(FAST, FAST), (SLOW, FAST), (SLOW, SLOW)]
    assert found.smallest_ps == 22.0
    # What an earlier round was decided by is kept with what it was.
    unit.timed = found
    assert unit.quickest(BLOCKS).faster == found.faster * 2
    assert unit.decisive() == found.faster
    assert (unit.fastest, unit.smallest_clock_ps()) == (found.faster[-1], 22.0)


@pytest.mark.parametrize(
    ("name", "frugal", "small"),
    [
        ("dot16_lmul_e2m1_fixed", [15.0, 25.0, 25.0, 45.0], [15.0, 15.0, 35.0, 35.0]),
        # A report may have fewer clocks, and is to have the same figures.
        (MAC, [15.0, 25.0, 35.0, 45.0], [15.0, 25.0, 35.0, 45.0]),
    ],
)
def test_dot_products_keep_what_costs_less_at_a_shorter_clock(
    name, frugal, small, unit, tiny, monkeypatch
):
    energies = {15.0: 9.0, 25.0: 5.0, 35.0: 6.0, 45.0: 4.0}
    areas = {15.0: 50.0, 25.0: 60.0, 35.0: 40.0, 45.0: 45.0}

    def figures(clock_ps):
        cost = SimpleNamespace(total=SimpleNamespace(with_glitches_fj=energies[clock_ps]))
        return SimpleNamespace(
            clock_ps=clock_ps, cost=cost, area_um2=areas[clock_ps], choice=unit.fastest
        )

    monkeypatch.setattr(
        UnitMeasurement,
        "_point",
        lambda self, clock_ps, start: Point(clock_ps, figures(clock_ps), figures(clock_ps)),
    )
    found = measurement(name, tiny)
    found.timed = unit.timed
    points = found.points([45.0, 15.0, 14.0, 25.0, 35.0])
    assert [point.clock_ps for point in points] == [15.0, 25.0, 35.0, 45.0]
    assert [point.least_energy.clock_ps for point in points] == frugal
    assert [point.least_area.clock_ps for point in points] == small


def quick(costs, clock_ps):
    """Without the netlists that are too slow by themselves."""
    return {
        module: {
            recipe: cost
            for recipe, cost in found.items()
            if BLOCKS[module][recipe].delay_ps <= clock_ps
        }
        for module, found in costs.items()
    }


AREAS = {"large": {FAST: 90.0, SLOW: 60.0, SLOWEST: 50.0}, "small": {FAST: 9.0, SLOW: 8.0}}


@pytest.mark.parametrize(
    ("clock_ps", "large", "small"),
    [
        (15, FAST, FAST),
        # The small block alone could be slow, but the large one comes first.
        (25, SLOW, FAST),
        (35, SLOW, SLOW),
        (45, SLOWEST, FAST),
        (99, SLOWEST, SLOW),
    ],
)
def test_the_largest_block_takes_what_the_clock_leaves(unit, clock_ps, large, small):
    found = unit.least(quick(AREAS, clock_ps), clock_ps, unit.fastest)
    assert found == {"large": large, "small": small}


def test_what_the_clock_leaves_depends_on_where_it_begins(unit):
    start = {"large": FAST, "small": SLOW}
    assert unit.least(quick(AREAS, 25), 25, start) == start


@pytest.mark.parametrize(("name", "several"), [("dot16_lmul_e2m1_fixed", True), (MAC, False)])
def test_dot_products_begin_with_whatever_led_to_the_fastest(
    name, several, unit, tiny, monkeypatch
):
    found = measurement(name, tiny)
    first, last = {"large": SLOW, "small": FAST}, unit.fastest
    found.timed = Timed(BLOCKS, (first, {"large": SLOWEST, "small": SLOW}, last), 15.0)
    begun = []

    def point(self, clock_ps, start):
        begun.append((clock_ps, start))
        cost = SimpleNamespace(total=SimpleNamespace(with_glitches_fj=100.0 - clock_ps))
        kept = {"large": FAST, "small": SLOW}
        figures = SimpleNamespace(cost=cost, area_um2=100.0 - clock_ps, choice=kept)
        return Point(clock_ps, figures, figures)

    monkeypatch.setattr(UnitMeasurement, "_point", point)
    assert len(found.points([15.0, 25.0])) == 2
    # At 25 ps also what takes that long, and what was chosen at 15.
    more = [(25.0, first), (25.0, {"large": FAST, "small": SLOW})] if several else []
    assert begun == [(15.0, last), (25.0, last), *more]


def test_what_was_chosen_at_the_clock_before_is_where_another_begins(unit, tiny, monkeypatch):
    found = measurement("dot16_lmul_e2m1_fixed", tiny)
    found.timed = Timed(BLOCKS, (unit.fastest,), 15.0)
    kept = {
        15.0: {"large": FAST, "small": SLOW},
        25.0: {"large": SLOW, "small": FAST},
        35.0: {"large": SLOW, "small": SLOW},
    }
    begun = {clock_ps: [] for clock_ps in kept}

    def point(self, clock_ps, start):
        begun[clock_ps].append(start)
        cost = SimpleNamespace(total=SimpleNamespace(with_glitches_fj=100.0 - clock_ps))
        figures = SimpleNamespace(cost=cost, area_um2=100.0 - clock_ps, choice=kept[clock_ps])
        return Point(clock_ps, figures, figures)

    monkeypatch.setattr(UnitMeasurement, "_point", point)
    found.points(list(kept))
    assert begun == {
        15.0: [unit.fastest],
        25.0: [unit.fastest, kept[15.0]],
        35.0: [unit.fastest, kept[25.0]],
    }


def test_what_costs_least_need_not_be_the_smallest(unit):
    energies = {"large": {FAST: 7.0, SLOW: 3.0, SLOWEST: 4.0}, "small": {FAST: 1.0, SLOW: 2.0}}
    assert unit.least(energies, 99, unit.fastest) == {"large": SLOW, "small": FAST}


def test_what_is_too_slow_by_itself_needs_no_cost(unit):
    energies = {"large": {FAST: 7.0, SLOW: 3.0}, "small": {FAST: 2.0, SLOW: 1.0}}
    assert unit.least(energies, 35, unit.fastest) == {"large": SLOW, "small": SLOW}


def test_netlists_between_are_slower_than_the_fastest_whatever_the_clock(unit):
    modules = ("unit", "unit_multiply", "unit_add", "unit_finish")
    unit.timed = Timed(dict.fromkeys(modules, BLOCKS["large"]), (), 0.0)
    wanted = unit.netlists_between([1000.0])
    assert {one.module for one in wanted} == set(modules)
    targets = {
        Recipe(one.structure, script).target_ps
        for one in wanted
        for script in one.job.source.scripts
    }
    assert targets == {13, 17}
    assert {
        Recipe(one.structure, script).target_ps
        for one in unit.fastest_netlists()
        for script in one.job.source.scripts
    } == {FASTEST}


def test_units_that_are_not_compared_at_a_clock_want_no_timed_netlists(tiny):
    for name in ("mac_int8_int32", "dot4_lmul_e2m1_fp32"):
        unit = measurement(name, tiny)
        assert unit.fastest_netlists() == unit.netlists_between([100.0]) == []
        assert unit.points(()) == ()


def test_a_unit_is_checked_on_the_products_of_streams_and_not_on_every_pair(unit):
    unit.free = FreeUnit(least_energy=None, least_area=None, products=1234)
    found = unit.measured(())
    assert (found.checked.pairs, found.checked.every_pair) == (1234, False)
    assert found.fastest_ps == 15


def test_a_recipe_is_named_with_its_block(tiny):
    unit = measurement("mac_int8_int32", tiny)
    assert unit.recipe_name("unit_add", SLOW) == "add=gates/slow"
    assert unit.recipe_name("unit", FAST) == "unit=gates/fast"


@pytest.mark.slow
def test_what_was_never_made_for_a_clock_is_tried_by_everything(nangate45, monkeypatch):
    """The table of known recipes may know a unit without a delay target alone."""
    free = {"free": [Recipe("gates", "area")]}
    subject = unit_design(unit_named("dot16_int8_int32")).subject
    entry = Entry("nangate45", 45, subject, dict.fromkeys(("unit", "multiply", "add"), free))
    monkeypatch.setattr("lmul_pe.synth.measuring.measurement.known_entries", lambda: (entry,))
    design = unit_design(unit_named("dot16_int8_int32"))
    quick = Conditions(nangate45, Settings())
    full = Conditions(nangate45, Settings(effort="full"))
    timed, everything = (UnitMeasurement(design, each).fastest_netlists() for each in (quick, full))
    assert timed == everything != []
    assert UnitMeasurement(design.without_clocks, quick).fastest_netlists() == []


def test_a_dot_product_has_the_same_netlists_without_clocks(nangate45, monkeypatch):
    """What wins without a delay target may be built as what is made for one."""
    design = unit_design(unit_named("dot16_lmul_e2m1_fixed"))
    won = {"free": [Recipe("sklansky", "area")], "fastest": [Recipe("sklansky", "speed")]}
    roles = ("unit", "multiply", "add_lanes", "add", "finish")
    entry = Entry("nangate45", 45, design.subject, dict.fromkeys(roles, won))
    monkeypatch.setattr("lmul_pe.synth.measuring.measurement.known_entries", lambda: (entry,))
    free = [
        UnitMeasurement(each, Conditions(nangate45, Settings())).free_netlists()
        for each in (design, design.without_clocks)
    ]
    asked = [[(one.module, one.structure, one.job.source.scripts) for one in each] for each in free]
    assert asked[0] == asked[1]
    assert ("unit_add_lanes", "sklansky", ("area",)) in asked[0]


# Netlists without a delay target: areas and energies of blocks, and energies of units, are given.

AREA, FLOW, TWICE = (Recipe("gates", script) for script in ("area", "flow", "twice"))
CELLS, TREE = Recipe("cells", "area"), Recipe("tree", "area")
ANCHOR = "unit_add_anchor"


@pytest.fixture
def choosing(tiny, chain, monkeypatch):
    """A function that measures a unit: of each module recipes with the area and the energy of their
    netlist by itself, and of units the energy by some recipes in them, 100 fJ by all others.

    It gives what was found, and which recipes were compared by themselves.
    """

    def measured(name, modules, units):
        unit = measurement(name, tiny)
        unit.netlists = {
            module: {
                recipe: Mapped(chain, f"{module} {recipe.name}") for recipe in (*recipes, SLOW_ONE)
            }
            for module, recipes in modules.items()
        }
        compared = set()

        def area(self, module, recipe):
            assert recipe is not SLOW_ONE
            return modules[module][recipe][0]

        def block_energy(self, module, recipe, first):
            compared.add((module, recipe))
            return modules[module][recipe][1]

        def run(self, choice, workload="normal"):
            energy = next((fj for recipe, fj in units.items() if recipe in choice.values()), 100.0)
            cost = Cost({"multiplier": Part(glitches_fj=energy)}, 0.0, 0.0)
            return UnitRun(cost, CriticalPath(1.0, ()), {}, 77)

        def figures(self, choice, workloads=("normal",)):
            return SimpleNamespace(choice=choice, workloads=list(workloads))

        monkeypatch.setattr(UnitMeasurement, "_area_um2", area)
        monkeypatch.setattr(UnitMeasurement, "_block_energy", block_energy)
        monkeypatch.setattr(UnitMeasurement, "_run", run)
        monkeypatch.setattr(UnitMeasurement, "_figures", figures)
        return unit.measured_free(), compared

    return measured


SLOW_ONE = Recipe("gates", "speed@300")
"""Made for a delay: it has no say where there is none."""
TOP_ALONE = {AREA: (1.0, 1.0)}


def test_a_unit_takes_what_costs_less_in_it(choosing):
    modules = {"unit": TOP_ALONE, "unit_multiply": {AREA: (5.0, 9.0), FLOW: (6.0, 8.0)}}
    found, compared = choosing(MAC, modules, {FLOW: 90.0})
    assert found.least_energy.choice == {"unit": AREA, "unit_multiply": FLOW}
    assert found.least_area.choice == {"unit": AREA, "unit_multiply": AREA}
    assert found.products == 77
    # What has one netlist needs no comparison.
    assert compared == {("unit_multiply", AREA), ("unit_multiply", FLOW)}


@pytest.mark.parametrize("energy", [100.0, 110.0])
def test_what_costs_less_by_itself_and_no_less_in_its_unit_is_not_taken(choosing, energy):
    modules = {"unit": TOP_ALONE, "unit_multiply": {AREA: (5.0, 9.0), FLOW: (6.0, 8.0)}}
    found, _ = choosing(MAC, modules, {FLOW: energy})
    assert found.least_energy.choice == {"unit": AREA, "unit_multiply": AREA}
    assert found.least_area is found.least_energy


@pytest.mark.parametrize(
    ("name", "workloads"),
    [
        (MAC, ["normal", "stationary", "half_zeros"]),
        ("mac_lmul_e2m1_fixed", ["normal"]),
        ("dot4_lmul_e2m1_fp32", ["normal"]),
        ("array_os_2x2_lmul_e2m1_fp32", ["normal"]),
        ("dot16_lmul_e2m1_fixed", ["normal", "long_sums"]),
        # 512 products are no whole beats of twelve.
        ("dot12_lmul_e2m1_fixed", ["normal"]),
        ("dot4_lmul_e2m1_aligned", ["normal"]),
    ],
)
def test_what_a_unit_is_measured_on(choosing, name, workloads):
    found, _ = choosing(name, {"unit": TOP_ALONE, "unit_multiply": {AREA: (5.0, 9.0)}}, {})
    assert found.least_energy.workloads == workloads


@pytest.mark.parametrize(
    ("name", "multiplier"), [("dot16_lmul_e2m1_fixed", TREE), ("dot4_lmul_e2m1_aligned", AREA)]
)
def test_multipliers_of_exact_sums_are_tried_in_every_structure(choosing, name, multiplier):
    """Glitches go through all of the tree, which a block by itself does not show."""
    energies = {AREA: (5.0, 9.0), FLOW: (6.0, 7.0), CELLS: (7.0, 6.0), TREE: (8.0, 8.0)}
    modules = {"unit": TOP_ALONE, "unit_multiply": energies}
    found, _ = choosing(name, modules, {TREE: 90.0, FLOW: 110.0, CELLS: 110.0})
    assert found.least_energy.choice["unit_multiply"] == multiplier


def test_where_products_are_labelled_every_netlist_is_tried(choosing):
    energies = {AREA: (5.0, 5.0), FLOW: (6.0, 7.0), TWICE: (7.0, 6.0)}
    modules = {"unit": TOP_ALONE, "unit_multiply": energies}
    units = {TWICE: 90.0}
    found, _ = choosing("dot4_lmul_e2m1_aligned", {**modules, ANCHOR: {AREA: (1.0, 1.0)}}, units)
    assert found.least_energy.choice["unit_multiply"] == TWICE
    found, _ = choosing("dot4_lmul_e2m1_aligned", {**modules, "unit_add": {AREA: (1, 1)}}, units)
    assert found.least_energy.choice["unit_multiply"] == AREA
    both = {"unit": TOP_ALONE, "unit_multiply": {AREA: (5.0, 5.0)}, ANCHOR: energies}
    found, _ = choosing("dot4_lmul_e2m1_aligned", both, units)
    assert found.least_energy.choice[ANCHOR] == TWICE


# Netlists of blocks, compared by what happened at their ports.


@pytest.fixture
def recorded(tiny, chain):
    """A MAC whose multiplier was recorded in so many instances; each is asked for its energy."""

    def unit(count, energies=None):
        found, asked = measurement(MAC, tiny), []

        def recording(place):
            def energy(netlist, technology, wire_ff, samples):
                asked.append((place, samples))
                return energies[place] if energies else 1.0

            return SimpleNamespace(energy=energy)

        found.netlists = {"unit_multiply": {AREA: Mapped(chain, "area")}}
        found._recordings = {"unit_multiply": [recording(place) for place in range(count)]}
        return found, asked

    return unit


@pytest.mark.parametrize(
    ("count", "samples"),
    [(1, [48]), (2, [24, 24]), (3, [16, 16, 16]), (5, [16, 0, 16, 0, 16]), (6, [24, 0, 0] * 2)],
)
def test_every_instance_is_compared_and_some_are_sampled(recorded, count, samples):
    unit, asked = recorded(count)
    energy = unit._block_energy("unit_multiply", AREA, {})
    assert asked == list(enumerate(samples))
    assert energy == sum(map(bool, samples))


def test_a_block_that_does_something_else_is_found(recorded):
    unit, _ = recorded(2, [1.0, None])
    message = f"^netlist {MAC}: block multiply by gates/area differs from its other netlists$"
    with pytest.raises(MismatchError, match=message):
        unit._block_energy("unit_multiply", AREA, {})


@pytest.fixture
def simulating(tiny, chain, monkeypatch):
    """A MAC of one block that says which workloads it was simulated on."""
    asked = []

    def run(stimulus, linked, conditions):
        asked.append((stimulus, linked))
        recordings = {"unit": [len(asked)]}
        cost = Cost({"multiplier": Part(area_um2=8.0, glitches_fj=64.0)}, 16.0, 32.0)
        return UnitRun(cost, CriticalPath(1.0, ()), recordings, 77)

    monkeypatch.setattr(unit_module, "run_stream", run)
    monkeypatch.setattr(unit_module, "_streamed", lambda unit, workload, seed: (workload, seed))

    def unit(name=MAC, **settings):
        found = measurement(name, tiny)
        found.conditions = Conditions(tiny, Settings(effort="full", **settings))
        found.netlists = {"unit": {AREA: Mapped(chain, "area")}}
        return found

    return unit, asked


def test_what_happened_at_the_ports_is_kept_of_the_first_usual_run(simulating):
    unit, asked = simulating[0](seed=5), simulating[1]
    choice = {"unit": AREA}
    unit._simulated(choice, "half_zeros")
    assert unit._recordings is None
    assert unit._recorded(choice) == {"unit": [2]}
    # That run is not made again, and none takes its place.
    assert unit._simulated(choice).products == 77
    unit._run(choice)
    assert unit._recorded(choice) == {"unit": [2]}
    assert [stimulus for stimulus, _ in asked] == [("half_zeros", 5), ("normal", 5), ("normal", 5)]


def test_a_netlist_is_measured_again_by_the_operation(simulating, chain):
    unit, asked = simulating[0]("dot16_lmul_e2m1_fixed", seed=6), simulating[1]
    figures = replace(by_hand.figures(clock_ps=500.0), netlist=chain)
    point = Point(500.0, figures, by_hand.figures(scale=2.0))
    again = unit.again(point)
    ((stimulus, linked),) = asked
    assert (stimulus, linked.netlist) == (("normal", 6), chain)
    assert list(again.least_energy.costs) == ["normal"]
    cost = again.least_energy.cost
    assert (cost.total.area_um2, cost.total.glitches_fj) == (8.0, 4.0)
    assert (cost.uncertainty_fj, cost.glitch_uncertainty_fj) == (1.0, 2.0)
    assert (again.clock_ps, again.least_area) == (500.0, point.least_area)


def test_a_path_goes_through_all_that_stands_in_a_module(tiny, chain, monkeypatch):
    unit, linked = measurement(MAC, tiny), []

    def holding(*modules):
        return replace(chain, blocks=tuple(Placed(each, each, {}, {}) for each in modules))

    def link(self, choice, top, name):
        linked.append((set(choice), top, name))
        return SimpleNamespace(netlist=chain)

    monkeypatch.setattr(UnitMeasurement, "_linked", link)
    modules = {
        "unit": holding("unit_add", "unit_multiply"),
        "unit_add": holding("unit_add_align"),
        "unit_add_align": chain,
        "unit_multiply": chain,
        "unit_other": chain,
    }
    unit.netlists = {name: {AREA: Mapped(each, name)} for name, each in modules.items()}
    # A load of 4 fF, and none: 14 and 30 ps.
    assert unit.path_ps(dict.fromkeys(modules, AREA)) == 44.0
    assert linked == [(modules.keys() - {"unit_other"}, "unit", "unit")]


# At a clock.


@pytest.mark.parametrize(
    ("clock_ps", "compared", "chosen"),
    [
        # What alone meets it needs no comparison.
        (15.0, {("small", FAST), ("small", SLOW)}, (FAST, FAST)),
        # As slow as the clock by itself, and too slow with another block.
        (20.0, {("large", FAST), ("large", SLOW), ("small", FAST), ("small", SLOW)}, (FAST, FAST)),
        (25.0, {("large", FAST), ("large", SLOW), ("small", FAST), ("small", SLOW)}, (SLOW, FAST)),
    ],
)
def test_blocks_are_compared_that_meet_the_clock_by_themselves(
    unit, monkeypatch, clock_ps, compared, chosen
):
    asked = set()

    def energies(self, module, recipes, first):
        asked.update((module, recipe) for recipe in recipes)
        return {recipe: BLOCKS[module][recipe].area_um2 for recipe in recipes}

    def figures(self, choice):
        return SimpleNamespace(choice=choice)

    monkeypatch.setattr(UnitMeasurement, "_block_energies", energies)
    monkeypatch.setattr(UnitMeasurement, "_figures", figures)
    point = unit._point(clock_ps, unit.fastest)
    assert asked == compared
    assert point.clock_ps == clock_ps
    assert point.least_energy.choice == dict(zip(("large", "small"), chosen, strict=True))
    # One netlist of each block is the best for both.
    assert point.least_area is point.least_energy


def test_of_two_choices_at_a_clock_the_one_of_less_energy_is_taken(unit, monkeypatch):
    energies = {"large": {FAST: 1.0, SLOW: 2.0}, "small": {FAST: 1.0, SLOW: 2.0}}
    monkeypatch.setattr(
        UnitMeasurement,
        "_block_energies",
        lambda self, module, recipes, first: {each: energies[module][each] for each in recipes},
    )
    monkeypatch.setattr(
        UnitMeasurement, "_figures", lambda self, choice: SimpleNamespace(choice=choice)
    )

    def simulated(self, choice):
        fj = {FAST: 50.0, SLOW: 60.0}[choice["large"]]
        return SimpleNamespace(cost=Cost({"multiplier": Part(glitches_fj=fj)}, 0.0, 0.0))

    monkeypatch.setattr(UnitMeasurement, "_simulated", simulated)
    point = unit._point(25.0, unit.fastest)
    assert point.least_energy.choice == {"large": FAST, "small": FAST}
    assert point.least_area.choice == {"large": SLOW, "small": FAST}


def test_what_costs_as_much_is_no_reason_to_change(unit):
    same = {recipe: Block(10.0, 50.0) for recipe in (FAST, SLOW)}
    unit.timed = Timed({"large": same}, (), 0.0)
    unit.path_ps = lambda choice: 10.0
    start = {"large": SLOW}
    assert unit.least({"large": dict.fromkeys(same, 7.0)}, 99.0, start) == start


def test_what_is_made_of_which_multiplier_and_accumulator(tiny):
    mac = unit_named(MAC)
    assert measurement(MAC, tiny).mac == mac
    assert measurement("array_os_2x2_lmul_e2m1_fp32", tiny).mac == mac


def test_a_unit_that_is_measured_at_no_clock_has_no_fastest_one(tiny):
    found = measurement("mac_int8_int32", tiny)
    found.free = FreeUnit(least_energy=None, least_area=None, products=1)
    assert found.measured(()).fastest_ps is None


def test_the_quickest_of_blocks_is_asked_for_a_picosecond_at_least(unit):
    unit.texts = {"unit": {"gates": ""}, "unit_add": {"sklansky": "", "brent_kung": " "}}
    unit.timed = Timed({each: {FAST: Block(0.2, 1.0)} for each in unit.texts}, (), 0.0)
    targets = {recipe.target_ps for one in unit.netlists_between([]) for recipe in one.recipes}
    assert targets == {1}


def test_each_sort_of_block_has_scripts_of_its_own_for_a_clock(unit):
    unit.texts = {
        "unit": {"gates": "", "sklansky": " "},
        "unit_multiply": {"gates": "", "sklansky": " ", "brent_kung": "  "},
        # The same in two structures: one is enough.
        "unit_add": {"gates": "", "sklansky": " ", "brent_kung": " "},
    }
    wanted = {
        (one.module, one.structure): {recipe.without_target.script for recipe in one.recipes}
        for one in unit.fastest_netlists()
    }
    timed = unit.design.timed
    assert wanted == {
        ("unit", "sklansky"): {"prefix-map"},
        ("unit", "brent_kung"): {"prefix-map"},
        ("unit_multiply", "sklansky"): set(timed["sklansky"]),
        ("unit_multiply", "brent_kung"): set(timed["brent_kung"]),
        ("unit_add", "sklansky"): {*PREFIX_SCRIPTS, "speed"},
    }


def test_integer_multipliers_have_structures_of_their_own_for_a_clock(tiny):
    unit = measurement("dot16_int8_int32", tiny)
    unit.texts = {"unit_multiply": {"gates": "", "sklansky": " ", "brent_kung": "  "}}
    (one,) = unit.fastest_netlists()
    assert one.structure == "sklansky"
    assert {recipe.without_target.script for recipe in one.recipes} == {"prefix-map", "prefix-nf"}


@pytest.fixture
def offered(tiny, monkeypatch):
    """A function: the structures in which a unit is elaborated, and which a module is wanted in."""

    def found(name, module, known=None, **settings):
        unit = measurement(name, tiny)
        unit._known = known
        asked = []

        def texts(specification, structures, wanted, memo):
            asked.append((structures, [each for each in structures if wanted(module, each)]))
            return {}

        monkeypatch.setattr(unit_module, "block_texts", texts)
        assert unit.elaborated(Memo()) == {}
        ((structures, wanted),) = asked
        assert structures[: len(unit.design.structures)] == list(unit.design.structures)
        return structures, wanted

    return found


@pytest.mark.parametrize(
    ("name", "module", "wanted"),
    [
        # Multipliers of cells, and for clocks of two prefix networks.
        (MAC, "unit_multiply", ["cells", "brent_kung", "sklansky"]),
        ("mac_int8_int32", "unit_multiply", ["cells"]),
        # Adders the same, by the last structure alone without a target.
        (MAC, "unit_add", ["cells", "brent_kung", "sklansky"]),
        ("mac_int8_int32", "unit_add", ["cells"]),
        ("mac_int8_int32", "unit_finish", ["cells"]),
        # What may be made for clocks has the same adders where it is not.
        ("dot16_lmul_e2m1_fixed", "unit_add", ["sklansky", "cells", "brent_kung"]),
        ("dot16_lmul_e2m1_fixed", "unit_finish", ["sklansky", "tree", "cells", "brent_kung"]),
        ("dot16_lmul_e2m1_fixed", "unit_multiply", ["sklansky", "tree", "cells", "brent_kung"]),
    ],
)
def test_blocks_are_elaborated_in_what_their_unit_may_want(offered, name, module, wanted):
    assert offered(name, module)[1] == wanted


def test_without_a_clock_no_structure_is_for_one(offered):
    assert offered("mac_int8_int32", "unit_add")[0] == ["gates", "cells"]
    assert offered(MAC, "unit_add")[0] == ["gates", "cells", "brent_kung", "sklansky"]


SKLANSKY, RIPPLE = Recipe("sklansky", "speed"), Recipe("cells", "area")


@pytest.mark.parametrize(
    ("rounds", "wanted"),
    [
        ({"free": [RIPPLE], "fastest": [SKLANSKY]}, ["cells", "sklansky"]),
        ({"free": [RIPPLE], "between": [SKLANSKY]}, ["cells", "sklansky"]),
        ({"free": [RIPPLE], "fastest": []}, ["cells"]),
        # The first structure is always there.
        ({"free": [Recipe("gates", "area")], "fastest": [SKLANSKY]}, ["sklansky"]),
        # Never made for a clock, or of structures that this unit does not have.
        ({"free": [RIPPLE]}, ["cells", "brent_kung", "sklansky"]),
        ({"free": [Recipe("rows", "area")], "fastest": []}, ["cells", "brent_kung", "sklansky"]),
    ],
)
def test_blocks_are_elaborated_in_what_is_known_to_win(offered, rounds, wanted):
    assert offered(MAC, "unit_multiply", {"multiply": rounds})[1] == wanted


def test_without_a_clock_what_wins_without_one_counts(offered):
    known = {"multiply": {"free": [Recipe("gates", "area")]}}
    assert offered("mac_int8_int32", "unit_multiply", known)[1] == []
