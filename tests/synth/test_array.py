"""The command `lmul-pe array-cost`."""

import re
from functools import partial
from pathlib import Path

import pytest

from lmul_pe.synth import array
from lmul_pe.synth.array import main
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.workload.settings import Settings
from tests.synth.small_report import small_array_report


@pytest.fixture
def command(call):
    """The command in the test's folder."""
    return partial(call, main)


@pytest.fixture
def built(tmp_path, cache):
    """The test's `build`, with netlists of other tests."""
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "cache").symlink_to(cache)
    return tmp_path / "build"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--fmt", "e2m1", "--rows", "0"], "rows 0"),
        (["--fmt", "e2m1", "--rows", "x"], "'x'"),
        (["--fmt", "e2m1", "--cols", "1000"], "cols 1000"),
        (["--fmt", "e2m1", "--dataflow", "xs"], "did you mean 'ws'"),
        (["--fmt", "e2m1", "--fold", "weight"], "fold"),
        (["--fmt", "e2m1", "--acc", "fp33"], "fp33"),
        (["--fmt", "e2m1", "--kind", "lmull"], "lmull"),
        (["--fmt", "e2m1", "--guard", "raw"], "guard"),
        (["--fmt", "bf16", "--acc", "fixed"], "register"),
        *(
            (
                ["--fmt", "e2m1", "--seed", text],
                f"seed {text!r} is not an integer from 0 to 9223372036854775807",
            )
            for text in ("x", "-1", "9223372036854775808")
        ),
        *(
            (
                ["--fmt", "e2m1", "--wire-ff", text],
                f"wire load {text!r} is not a number from 0 to 1000",
            )
            for text in ("-1", "1000.5")
        ),
        (["--fmt", "e2m1", "--tech", "nangate54"], "nangate45"),
        ([], "fmt"),
    ],
)
def test_bad_input_is_one_clear_line(options, named, command, tmp_path):
    done = command(*options)
    assert done.returncode == 2
    assert re.fullmatch(r"error: [^\n]+\n", done.stderr)
    assert named in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_is_kept_without_what_is_usual_and_the_verdict_is_said(command, monkeypatch):
    asked = []

    def folder(arrays, tech, settings, words, out):
        asked.append((words, settings))
        return Path("here")

    monkeypatch.setattr(array, "array_folder", folder)
    monkeypatch.setattr(array, "render", lambda _: small_array_report())
    usual = ("--tech", "nangate45", "--wire-ff", "0")
    done = command("--fmt", "e2m1", "--rows", "2", "--seed", "0", *usual)
    assert (done.returncode, done.stderr) == (0, "")
    assert asked == [("lmul-pe array-cost --fmt e2m1 --rows 2 --seed 0", Settings(seed=0))]
    assert done.stdout.splitlines()[-1] == "here: report.md, report.json, netlists"
    assert "Saved by L-Mul" not in done.stdout
    most = ("--wire-ff", "1000", "--seed", "9223372036854775807", "--clock-gates", "--verbose")
    more = command("--fmt", "e2m1", *most)
    words = "lmul-pe array-cost --fmt e2m1 --wire-ff 1000 --seed 9223372036854775807 --clock-gates"
    assert asked[1:] == [(words, Settings(wire_ff=1000.0, seed=2**63 - 1, clock_gates=True))]
    assert "Saved by L-Mul" in more.stdout
    assert more.stdout.endswith(done.stdout)


@pytest.mark.slow
def test_an_array_is_reported_with_both_kinds(command, built):
    options = ("--fmt", "e2m1", "--rows", "2", "--cols", "3", "--acc", "e4m3", "--dataflow", "ws")
    options += ("--fold", "weight")
    done = command(*options, "--verbose")
    assert done.returncode == 0, done.stderr
    folder = built / "array" / "array_ws_2x3_lmul_e2m1_e4m3_fold"
    report = REPORT.read(folder / "report.json", "make array")
    names = [design.name for design in report.designs]
    assert names == ["array_ws_2x3_lmul_e2m1_e4m3_fold", "array_ws_2x3_exact_e2m1_e4m3"]
    (saving,) = report.savings
    assert (saving.design, saving.baseline) == tuple(names)
    assert [each.design for each in report.cycles] == names
    files = {"report.json", "manifest.json", "report.md", "levels.png", "rendered.json"}
    files |= {each.netlist for each in report.designs}
    files |= {each.least_area.netlist for each in report.designs}
    assert {path.name for path in folder.iterdir()} == files
    text = (folder / "report.md").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("Made by"))
    made_by = line.split("`")[1].removeprefix("lmul-pe array-cost ")
    assert sorted(made_by.split()) == sorted(options)
    for name in names:
        assert name in done.stdout
        assert f"`{name}`" in text
        (cycles,) = (each for each in report.cycles if each.design == name)
        assert f"{name}: a 256 x {cycles.k} x 256 product takes {cycles.cycles:,}" in done.stdout
    # Again: nothing is made, and the same is shown.
    assert max(map(len, done.stdout.splitlines())) <= 80
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert command(*options, "--verbose").stdout == done.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.long
def test_one_kind_alone_has_no_saving(command, tmp_path):
    done = command("--fmt", "e2m1", "--rows", "1", "--cols", "1", "--acc", "e4m3", "--kind", "lmul")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "build" / "array").rglob("report.json")
    assert REPORT.read(path, "make array").savings == ()
    assert "L-Mul takes" not in done.stdout
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.long
def test_both_are_measured_with_clock_gates(command, tmp_path):
    done = command(
        *("--fmt", "e2m1", "--rows", "1", "--cols", "2", "--acc", "e4m3", "--kind", "lmul"),
        "--clock-gates",
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "build" / "array" / "array_os_1x2_lmul_e2m1_e4m3"
    report = REPORT.read(folder / "report.json", "make array")
    (design,), (plain,) = report.designs, report.without_clock_gates
    assert plain.design == design.name
    # A gate takes less than the multiplexers of the bits that it holds.
    assert "CLKGATE_X1" in design.cells
    assert design.energy_fj.glitch < plain.energy_fj.glitch
    assert design.least_area.gate_equivalents < plain.gate_equivalents
    assert report.command.endswith("--clock-gates")
    assert "a clock gate where 4 register bits or more" in report.assumptions.units
    assert "## Clock gates" in (folder / "report.md").read_text()


def test_a_library_without_clock_gates_is_one_clear_line(command, tmp_path):
    # What is written for mappers has none.
    (tmp_path / "mine.lib").write_text(liberty_text(load_technology("nangate45")))
    done = command("--fmt", "e2m1", "--tech", "mine.lib", "--clock-gates")
    assert done.returncode == 2
    assert re.fullmatch(
        r"error: library nangate45 has no clock gate: expected [^\n]+ of nangate45\n", done.stderr
    )
