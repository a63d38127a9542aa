"""Jobs on Dask: workers are killed, schedulers lost, and nothing is lost with them."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from distributed.comm.core import CommClosedError

from lmul_pe.hw.export.yosys import YosysStopped
from lmul_pe.synth.cluster import jobs
from lmul_pe.synth.cluster.jobs import dask_cluster, run_jobs
from lmul_pe.synth.sweep.estimate import estimated
from lmul_pe.synth.sweep.point import source

ROOT = Path(__file__).parents[3]
NAMES = ["lmul_e2m1", "exact_e2m1"]


def slow(job, folder):
    """Its job and the process that did it, in a while."""
    time.sleep(0.2)
    return job, os.getpid()


def finished(client, work, jobs):
    """What each job gave, and why others gave nothing."""
    results, failures = {}, {}

    def done(job, result):
        assert job not in results
        results[job] = result

    run_jobs(client, work, deque(jobs), done, failures.__setitem__, None)
    return results, failures


def unexpected(job, why):
    """No job of a test that goes well fails."""
    raise AssertionError(f"{job}: {why}")


def failing(job, folder):
    raise ValueError(f"{job} is wrong\nin two lines")


@pytest.fixture(scope="module")
def client():
    with dask_cluster(None, 2, source) as client:
        yield client


@pytest.mark.slow
def test_workers_that_are_killed_change_no_result(client):
    """Killed while they work, whatever they are at: all the same is there in the end, once."""
    killed, results = [], {}

    def done(job, result):
        assert job not in results
        results[job] = result
        # Of those that have given something, so that what they gave is seen to stay.
        pid = result[1]
        if len(killed) < 2 and pid not in killed:
            killed.append(pid)
            os.kill(pid, signal.SIGKILL)

    jobs = [f"{number}" for number in range(24)]
    run_jobs(client, slow, deque(jobs), done, unexpected, None)
    assert sorted(results) == sorted(jobs)
    assert len(killed) == 2
    assert len({pid for _, pid in results.values()}) > 2


def test_a_worker_gives_what_this_process_gives(client):
    results, failures = finished(client, estimated, NAMES)
    assert not failures
    assert results == {name: estimated(name, None) for name in NAMES}


def test_a_job_that_fails_is_told_in_a_line_and_others_go_on(client):
    assert finished(client, failing, ["a", "b"]) == (
        {},
        {"a": "a is wrong", "b": "b is wrong"},
    )


def test_nobody_at_an_address_is_an_error_of_one_line(monkeypatch):
    monkeypatch.setattr(jobs, "ANSWERS_S", 1)
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client")]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    with (
        pytest.raises(click.ClickException, match="does not answer within 1 s") as error,
        dask_cluster("tcp://127.0.0.1:9", None, source),
    ):
        pass
    assert "\n" not in error.value.message
    # Dask adds no lines of its own.
    assert not any(logger.isEnabledFor(logging.ERROR) for logger in loggers)


def test_a_worker_of_another_version_begins_nothing(client):
    with pytest.raises(click.ClickException, match=r"worker tcp://\S+ has another version"):
        jobs.require_same_version(client, os.getpid)


def test_a_worker_that_dies_while_it_is_asked_has_no_say():
    class Dying:
        def run(self, function, on_error):
            assert on_error == "return"
            return {"tcp://there": function(), "tcp://gone": CommClosedError("Stream is closed")}

    jobs.require_same_version(Dying(), source)


def test_work_that_what_is_done_adds_is_done_as_well(client):
    waiting, results = deque(["a"]), []

    def done(job, result):
        results.append(job)
        if len(job) < 3:
            waiting.append(job + "a")

    run_jobs(client, slow, waiting, done, unexpected, None)
    assert results == ["a", "aa", "aaa"]
    assert not waiting


@pytest.mark.slow
def test_a_scheduler_that_is_lost_ends_a_run_with_what_is_done(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "LOST_S", 1)
    file = tmp_path / "scheduler.json"

    def started(program, *arguments):
        words = [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", str(file)]
        # Workers load this file.
        paths = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen([*words, *arguments], stderr=subprocess.DEVNULL, env=paths)

    scheduler = started("dask_scheduler", "--port", "0", "--dashboard-address", ":0")
    worker = None
    try:
        while not file.exists():
            time.sleep(0.1)
        worker = started("dask_worker", "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
        address = json.loads(file.read_text())["address"]
        done = []

        def take(job, result):
            done.append(job)
            if len(done) == 2:
                scheduler.kill()

        with (
            pytest.raises(click.ClickException, match="the scheduler is lost with"),
            dask_cluster(address, None, source) as lost,
        ):
            run_jobs(lost, slow, deque(range(50)), take, unexpected, tmp_path)
        assert 2 <= len(done) < 50
    finally:
        for process in (worker, scheduler):
            if process:
                process.kill()
                process.wait()


class Known:
    """A client whose workers do each job at once; what becomes of it is known beforehand.

    ``fates`` are by job, one for each time that it is given: a result, an error that the work
    raised, one that its result is lost with (in a list), or None where it is cancelled.
    """

    status = "running"

    def __init__(self, fates, workers=1):
        self.fates = {job: list(each) for job, each in fates.items()}
        self.workers = workers
        self.given = []
        self.waiting = []

    def scheduler_info(self, n_workers):
        assert n_workers == -1
        return {"workers": dict.fromkeys(range(self.workers))}

    def submit(self, work, job, pure):
        assert not pure
        self.given.append(job)
        fate = self.fates[job].pop(0)
        future = SimpleNamespace(
            key=len(self.given),
            status="error" if isinstance(fate, Exception) else "finished" if fate else "cancelled",
            exception=lambda: fate,
            result=lambda timeout: lost(fate) if isinstance(fate, list) else fate,
        )
        future.add_done_callback = lambda tell: self.waiting.append(partial(tell, future))
        return future


def lost(fate):
    raise fate[0]


class AtOnce(Known):
    """What is given is done before anything else is."""

    def submit(self, work, job, pure):
        future = super().submit(work, job, pure)
        future.add_done_callback = lambda tell: tell(future)
        return future


def stopped():
    return YosysStopped("Yosys was stopped by signal 9")


@pytest.mark.parametrize("times", [jobs.DEATHS, jobs.DEATHS + 1])
def test_a_job_whose_child_is_ended_is_given_again_twenty_times(times):
    client = AtOnce({"a": [*(stopped() for _ in range(times)), "right"]})
    results, failures = finished(client, None, ["a"])
    if times == 20:
        assert (results, failures, len(client.given)) == ({"a": "right"}, {}, 21)
    else:
        assert (results, len(client.given)) == ({}, 21)
        assert failures == {"a": "Yosys was stopped by signal 9"}


@pytest.mark.parametrize("fate", [None, [OSError("gone")], [TimeoutError()], [CancelledError()]])
def test_a_job_whose_result_is_lost_is_the_next_one(monkeypatch, fate):
    monkeypatch.setattr(jobs.time, "sleep", lambda seconds: None)
    client = AtOnce({"a": [fate, 1], "b": [2], "c": [3]})
    monkeypatch.setattr(jobs, "AHEAD", 1)
    results, failures = finished(client, None, ["a", "b", "c"])
    assert (results, failures) == ({"a": 1, "b": 2, "c": 3}, {})
    assert client.given == ["a", "a", "b", "c"]


def test_an_error_without_words_is_told_by_its_kind():
    client = AtOnce({"a": [ValueError()], "b": [ValueError("one\ntwo")]})
    assert finished(client, None, ["a", "b"]) == ({}, {"a": "ValueError", "b": "one"})


@pytest.mark.parametrize(("workers", "room"), [(0, 4), (1, 4), (3, 12)])
def test_four_jobs_wait_for_each_worker(monkeypatch, workers, room):
    names = [f"{number}" for number in range(20)]
    client = Known({name: [name] for name in names}, workers)
    most = []

    def done(job, result):
        most.append(len(client.given) - len(most))

    class Queue(jobs.SimpleQueue):
        def get(self, timeout):
            # A worker has something once nothing more is given.
            client.waiting.pop(0)()
            return super().get(timeout=timeout)

    monkeypatch.setattr(jobs, "SimpleQueue", Queue)
    run_jobs(client, None, deque(names), done, unexpected, None)
    assert max(most) == room
    assert client.given == names


@pytest.mark.parametrize("status", ["closed", "closing"])
def test_a_client_that_is_closed_has_lost_its_scheduler(status):
    client = Known({})
    client.status = status
    with pytest.raises(click.ClickException) as error:
        run_jobs(client, None, deque(["a", "b"]), unexpected, unexpected, None)
    assert error.value.message == (
        "the scheduler is lost with 2 jobs to go: what is done is kept, and the same command goes "
        "on"
    )


def test_a_worker_without_a_folder_here_has_its_own(monkeypatch, tmp_path):
    monkeypatch.setattr(jobs, "get_worker", lambda: SimpleNamespace(local_directory="/scratch"))
    told = []
    jobs._worked(lambda job, folder: told.append((job, folder)), None, "a")
    jobs._worked(lambda job, folder: told.append((job, folder)), tmp_path, "b")
    assert told == [("a", Path("/scratch/lmul-pe")), ("b", tmp_path)]


def test_a_worker_that_cannot_answer_is_told_with_its_reason():
    class Failing:
        def run(self, function, on_error):
            return {"tcp://a": function(), "tcp://b": ImportError("no module\nat all")}

    with pytest.raises(click.ClickException) as error:
        jobs.require_same_version(Failing(), lambda: "version")
    assert error.value.message == (
        "worker tcp://b says: no module; expected lmul-pe and its tools as they are here on every "
        "worker"
    )


@pytest.fixture
def dask(monkeypatch):
    """What became of a cluster whose only worker says that its version is ``v``."""
    told = []

    class Local:
        def __init__(self, **options):
            names = ("n_workers", "threads_per_worker", "processes")
            told.append({name: options[name] for name in names})

        def close(self, timeout):
            told.append("cluster closed")

    class Connected:
        def __init__(self, where, timeout, set_as_default):
            assert not set_as_default
            told.append(where if isinstance(where, str) else type(where).__name__)

        def wait_for_workers(self, count, timeout):
            told.append(f"{count} worker")

        def run(self, function, on_error):
            return {"tcp://a": "v"}

        def close(self, timeout):
            told.append("client closed")

    monkeypatch.setattr(jobs, "LocalCluster", Local)
    monkeypatch.setattr(jobs, "Client", Connected)
    return told


@pytest.mark.parametrize(("workers", "count"), [(3, 3), (None, os.cpu_count())])
def test_a_cluster_here_ends_with_what_it_was_for(dask, workers, count):
    with dask_cluster(None, workers, lambda: "v"):
        dask.append("work")
    made = {"n_workers": count, "threads_per_worker": 1, "processes": True}
    ends = ["client closed", "cluster closed"]
    assert dask == [made, "Local", "1 worker", "work", *ends]


def test_a_cluster_elsewhere_goes_on_and_one_of_another_version_is_left(dask):
    with (
        pytest.raises(click.ClickException) as error,
        dask_cluster("tcp://head:1", None, lambda: "w"),
    ):
        dask.append("work")
    assert error.value.message == (
        "worker tcp://a has another version; expected lmul-pe and its tools as they are here on "
        "every worker"
    )
    assert dask == ["tcp://head:1", "1 worker", "client closed"]


def test_a_scheduler_that_comes_back_soon_is_not_lost(monkeypatch):
    client = AtOnce({"a": [1]})
    client.status = "connecting"

    class Queue(jobs.SimpleQueue):
        def get(self, timeout):
            if client.status == "connecting":
                client.status = "running"
                raise jobs.Empty
            return super().get(timeout=timeout)

    monkeypatch.setattr(jobs, "SimpleQueue", Queue)
    assert finished(client, None, ["a"]) == ({"a": 1}, {})
