"""The command `lmul-pe synth`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from lmul_pe.synth import format
from lmul_pe.synth.format import main
from lmul_pe.synth.own_workload import OwnEnergy
from lmul_pe.synth.report.folder import verdicts
from lmul_pe.synth.report.terminal import print_tables
from lmul_pe.synth.results.store import is_current
from lmul_pe.synth.workload.settings import Settings
from tests.sweep import some
from tests.synth.small_report import multipliers_alone

ROOT = Path(__file__).parents[2]
OPTIONS = ("--levels", "multiplier", "--pairs", "2000", "--wire-ff", "0.5")
LIBRARY = """library (mine) {{
  time_unit : "1ns"; capacitive_load_unit (1, pf); voltage_unit : "1V"; nom_voltage : 1.0;
  {cells}
}}
"""
INVERTER = """cell (INV) {{ area : 1;
    pin (A) {{ direction : input; capacitance : 0.001; }}
    pin (Y) {{ direction : output; function : "!A"; }} }}""".replace("{{", "{").replace("}}", "}")


@pytest.fixture
def command(call):
    """The command in the test's folder."""
    return partial(call, main)


def refused(done, named):
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert re.fullmatch(r"error: [^\n]+\n", done.stderr)
    assert named in done.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--fmt", "e9"], "'e9'"),
        (["--fmt", "e4m99"], "'e4m99' has 99 mantissa bits"),
        (["--fmt", ""], "''"),
        (["--fmt", "e4m3;ls"], "'e4m3;ls'"),
        (["--fmt", "../e4m3"], "'../e4m3'"),
        (["--tech", "nowhere.lib"], "nowhere.lib"),
        (["--tech", "nowhere/nowhere.lib.gz"], "nowhere/nowhere.lib.gz"),
        (["--tech", "nangate54"], "'nangate54'"),
        (["--tech", ""], "''"),
        (["--tech", "."], "."),
        (["--levels", "foo"], "'foo'"),
        (["--levels", "multiplier,foo"], "'foo'"),
        (["--levels", ""], "''"),
        (["--pairs", "1"], "'1'"),
        (["--pairs", "x"], "'x'"),
        (["--pairs", "1e9"], "'1e9'"),
        (["--pairs", ""], "''"),
        (["--pairs", "9" * 5000], "99"),
        (["--wire-ff", "-1"], "'-1'"),
        (["--wire-ff", "nan"], "'nan'"),
        (["--wire-ff", "inf"], "'inf'"),
        (["--wire-ff", "x"], "'x'"),
        (["--seed", "-1"], "'-1'"),
        (["--seed", "1.5"], "'1.5'"),
        (["--nonsense"], "--nonsense"),
        (["surplus"], "surplus"),
    ],
)
def test_bad_input_is_one_clear_line(options, named, command, tmp_path):
    usual = [] if "--fmt" in options else ["--fmt", "e2m1"]
    refused(command(*usual, *options), named)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "texts", "limits"),
    [
        ("--pairs", ("1023", "10000001"), "an integer from 1024 to 10000000"),
        ("--wire-ff", ("-1", "1000.5"), "a number from 0 to 1000"),
        ("--seed", ("-1", "9223372036854775808"), "an integer from 0 to 9223372036854775807"),
        ("--clock-ps", ("0.5", "1000001"), "a number from 1 to 1000000"),
    ],
)
def test_numbers_have_limits(option, texts, limits, command, asked):
    for text in texts:
        refused(command("--fmt", "bf16", option, text), f"{text!r} is not {limits}")
    assert asked == []


@pytest.fixture
def asked(monkeypatch, report):
    """What reports were asked for, with a report in miniature in their place."""
    asked = []

    def folder(format, tech, levels, settings, out, measure):
        asked.append((format.name, tech, levels, settings, out, measure))
        return Path("there")

    monkeypatch.setattr(format, "report_folder", folder)
    monkeypatch.setattr(format, "render", lambda folder: report)
    return asked


