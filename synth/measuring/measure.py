"""Designs measured: every netlist mapped, checked against the model, and the best of them chosen.

Multipliers, units and arrays go through the same rounds of netlists; large designs first, and what
is complete is measured while other netlists are being made.
"""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from lmul_pe.model.command.source import ARITHMETIC, HARDWARE, source_digest
from lmul_pe.synth.activity import clocking, settling
from lmul_pe.synth.design.design import Design
from lmul_pe.synth.design.multipliers import MultiplierDesign
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.blocks import Texts
from lmul_pe.synth.mapping.flow import Mapped, Synthesis, tool_versions
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.known import TABLE
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.processes import Processes
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MADE_FOR

from .measured import Measured, Point
from .measurement import Measurement, Wanted
from .multiplier import MultiplierMeasurement
from .unit import UnitMeasurement

MEASURING = (
    *ARITHMETIC,
    "synth/cells",
    "synth/netlists",
    "synth/activity",
    "synth/mapping",
    "synth/workload",
    "synth/interchange",
    "synth/design",
    "synth/measuring",
)
"""The folders of the source that decide what is measured of a netlist."""

_CHOICES = ("clock_ps", "effort", "timed_dots", "held_dots", "all_units")
"""Settings that say which netlists are measured, and at which clocks, and nothing of how."""

Progress = Callable[[str, int], None]
"""Called whenever the netlists of one job are done, or a design is measured, with the name of the
module or the design and the number of such calls that are known to come."""


def measure(
    designs: Sequence[Design], conditions: Conditions, synthesis: Synthesis, progress: Progress
) -> list[Measured]:
    """Map each design by every recipe, check the netlists against the model, and measure them.

    Multipliers, and units with floating-point sums, are measured again at an equal clock: that of
    the settings, or else the smallest one that all that are compared with each other can meet, and
    and those of :data:`~lmul_pe.synth.workload.settings.CLOCK_BAND`.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    TechnologyError
        The technology cannot express a design.
    """
    pipeline = Pipeline(designs, conditions, synthesis, progress)
    pipeline.run()
    return pipeline.measured()


