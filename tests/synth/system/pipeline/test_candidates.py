"""Which frequencies are worth choosing: worked out by hand."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.candidates import candidates
from lmul_pe.synth.system.pipeline.profile import Kind, Run, read_profile
from tests.synth.system.pipeline.small import artefact

KIND = Kind(0, "forward")
RUNS = (
    Run(1000, 0.0100, 10.0),
    Run(900, 0.0111, 9.0),
    Run(800, 0.0125, 8.5),
    # As many steps of 1 ms as the one above.
    Run(790, 0.0127, 8.4),
    Run(700, 0.0143, 8.0),
    # Slower and dearer than the one above.
    Run(600, 0.0167, 8.2),
)


def frequencies(found):
    return [each.run.frequency for each in found.chosen]


def test_dominated_frequencies_go_and_of_equal_steps_the_dearer_stays():
    found = candidates(KIND, RUNS, 100.0, 0.001)
    assert frequencies(found) == [1000, 900, 800, 700]
    assert found.steps.tolist() == [10, 11, 12, 14]
    assert found.effective_j == pytest.approx([9.0, 7.9, 7.3, 6.6])
    assert found.saves


def test_filtered_last_slow_frequencies_stay():
    # 0.3 J more in 2 steps, which waiting would take 0.2 J for: dominated; at 200 W it is not.
    assert frequencies(candidates(KIND, RUNS, 80.0, 0.001, "last")) == [1000, 900, 800, 700]
    assert frequencies(candidates(KIND, RUNS, 200.0, 0.001, "last")) == [1000, 900, 800, 700, 600]
    assert frequencies(candidates(KIND, RUNS, 200.0, 0.001, "first")) == [1000, 900, 800, 700]
    assert frequencies(candidates(KIND, RUNS, 200.0, 0.001)) == [1000, 900, 800, 700]


def test_both_orders_on_the_artefacts_profile():
    runs = read_profile(artefact("stage_profile/gpt3-175b+a100_sxm_bf16.csv")).runs
    slowest = {
        filter: [int(candidates(kind, runs[kind], 83.64, 0.001, filter).steps[-1]) for kind in runs]
        for filter in ("first", "last")
    }
    assert all(np.array(slowest["first"]) <= np.array(slowest["last"]))
    assert sum(slowest["first"]) < sum(slowest["last"])


def test_where_little_is_left_noise_is_forgiven():
    runs = (Run(3, 0.010, 10.0), Run(2, 0.012, 9.0), Run(1, 0.014, 9.1), Run(0.5, 0.020, 9.9))
    # 9.1 is within 5 % of 9.0, 9.9 is not.
    assert frequencies(candidates(KIND, runs, 0.0, 0.001)) == [3, 2, 1]


def test_three_are_little_and_four_are_not():
    falling = [Run(6 - place, 0.010 + 0.002 * place, 10.0 - place) for place in range(4)]
    # 1 % dearer than the last one that is left.
    for few, expected in ((3, [6, 5, 4, 1]), (4, [6, 5, 4, 3])):
        noisy = Run(1, 0.018, 1.01 * falling[few - 1].energy_j)
        assert frequencies(candidates(KIND, [*falling[:few], noisy], 0.0, 0.001)) == expected


def test_what_is_worse_by_just_five_percent_is_noise():
    runs = (Run(3, 0.010, 20.0), Run(2, 0.012, 9.5), Run(1, 0.014, 10.0))
    assert frequencies(candidates(KIND, runs, 0.0, 0.001)) == [3, 2, 1]


def test_frequency_without_voltage_saves_nothing():
    constant = tuple(Run(f, 10 / f, 5.0 * (1 + 1e-13 * f)) for f in (1000, 900, 800, 700, 600))
    found = candidates(KIND, constant, 50.0, 0.001)
    assert (frequencies(found), found.saves) == ([1000], False)
    # Leakage makes it worse.
    leaking = tuple(Run(f, 10 / f, 5.0 + 50 * 10 / f) for f in (1000, 900, 800))
    assert not candidates(KIND, leaking, 50.0, 0.001, "last").saves


def test_negative_costs_are_no_reason_to_forgive_noise():
    # Waiting would take more than computing does, by less and less with time.
    runs = tuple(Run(f, 10 / f, 120 * 10 / f - 0.5) for f in (1000, 900, 800))
    found = candidates(KIND, runs, 100.0, 1e-6, "last")
    assert found.effective_j == pytest.approx([-0.3], rel=1e-3)


def test_where_the_fastest_takes_no_more_than_waiting_noise_is_not_forgiven():
    # Half a second at 100 W; the other one is less than 5 % slower.
    runs = (Run(2, 0.5, 50.0), Run(1, 0.52, 60.0))
    found = candidates(KIND, runs, 100.0, 1 / 64, "last")
    assert frequencies(found) == [2]
    assert found.effective_j.tolist() == [0.0]


def test_the_slowest_that_fits_is_chosen():
    found = candidates(KIND, RUNS, 100.0, 0.001)
    assert found.index_of(np.array([9, 10, 11, 12, 13, 14, 99])).tolist() == [0, 0, 1, 2, 2, 3, 3]


def test_steps_are_the_floor_of_the_exact_quotient():
    # 0.3 / 0.1 rounds to 3.0, but the double of 0.1 is a little more than a tenth.
    found = candidates(KIND, (Run(2, 0.3, 5.0), Run(1, 0.5, 4.0)), 0.0, 0.1)
    assert found.steps.tolist() == [2, 4]


def test_a_step_that_is_too_long():
    with pytest.raises(
        SpecificationError,
        match=r"step of 20 ms is longer than forward of stage 0 "
        r"at 1000, which takes 10 ms: expected a hundredth of that, 0\.1 ms",
    ):
        candidates(KIND, RUNS, 0.0, 0.020)


def test_a_step_is_compared_in_milliseconds():
    runs = (Run(2, 0.0145, 5.0), Run(1, 0.01649, 4.0))
    with pytest.raises(
        SpecificationError,
        match=r"which takes 14\.5 ms: expected a hundredth of that, 0\.1 ms$",
    ):
        candidates(KIND, runs, 0.0, 0.016)
    with pytest.raises(
        SpecificationError,
        match=r"^a step of 1e-05 ms .*, which takes up to 16\.49 ms: expected 0\.00016 ms or more$",
    ):
        candidates(KIND, runs, 0.0, 1e-8)


def test_a_hundred_thousand_steps_are_possible_and_one_more_is_not():
    fast, step_s = Run(2, 1.0, 5.0), 2.0**-10
    found = candidates(KIND, (fast, Run(1, 100_000 * step_s, 4.0)), 0.0, step_s)
    assert found.steps.tolist() == [1024, 100_000]
    with pytest.raises(SpecificationError, match="is too short"):
        candidates(KIND, (fast, Run(1, 100_001 * step_s, 4.0)), 0.0, step_s)


def test_a_step_that_is_too_short():
    with pytest.raises(SpecificationError, match=r"a step of 1e-05 ms is too short .* 0\.00017 ms"):
        candidates(KIND, RUNS, 0.0, 1e-8)


def test_a_step_as_long_as_the_fastest_run_is_possible():
    runs = (Run(2, 0.25, 5.0), Run(1, 0.5, 4.0))
    assert candidates(KIND, runs, 0.0, 0.25).steps.tolist() == [1, 2]
