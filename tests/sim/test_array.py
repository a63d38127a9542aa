import subprocess
import sys
from pathlib import Path

import pytest

from lmul_pe.model import cycles, unit_named
from lmul_pe.model.command.run import run
from lmul_pe.sim import array
from lmul_pe.sim.array import main
from lmul_pe.sim.run.runner import SimulationError

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fmt", "foo"], "error: format 'foo' is not known"),
        (["--fmt", "e4m3", "--rows", "0"], "error: rows 0 is not possible: expected 1 to 128"),
        (["--fmt", "e4m3", "--cols", "x"], "error: cols 'x' is not an integer"),
        (["--fmt", "e4m3", "--dataflow", "xs"], "error: dataflow 'xs' is not one of os, ws"),
        (["--fmt", "e4m3", "--kind", "lmull"], "error: kind 'lmull' is not one of"),
        (["--fmt", "e4m3", "--acc", "fp31"], "error: accumulator 'fp31' is not known"),
        (["--fmt", "bf16", "--acc", "fixed"], "error: a fixed-point register of"),
        (["--fmt", "e4m3", "--m", "0"], "error: m '0' is not an integer from 1 to 4096"),
        (["--fmt", "e4m3", "--seed", "-1"], "error: seed '-1' is not an integer from 0 to"),
        (["--fmt", "e4m3", "--dataflow", "ws", "--k", "9"], "error: an inner dimension of 9"),
        (["--fmt", "e4m3", "--partial"], "error: partial True does not apply to dataflow 'os'"),
        (["--fmt", "e4m3", "--simulator", "vcs"], "error: simulator 'vcs' is not one of"),
        ([], "error: fmt is missing"),
    ],
)
def test_a_wrong_option_is_one_clear_line(arguments, message, monkeypatch, capfd):
    monkeypatch.setattr(sys, "argv", ["lmul_pe.sim.array", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert (ended.value.code, captured.out) == (2, "")
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        # Three and a half of the array, rounded down, and 64 where nothing limits the depth.
        (["--rows", "4", "--cols", "6"], (14, 64, 21)),
        (["--rows", "3", "--cols", "1"], (10, 64, 3)),
        (["--rows", "4", "--cols", "6", "--dataflow", "ws"], (14, 4, 21)),
        (["--rows", "4", "--cols", "6", "--dataflow", "ws", "--partial"], (14, 64, 21)),
        (["--rows", "4", "--cols", "6", "--m", "5", "--k", "7", "--n", "9"], (5, 7, 9)),
    ],
)
def test_the_shape_of_a_product(options, shape, monkeypatch, capfd):
    shapes = set()

    def multiplied(name, pairs, simulator, **options):
        shapes.update((*a.shape, b.shape[1]) for a, b in pairs.values() if len(b) == a.shape[1])
        raise SimulationError("stopped")

    monkeypatch.setattr(array, "multiply", multiplied)
    monkeypatch.setattr(sys, "argv", ["lmul_pe.sim.array", "--fmt", "e4m3", *options])
    with pytest.raises(SystemExit) as ended:
        run(main)
    assert (ended.value.code, shapes) == (1, {shape})
    assert capfd.readouterr().err.endswith("error: stopped\n")


def test_both_kinds_from_any_folder(quick_simulator, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    arguments = ["--fmt", "e2m1", "--rows", "2", "--cols", "3", "--simulator", quick_simulator.name]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "lmul_pe",
            "array",
            *arguments,
            "--m",
            "5",
            "--k",
            "7",
            "--n",
            "4",
            "--verbose",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    total = cycles(unit_named("array_os_2x3_lmul_e2m1_fp32"), 5, 7, 4).total
    for kind in ("lmul", "exact"):
        lines = done.stdout.splitlines()
        name = f"array_os_2x3_{kind}_e2m1_fp32"
        without, _ = (place for place, line in enumerate(lines) if line.startswith(name))
        assert lines[without] == f"{name}; stalls none"
        assert lines[without + 1].startswith(f"  cycles {total}; by formula {total}; busy ")
        assert f"  {kind:5}  {total} cycles, as by the formula" in done.stdout
    assert "A 5 x 7 x 4 product in" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (["--kind", "lmul", "--fmt", "e2m1"], "array_os_2x2_lmul_e2m1_fp32"),
        (["--kind", "int8", "--dataflow", "ws"], "array_ws_2x2_int8_int32"),
    ],
)
def test_one_kind_alone(kind, name, quick_simulator, tmp_path, monkeypatch, capfd):
    """The top-level module of the simulation is not the array."""
    monkeypatch.chdir(tmp_path)
    size = ["--rows", "2", "--cols", "2", "--m", "3", "--k", "2", "--n", "3"]
    simulator = ["--simulator", quick_simulator.name]
    monkeypatch.setattr(sys, "argv", ["lmul_pe.sim.array", *kind, *size, *simulator])
    with pytest.raises(SystemExit) as ended:
        run(main)
    captured = capfd.readouterr()
    assert (ended.value.code, captured.err) == (0, "")
    first, second = captured.out.splitlines()
    assert first.startswith("A 3 x 2 x 3 product in ")
    assert first.endswith(": bit for bit what the model gives")
    assert second.startswith(f"  {unit_named(name).multiplier.kind} ")


@pytest.mark.parametrize(
    "name", ["array_os_8x8_lmul_e4m3_fp32", "array_ws_8x8_lmul_e4m3_fp32_partial"]
)
def test_units_are_busy_by_the_formula(name):
    assert cycles(unit_named(name), 256, 256, 256).utilisation > 0.97
