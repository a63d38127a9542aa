"""Sweeps: what a store lacks is made once, kept, and handed back; work is done in this process."""

import click
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.sweep import sweeping
from lmul_pe.synth.sweep.estimate import Estimate, estimate_key
from lmul_pe.synth.sweep.measuring import Outcome
from lmul_pe.synth.sweep.point import key_of
from lmul_pe.synth.sweep.space import named_candidates
from lmul_pe.synth.sweep.store import Store
from lmul_pe.synth.sweep.sweeping import Sweep, estimates
from tests.synth.sweep.points import point

NAMES = ["lmul_e2m1", "exact_e2m1"]
BROKEN = "table_e2m1"


@pytest.fixture
def asked(monkeypatch):
    """What workers were asked for, in its order; they give figures by hand."""
    asked = []

    def one_by_one(client, work, jobs, done, failed, folder):
        for job in jobs:
            asked.append(job)
            try:
                result = work(job, folder)
            except SpecificationError as error:
                failed(job, str(error))
            else:
                done(job, result)

    def estimated(name, folder):
        if name == BROKEN:
            raise SpecificationError("it is broken")
        return estimate(name)

    def measured(wanted, folder):
        if wanted.design == BROKEN:
            raise SpecificationError("it is broken")
        keys = [
            key_of(wanted.design, wanted.digest, target_ps, wanted.effort)
            for target_ps in wanted.targets
        ]
        return [Outcome(point(wanted.design, key=key), "") for key in keys]

    monkeypatch.setattr(sweeping, "run_jobs", one_by_one)
    monkeypatch.setattr(sweeping, "estimated", estimated)
    monkeypatch.setattr(sweeping, "measured", measured)
    return asked


def estimate(name):
    """An estimate of a multiplier."""
    return Estimate(
        key=estimate_key(name),
        design=name,
        level="multiplier",
        format="e2m1",
        gates=float(len(name)),
        depth=3,
        toggles=1.0,
        mean_error=0.0,
        sum_error=None,
    )


def test_an_estimate_that_no_store_has_is_made_and_kept(asked, tmp_path):
    store = Store(tmp_path)
    store.keep_estimate(estimate(NAMES[1]))
    # A design at two technologies is one.
    candidates = [
        *named_candidates(NAMES, "nangate45", []),
        *named_candidates(NAMES[:1], "asap7", []),
    ]
    expected = [estimate(name) for name in NAMES]
    assert estimates(candidates, store, None, None) == expected
    assert asked == NAMES[:1]
    assert estimates(candidates, store, None, None) == expected
    assert asked == NAMES[:1]


def test_a_design_that_cannot_be_estimated_ends_the_sweep_in_a_line(asked, tmp_path):
    candidates = named_candidates([BROKEN], "nangate45", [])
    with pytest.raises(click.ClickException, match="table_e2m1 cannot be estimated: it is broken"):
        estimates(candidates, Store(tmp_path), None, None)


def test_points_that_no_store_has_are_measured_and_kept_and_failures_told(asked, tmp_path):
    store, said = Store(tmp_path), []
    candidates = named_candidates([*NAMES, BROKEN], "nangate45", [1000.0])
    first = Sweep(candidates, "quick", store)
    assert first.missing_points == 3 * 2
    first.run(None, None, said.append)
    assert [each.design for each in first.points()] == [NAMES[0]] * 2 + [NAMES[1]] * 2
    assert first.failed == {BROKEN: "it is broken"}
    # Two points of a second and a half each.
    assert said == ["1/3 lmul_e2m1 3 s", "2/3 exact_e2m1 3 s", "3/3 table_e2m1: it is broken"]
    again = Sweep(candidates, "quick", store)
    assert [each.design for each in again.missing] == [BROKEN]
    assert again.points() == first.points()


@pytest.mark.parametrize(
    ("seconds", "workers", "words"),
    [
        *((59.5, 1, "less than a minute"), (60.0, 1, "1 minutes"), (5400.0, 2, "45 minutes")),
        *((3599.0, 1, "60 minutes"), (3600.0, 1, "1.0 hours"), (9000.0, 1, "2.5 hours")),
    ],
)
def test_what_is_to_do_takes_as_long_as_what_is_known_of_its_level(
    tmp_path, seconds, workers, words
):
    store, digest = Store(tmp_path), load_technology("nangate45").digest
    known = {NAMES[0]: ("multiplier", seconds), "mac_lmul_e2m1_e4m3": ("mac", 1e6)}
    for name, (level, took) in known.items():
        key = key_of(name, digest, None, "quick")
        store.keep(Outcome(point(name, key=key, level=level, seconds=took), ""))
    sweep = Sweep(named_candidates([*known, NAMES[1]], "nangate45", []), "quick", store)
    assert sweep.missing_points == 1
    assert sweep.estimate(workers) == (
        f"By {workers} workers that may take {words}, to within a factor of two or three."
    )


def test_what_takes_longest_is_measured_first(tmp_path):
    # Of nothing anything is known: larger levels take longer.
    names = ["lmul_e2m1", "dot4_lmul_e2m1_e4m3", "mac_lmul_e2m1_e4m3"]
    sweep = Sweep(named_candidates(names, "nangate45", []), "quick", Store(tmp_path))
    assert [each.design for each in sweep.missing] == [names[1], names[2], names[0]]
    assert sweep.estimate(1).startswith("By 1 workers that may take 2 minutes,")
