"""What every measurement keeps of the netlists that come."""

import pytest

from lmul_pe.model import multiplier_named
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import Recipe
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
