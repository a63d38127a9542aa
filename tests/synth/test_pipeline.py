"""The command: what it writes and says, and what it refuses in one line."""

import csv
import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, array_named
from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth import pipeline
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.system.pipeline.own_arrays import OperatingPoint
from lmul_pe.synth.system.pipeline.pipeline_report import FILE as RECORD_FILE
from lmul_pe.synth.system.pipeline.profile import read_profile
from lmul_pe.synth.system.pipeline.savings import with_straggler
from lmul_pe.synth.system.pipeline.served import profile_text
from tests.synth.system.pipeline.small import ROOT, plans, profile


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
    assert f"plans: {len(points)} plans" in said
    assert f"The plan of {plan['time_s']:.4g} s" in said
    written = ["build/pipeline/frontier.csv", *files, str(pipeline.FOLDER / RECORD_FILE)]
    assert said.endswith(" ".join(written))
    status, said, _ = command(
        "next", "plans", "--straggler-s", str(points[3, 0]), "--plan", "now.json"
    )
    assert status == 0
    now = json.loads((tmp_path / "now.json").read_text())
    assert now["point"] == max(3, int(points[:, 1].argmin()))
    assert said == f"now.json: plan {now['point']}"
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


def test_what_certifies_may_not_be_there(command, monkeypatch):
    monkeypatch.setattr("lmul_pe.model.extras.find_spec", lambda module: None)
    _, _, error = command("plan", "small.csv", "--waiting-watts", "80", "--certify", "1")
    assert error.startswith("error: a certificate by linear programming needs scipy")
    assert error.endswith(": pip install 'lmul-pe[system]'\n")


def test_certified_points_are_the_ends_and_what_lies_between(monkeypatch, two):
    asked = []

    def other(frontier, point):
        asked.append(point)
        # Less at one point, by 0.2 %, and more at others.
        return float(frontier.energy_j[point]) * (0.998 if point == 99 else 1.001)

    monkeypatch.setattr(pipeline, "require", lambda extra, what: None)
    monkeypatch.setattr("lmul_pe.synth.system.pipeline.certificate.least_energy_j", other)
    assert list(pipeline._certified(two, 3)) == [
        "Linear programming (HiGHS) finds the same energy at 3 points, within 0.2 %"
    ]
    assert asked == [0, 99, 199]
    asked.clear()
    # No point is asked for twice, however many there should be.
    assert "at 200 points" in next(pipeline._certified(two, 1000))
    assert asked == list(range(200))


@pytest.fixture(scope="module")
def two():
    """The plans of two accelerators and three microbatches, in steps of 0.5 ms.

    At 1000 MHz the first takes 10 and 21 ms, the second 13 and 27.3 ms, with 500 W: one iteration
    is 10 + 3 * 40.3 + 21 ms.
    """
    found = plans(2, 3)
    assert len(found.frontier) == 200
    return found


def test_plans_are_summed_up(two):
    time_s, energy_j = two.frontier.time_s, two.frontier.energy_j
    best = int(energy_j.argmin())
    slow, fast, least = (
        f"{time_s[each]:.4g} s and {energy_j[each]:.4g} J" for each in (0, 199, best)
    )
    plans_line, saved, pace = pipeline._summary(two, 199)
    assert plans_line == (
        f"2 accelerators, 3 microbatches, 1f1b: 200 plans, from {slow} to {fast}; the least energy "
        f"is {least}"
    )
    assert saved.startswith("Without slowing down: ")
    assert saved.endswith(" of time")
    stages = two.stages(199)
    reclaimed = sum(each.energy_j - each.planned_energy_j for each in stages)
    # 3 * 40.3 of 151.9 ms.
    assert pace == (
        "Accelerator 1 sets the pace, busy 79.6 % of the time; computing takes "
        f"{reclaimed:.4g} J less by the plan of {fast}"
    )
    assert 0 < reclaimed < 3 * (31 + 40.3) * 0.5


def test_one_of_each_is_said_so():
    single, saved, pace = pipeline._summary(plans(1, 1), 0)
    assert single.startswith("1 accelerator, 1 microbatch, 1f1b: ")
    assert saved.endswith("which take +0.00 % of time")
    assert pace.startswith("Accelerator 0 sets the pace, busy 100.0 % of the time;")


def test_a_straggler_is_one_of_several_pipelines(two):
    limit_s = 1.2 * float(two.frontier.time_s[-1])
    alone = list(pipeline._straggler(two, 1.2, 1, 8))
    point = two.frontier.point_within(limit_s)
    time_s, energy_j = two.frontier.time_s[point], two.frontier.energy_j[point]
    assert alone == [
        f"Beside a straggler of {limit_s:.4g} s: the plan of {time_s:.4g} s and {energy_j:.4g} J"
    ]
    both = list(pipeline._straggler(two, 1.2, 2, 8))
    saved = with_straggler(two, 1.2, 2)
    assert both == [
        alone[0],
        f"2 pipelines of 16 accelerators, one of them 1.2 times slower, save {saved:.1f} % "
        "together",
    ]


def test_stages_are_printed_with_what_they_wait_and_save(two, capsys):
    pipeline._print_stages(two, 199)
    title, *_, first, second = (line.split() for line in capsys.readouterr().out.splitlines())
    assert title[:3] == ["The", "plan", "of"]
    # Of 151.9 ms 3 * 31 and 3 * 40.3 are busy, with 500 W.
    assert first[:3] == ["0", "0.093", "0.0589"]
    assert second[:3] == ["1", "0.1209", "0.031"]
    assert (first[4], second[4]) == ("46.5", "60.45")


