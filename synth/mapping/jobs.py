"""Many netlists at once: each job done a single time, on every processor."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from lmul_pe.hw.export.yosys import stop_yosys
from lmul_pe.synth.cells.technology import Technology

from .blocks import BlockSource
from .flow import Mapped, Synthesis
from .recipes import Recipe


@dataclass(frozen=True)
class Job:
    """Netlists to make of one module, by several scripts; equal jobs are done once.

    Parameters
    ----------
    source
        What is mapped.
    generic
        Whether it is mapped to generic gates, without a technology.
    """

    source: BlockSource
    generic: bool = False

    def given_up(self, structure: str, netlists: Mapping[str, Mapped]) -> list[Recipe]:
        """The recipes of ``structure`` that are not among ``netlists``: ABC gave up on them."""
        return [Recipe(structure, each) for each in self.source.scripts if each not in netlists]


def map_all(
    jobs: Iterable[Job],
    technology: Technology,
    synthesis: Synthesis,
    finished: Callable[[Job, dict[str, Mapped], int], None],
) -> None:
    """Map ``jobs``, in this order where processors are free; the first ones while others are still
    being made up.

    Parameters
    ----------
    finished
        Called in this thread with each job, its netlists by script, and the number of jobs that
        there are, while others are still being done.

    Raises
    ------
    TechnologyError
        The technology cannot express a module.
    """
    executor = ThreadPoolExecutor(max_workers=os.cpu_count())
    futures: dict[Future[dict[str, Mapped]], Job] = {}
    try:
        known: set[Job] = set()
        for job in jobs:
            if job not in known:
                known.add(job)
                futures[executor.submit(_map, synthesis, job, technology)] = job
        for future in as_completed(futures):
            finished(futures[future], future.result(), len(futures))
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        stop_yosys()
        raise
    finally:
        executor.shutdown()


def _map(synthesis: Synthesis, job: Job, technology: Technology) -> dict[str, Mapped]:
    source = job.source
    return synthesis.map(
        source.rtlil,
        source.module,
        source.scripts,
        None if job.generic else technology,
        dict(source.blocks),
    )
