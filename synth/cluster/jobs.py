"""Jobs on Dask: on every core here, or on a cluster that is there already.

A job that a worker takes with it when it dies is given to another one.  What is done is handed on
at once, so that whatever ends this process costs only what was running.
"""

import logging
import os
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import click
import dask
from distributed import Client, Future, LocalCluster, get_worker
from distributed.comm.core import CommClosedError

from lmul_pe.hw.export.yosys import YosysStopped

Job = TypeVar("Job")
Result = TypeVar("Result")

ANSWERS_S = 10
"""How long a cluster may take to answer, in s."""
WORKERS_S = 60
"""How long its first worker may take to be there."""
LOST_S = 20
"""After how long without its scheduler a run gives up."""
LOOK_S = 5
"""After how long workers are counted again, which come and go."""
DEATHS = 20
"""Workers that may die under one job before it counts as what kills them."""
AHEAD = 4
"""Jobs that wait at the scheduler for each worker: enough that none is idle, few to lose."""

_LOGGERS = ("distributed", "distributed.client")
_SETTINGS = {
    "distributed.comm.timeouts.connect": f"{ANSWERS_S}s",
    "distributed.scheduler.allowed-failures": DEATHS,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.admin.tick.limit": "1h",
}


@contextmanager
def dask_cluster(
    address: str | None, workers: int | None, version: Callable[[], str]
) -> Iterator[Client]:
    """A client of the cluster at ``address``, or of one on this machine that ends with it.

    Parameters
    ----------
    workers
        Of one on this machine; as many as it has processors if None.
    version
        What decides results, as a digest: it has to be the same on every worker.

    Raises
    ------
    click.ClickException
        Nobody answers there, or its workers have another version.
    """
    for name in _LOGGERS:
        # Whatever of it matters is said in a line of our own.
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with (
        dask.config.set(_SETTINGS),
        tempfile.TemporaryDirectory() as scratch,
        warnings.catch_warnings(),
    ):
        # Of slow disks and odd ports: nothing that anybody has to do something about.
        warnings.simplefilter("ignore", UserWarning)
        local = None
        if address is None:
            local = LocalCluster(
                n_workers=workers or os.cpu_count() or 1,
                threads_per_worker=1,
                processes=True,
                # Any free port: another cluster may have the usual one.
                dashboard_address=":0",
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
            )
        client = None
        try:
            client = _connected(local if local is not None else str(address))
            require_same_version(client, version)
            yield client
        finally:
            with suppress(Exception):
                if client is not None:
                    client.close(timeout=2)
            with suppress(Exception):
                if local is not None:
                    local.close(timeout=5)


def _connected(where: Any) -> Client:
    try:
        client = Client(where, timeout=ANSWERS_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise click.ClickException(
            f"cluster {where} does not answer within {ANSWERS_S} s: expected the address of a Dask "
            f"scheduler, as tcp://host:8786 ({_first_line(error)})"
        ) from None
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError:
        raise click.ClickException(
            f"cluster {where} has no worker within {WORKERS_S} s: expected one at least"
        ) from None
    return client


def require_same_version(client: Client, version: Callable[[], str]) -> None:
    """Refuse workers on which a result would be another one.

    Raises
    ------
    click.ClickException
        There is one.
    """
    expected = version()
    answers: dict[str, Any] = client.run(version, on_error="return")
    for worker, answer in answers.items():
        # One that died meanwhile has no say; what comes in its place is as those that are there.
        if answer != expected and not isinstance(answer, CommClosedError):
            failed = isinstance(answer, Exception)
            what = f"says: {_first_line(answer)}" if failed else "has another version"
            raise click.ClickException(
                f"worker {worker} {what}; expected lmul-pe and its tools as they are here on every "
                "worker"
            )


def run_jobs(
    client: Client,
    work: Callable[[Job, Path], Result],
    jobs: deque[Job],
    done: Callable[[Job, Result], None],
    failed: Callable[[Job, str], None],
    folder: Path | None,
) -> None:
    """Do all ``jobs`` in their order, that included which ``done`` adds meanwhile.

    Parameters
    ----------
    jobs
        Empty in the end.
    work
        Done by a worker, with a job and the folder for what is made on the way.
    done, failed
        Called here with each job, and what it gave or why it gave nothing.
    folder
        None for one of each worker's own.

    Raises
    ------
    click.ClickException
        The scheduler is lost.
    """
    finished: SimpleQueue[Future[Any]] = SimpleQueue()
    running: dict[str, tuple[Future[Any], Job]] = {}
    stopped: dict[int, int] = {}
    heard = time.monotonic()
    looked: float = -LOOK_S
    room = AHEAD

    def start(job: Job) -> None:
        # Not pure: a job that is given anew must not be taken for the one that was lost.
        future = client.submit(partial(_worked, work, folder), job, pure=False)
        running[str(future.key)] = future, job
        future.add_done_callback(finished.put)

    while jobs or running:
        alive = client.status == "running"
        if alive:
            heard = time.monotonic()
            if heard - looked > LOOK_S:
                looked = heard
                with suppress(OSError):
                    room = AHEAD * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
            while jobs and len(running) < room:
                start(jobs.popleft())
        elif time.monotonic() - heard > LOST_S or client.status in ("closed", "closing"):
            raise click.ClickException(
                f"the scheduler is lost with {len(running) + len(jobs)} jobs to go: what is done "
                "is kept, and the same command goes on"
            )
        try:
            future = finished.get(timeout=1)
        except Empty:
            continue
        if (key := str(future.key)) not in running:
            continue
        _, job = running.pop(key)
        if future.status == "finished":
            try:
                # With its worker and the scheduler a result may go as well.
                result = future.result(timeout=LOST_S)
            except (CancelledError, OSError, TimeoutError):
                jobs.appendleft(job)
                continue
            done(job, result)
        elif future.status == "error":
            error = future.exception()
            times = stopped.get(id(job), 0)
            if isinstance(error, YosysStopped) and times < DEATHS:
                # As a worker that dies: somebody ended its child.
                stopped[id(job)] = times + 1
                start(job)
            else:
                failed(job, _first_line(error))
        else:
            # Cancelled, as where the scheduler was lost.
            jobs.appendleft(job)
            time.sleep(0.1)


def _worked(work: Callable[[Job, Path], Result], folder: Path | None, job: Job) -> Result:
    return work(job, folder or Path(get_worker().local_directory) / "lmul-pe")


def _first_line(what: object) -> str:
    return (str(what).splitlines() or [type(what).__name__])[0]
