"""Settings: what they are where nothing is said, and a user's own stream among the workloads."""

import numpy as np
import pytest

from lmul_pe.synth.workload.settings import Settings
from lmul_pe.synth.workload.streams import code_stream


def test_nothing_is_measured_besides_that_nobody_asked_for():
    usual = Settings()
    more = (usual.clock_gates, usual.timed_dots, usual.held_dots, usual.all_units)
    assert more == (False, False, False, False)
    assert (usual.wire_ff, usual.clock_ps, usual.own) == (0.0, None, None)
    assert usual.stated["own"] is None
    assert set(usual.described) == {*usual.workloads, "long_sums"}


def test_multipliers_have_16384_pairs_of_a_workload_and_checks_all_of_eight_bits():
    usual = Settings()
    assert (usual.pairs, usual.check_pairs, usual.seed) == (2**14, 2**16, 2024)


@pytest.mark.parametrize("asked", [{"timed_dots": True}, {"held_dots": True}, {"effort": "full"}])
def test_dot_products_are_timed_where_that_is_asked_or_goes_with_what_is(asked):
    assert Settings(**asked).timed_dots
    # One form for what is the same.
    assert Settings(**asked) == Settings(**(asked | {"timed_dots": True}))


def test_every_effort_has_all_units():
    assert Settings(effort="full") == Settings(effort="full", all_units=True)
    assert not Settings(held_dots=True, timed_dots=True).all_units


def test_a_stream_of_ones_own_is_the_last_workload(tmp_path):
    np.save(tmp_path / "codes.npy", np.array([[1, 2], [3, 4]]))
    own = code_stream(tmp_path / "codes.npy")
    usual = ["normal", "uniform", "stationary", "half_zeros"]
    assert Settings().workloads == {name: name for name in usual}
    settings = Settings(own=own)
    assert list(settings.workloads) == [*usual, "own"]
    assert settings.workloads["own"] is own
    assert settings.described["own"] == own.summary
    assert settings.stated["own"] == own.digest
