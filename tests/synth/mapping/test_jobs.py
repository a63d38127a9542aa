"""A job is what is mapped: equal ones are equal, and it knows what was given up."""

from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.jobs import Job


class Recorder:
    """Stands for synthesis: notes what it is asked for, and gives the name of each script."""

    def __init__(self):
        self.asked = []

    def map(self, rtlil, module, scripts, technology, blocks):
        self.asked.append((module, technology, blocks))
        return dict.fromkeys(scripts, rtlil)


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