def test_a_time_is_met_or_no_plan_is(two):
    fastest_s = float(two.frontier.time_s[-1])
    assert pipeline._point(two, None) == 199
    assert pipeline._point(two, fastest_s) == 199
    with pytest.raises(SpecificationError) as error:
        pipeline._point(two, 0.9 * fastest_s)
    assert str(error.value) == (
        f"no plan takes {0.9 * fastest_s:g} s: expected {fastest_s:g} s or more; the nearest is "
        f"{fastest_s:g}"
    )


def test_the_plan_is_that_of_a_time_or_of_a_straggler_or_the_fastest(command, tmp_path):
    # One accelerator: 31 ms at 1000 MHz and 51.7 at 600, in steps of 1 ms.
    (tmp_path / "one.csv").write_text(profile_text(profile(1)))
    words = ("plan", "one.csv", "--microbatches", "1", "--plan", "p.json")
    for options, time_ms in (
        ([], 31),
        (["--straggler", "1.2"], 37),
        (["--at-s", "0.04"], 40),
        (["--at-s", "0.04", "--straggler", "1.2"], 40),
    ):
        _, said, _ = command(*words, "--waiting-watts", "80", *options)
        assert json.loads((tmp_path / "p.json").read_text())["time_s"] == pytest.approx(
            time_ms / 1000
        )
        assert ("Beside a straggler" in said) is ("--straggler" in options)
        assert "Waiting is taken" not in said
        assert said.endswith("build/pipeline/frontier.csv p.json build/pipeline/pipeline.json")
    assert "Waiting is taken to cost nothing" in command(*words)[1]


def test_time_that_is_lost_to_nothing_has_no_sign(two, monkeypatch):
    for slower, words in ((-0.004, "+0.00 %"), (-0.006, "-0.01 %"), (0.006, "+0.01 %")):
        saved = SimpleNamespace(intrinsic=1.0, realised=2.0, slower=slower)
        monkeypatch.setattr(pipeline, "savings", lambda plans, saved=saved: saved)
        _, line, _ = pipeline._summary(two, 0)
        assert line == (
            "Without slowing down: 1.00 % saved as planned, 2.00 % at profiled frequencies, which "
            f"take {words} of time"
        )


def test_corners_of_a_library_have_folders_of_their_own(monkeypatch):
    def folder(arrays, tech, settings, command, out):
        raise SpecificationError(f"{[each.name for each in arrays]} {tech} {out}: {command}")

    monkeypatch.setattr(pipeline, "array_folder", folder)
    name = "array_os_2x2_lmul_e2m1_e4m3"
    digest = load_technology("asap7").digest[:12]
    for tech, out in (("nangate45", None), ("asap7", f"build/array/{name}_{digest}")):
        with pytest.raises(SpecificationError) as error:
            pipeline._corner(array_named(name), tech)
        assert str(error.value) == (
            f"['{name}'] {tech} {out}: lmul-pe pipeline profile --arrays {name} --tech {tech}"
        )


def test_powers_and_steps_are_read():
    assert pipeline._powers_w(None) is None
    assert pipeline._powers_w("1, 2.5") == (1.0, 2.5)
    assert pipeline._step_s("0.5") == 0.0005


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
    _, said, _ = command("profile", "--tokens", "8", "--out", "fixed.csv", "--fixed-voltage")
    assert "alpha-power law" not in said
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


PLAN = ("plan", ["small.csv"])
LIMITS = [
    (*PLAN, "--microbatches", ("10001",), "microbatches", "an integer", "1 to 10000"),
    (*PLAN, "--chunks", ("0", "1001"), "chunks", "an integer", "1 to 1000"),
    *(
        (*PLAN, f"--{name}", ("0", "1000001"), f"{name} copies", "an integer", "1 to 1000000")
        for name in ("data-parallel", "tensor-parallel")
    ),
    (*PLAN, "--certify", ("-1", "1000001"), "points to certify", "an integer", "0 to 1000000"),
    (*PLAN, "--straggler", ("-1", "1000001"), "straggler", "a number", "0 to 1000000"),
    (*PLAN, "--at-s", ("-1", "1000000001"), "time", "a number", "0 to 1000000000"),
    (*PLAN, "--step-ms", ("-1", "1000000001"), "step", "a number", "0 to 1000000000"),
    (*PLAN, "--waiting-watts", ("1e16",), "waiting power", "a number", "0 to 1000000000000000"),
    (
        *("next", ["small.csv", "--plan", "x.json"], "--straggler-s", ("-1", "1000000001")),
        *("time", "a number", "0 to 1000000000"),
    ),
    ("profile", [], "--exponent", ("-1", "10.5"), "exponent", "a number", "0 to 10"),
    ("profile", [], "--threshold", ("-1", "1.5"), "threshold", "a number", "0 to 1"),
    ("profile", [], "--lowest", ("-1", "1.5"), "lowest voltage", "a number", "0 to 1"),
    ("profile", [], "--points", ("-1", "1001"), "voltages", "an integer", "0 to 1000"),
    ("profile", [], "--tokens", ("1000001",), "tokens", "an integer", "1 to 1000000"),
]


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
        *(
            ([command, *profile, option, text], f"{named} {text!r} is not {noun} from {limits}")
            for command, profile, option, texts, named, noun, limits in LIMITS
            for text in texts
        ),
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