def test_what_is_not_said_is_usual(command, asked):
    done = command("--fmt", "bf16")
    assert (done.returncode, done.stderr) == (0, "")
    levels = ["multiplier", "mac", "dot", "array"]
    assert asked == [("bf16", "nangate45", levels, Settings(), None, None)]
    said = " ".join(done.stdout.split())
    assert "77.5 %" in said
    assert "there: " in said
    assert "exact_bf16_gradual" not in said
    more = command("--fmt", "bf16", "--verbose")
    assert "exact_bf16_gradual" in more.stdout
    assert more.stdout.endswith(done.stdout)


def test_everything_that_is_said_is_asked_for(command, asked, tmp_path):
    options = ("--tech", "asap7", "--levels", "mac dot", "--wire-ff", "1000", "--pairs", "1024")
    options += ("--seed", "9223372036854775807", "--clock-ps", "1", "--effort", "full")
    options += ("--clock-gates", "--out", "here")
    assert command("--fmt", "e4m3", *options).returncode == 0
    settings = Settings(
        wire_ff=1000.0,
        pairs=1024,
        seed=2**63 - 1,
        clock_ps=1.0,
        effort="full",
        clock_gates=True,
    )
    assert asked == [("e4m3", "asap7", ["mac", "dot"], settings, Path("here"), None)]
    most = ("--pairs", "10000000", "--clock-ps", "1000000", "--seed", "0")
    for name in ("timed_dots", "held_dots", "all_units"):
        option = f"--{name.replace('_', '-')}"
        assert command("--fmt", "e4m3", *most, option).returncode == 0
        usual = Settings(pairs=10**7, clock_ps=1e6, seed=0)
        assert asked[-1][3] == replace(usual, **{name: True}) != usual


def test_a_stream_of_ones_own_is_measured_and_set_beside_normal_operands(
    command, asked, monkeypatch, tmp_path
):
    np.save(tmp_path / "mine.npy", np.array([[1, 2], [3, 4]]))
    known = SimpleNamespace(summary="operands of a model")

    def energies(report, folder, stream, library, settings):
        assert (folder, library.name, settings) == (Path("there"), "asap7", asked[-1][3])
        yield OwnEnergy("mac", (1.0, 2.0), (4.0, 4.0))

    monkeypatch.setattr(format, "own_energies", energies)
    monkeypatch.setattr(format, "smollm2_stream", lambda format: known)
    for workload, summary in (
        ("mine.npy", "the 2 operand pairs of mine.npy, in their order"),
        ("smollm2", "operands of a model"),
    ):
        done = command("--fmt", "bf16", "--workload", workload, "--tech", "asap7")
        assert done.returncode == 0, done.stderr
        assert asked[-1][3].own.summary == summary
        said = " ".join(done.stdout.split())
        assert said.startswith(f"On {summary}, and on normal ones: mac: L-Mul 2 fJ for 1, ")
    refused(command("--fmt", "bf16", "--workload", "none.npy"), "none.npy")


def test_a_cluster_measures_where_it_is_named(command, asked, monkeypatch):
    measuring = pytest.importorskip("lmul_pe.synth.cluster.measuring")
    monkeypatch.setattr(measuring, "measured_on", lambda address: f"by {address}")
    assert command("--fmt", "bf16", "--cluster", "tcp://a:1").returncode == 0
    assert asked[-1][-1] == "by tcp://a:1"


