"""The commands: what is counted, what is refused, and what the best are."""

from contextlib import contextmanager

import pytest

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.sweep import command, sweeping
from lmul_pe.synth.sweep.best import main as best
from lmul_pe.synth.sweep.command import _before, _run
from lmul_pe.synth.sweep.command import main as sweep
from lmul_pe.synth.sweep.estimate import Estimate, estimate_key
from lmul_pe.synth.sweep.measuring import Outcome
from lmul_pe.synth.sweep.point import key_of, source
from lmul_pe.synth.sweep.space import Enumerated, named_candidates
from lmul_pe.synth.sweep.store import Store
from lmul_pe.synth.sweep.sweeping import Sweep
from lmul_pe.synth.sweep.table import read_table, write_table
from tests.synth.sweep.conftest import DESIGN
from tests.synth.sweep.points import point

SPACE = 'formats = ["e4m3", "bf16"]\noffset = ["paper", "none"]\nclocks_ps = [1000]\n'


def test_a_count_says_what_there_is_to_do_and_does_nothing(call, tmp_path):
    (tmp_path / "space.toml").write_text(SPACE)
    done = call(sweep, "--space", "space.toml", "--count", "--workers", "2")
    assert done.returncode == 0
    assert "6 designs, 12 points: 0 are measured already, 12 are to do." in done.stdout
    assert "By 2 workers that may take" in done.stdout
    assert "Left out" not in done.stdout
    assert [each.name for each in tmp_path.iterdir()] == ["space.toml"]
    done = call(sweep, "--space", "space.toml", "--count", "--levels", "multiplier")
    assert "6 designs, 12 points: " in done.stdout
    done = call(sweep, "--designs", "lmul_e4m3", "--count")
    assert "Left out" not in done.stdout


