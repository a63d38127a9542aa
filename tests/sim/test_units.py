import subprocess
import sys
from pathlib import Path

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.sim import units
from lmul_pe.sim.coverage.page import BEGIN
from lmul_pe.sim.testbench.outcome import Outcome
from lmul_pe.sim.units import main

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fmt", "bf61"], "error: format 'bf61' is not known"),
        (["--fmt", "bf16", "--kind", "lmull"], "error: kind 'lmull' is not one of lmul, exact"),
        (["--fmt", "bf16", "--simulator", "vcs"], "error: simulator 'vcs' is not one of"),
        (["--fmt", "bf16", "--pairs", "-5"], "error: pairs '-5' is not an integer from 0 to"),
        (["--fmt", "bf16", "--seed", ""], "error: seed '' is not an integer from 0 to"),
        ([], "error: Missing option '--fmt'"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["sim", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1


@pytest.mark.slow
def test_one_format_from_any_folder(quick_simulator, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    arguments = ["--fmt", "e2m1", "--kind", "lmul", "--simulator", quick_simulator.name]
    arguments.append("--verbose")
    done = subprocess.run(
        [sys.executable, "-m", "lmul_pe", "sim", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "lmul_e2m1_latency4" in done.stdout
    assert "mac_lmul_e2m1_fp32" in done.stdout
    assert "12 units, 0 mismatches" in done.stdout
    assert (tmp_path / "build/sim/lmul_e2m1_units" / quick_simulator.name).is_dir()


def test_a_situation_that_was_never_met_fails_the_check_by_name(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["sim", "--fmt", "e2m1", "--kind", "lmul"])
    found = Outcome("lmul_e2m1", "every pair", 256, 0, 0.1)
    monkeypatch.setattr(units, "check", lambda *arguments, **options: ([found], []))
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert ended.value.code == 1
    assert "never hit: lmul_e2m1, range: normal x largest overflows, -" in captured.err
    assert "0 mismatches in 256 comparisons, 0 of " in captured.out


def test_waveforms_and_mismatches_are_named(monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["sim", "--fmt", "e2m1", "--kind", "lmul", "--waves"])
    found = Outcome("lmul_e2m1", "every pair", 256, 1, 0.1, "a=0x1: expected 0x2, got 0x3")
    waves = [Path("build/one.vcd"), Path("build/two.vcd")]
    monkeypatch.setattr(units, "check", lambda *arguments, **options: ([found], waves))
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert ended.value.code == 1
    assert captured.out.splitlines()[:2] == ["waveform: build/one.vcd", "waveform: build/two.vcd"]
    assert captured.err.startswith(f"mismatch: lmul_e2m1, every pair: {found.first}\n")


def test_a_page_without_a_place_is_refused_before_the_work(tmp_path, monkeypatch, capfd):
    page = tmp_path / "page.md"
    page.write_text("nothing")
    monkeypatch.setattr(sys, "argv", ["sim", "--fmt", "e2m1", "--page", str(page)])
    monkeypatch.delattr(units, "check")
    with pytest.raises(SystemExit) as ended:
        run(main)
    assert ended.value.code == 2
    assert f"page {page} has no place for this: expected {BEGIN}" in capfd.readouterr().err
