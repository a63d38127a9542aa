"""Designs measured: every netlist mapped, checked against the model, and the best of them chosen.

Multipliers, units and arrays go through the same rounds of netlists; large designs first, and what
is complete is measured while other netlists are being made.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from lmul_pe.synth.design.design import Design
from lmul_pe.synth.design.multipliers import MultiplierDesign
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.flow import Mapped, Synthesis
from lmul_pe.synth.mapping.jobs import Job, map_all
from lmul_pe.synth.workload.conditions import Conditions

from .measured import Measured
from .measurement import Measurement, Wanted
from .multiplier import MultiplierMeasurement
from .unit import UnitMeasurement

Progress = Callable[[str, int], None]
"""Called whenever the netlists of one job are done, with the name of the module and the number of
such calls that are known to come."""


def measure(
    designs: Sequence[Design], conditions: Conditions, synthesis: Synthesis, progress: Progress
) -> list[Measured]:
    """Map each design by every recipe, check the netlists against the model, and measure them.

    Multipliers, and units with floating-point sums, are measured again at an equal clock: that of
    the settings, or else the smallest one that all that are compared with each other can meet, and
    multipliers at :data:`~.multiplier.RELAXED` times that as well.

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
        self._done = 0

    def run(self) -> None:
        """All rounds of netlists: without a delay target, as fast as they can be, and between."""
        self._map(lambda each: each.free_netlists(), lambda each: each.measure())
        self.add_netlists(lambda each: each.fastest_netlists())
        clocks = self.clocks_ps()
        self.add_netlists(lambda each: each.netlists_between(clocks.get(each.design.compared, ())))

    def measured(self) -> list[Measured]:
        """Everything about all designs, once all rounds are done."""
        clocks = self.clocks_ps()
        return [each.measured(clocks.get(each.design.compared, ())) for each in self.measurements]

    def add_netlists(self, wanted: Callable[[Measurement], Sequence[Wanted]]) -> None:
        """Make the timed netlists that each measurement wants, and measure them.

        Raises
        ------
        MismatchError
            One differs from the model.
        """
        self._map(wanted, lambda each: each.measure_timed())

    def clocks_ps(self) -> Mapping[str, Sequence[float]]:
        """What designs have in common to the clocks at which they are compared."""
        compared: dict[str, list[Measurement]] = {}
        for each in self.measurements:
            if each.design.is_timed:
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
        return [max(smallest) * times for times in compared[0].relaxations]

    def _map(
        self,
        wanted: Callable[[Measurement], Sequence[Wanted]],
        complete: Callable[[Measurement], None],
    ) -> None:
        """``complete`` is called for each measurement that wanted something and has all of it."""
        waiting: dict[Measurement, Sequence[Wanted]] = {}
        done: dict[Job, dict[str, Mapped]] = {}

        def jobs() -> Iterator[Job]:
            # Large designs take longest: they come first, so that no processor waits at the end.
            for each in reversed(self.measurements):
                waiting[each] = wanted(each)
                yield from (one.job for one in waiting[each])

        def finished(job: Job, netlists: dict[str, Mapped], total: int) -> None:
            done[job] = netlists
            self._progress(job.source.module, self._done + total)
            for each, listed in list(waiting.items()):
                if listed and all(one.job in done for one in listed):
                    del waiting[each]
                    for one in listed:
                        each.take(one, done[one.job])
                    complete(each)

        map_all(jobs(), self._conditions.technology, self._synthesis, finished)
        self._done += len(done)


def _measurement(design: Design, conditions: Conditions) -> Measurement:
    if isinstance(design, UnitDesign):
        return UnitMeasurement(design, conditions)
    assert isinstance(design, MultiplierDesign)
    return MultiplierMeasurement(design, conditions)