def test_what_a_colleague_measured_is_not_measured_again(call, colleague, outcomes, tmp_path):
    arguments = ["--designs", DESIGN, "--clocks-ps", "1000,10", "--store", colleague]
    # Workers that cannot be: nobody is asked.
    done = call(sweep, *arguments, "--cluster", "tcp://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 designs, 3 points: 3 are measured already, 0 are to do." in done.stdout
    found = read_table(tmp_path / "build" / "sweep" / "sweep.parquet")
    assert found == [outcome.point for outcome in outcomes]
    assert DESIGN in (tmp_path / "build" / "sweep" / "index.html").read_text()
    said = " ".join(done.stdout.split())
    assert said.endswith("3 points: build/sweep/sweep.parquet, build/sweep/index.html")
    done = call(best, "--format", "e2m1", "--min-clock-ghz", "1")
    assert done.returncode == 0
    assert f"make sweep DESIGNS={DESIGN}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected SPACE, a TOML file, or DESIGNS"),
        (["--space", "missing.toml"], "missing.toml: No such file"),
        (["--designs", ","], "no design is named"),
        (["--designs", "lmull_e4m3"], "did you mean 'lmul'"),
        *(
            (
                ["--designs", DESIGN, "--clocks-ps", text],
                f"clock {text!r} is not a number from 1 to 1000000.0",
            )
            for text in ("fast", "0.5", "1000001")
        ),
        (["--designs", DESIGN, "--fidelity", "halved"], "did you mean 'halving'"),
        (["--designs", DESIGN, "--store", "nowhere"], "store nowhere is no folder"),
        *(
            (
                ["--designs", DESIGN, "--workers", text],
                f"workers {text!r} is not an integer from 1 to 1024",
            )
            for text in ("0", "1025")
        ),
        (["--space", "space.toml", "--levels", "macs"], "did you mean 'mac'"),
        (["--space", "space.toml", "--tech", "asap7"], "TECH is for DESIGNS"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(arguments, message, call, tmp_path):
    (tmp_path / "space.toml").write_text(SPACE)
    done = call(sweep, *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "build").exists()


POINTS = [
    point(energy=10.0),
    point("exact_e4m3", energy=20.0, error=0.02),
    point("table_e4m3", energy=25.0, error=0.03),
    point("mac_lmul_e4m3_fp32", energy=90.0, level="mac", sum_error=0.07),
]


def test_the_best_are_those_that_fit_and_no_other_beats(call, tmp_path):
    write_table(tmp_path / "t.parquet", POINTS)
    done = call(best, "--format", "e4m3", "--table", "t.parquet", "--max-error", "0.04")
    assert done.returncode == 0
    assert "multiplier, e4m3, nangate45: 1 of 2 points" in done.stdout
    assert "exact_e4m3: energy 20 fJ" in done.stdout
    assert "table_e4m3" not in done.stdout
    assert "make verilog UNIT=mul KIND=exact FMT=e4m3" in " ".join(done.stdout.split())
    done = call(best, "--format", "e4m3", "--table", "t.parquet", "--level", "mac")
    assert "MAC, e4m3, nangate45: 1 of 1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "e4m4"], "has no e4m4: expected one of e4m3"),
        (["--format", "e4m3", "--minimise", "power"], "minimise 'power' is not one of"),
        (["--format", "e4m3", "--max-error", "0.001"], "the least error 0.0200 of exact_e4m3"),
        (["--format", "e4m3", "--min-clock-ghz", "90"], "the fastest is lmul_e4m3 at 5.00 GHz"),
        (["--format", "e4m3", "--max-error", "none"], "max-error 'none' is not a number"),
        (["--format", "e4m3", "--table", "no.parquet"], "`make sweep SPACE=space.toml` makes it"),
    ],
)
def test_what_nothing_fits_is_said_in_a_line(arguments, message, call, tmp_path):
    write_table(tmp_path / "t.parquet", POINTS)
    done = call(best, "--table", "t.parquet", *arguments)
    assert done.returncode != 0
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """What a sweep says of two designs that its store has, and their points: by its estimate the
    second is worse, but it is better."""
    asked = []
    monkeypatch.setattr(sweeping, "run_jobs", lambda client, work, *_: asked.append(work.__name__))
    found = named_candidates(["lmul_e2m1", "exact_e2m1"], "nangate45", [])
    store, digest = Store(tmp_path / "store"), load_technology("nangate45").digest
    for cost, name in enumerate((each.name for each in found), 1):
        for effort in ("quick", "full"):
            key = key_of(name, digest, None, effort)
            measured = point(name, key=key, format="e2m1", effort=effort, energy=10.0 - cost)
            store.keep(Outcome(measured, ""))
        store.keep_estimate(
            Estimate(
                key=estimate_key(name),
                design=name,
                level="multiplier",
                format="e2m1",
                gates=float(cost),
                depth=cost,
                toggles=float(cost),
                mean_error=0.05,
                sum_error=None,
            )
        )

    def run(fidelity):
        sweeps = [Sweep(found, "quick", store)]
        said = " ".join(_run(None, found, sweeps, fidelity, None))
        points = [[(each.design, each.effort) for each in sweep.points()] for sweep in sweeps]
        return said, points, asked

    return run


def test_halving_leaves_out_what_is_estimated_to_be_worse(ran):
    said, points, asked = ran("halving")
    assert said.startswith(
        "2 designs are estimated, 1 measured by known recipes, 1 by all: kept are, "
    )
    assert points == [[("lmul_e2m1", "quick")], [("lmul_e2m1", "full")]]
    assert asked == ["estimated", "measured", "measured"]


def test_a_comparison_says_what_halving_would_have_dropped(ran):
    said, points, asked = ran("compared")
    assert said.startswith(
        "Halving would have dropped 1 of 1 designs on a frontier, 100 %: exact_e2m1. It keeps, "
    )
    assert [design for design, _ in points[0]] == ["lmul_e2m1", "exact_e2m1"]
    assert asked == ["estimated", "measured"]


