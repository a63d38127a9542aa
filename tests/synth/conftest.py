"""What the tests of synthesis share: a library small enough to compute by hand, and reports."""

import fcntl
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import Cell, Output, Technology
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.report.chart import Chart
from lmul_pe.synth.report.section import Results
from lmul_pe.synth.results.record import CURVES, REPORT
from tests.synth.small_report import small_curves, small_report, without_clocks

ROOT = Path(__file__).parents[2]
MULTIPLIERS = ["--fmt", "e2m1", "--levels", "multiplier", "--pairs", "2000", "--wire-ff", "0.5"]
"""The command of the report that :func:`run` gives."""

SHOWN = ("e4m3", "bf16")
"""The formats of :func:`results`."""


def _cell(name, area, leakage, inputs, **outputs):
    return Cell(
        name=name,
        area_um2=area,
        leakage_nw=leakage,
        inputs=inputs,
        outputs={
            pin: Output(function=function, energy_fj=energy, max_load_ff=100.0, delay=delay)
            for pin, (function, energy, delay) in outputs.items()
        },
    )


@pytest.fixture(scope="session")
def tiny():
    """A technology of round figures: 2 V, an inverter, a NAND and a half adder."""
    cells = [
        _cell("INV", 1.0, 3.0, {"A": 2.0}, Y=("!A", 0.5, {"A": (10.0, 1.0)})),
        _cell(
            "NAND",
            2.0,
            5.0,
            {"A": 3.0, "B": 4.0},
            Y=("!(A & B)", 0.25, {"A": (20.0, 2.0), "B": (30.0, 3.0)}),
        ),
        # The sum is made from the carry, as some libraries say it.
        _cell(
            "HA",
            5.0,
            7.0,
            {"A": 1.0, "B": 1.0},
            S=("A ^ B", 1.5, {"A": (5.0, 0.0), "B": (5.0, 0.0), "C": (50.0, 1.0)}),
            C=("A & B", 1.0, {"A": (40.0, 10.0), "B": (45.0, 10.0)}),
        ),
    ]
    return Technology(
        name="tiny",
        node_nm=None,
        voltage=2.0,
        temperature=25.0,
        source="here",
        licence="none",
        input_slew_ps=10.0,
        load_ff=1.0,
        cells={cell.name: cell for cell in cells},
    )


@pytest.fixture(scope="session")
def chain():
    """A netlist by hand: y = a NAND (NOT a), by an inverter on net 3 and a NAND on net 4."""
    return Netlist(
        "chain",
        {"a": (2,)},
        {"y": (4,)},
        (
            Instance("i", "INV", {"A": 2}, {"Y": 3}),
            Instance("n", "NAND", {"A": 2, "B": 3}, {"Y": 4}),
        ),
    )


@pytest.fixture(scope="session")
def nangate45():
    return load_technology("nangate45")


@pytest.fixture(scope="session")
def asap7():
    return load_technology("asap7")


@pytest.fixture(scope="session")
def process():
    """A function that runs `lmul-pe synth` in a folder, to its end."""

    def finished(folder, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "lmul_pe", "synth", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )

    return finished


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder of all processes that tests run in."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def cache(shared):
    """The folder of what was synthesised: an entry is kept by all that it depends on."""
    folder = shared / "synth_cache"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def synthesis(cache):
    """Every netlist of the session once."""
    return Synthesis(cache)


@pytest.fixture(scope="session")
def run(shared, cache, process):
    """One real report of the multipliers of a small format; see :func:`_shared_run`."""
    return _shared_run(shared, cache, process, "run", MULTIPLIERS)


@pytest.fixture(scope="session")
def levels_run(shared, cache, process):
    """One real report of every level of a small format; see :func:`_shared_run`."""
    return _shared_run(shared, cache, process, "levels", ["--fmt", "e2m1", "--pairs", "2000"])


def _shared_run(shared, cache, process, name, arguments):
    """Where a report was made, what was printed, and its files.

    Tests in several processes share it: the first to come makes it.
    """
    folder = shared / f"synth_{name}"
    folder.mkdir(exist_ok=True)
    with (shared / f"synth_{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        printed = folder / "printed.txt"
        if not printed.exists():
            (folder / "build").mkdir()
            (folder / "build" / "cache").symlink_to(cache)
            done = process(folder, *arguments, "--verbose")
            assert (done.returncode, done.stderr.strip()) == (0, "")
            printed.write_text(done.stdout)
    return SimpleNamespace(
        folder=folder, printed=printed.read_text(), report=folder / "build" / "synth" / "e2m1"
    )


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """A function that runs a command in the test's folder, without the price of a process."""

    def finished(command, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["command", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run_command(command)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


@pytest.fixture(scope="session")
def report():
    """A report of bf16 in miniature."""
    return small_report()


@pytest.fixture(scope="session")
def results():
    """What `make report` shows of two formats in miniature: in e4m3 L-Mul loses."""
    reports = tuple(small_report(format) for format in SHOWN)
    return Results(reports, reports, tuple(small_curves(format) for format in SHOWN))


@pytest.fixture(scope="session")
def bare(results):
    """The same formats where reports alone are there, without clocks and without sensitivity."""
    reports = tuple(replace(without_clocks(each), sensitivity=()) for each in results.reports)
    return Results(reports, reports)


@pytest.fixture
def build(tmp_path, results):
    """The folder of everything made that holds ``results``; the test may change it."""
    folder = tmp_path / "build"
    (folder / "curves").mkdir(parents=True)
    for report in results.reports:
        place = folder / "synth" / report.format
        place.mkdir(parents=True)
        (place / "report.json").write_bytes(REPORT.text(report))
    for curves in results.curves:
        (folder / "curves" / f"{curves.format}.json").write_bytes(CURVES.text(curves))
    return folder


@pytest.fixture
def undrawn(monkeypatch):
    """Charts, which take their time to draw, are their words alone."""
    monkeypatch.setattr(Chart, "svg", lambda chart: f"<svg><!-- {chart.title} --></svg>")
