"""One small design measured once for all tests of sweeps."""

import pytest

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.sweep.measuring import Wanted, measured
from lmul_pe.synth.sweep.point import source
from lmul_pe.synth.sweep.store import Store

DESIGN, CLOCK_PS = "lmul_e2m1", 1000.0


@pytest.fixture(scope="session")
def outcomes(cache):
    """The points of :data:`DESIGN`: without a delay target, at a clock, and at one that is none."""
    digest = load_technology("nangate45").digest
    wanted = Wanted(DESIGN, "nangate45", digest, (None, CLOCK_PS, 10.0), "quick", source())
    return measured(wanted, cache)


@pytest.fixture(scope="session")
def colleague(outcomes, tmp_path_factory):
    """The folder of a store that has them."""
    store = Store(tmp_path_factory.mktemp("store"))
    for outcome in outcomes:
        store.keep(outcome)
    return store.folder
