"""Reports' measurements on a cluster: netlists and figures by its workers, put together here."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import click
from distributed import Client

from lmul_pe.synth.design.design import Design
from lmul_pe.synth.mapping.flow import Synthesis, tool_versions
from lmul_pe.synth.mapping.processes import Processes
from lmul_pe.synth.measuring.measure import Pipeline, Progress
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.results.progress import synthesis_progress
from lmul_pe.synth.results.store import BUILD, inputs_digest
from lmul_pe.synth.workload.conditions import Conditions

from .jobs import dask_cluster, run_jobs

Result = TypeVar("Result")


@cache
def version() -> str:
    """Digest of the source and the tools that decide a report."""
    return inputs_digest({"tools": tool_versions()})


class _Remote(Processes):
    """Work that the workers of a cluster do."""

    def __init__(self, client: Client):
        super().__init__()
        self._client = client
        self._jobs: deque[Callable[[], Any]] = deque()
        self._done: dict[int, Callable[[Any], None]] = {}

    def submit(
        self, work: Callable[[], Result], done: Callable[[Result], None], *, urgent: bool = False
    ) -> None:
        (self._jobs.appendleft if urgent else self._jobs.append)(work)
        self._done[id(work)] = done

    def run(self) -> None:
        def done(work: Callable[[], Any], result: Any) -> None:
            self._done.pop(id(work))(result)

        def failed(work: Callable[[], Any], why: str) -> None:
            raise click.ClickException(why)

        run_jobs(self._client, _call, self._jobs, done, failed, None)


def _call(work: Callable[[], Any], folder: Path) -> Any:
    # Each knows the folder of its netlists itself.
    return work()


class _Pipeline(Pipeline):
    """A pipeline whose netlists and figures come from a cluster."""

    def __init__(
        self,
        designs: Sequence[Design],
        conditions: Conditions,
        synthesis: Synthesis,
        progress: Progress,
        client: Client,
    ):
        super().__init__(designs, conditions, synthesis, progress)
        self._processes = _Remote(client)

    def __getstate__(self) -> Mapping[str, object]:
        """What a worker needs of it to elaborate a design: not what waits here for the result."""
        waits = ("_processes", "_progress", "_listeners", "_netlists", "measurements")
        return {name: value for name, value in vars(self).items() if name not in waits}


def measured_on(
    address: str,
) -> Callable[[Sequence[Design], Conditions], list[Measured]]:
    """What measures designs on the cluster at ``address``, as ``measure_all`` does here.

    A worker keeps what it makes under the path of this folder's cache; one that shares that folder
    finds there what was made before.

    Raises
    ------
    click.ClickException
        By what is returned: nobody answers, workers of another version, the scheduler is lost, or
        a design cannot be mapped or differs from the model.
    """

    def measured(designs: Sequence[Design], conditions: Conditions) -> list[Measured]:
        synthesis = Synthesis((BUILD / "cache").resolve())
        with dask_cluster(address, None, version) as client, synthesis_progress() as progress:
            pipeline = _Pipeline(designs, conditions, synthesis, progress, client)
            pipeline.run()
            return pipeline.measured()

    return measured
