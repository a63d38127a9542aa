"""The command `lmul-pe synth`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth.format import main
from lmul_pe.synth.results.store import is_current

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
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["synth", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


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
    done = command(*("--fmt", "e2m1", *OPTIONS, "--out", str(run.report)))
    assert (done.returncode, done.stderr) == (0, "")
    assert "exact_e2m1_gradual" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in run.report.iterdir()} == before


def test_an_alias_is_the_format_itself(run, command, monkeypatch):
    monkeypatch.setattr("lmul_pe.synth.results.making.measure_all", None)
    assert command("--fmt", "e2m1finite", *OPTIONS, "--out", str(run.report)).returncode == 0


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
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
