"""Longest paths, operation by operation."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.graph import graph_of
from lmul_pe.synth.system.pipeline.profile import BACKWARD, FORWARD, Kind
from lmul_pe.synth.system.pipeline.schedule import Operation, Schedule, schedule_named
from tests.synth.system.pipeline.small import longest


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "stages", "microbatches", "chunks"),
    [
        ("1f1b", 5, 7, 1),
        ("gpipe", 3, 4, 1),
        ("early-recomputation", 4, 6, 1),
        ("interleaved", 6, 6, 2),
    ],
)
def test_the_makespan_is_that_of_the_longest_path(name, stages, microbatches, chunks, seed):
    schedule = schedule_named(name, stages, microbatches, chunks)
    durations = np.random.default_rng(seed).integers(1, 50, len(schedule.operations))
    assert graph_of(schedule).makespan(durations) == longest(schedule, durations.tolist())


def test_two_stages_by_hand():
    graph = graph_of(schedule_named("1f1b", 2, 1))
    # Forward of both, backward of stage 1, backward of stage 0; stages one after the other.
    assert graph.starts(np.array([3, 7, 2, 5])).tolist() == [0, 10, 3, 5]
    assert graph.accelerator_of.tolist() == [0, 0, 1, 1]


def test_a_circle_is_refused():
    (forward, backward), (forward_1, backward_1) = (
        [Operation(Kind(stage, instruction), 0) for instruction in (FORWARD, BACKWARD)]
        for stage in (0, 1)
    )
    schedule = Schedule("own", ((backward, forward), (forward_1, backward_1)))
    with pytest.raises(SpecificationError, match=r"schedule own: .* waits for itself"):
        graph_of(schedule)
