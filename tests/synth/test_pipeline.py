"""The command: what it writes and says, and what it refuses in one line."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import array_named
from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth import pipeline
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.system.pipeline.own_arrays import OperatingPoint
from lmul_pe.synth.system.pipeline.pipeline_report import FILE as RECORD_FILE
from lmul_pe.synth.system.pipeline.profile import read_profile
from lmul_pe.synth.system.pipeline.served import profile_text
from tests.synth.system.pipeline.small import ROOT, profile


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """A function that runs the command in a folder with a small profile."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.csv").write_text(profile_text(profile(3)))

    def finished(*arguments):
        monkeypatch.setattr(sys, "argv", ["pipeline", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command(pipeline.main)
        captured = capfd.readouterr()
        return ended.value.code, " ".join(captured.out.split()), captured.err

    return finished


def rows(path):
    with path.open() as file:
        header, *lines = csv.reader(file)
    return header, np.array(lines, float)


def test_the_frontier_is_written_and_summed_up(command, tmp_path):
    status, said, errors = command(
        *("plan", "small.csv", "--microbatches", "8", "--waiting-watts", "80", "--step-ms", "0.5"),
        *("--out", "frontier.csv"),
    )
    assert (status, errors) == (0, "")
    header, points = rows(tmp_path / "frontier.csv")
    assert header == ["time_s", "energy_j"]
    assert f"3 accelerators, 8 microbatches, 1f1b: {len(points)} plans" in said
    assert "Accelerator 2 sets the pace" in said
    assert "saves nothing" not in said


def test_everything_on_demand(command, tmp_path):
    files = ("realised.csv", "plan.json", "frequencies.csv", "gantt.png", "picture.png")
    options = [word for name in files for word in (f"--{name.partition('.')[0]}", name)]
    status, said, _ = command(
        *("plan", "small.csv", "--microbatches", "4", "--waiting-watts", "80", "--step-ms", "1"),
        *("--straggler", "1.2", "--data-parallel", "16", "--tensor-parallel", "8", "--verbose"),
        *("--plans", "plans", *options),
    )
    assert status == 0
    assert {path.name for path in tmp_path.iterdir()} == {*files, "plans", "small.csv", "build"}
    assert "16 pipelines of 24 accelerators, one of them 1.2 times slower, save" in said
    _, points = rows(tmp_path / "build" / "pipeline" / "frontier.csv")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert plan["time_s"] <= 1.2 * points[-1, 0] < plan["time_s"] + 0.001 or (
        plan["energy_j"] == points[:, 1].min()
    )
    assert len(list((tmp_path / "plans").glob("*.json"))) == len(points)
    status, said, _ = command(
        "next", "plans", "--straggler-s", str(points[3, 0]), "--plan", "now.json"
    )
    assert status == 0
    now = json.loads((tmp_path / "now.json").read_text())
    assert now["point"] == max(3, int(points[:, 1].argmin()))
    command("next", "plans", "--plan", "now.json")
    assert json.loads((tmp_path / "now.json").read_text())["time_s"] == points[-1, 0]


def test_a_plan_within_a_time(command, tmp_path):
    words = ("plan", "small.csv", "--waiting-watts", "80", "--plan", "plan.json")
    status, _, _ = command(*words, "--at-s", "1")
    assert status == 0
    assert json.loads((tmp_path / "plan.json").read_text())["time_s"] <= 1
    status, _, error = command(*words, "--at-s", "0.1")
    assert status == 2
    assert "no plan takes 0.1 s: expected" in error


def test_energies_in_other_units_give_the_same_plan(command, tmp_path):
    plans = []
    for scale in (1, 1e9):
        (tmp_path / "scaled.csv").write_text(profile_text(profile(3, scale)))
        words = ("--waiting-watts", f"{80 * scale:g}", "--frequencies", "f.csv", "--at-s", "0.8")
        assert command("plan", "scaled.csv", *words)[0] == 0
        plans.append((tmp_path / "f.csv").read_text())
    assert plans[0] == plans[1]


@pytest.mark.parametrize("schedule", ["gpipe", "early-recomputation"])
def test_other_schedules(command, schedule):
    status, said, _ = command("plan", "small.csv", "--waiting-watts", "80", "--schedule", schedule)
    assert status == 0
    assert schedule in said


def test_waiting_that_costs_nothing_is_said(command):
    assert "Waiting is taken to cost nothing" in command("plan", "small.csv")[1]
    assert "Waiting is taken" not in command("plan", "small.csv", "--waiting-watts", "0")[1]


def test_frequency_alone_saves_nothing_and_that_is_said(command, tmp_path):
    constant = "stage,instruction,frequency,time,energy\n" + "".join(
        f"0,{instruction},{frequency},{10 / frequency},5\n"
        for instruction in ("forward", "backward")
        for frequency in (1000, 900, 800, 700, 600)
    )
    (tmp_path / "constant.csv").write_text(constant)
    status, said, _ = command("plan", "constant.csv", "--waiting-watts", "80")
    assert status == 0
    assert "Frequency alone, without voltage, saves nothing" in said
    assert "0.00 % saved as planned, 0.00 % at profiled frequencies" in said


def test_points_are_certified(command):
    pytest.importorskip("scipy")
    status, said, _ = command("plan", "small.csv", "--waiting-watts", "80", "--certify", "3")
    assert status == 0
    assert "Linear programming (HiGHS) finds the same energy at 3 points" in said


def measured(array, tech):
    """In place of a measurement, which takes a minute."""
    volts = {"nangate45": 1.1, "slow.lib": 0.9}[tech]
    return OperatingPoint(volts, 5000.0 / volts, 2000.0 * volts**2, 9000.0 * volts**2, 1e-4)


def test_without_a_profile_it_is_our_own_arrays(command, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "_corner", measured)
    status, said, _ = command("plan", "--microbatches", "4", "--certify", "0")
    assert status == 0
    assert "Four arrays, SmolLM2-135M, 128 tokens" in said
    assert "alpha-power law" in said
    assert "4 accelerators" in said
    command("profile", "--out", "own.csv")
    runs = read_profile(tmp_path / "own.csv").runs
    record = json.loads((tmp_path / pipeline.FOLDER / RECORD_FILE).read_text())
    # A hundredth of the fastest instruction, as the help says.
    fastest_s = min(run.time_s for each in runs.values() for run in each)
    assert record["step_s"] == pytest.approx(fastest_s / 100)


def test_a_profile_of_our_own_arrays(command, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "_corner", measured)
    status, said, _ = command("profile", "--tokens", "8", "--out", "own.csv")
    assert status == 0
    found = read_profile(tmp_path / "own.csv")
    assert found.stages == len(pipeline.ARRAYS)
    assert {array_named(name).cols for name in pipeline.ARRAYS} == {4, 8}
    assert "--waiting-watts 0.0001,0.0001,0.0001,0.0001" in said
    assert "alpha-power law" in said
    command("profile", "--tokens", "8", "--out", "fixed.csv", "--fixed-voltage")
    _, said, _ = command("plan", "fixed.csv", "--waiting-watts", "0.0001", "--microbatches", "4")
    assert "saves nothing" in said


@pytest.fixture
def corner(tmp_path):
    """A library of a lower voltage."""
    technology = replace(load_technology("nangate45"), name="slow", voltage=0.9)
    (tmp_path / "slow.lib").write_text(liberty_text(technology))


def test_corners_are_measured_each(command, corner, monkeypatch, tmp_path):
    monkeypatch.setattr(pipeline, "_corner", measured)
    status, said, _ = command(
        "profile", "--tokens", "8", "--tech", "nangate45", "--tech", "slow.lib"
    )
    assert status == 0
    assert "alpha-power law" not in said
    found = read_profile(tmp_path / "build" / "pipeline" / "profile.csv")
    assert {len(runs) for runs in found.runs.values()} == {2}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--tech", "nangate45"), "library nangate45 is nangate45 again: expected one for each"),
        (("--tech", "slow.lib", "--tech", "./slow.lib"), "library ./slow.lib is slow.lib again"),
        (("--tech", "slow.lib", "--fixed-voltage"), "a fixed voltage for 2 libraries"),
        (("--arrays", " ".join(["array_os_2x2_lmul_e4m3_fp32"] * 31)), "31 stages for 30 layers"),
        (("--arrays", "array_ws_2x2_lmul_e4m3_fp32"), "exceeds the 2 rows"),
    ],
)
def test_nothing_is_measured_for_what_cannot_be(command, corner, monkeypatch, options, named):
    monkeypatch.setattr(pipeline, "_measured", None)
    status, said, error = command("profile", "--tech", "nangate45", *options)
    assert (status, said) == (2, "")
    assert named in error
    assert len(error.splitlines()) == 1


