"""A sweep: which points are there, which are to be measured, and their way into the store."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cluster.jobs import run_jobs

from .estimate import Estimate, estimate_key, estimated
from .measuring import Outcome, Wanted, design_of, measured
from .point import Point, key_of, source
from .space import Candidate
from .store import Store

if TYPE_CHECKING:
    from distributed import Client

SECONDS = {"multiplier": 10.0, "mac": 45.0, "dot": 90.0, "array": 90.0}
"""What a design takes of a processor at each level, as long as the store knows none like it."""


@cache
def _digest(technology: str) -> str:
    return load_technology(technology).digest


def estimates(
    candidates: Sequence[Candidate],
    store: Store,
    client: "Client",
    folder: Path | None,
) -> list[Estimate]:
    """The cheap step for every design, from the store or made now.

    Raises
    ------
    click.ClickException
        The scheduler is lost, or a design cannot be mapped.
    """
    names = list(dict.fromkeys(each.name for each in candidates))
    known = {name: store.estimate(estimate_key(name)) for name in names}

    def done(name: str, estimate: Estimate) -> None:
        store.keep_estimate(estimate)
        known[name] = estimate

    def failed(name: str, why: str) -> None:
        raise click.ClickException(f"{name} cannot be estimated: {why}")

    missing = [name for name, estimate in known.items() if estimate is None]
    run_jobs(client, estimated, deque(missing), done, failed, folder)
    return [each for each in known.values() if each is not None]


class Sweep:
    """The points of some candidates, from a store and, where it has none, measured.

    Members
    -------
    missing
        What is to be measured, what takes longest first.
    failed
        Design to why it could not be measured.
    """

    def __init__(self, candidates: Sequence[Candidate], effort: str, store: Store):
        self._effort = effort
        self.store = store
        self._known: dict[str, Point] = {}
        self._keys: list[str] = []
        self.failed: dict[str, str] = {}
        missing: list[tuple[float, Wanted]] = []
        for each in candidates:
            digest = _digest(each.technology)
            targets = []
            for target_ps in each.targets:
                key = key_of(each.name, digest, target_ps, effort)
                self._keys.append(key)
                if point := store.find(key):
                    self._known[key] = point
                else:
                    targets.append(target_ps)
            if targets:
                wanted = Wanted(
                    each.name, each.technology, digest, tuple(targets), effort, source()
                )
                missing.append((self._seconds(each), wanted))
        # So that no worker is still at a long one when the others have nothing left.
        self.missing = [each for _, each in sorted(missing, key=lambda one: -one[0])]
        self._expected = sum(seconds for seconds, _ in missing)

    def _seconds(self, candidate: Candidate) -> float:
        """What it may take, by the mean of what is known at its level."""
        level = design_of(candidate.specification).level
        known = [each.seconds for each in self._known.values() if each.level == level]
        return sum(known) / len(known) if known else SECONDS[level]

    @property
    def missing_points(self) -> int:
        """Points that are to be measured."""
        return sum(len(each.targets) for each in self.missing)

    def estimate(self, workers: int) -> str:
        """How long it may take, in words."""
        hours = self._expected / workers / 3600
        shown = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"
        if hours < 1 / 60:
            shown = "less than a minute"
        return f"By {workers} workers that may take {shown}, to within a factor of two or three."

    def run(self, client: "Client", folder: Path | None, say: Callable[[str], None]) -> None:
        """Measure what is missing; each point is in the store as soon as it is there.

        Raises
        ------
        click.ClickException
            The scheduler is lost.
        OSError
            The store cannot be written.
        """
        count = 0

        def tell(wanted: Wanted, what: str) -> None:
            nonlocal count
            count += 1
            say(f"{count}/{len(self.missing)} {wanted.design}{what}")

        def done(wanted: Wanted, outcomes: list[Outcome]) -> None:
            for outcome in outcomes:
                self.store.keep(outcome)
                self._known[outcome.point.key] = outcome.point
            tell(wanted, f" {sum(each.point.seconds for each in outcomes):.0f} s")

        def failed(wanted: Wanted, why: str) -> None:
            self.failed[wanted.design] = why
            tell(wanted, f": {why}")

        run_jobs(client, measured, deque(self.missing), done, failed, folder)

    def points(self) -> list[Point]:
        """All that are known, in the order of the candidates."""
        return [self._known[key] for key in self._keys if key in self._known]
