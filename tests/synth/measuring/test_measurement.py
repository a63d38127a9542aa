"""What every measurement wants, and what it keeps of the netlists that come."""

from types import SimpleNamespace

import pytest

from lmul_pe.model import multiplier_named
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.known import FASTER, Entry
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.measuring import measurement as module
from lmul_pe.synth.measuring.measurement import Wanted
from lmul_pe.synth.measuring.multiplier import MultiplierMeasurement
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings


@pytest.fixture
def measurement(tiny):
    design = multiplier_design(multiplier_named("lmul_e2m1"), "L-Mul")
    return MultiplierMeasurement(design, Conditions(tiny, Settings(check_pairs=1)))


def test_netlists_are_kept_by_recipe_and_what_is_missing_is_named(measurement, chain):
    job = Job(BlockSource("m", "", (), ("area", "flow", "twice")))
    first, second = Mapped(chain, "first"), Mapped(chain, "second")
    measurement.take(Wanted("m", "gates", job), {"area": first, "twice": second})
    assert measurement.netlists == {
        "m": {Recipe("gates", "area"): first, Recipe("gates", "twice"): second}
    }
    assert measurement.given_up == ["gates/flow"]


def test_a_netlist_that_comes_again_is_not_another(measurement, chain):
    wanted = Wanted("m", "gates", Job(BlockSource("m", "", (), ("area",))))
    first, again = Mapped(chain, "first"), Mapped(chain, "again")
    measurement.take(wanted, {"area": first})
    measurement.take(wanted, {"area": again})
    assert measurement.netlists["m"] == {Recipe("gates", "area"): first}
    assert measurement.given_up == []


@pytest.mark.parametrize(
    ("rounds", "fastest"), [({"free": ["r"]}, None), ({"free": ["r"], "between": ["r"]}, ())]
)
def test_a_design_that_was_made_for_no_clock_is_not_known_at_one(measurement, rounds, fastest):
    measurement._known = {"multiplier": rounds}
    assert measurement.winners("lmul_e2m1", "free") == ["r"]
    assert measurement.winners("lmul_e2m1", "fastest") == fastest


AREA, FLOW, SPEED, DEEP = (Recipe("gates", name) for name in ("area", "flow", "speed", "deep-nf"))


NAME = "lmul_e2m1"


def wanted(structure, *scripts, module=NAME):
    return Wanted(module, structure, Job(BlockSource(module, "", (), scripts)))


def worth(measurement, round, *listed):
    return [
        (one.module, one.structure, one.job.source.scripts)
        for one in measurement.worth(round, listed)
    ]


def test_what_is_not_chosen_is_kept_for_where_all_else_fails():
    every = wanted("gates", "area", "flow", "twice")
    few = every.only(lambda recipe: recipe.script != "flow")
    assert (few.module, few.structure) == (NAME, "gates")
    assert (few.job.source.scripts, few.job.others) == (("area", "twice"), ("flow",))
    assert every.only(lambda recipe: False) is None


FREE = (wanted("gates", "area", "flow"), wanted("cells", "area"))
ALL_FREE = [(NAME, "gates", ("area", "flow")), (NAME, "cells", ("area",))]


def test_where_nothing_is_known_everything_is_worth_it(measurement):
    measurement._known = None
    other = wanted("gates", "area", module="n")
    assert worth(measurement, "free", *FREE, other) == [*ALL_FREE, ("n", "gates", ("area",))]


@pytest.mark.parametrize(
    ("rounds", "kept"),
    [
        ({"free": [AREA]}, [(NAME, "gates", ("area",))]),
        # Of other structures, and of no netlists without a target.
        ({"free": [Recipe("rows", "area")]}, ALL_FREE),
        ({"between": [SPEED]}, ALL_FREE),
    ],
)
def test_what_is_known_to_win_is_worth_it(measurement, rounds, kept):
    measurement._known = {"multiplier": rounds}
    assert worth(measurement, "free", *FREE) == kept


