"""The choice of block netlists at a clock, from blocks of round figures."""

from types import SimpleNamespace

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.mapping.known import Entry
from lmul_pe.synth.mapping.recipes import FASTEST, Recipe
from lmul_pe.synth.measuring.measured import Point
from lmul_pe.synth.measuring.unit import Block, FreeUnit, Timed, UnitMeasurement
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings

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
