"""The commands: what is counted, what is refused, and what the best are."""

import pytest

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.sweep import sweeping
from lmul_pe.synth.sweep.best import main as best
from lmul_pe.synth.sweep.command import _run
from lmul_pe.synth.sweep.command import main as sweep
from lmul_pe.synth.sweep.estimate import Estimate, estimate_key
from lmul_pe.synth.sweep.measuring import Outcome
from lmul_pe.synth.sweep.point import key_of
from lmul_pe.synth.sweep.space import named_candidates
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
    assert [each.name for each in tmp_path.iterdir()] == ["space.toml"]


def test_what_a_colleague_measured_is_not_measured_again(call, colleague, outcomes, tmp_path):
    arguments = ["--designs", DESIGN, "--clocks-ps", "1000,10", "--store", colleague]
    # Workers that cannot be: nobody is asked.
    done = call(sweep, *arguments, "--cluster", "tcp://127.0.0.1:9")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 designs, 3 points: 3 are measured already, 0 are to do." in done.stdout
    found = read_table(tmp_path / "build" / "sweep" / "sweep.parquet")
    assert found == [outcome.point for outcome in outcomes]
    assert DESIGN in (tmp_path / "build" / "sweep" / "index.html").read_text()
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
        (["--designs", DESIGN, "--clocks-ps", "fast"], "clock 'fast' is not a number"),
        (["--designs", DESIGN, "--fidelity", "halved"], "did you mean 'halving'"),
        (["--designs", DESIGN, "--store", "nowhere"], "store nowhere is no folder"),
        (["--designs", DESIGN, "--workers", "0"], "workers '0' is not an integer"),
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
    monkeypatch.setattr(sweeping, "run_jobs", lambda *_: None)
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
        (said,) = _run(None, found, sweeps, fidelity, None)
        return said, [[(each.design, each.effort) for each in sweep.points()] for sweep in sweeps]

    return run


def test_halving_leaves_out_what_is_estimated_to_be_worse(ran):
    said, points = ran("halving")
    assert said.startswith(
        "2 designs are estimated, 1 measured by known recipes, 1 by all: kept are, "
    )
    assert points == [[("lmul_e2m1", "quick")], [("lmul_e2m1", "full")]]


def test_a_comparison_says_what_halving_would_have_dropped(ran):
    said, points = ran("compared")
    assert said.startswith(
        "Halving would have dropped 1 of 1 designs on a frontier, 100 %: exact_e2m1. It keeps, "
    )
    assert [design for design, _ in points[0]] == ["lmul_e2m1", "exact_e2m1"]