def remeasured(
    measured: Sequence[Measured], conditions: Sequence[Conditions], progress: Progress
) -> list[list[Measured]]:
    """The designs at the same clocks by the same netlists of least energy under other conditions.

    Returns
    -------
    list
        For each of ``conditions`` one of each of ``measured``, on the default workload.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    found = [list(measured) for _ in conditions]
    processes = Processes()

    def work(measurement: Measurement, points: Sequence[Point]) -> tuple[Point, ...]:
        return tuple(measurement.again(point) for point in points)

    def keep(listed: list[Measured], place: int, points: tuple[Point, ...]) -> None:
        listed[place] = replace(listed[place], points=points)
        progress(listed[place].design.name, len(conditions) * len(measured))

    for listed, other in zip(found, conditions, strict=True):
        for place, each in enumerate(measured):
            measurement = _measurement(each.design, other)
            processes.submit(partial(work, measurement, each.points), partial(keep, listed, place))
    processes.run()
    return found


class Pipeline:
    """Measurements of designs under the same conditions, and the netlists that they wait for.

    Members
    -------
    measurements
        In the order of the designs.
    """

    def __init__(
        self,
        designs: Sequence[Design],
        conditions: Conditions,
        synthesis: Synthesis,
        progress: Progress,
    ):
        self.measurements = [_measurement(design, conditions) for design in designs]
        self._conditions = conditions
        self._synthesis = synthesis
        self._progress = progress
        self._processes = Processes()
        self._netlists: dict[Job, dict[str, Mapped]] = {}
        self._listeners: dict[Job, list[Callable[[Job], None]]] = {}
        self._total = 0

    def run(self) -> None:
        """All rounds of netlists."""
        # Compiled code is loaded once, and not by every child.
        clocking.prepare()
        settling.prepare()
        self._elaborate()
        self._processes.run()
        self.add_netlists(lambda each: each.faster_netlists())
        clocks = {
            compared: [clock for clock in listed if clock <= MADE_FOR * listed[0]]
            for compared, listed in self.clocks_ps().items()
        }
        # The ends of that range: at the clocks between, the best of all netlists counts.
        clocks = {compared: [*listed[:1], *listed[1:][-1:]] for compared, listed in clocks.items()}
        self.add_netlists(lambda each: each.netlists_between(clocks.get(each.design.clocks, ())))

    def measured(self) -> list[Measured]:
        """Everything about all designs, once all rounds are done."""
        clocks = self.clocks_ps()
        points: dict[Measurement, tuple[Point, ...]] = {}
        for each in reversed(self.measurements):
            listed = clocks.get(each.design.clocks, ())
            points[each] = ()
            if listed:
                self._submit(each, partial(each.points, listed), partial(points.__setitem__, each))
        self._processes.run()
        return [each.measured(points[each]) for each in self.measurements]

    def add_netlists(self, wanted: Callable[[Measurement], Sequence[Wanted]]) -> None:
        """Make the timed netlists that each measurement wants, and measure them.

        Raises
        ------
        MismatchError
            One differs from the model.
        """
        # Large designs take longest: they come first, so that no processor waits at the end.
        for each in reversed(self.measurements):
            if listed := wanted(each):
                self._map([one.job for one in listed], partial(self._measure_timed, each, listed))
        self._processes.run()

    def clocks_ps(self) -> Mapping[str, Sequence[float]]:
        """What designs have in common to the clocks at which they are compared."""
        compared: dict[str, list[Measurement]] = {}
        for each in self.measurements:
            if each.design.clocks == each.design.compared:
                compared.setdefault(each.design.compared, []).append(each)
        return {name: self._equal_clocks(listed) for name, listed in compared.items()}

    def _equal_clocks(self, compared: Sequence[Measurement]) -> list[float]:
        """What is asked for, or the smallest clock that all can meet, and others by it."""
        asked_ps = self._conditions.settings.clock_ps
        if asked_ps:
            return [asked_ps]
        smallest = [clock for each in compared if (clock := each.smallest_clock_ps()) is not None]
        if not smallest:
            return []
        band = self._conditions.settings.clock_band
        return [max(smallest) * times for times in (1.0, *band)]

    # -- steps --

    def _elaborate(self) -> None:
        """Elaborate all designs, and map and measure what is known to be wanted of each."""
        # Those that have blocks in common are elaborated together, so that these are once.
        together: dict[Hashable, list[Measurement]] = {}
        for each in reversed(self.measurements):
            shared = each.mac if isinstance(each, UnitMeasurement) else each
            together.setdefault(shared, []).append(each)
        for group in together.values():
            self._processes.submit(
                partial(self._elaborated, group), partial(self._begin, group), urgent=True
            )

    def _elaborated(self, group: Sequence[Measurement]) -> list[Texts]:
        found = []
        for each in group:
            memo = Memo(self._path("elaborated", each, self._elaboration))
            found.append(each.elaborated(memo))
            memo.save()
        return found

    def _begin(self, group: Sequence[Measurement], texts: Sequence[Texts]) -> None:
        for each, text in zip(group, texts, strict=True):
            each.texts = text
            free, fastest = each.free_netlists(), each.fastest_netlists()
            jobs = [one.job for one in free]
            self._map(jobs, partial(self._measure_free, each, free))
            if fastest:
                # Netlists without a target may be the fastest as well.
                jobs += [one.job for one in fastest]
                self._map(jobs, partial(self._measure_timed, each, fastest))

    def _take(self, each: Measurement, wanted: Sequence[Wanted]) -> None:
        for one in wanted:
            each.take(one, self._netlists[one.job])

    def _measure_free(self, each: Measurement, wanted: Sequence[Wanted]) -> None:
        self._take(each, wanted)
        self._submit(each, each.measured_free, partial(setattr, each, "free"))

    def _measure_timed(self, each: Measurement, wanted: Sequence[Wanted]) -> None:
        self._take(each, wanted)
        self._submit(each, each.measured_timed, partial(setattr, each, "timed"))

    def _submit(
        self, each: Measurement, work: Callable[[], Any], keep: Callable[[Any], None]
    ) -> None:
        """Let a child do ``work`` of a measurement, with all that is known of its netlists."""
        path = self._path("measured", each, self._measuring)

        def remembered() -> Any:
            each.memo = Memo(path)
            found = work()
            each.memo.save()
            return found

        def done(found: Any) -> None:
            keep(found)
            self._tell(each.design.name)

        self._total += 1
        self._processes.submit(remembered, done, urgent=True)

    def _map(self, jobs: Iterable[Job], complete: Callable[[], None]) -> None:
        """Have ``jobs`` done, each once, and ``complete`` called when all of them are."""
        missing = {job for job in jobs if job not in self._netlists}
        if not missing:
            complete()
            return

        def arrived(job: Job) -> None:
            missing.discard(job)
            if not missing:
                complete()

        for job in list(missing):
            if job not in self._listeners:
                self._total += 1
                self._processes.submit(
                    partial(job.netlists, self._synthesis, self._conditions.technology),
                    partial(self._mapped, job),
                )
            self._listeners.setdefault(job, []).append(arrived)

    def _mapped(self, job: Job, netlists: dict[str, Mapped]) -> None:
        self._netlists[job] = netlists
        self._tell(job.source.module)
        for arrived in self._listeners.pop(job):
            arrived(job)

    def _tell(self, name: str) -> None:
        self._progress(name, self._total)

    def _path(self, kind: str, each: Measurement, decides: str) -> Path:
        """The file with what is remembered of a design."""
        name = hashlib.sha256(f"{each.design.name} {decides}".encode()).hexdigest()
        return self._synthesis.folder / kind / f"{name}.pickle"

    @cached_property
    def _elaboration(self) -> str:
        """What decides how a design is elaborated."""
        return source_digest(
            {"tools": tool_versions()},
            *ARITHMETIC,
            *HARDWARE,
            "synth/mapping",
            without=(TABLE.name,),
        )

    @cached_property
    def _measuring(self) -> str:
        """What decides what is measured of a netlist."""
        settings = self._conditions.settings.stated
        return source_digest(
            {
                "tools": tool_versions(),
                "technology": self._conditions.technology.digest,
                "settings": {name: settings[name] for name in settings if name not in _CHOICES},
            },
            *MEASURING,
            # It says which netlists are made, and nothing of them.
            without=(TABLE.name,),
        )


def _measurement(design: Design, conditions: Conditions) -> Measurement:
    if isinstance(design, UnitDesign):
        return UnitMeasurement(design, conditions)
    assert isinstance(design, MultiplierDesign)
    return MultiplierMeasurement(design, conditions)
