"""Jobs are done once, told as they end, and an error ends them all."""

import threading

import pytest

from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.jobs import Job, map_all


class Recorder:
    """Stands for synthesis: notes what it is asked for, and gives the name of each script."""

    def __init__(self, broken=()):
        self.asked, self.broken, self._lock = [], broken, threading.Lock()

    def map(self, rtlil, module, scripts, technology, blocks):
        with self._lock:
            self.asked.append((module, technology, blocks))
        if module in self.broken:
            raise ValueError(module)
        if self.broken:
            # Long enough for the error to come between.
            threading.Event().wait(0.01)
        return dict.fromkeys(scripts, rtlil)


def job(module, *, generic=False, blocks=()):
    return Job(BlockSource(module, f"{module} as text", blocks, ("area", "flow")), generic)


def test_equal_jobs_are_done_once_and_told_with_their_number():
    synthesis, told = Recorder(), []
    jobs = [job("a"), job("b", generic=True), job("a"), job("c", blocks=(("d", "module d"),))]
    map_all(jobs, "cells", synthesis, lambda *each: told.append(each))
    assert sorted(synthesis.asked) == [
        ("a", "cells", {}),
        ("b", None, {}),
        ("c", "cells", {"d": "module d"}),
    ]
    assert {each.source.module for each, _, _ in told} == {"a", "b", "c"}
    assert {total for _, _, total in told} == {3}
    netlists = {each.source.module: found for each, found, _ in told}
    assert netlists["a"] == {"area": "a as text", "flow": "a as text"}


def test_jobs_are_begun_while_others_are_being_made_up():
    synthesis, begun = Recorder(), threading.Event()

    def jobs():
        yield job("a")
        while not synthesis.asked:
            assert not begun.wait(0.001)
        yield job("b")

    told = []
    map_all(jobs(), "cells", synthesis, lambda each, netlists, total: told.append(total))
    assert told == [2, 2]


def test_what_is_missing_was_given_up():
    found = job("a").given_up("gates", {"flow": "a netlist"})
    assert [recipe.name for recipe in found] == ["gates/area"]
    assert job("a").given_up("gates", dict.fromkeys(("area", "flow"))) == []


def test_an_error_ends_the_rest():
    jobs = [job("broken"), *(job(f"m{index}") for index in range(500))]
    synthesis = Recorder(broken={"broken"})
    with pytest.raises(ValueError, match="broken"):
        map_all(jobs, "cells", synthesis, lambda *each: None)
    assert len(synthesis.asked) < len(jobs)


def test_an_error_of_who_is_told_ends_the_rest():
    def refuse(each, netlists, total):
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        map_all([job("a"), job("b")], "cells", Recorder(), refuse)


def test_without_jobs_nothing_is_told():
    map_all([], "cells", Recorder(), lambda *each: pytest.fail("there was no job"))
