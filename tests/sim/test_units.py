import subprocess
import sys
from pathlib import Path

import pytest

from lmul_pe.model.command.run import run
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
    assert "10 units, 0 mismatches" in done.stdout
    assert (tmp_path / "build/sim/lmul_e2m1_units" / quick_simulator.name).is_dir()
