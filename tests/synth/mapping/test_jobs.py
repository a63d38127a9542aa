"""A job is what is mapped: equal ones are equal, and it knows what was given up."""

from dataclasses import replace

import pytest

from lmul_pe.synth.cells.technology import TechnologyError
from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.jobs import Job


class Recorder:
    """Stands for synthesis: notes what it is asked for, and gives the text by each script.

    It gives up on some scripts, and raises where it is given no other.
    """

    def __init__(self, *hopeless):
        self.asked = []
        self.hopeless = hopeless

    def map(self, rtlil, module, scripts, technology, blocks):
        self.asked.append((module, technology, blocks))
        made = [script for script in scripts if script not in self.hopeless]
        if not made:
            raise TechnologyError(f"{module} cannot be mapped")
        return dict.fromkeys(made, rtlil)


def job(module, *, generic=False, blocks=()):
    return Job(BlockSource(module, f"{module} as text", blocks, ("area", "flow")), generic)


def test_equal_jobs_are_one():
    assert len({job("a"), job("a"), job("a", generic=True), job("b")}) == 3


def test_a_job_is_mapped_with_its_blocks_and_its_technology():
    synthesis = Recorder()
    netlists = job("a", blocks=(("d", "module d"),)).netlists(synthesis, "cells")
    assert netlists == {"area": "a as text", "flow": "a as text"}
    job("b", generic=True).netlists(synthesis, "cells")
    assert synthesis.asked == [("a", "cells", {"d": "module d"}), ("b", None, {})]


def test_what_is_missing_was_given_up():
    found = job("a").given_up("gates", {"flow": "a netlist"})
    assert [recipe.name for recipe in found] == ["gates/area"]
    assert job("a").given_up("gates", dict.fromkeys(("area", "flow"))) == []


def test_other_scripts_are_tried_where_none_of_the_chosen_gives_a_netlist():
    each = replace(job("a"), others=("deep", "twice"))
    assert list(each.netlists(Recorder("area"), "cells")) == ["flow"]
    found = each.netlists(Recorder("area", "flow", "deep"), "cells")
    assert list(found) == ["twice"]
    names = [recipe.name for recipe in each.given_up("gates", found)]
    assert names == ["gates/area", "gates/flow", "gates/deep"]
    assert [recipe.name for recipe in each.given_up("gates", {"flow": ""})] == ["gates/area"]


@pytest.mark.parametrize("others", [(), ("deep",)])
def test_where_no_script_gives_a_netlist_the_module_cannot_be_mapped(others):
    each = replace(job("a"), others=others)
    with pytest.raises(TechnologyError, match="a cannot be mapped"):
        each.netlists(Recorder("area", "flow", *others), "cells")


def test_a_technology_without_buffers_leaves_scripts_out():
    class Bufferless(Recorder):
        def map(self, rtlil, module, scripts, technology, blocks):
            return {} if scripts == ("area", "flow") else dict.fromkeys(scripts, rtlil)

    assert job("a").netlists(Bufferless(), "cells") == {}
    assert list(replace(job("a"), others=("deep",)).netlists(Bufferless(), "cells")) == ["deep"]
