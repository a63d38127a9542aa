"""Jobs on Dask: workers are killed, schedulers lost, and nothing is lost with them."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import click
import pytest
from distributed.comm.core import CommClosedError

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