def test_a_misspelt_technology_is_told_the_nearest(command):
    assert "did you mean nangate45?" in command("--fmt", "e2m1", "--tech", "nangate54").stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("garbage", "mine.lib"),
        ("", "mine.lib"),
        ("library (mine) {", "mine.lib"),
        ("\x00\x01\x02", "mine.lib"),
        (LIBRARY.format(cells=""), "mine"),
        (LIBRARY.format(cells=INVERTER), "mine"),
    ],
    ids=["garbage", "empty", "cut off", "binary", "no cells", "no NAND"],
)
def test_a_library_that_cannot_be_used_is_one_clear_line(content, named, command, tmp_path):
    (tmp_path / "mine.lib").write_text(content)
    refused(command("--fmt", "e2m1", "--tech", "mine.lib"), named)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.lib"]


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_an_output_folder_that_cannot_be_is_found_before_the_work(out, command, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused(command("--fmt", "e2m1", "--out", out), "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_report_that_is_there_is_shown_without_work(run, command, monkeypatch):
    def forbidden(*_):
        raise AssertionError("nothing should be measured")

    monkeypatch.setattr("lmul_pe.synth.results.making.measure_all", forbidden)
    before = {path: path.stat().st_mtime_ns for path in run.report.iterdir()}
    done = command(*("--fmt", "e2m1", *OPTIONS, "--out", str(run.report), "--verbose"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "exact_e2m1_gradual" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in run.report.iterdir()} == before


def printed(report, width):
    console = Console(file=StringIO(), width=width)
    print_tables(report, console)
    return console.file.getvalue()


def test_the_terminal_has_a_row_for_each_design_and_what_the_judge_says(report):
    text = printed(report, 200)
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    # Area of the smallest netlist, energy of another one, and both over the adder.
    assert ["lmul_bf16", "40", "2.00", "50", "2.50", "200"] in rows
    assert ["mac_exact_bf16_fp32", "301", "320", "270", "30", "1", "1,000"] in rows
    saved = ["lmul_bf16", "exact_bf16", "315 to 600", "77.5 %", "77.5 %", "73.8 %"]
    assert saved in rows
    for sentence in verdicts(report):
        assert sentence in " ".join(text.split())


def test_the_terminal_has_no_table_of_what_is_not_there(report):
    assert "bf16 units" in printed(report, 200)
    assert "bf16 units" not in printed(multipliers_alone(report), 200)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_names_are_never_cut(width, report):
    text = printed(report, width)
    for design in report.designs:
        assert design.name in text


def test_an_alias_is_the_format_itself(run, command, monkeypatch):
    monkeypatch.setattr("lmul_pe.synth.results.making.measure_all", None)
    assert command("--fmt", "e2m1finite", *OPTIONS, "--out", str(run.report)).returncode == 0


@pytest.mark.slow
def test_another_run_gives_the_same_bytes(run, process, tmp_path):
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "cache").symlink_to(run.folder / "build" / "cache")
    done = process(tmp_path, "--fmt", "e2m1", *OPTIONS)
    assert (done.returncode, done.stderr.strip()) == (0, "")
    for path in run.report.iterdir():
        assert (tmp_path / "build" / "synth" / "e2m1" / path.name).read_bytes() == path.read_bytes()


def interrupted(folder, number, ready):
    """A run that got ``number`` as soon as ``ready`` tells, and its status and error text."""
    with subprocess.Popen(
        [sys.executable, "-m", "lmul_pe", "synth", "--fmt", "e2m1", *OPTIONS],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs inherit that an interrupt is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        while not ready() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(number)
        _, text = running.communicate()
    return running.returncode, text


@pytest.mark.parametrize("number", some([signal.SIGINT, signal.SIGTERM, signal.SIGKILL], 1))
def test_a_run_that_is_interrupted_leaves_nothing_that_counts(number, run, process, tmp_path):
    cache = tmp_path / "build" / "cache"
    status, text = interrupted(tmp_path, number, lambda: len(list(cache.rglob("output.pkl"))) > 1)
    assert status != 0
    assert "Traceback" not in text
    if number == signal.SIGINT:
        assert (status, text.strip().splitlines()[-1]) == (130, "error: interrupted")
    report = tmp_path / "build" / "synth" / "e2m1"
    inputs = json.loads((run.report / "manifest.json").read_text())["inputs"]
    assert not is_current(report, inputs)
    assert not list(tmp_path.rglob("report.json"))
    # What the cache holds by now is whole: the next run ends with the same report.
    if number == signal.SIGKILL:
        # The rest is taken from another run, to save the time.
        for path in (run.report.parent.parent / "cache").rglob("*"):
            copy = cache / path.relative_to(run.report.parent.parent / "cache")
            if path.is_file() and not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(path.read_bytes())
        done = process(tmp_path, "--fmt", "e2m1", *OPTIONS)
        assert done.returncode == 0
        expected = (run.report / "report.json").read_bytes()
        assert (report / "report.json").read_bytes() == expected