@pytest.mark.parametrize(
    ("round", "recipes", "kept"),
    [
        ("between", [SPEED], [(NAME, "gates", ("speed@300", "speed@400"))]),
        # The round before is of the same recipes.
        (FASTER, [SPEED], [(NAME, "gates", ("speed@300", "speed@400"))]),
        ("between", [], []),
        (
            "between",
            [Recipe("rows", "speed")],
            [(NAME, "gates", ("speed@300", "speed@400", "deep-nf@300", "deep-nf@400"))],
        ),
    ],
)
def test_what_is_known_to_win_at_clocks_is_worth_it(measurement, round, recipes, kept):
    measurement._known = {"multiplier": {"free": [AREA], "between": recipes}}
    every = wanted("gates", "speed@300", "speed@400", "deep-nf@300", "deep-nf@400")
    assert worth(measurement, round, every) == kept


def test_what_a_report_takes_is_worth_it_with_its_target_alone(measurement):
    measurement._known = {"multiplier": {"free": [AREA], "between": [SPEED, DEEP]}}
    measurement._taken = {"multiplier": {"free": [{FLOW}], "between": [{SPEED}, {DEEP}]}}
    assert worth(measurement, "free", *FREE) == [(NAME, "gates", ("flow",))]
    # By the order of the targets; of a third one nothing is taken.
    scripts = [f"{name}@{ps}" for ps in (500, 400, 300) for name in ("speed", "deep-nf")]
    assert worth(measurement, "between", wanted("gates", *scripts)) == [
        (NAME, "gates", ("deep-nf@400", "speed@300"))
    ]
    assert measurement.winners(NAME, "between") == {SPEED, DEEP}


KNOWN, TAKEN = {"multiplier": {"free": [AREA]}}, {"multiplier": {"free": [{FLOW}]}}


@pytest.mark.parametrize(
    ("effort", "name", "reported", "known", "taken"),
    [
        ("quick", "lmul_e2m1", True, KNOWN, TAKEN),
        ("quick", "lmul_e2m1", False, KNOWN, None),
        ("quick", "another", True, KNOWN, None),
        # Where every recipe is tried nothing is left out.
        ("full", "lmul_e2m1", True, None, None),
    ],
)
def test_what_the_nearest_design_won_by_is_known(
    nangate45, monkeypatch, effort, name, reported, known, taken
):
    design = multiplier_design(multiplier_named("lmul_e2m1"), "L-Mul")
    entry = Entry("nangate45", 45, design.subject, KNOWN, (name, TAKEN))
    monkeypatch.setattr(module, "known_entries", lambda: (entry,))
    conditions = Conditions(nangate45, Settings(effort=effort), reported)
    found = MultiplierMeasurement(design, conditions)
    assert (found._known, found._taken) == (known, taken)
    monkeypatch.setattr(module, "known_entries", lambda: ())
    alone = MultiplierMeasurement(design, conditions)
    assert (alone._known, alone._taken) == (None, None)


def test_what_won_is_named_by_round_and_by_the_place_of_its_target(measurement):
    def choosing(recipe):
        return SimpleNamespace(choice={NAME: recipe})

    measurement._known = None
    measurement.worth("free", FREE)
    measurement.worth("fastest", [wanted("gates", "speed@1")])
    measurement.worth("between", [wanted("gates", "speed@300", "deep-nf@400", "speed@500")])
    measurement.free = SimpleNamespace(least_energy=choosing(FLOW), least_area=choosing(AREA))
    measurement.decisive = lambda: [{NAME: Recipe("gates", "speed@1")}]
    last = SimpleNamespace(
        least_energy=choosing(Recipe("gates", "deep-nf@400")),
        least_area=choosing(Recipe("gates", "speed@500")),
    )
    assert measurement.won([last]) == {
        "multiplier": {"free": {FLOW, AREA}, "fastest": {SPEED}, "between": {SPEED, DEEP}}
    }
    assert measurement.taken([last]) == {
        "multiplier": {
            "free": [{FLOW, AREA}],
            "fastest": [{SPEED}],
            "between": [set(), {DEEP}, {SPEED}],
        }
    }