def test_a_comparison_may_have_dropped_none(ran, tmp_path):
    key = key_of("exact_e2m1", load_technology("nangate45").digest, None, "quick")
    worse = point("exact_e2m1", key=key, format="e2m1", energy=20.0)
    Store(tmp_path / "store").keep(Outcome(worse, ""))
    said, _, _ = ran("compared")
    assert said.startswith(
        "Halving would have dropped 0 of 1 designs on a frontier, 0 %. It keeps, "
    )


def test_known_recipes_need_no_estimate(ran):
    said, points, asked = ran("known")
    assert (said, asked) == ("", ["measured"])
    assert points == [[("lmul_e2m1", "quick"), ("exact_e2m1", "quick")]]


@pytest.fixture
def broken(monkeypatch, tmp_path):
    """Workers that measure nothing; what was asked of which cluster."""
    asked = []

    @contextmanager
    def cluster(address, workers, version):
        assert version is source
        asked.append((address, workers))
        yield None

    def jobs(client, work, jobs, done, failed, folder):
        asked.append(folder)
        assert {job.technology for job in jobs} == {"nangate45"}
        for job in jobs:
            failed(job, "it is broken")

    monkeypatch.setattr(command, "dask_cluster", cluster)
    monkeypatch.setattr(sweeping, "run_jobs", jobs)
    return asked


@pytest.mark.parametrize(
    ("options", "place"), [(["--workers", "3"], (None, 3)), (["--cluster", "tcp://a:1"], None)]
)
def test_designs_that_are_not_measured_are_told_as_they_come_and_in_the_end(
    call, broken, tmp_path, options, place
):
    done = call(sweep, "--designs", "exact_e2m1 lmul_e2m1", "--effort", "full", *options)
    assert done.returncode != 0
    assert done.stderr.splitlines() == [
        "1/2 exact_e2m1: it is broken",
        "2/2 lmul_e2m1: it is broken",
        "error: 2 designs could not be measured, the first exact_e2m1: it is broken",
    ]
    # Workers elsewhere have folders of their own.
    here = tmp_path / "build" / "cache"
    assert broken == ([place, here] if place else [("tcp://a:1", None), None])
    assert "0 points: " in done.stdout
    assert read_table(tmp_path / "build" / "sweep" / "sweep.parquet") == []


def test_a_store_that_cannot_be_written_is_found_before_the_work(call, broken, tmp_path):
    folder = tmp_path / "build" / "sweep"
    folder.mkdir(parents=True)
    (folder / "store").write_text("mine")
    done = call(sweep, "--designs", "lmul_e2m1")
    assert done.returncode != 0
    assert "build/sweep/store" in done.stderr
    assert (broken, done.stderr.count("\n")) == ([], 1)


def test_halving_has_efforts_of_its_own(call, broken):
    done = call(sweep, "--designs", "lmul_e2m1", "--fidelity", "halving", "--effort", "full")
    assert done.stderr == ("error: EFFORT is for FIDELITY=known: halving has efforts of its own\n")


@pytest.mark.parametrize(
    ("excluded", "impossible", "words"),
    [
        (3, {}, "Left out: 3 points by exclusions, 0 combinations that cannot be."),
        (
            0,
            {"one": 1, "two": 2},
            "Left out: 0 points by exclusions, 3 combinations that cannot be, as two.",
        ),
    ],
)
def test_what_is_left_out_of_a_space_is_said(tmp_path, excluded, impossible, words):
    candidates = named_candidates(["lmul_e2m1"], "nangate45", [1000.0])
    made = Sweep(candidates, "quick", Store(tmp_path))
    first = "1 designs, 2 points: 0 are measured already, 2 are to do."
    assert _before(Enumerated(candidates, 0, {}), made, 1) == [first, made.estimate(1)]
    found = Enumerated(candidates, excluded, impossible)
    assert _before(found, made, 1) == [first, words, made.estimate(1)]
