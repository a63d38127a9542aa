"""Work in children: results come back, what is urgent comes first, and an error ends the rest."""

import os
import time
from functools import partial
from pathlib import Path

import pytest

from lmul_pe.synth.mapping.processes import Processes


class OutOfRangeError(RuntimeError):
    """An error with a type of its own."""


def test_results_come_back_from_other_processes():
    processes, found = Processes(), {}
    for number in range(5):
        processes.submit(
            lambda number=number: (number**2, os.getpid()), partial(found.__setitem__, number)
        )
    processes.run()
    assert [found[number][0] for number in range(5)] == [0, 1, 4, 9, 16]
    children = {child for _, child in found.values()}
    assert len(children) == 5
    assert os.getpid() not in children


def test_what_a_child_changes_stays_with_it():
    processes, here, told = Processes(), [], []

    def change():
        here.append(1)
        return len(here)

    for _ in range(3):
        processes.submit(change, told.append)
    processes.run()
    assert (told, here) == ([1, 1, 1], [])


def test_results_lead_to_more_work():
    processes, told = Processes(), []

    def done(number):
        told.append(number)
        if number:
            processes.submit(lambda: number - 1, done)

    processes.submit(lambda: 3, done)
    processes.run()
    assert told == [3, 2, 1, 0]


def test_what_is_urgent_comes_first(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    processes, told = Processes(), []
    for name, urgent in (("a", False), ("b", True), ("c", False), ("d", True)):
        processes.submit(lambda name=name: name, told.append, urgent=urgent)
    processes.run()
    assert told == ["b", "d", "a", "c"]


def test_an_error_of_a_child_ends_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    processes = Processes()

    def slow(index):
        time.sleep(30)
        Path(tmp_path, str(index)).touch()

    def refuse():
        raise OutOfRangeError("no more")

    for index in range(3):
        processes.submit(partial(slow, index), lambda _: None)
    processes.submit(refuse, lambda _: None, urgent=True)
    start = time.monotonic()
    with pytest.raises(OutOfRangeError, match="no more"):
        processes.run()
    # Ended, and not waited for.
    assert time.monotonic() - start < 30
    assert list(tmp_path.iterdir()) == []
    # Nothing is left of it.
    told = []
    processes.submit(lambda: "again", told.append)
    processes.run()
    assert told == ["again"]


def test_an_error_of_who_is_told_ends_the_rest():
    processes = Processes()

    def refuse(result):
        raise OutOfRangeError(result)

    processes.submit(lambda: "told", refuse)
    with pytest.raises(OutOfRangeError, match="told"):
        processes.run()


def test_a_child_that_dies_is_an_error():
    processes = Processes()
    processes.submit(lambda: os._exit(3), lambda _: None)
    with pytest.raises(RuntimeError, match="ended with status 3"):
        processes.run()