def test_a_straggler_that_cannot_be_waits_for_no_plan(command, monkeypatch):
    monkeypatch.setattr(pipeline.Pipeline, "plan", None)
    status, _, error = command("plan", "small.csv", "--straggler", "0.5")
    assert status == 2
    assert "is faster than the pipeline: expected 1 or more" in error


def test_the_profile_in_the_repository_is_planned(command):
    status, said, _ = command(
        "plan", str(ROOT / "docs" / "pipelines.csv"), "--waiting-watts", "0.0007", "--step-ms", "20"
    )
    assert status == 0
    assert "4 accelerators" in said


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["plan", "none.csv"], "none.csv: No such file"),
        (["plan", "small.csv", "--microbatches", "0"], "microbatches '0' is not an integer from 1"),
        (["plan", "small.csv", "--microbatches", "two"], "microbatches 'two' is not an integer"),
        (
            ["plan", "small.csv", "--data-parallel", "1000001"],
            "data-parallel copies '1000001' is not an integer from 1 to 1000000",
        ),
        (["plan", "small.csv", "--step-ms", "0"], "step '0' is no time: expected more than 0 ms"),
        (["plan", "small.csv", "--step-ms", "x"], "step 'x' is not a number"),
        (["plan", "small.csv", "--step-ms", "500"], "a step of 500 ms is longer than"),
        (["plan", "small.csv", "--waiting-watts", "-1"], "waiting power '-1' is not a number"),
        (["plan", "small.csv", "--waiting-watts", "nan"], "waiting power 'nan' is not a number"),
        (["plan", "small.csv", "--waiting-watts", ""], "no waiting power is given"),
        (["plan", "small.csv", "--waiting-watts", "1,2"], "waiting power of 2 accelerators"),
        (["plan", "small.csv", "--schedule", "1f2b"], "did you mean '1f1b'?"),
        (["plan", "small.csv", "--filter", "lst"], "did you mean 'last'?"),
        (["plan", "small.csv", "--straggler", "0.8"], "is faster than the pipeline"),
        (["plan", "small.csv", "--schedule", "interleaved"], "needs 2 or more that divide the 3"),
        (["plan", "small.csv", "--out", "small.csv"], "--out small.csv is the file of profile"),
        (["next", "nowhere", "--plan", "x.json"], "nowhere/frontier.csv: No such file"),
        (["profile", "--arrays", ""], "no array is named"),
        (["profile", "--tokens", "0"], "tokens '0' is not an integer from 1 to 1000000"),
        (["profile", "--arrays", "array_4x4"], "is no systolic array"),
        (["profile", "--tech", "nangate54"], "'nangate54'"),
        (["profile", "--tech", "small.csv", "--out", "small.csv"], "is the file of --tech"),
        (["profile", "--lowest", "0.2"], "expected 0 < threshold < lowest <= 1"),
        (["plann"], "did you mean 'plan'?"),
        ([], "no command is given: expected one of plan, next, profile"),
    ],
)
def test_bad_input_is_one_clear_line(command, arguments, named, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    status, _, error = command(*arguments)
    assert status in (1, 2)
    assert named in error
    assert len(error.splitlines()) == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
