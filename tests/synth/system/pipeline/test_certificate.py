"""Every point of a frontier is what linear programming finds."""

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.curve import Curve
from lmul_pe.synth.system.pipeline.frontier import frontier
from lmul_pe.synth.system.pipeline.graph import graph_of
from lmul_pe.synth.system.pipeline.schedule import schedule_named
from tests.sweep import some
from tests.synth.system.pipeline.small import plans, random_frontier

certificate = pytest.importorskip("lmul_pe.synth.system.pipeline.certificate", exc_type=ImportError)


@pytest.mark.parametrize("seed", some(range(3), 1))
@pytest.mark.parametrize(
    ("schedule", "stages", "microbatches", "chunks"),
    [
        ("1f1b", 4, 6, 1),
        ("gpipe", 3, 5, 1),
        ("early-recomputation", 3, 5, 1),
        ("interleaved", 4, 4, 2),
    ],
)
def test_every_point_of_random_pipelines(schedule, stages, microbatches, chunks, seed):
    random = random_frontier(seed, schedule, stages, microbatches, 4, chunks)
    for point in range(0, len(random), 3):
        found = certificate.least_energy_j(random, point)
        assert found == pytest.approx(random.energy_j[point], rel=1e-9)


@pytest.mark.parametrize("curve", ["fit", "hull"])
@pytest.mark.parametrize("filter", ["first", "last"])
def test_points_of_a_profile(curve, filter):
    planned = plans(4, 8, curve=curve, filter=filter).frontier
    for point in (0, len(planned) // 2, len(planned) - 1):
        found = certificate.least_energy_j(planned, point)
        assert found == pytest.approx(planned.energy_j[point], rel=1e-8)


def test_where_computing_takes_nothing_waiting_is_left():
    graph = graph_of(schedule_named("1f1b", 2, 2))
    curves = {kind: Curve(3, np.zeros(2)) for kind in graph.kinds}
    found = frontier(graph, curves, 5.0, 2.0)
    # Two microbatches on two stages, forward and backward: six times three steps.
    assert found.steps.tolist()[-1] == 18
    assert certificate.least_energy_j(found, len(found) - 1) == pytest.approx(5 * 18 * 2)
