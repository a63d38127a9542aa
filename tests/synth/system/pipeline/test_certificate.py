"""Every point of a frontier is what linear programming finds."""

import pytest

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
    frontier = random_frontier(seed, schedule, stages, microbatches, 4, chunks)
    for point in range(0, len(frontier), 3):
        found = certificate.least_energy_j(frontier, point)
        assert found == pytest.approx(frontier.energy_j[point], rel=1e-9)


@pytest.mark.parametrize("curve", ["fit", "hull"])
@pytest.mark.parametrize("filter", ["first", "last"])
def test_points_of_a_profile(curve, filter):
    frontier = plans(4, 8, curve=curve, filter=filter).frontier
    for point in (0, len(frontier) // 2, len(frontier) - 1):
        found = certificate.least_energy_j(frontier, point)
        assert found == pytest.approx(frontier.energy_j[point], rel=1e-8)
