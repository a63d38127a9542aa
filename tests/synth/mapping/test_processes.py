"""Work in children: results come back, what is urgent comes first, and an error ends the rest."""

import gc
import os
import signal
import time
from contextlib import nullcontext
from functools import partial
from multiprocessing import Pipe, current_process
from pathlib import Path

import pytest

from lmul_pe.synth.mapping import processes as module
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


@pytest.mark.parametrize("works", [True, False])
def test_memory_is_looked_through_once_and_not_again_by_children(works, monkeypatch):
    steps = []
    for name in ("collect", "freeze", "unfreeze"):
        monkeypatch.setattr(gc, name, lambda name=name: steps.append(name))
    processes = Processes()

    def work():
        if not works:
            raise OutOfRangeError
        return "work"

    processes.submit(work, steps.append)
    with nullcontext() if works else pytest.raises(OutOfRangeError):
        processes.run()
    assert steps == ["collect", "freeze", *(["work"] if works else []), "unfreeze"]


@pytest.mark.parametrize(("processors", "most"), [(1, 1), (3, 3), (None, 1)])
def test_as_many_children_run_at_once_as_there_are_processors(processors, most, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    running, real = [], module.wait

    def wait(connections):
        running.append(len(connections))
        return real(connections)

    monkeypatch.setattr(module, "wait", wait)
    processes, told = Processes(), []
    for number in range(5):
        processes.submit(lambda number=number: number, told.append)
    processes.run()
    assert sorted(told) == list(range(5))
    assert max(running) == most


def test_a_child_ends_with_its_parent():
    processes, told = Processes(), []
    processes.submit(lambda: current_process().daemon, told.append)
    processes.run()
    assert told == [True]


def is_there(pid):
    """Whether a process is, were it only until somebody asks how it ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_is_left_of_children_that_are_done():
    processes, pids = Processes(), []
    for _ in range(3):
        processes.submit(os.getpid, pids.append)
    processes.run()
    assert len(pids) == 3
    assert not any(map(is_there, pids))


def test_nothing_is_left_of_children_that_are_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    processes = Processes()

    def slow():
        Path(tmp_path, str(os.getpid())).touch()
        time.sleep(30)

    def refuse():
        while not list(tmp_path.iterdir()):
            time.sleep(0.001)
        raise OutOfRangeError("no more")

    processes.submit(slow, lambda _: None)
    processes.submit(refuse, lambda _: None)
    with pytest.raises(OutOfRangeError):
        processes.run()
    (pid,) = (int(path.name) for path in tmp_path.iterdir())
    assert not is_there(pid)


@pytest.mark.parametrize("urgent", [False, True])
def test_work_that_was_given_up_is_not_done_later(urgent, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    processes, told = Processes(), []

    def refuse():
        raise OutOfRangeError("no more")

    processes.submit(refuse, told.append, urgent=True)
    processes.submit(lambda: "given up", told.append, urgent=urgent)
    with pytest.raises(OutOfRangeError):
        processes.run()
    processes.submit(lambda: "again", told.append)
    processes.run()
    assert told == ["again"]


def test_how_a_child_ended_is_known_once_it_has():
    class Dying:
        exitcode = None

        def join(self):
            self.exitcode = 9

    processes = Processes()
    receiver, sender = Pipe(duplex=False)
    sender.close()
    processes._running[receiver] = Dying(), lambda result: None
    with pytest.raises(RuntimeError, match="ended with status 9"):
        processes._finish(receiver)


def raises():
    raise OutOfRangeError("no more")


@pytest.mark.parametrize(("work", "failed"), [(lambda: 7, False), (raises, True)])
def test_a_child_leaves_interrupts_to_its_parent_and_says_what_came_of_it(
    work, failed, monkeypatch
):
    handled, looks = [], []
    monkeypatch.setattr(signal, "signal", lambda *given: handled.append(given))
    monkeypatch.setattr(gc, "set_threshold", looks.append)
    receiver, sender = Pipe(duplex=False)
    module._work(work, sender)
    assert handled == [(signal.SIGINT, signal.SIG_IGN), (signal.SIGTERM, module._leave)]
    # Looking for cycles every few hundred objects takes a quarter of the time.
    assert len(looks) == 1
    assert looks[0] > 1000
    found = receiver.recv()
    assert found[0] == failed
    assert str(found[1]) == ("no more" if failed else "7")
    # Without its parent nobody listens.
    receiver.close()
    module._work(work, sender)


def test_a_child_that_is_ended_leaves_by_an_exception():
    with pytest.raises(SystemExit) as raised:
        module._leave(signal.SIGTERM, None)
    # As shells say it: 128, and the signal's number.
    assert raised.value.code == 143
