"""What the tests of synthesis share: a library small enough to compute by hand, and one report."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from lmul_pe.synth.published.data import claims_data
from lmul_pe.synth.results.levels import saving, unit_savings
from lmul_pe.synth.results.page_data import page_data
from lmul_pe.synth.results.sources import read_sources

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import Cell, Output, Technology
from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.report.site import page

ROOT = Path(__file__).parents[2]
MULTIPLIERS = ["--fmt", "e2m1", "--levels", "multiplier", "--pairs", "2000", "--wire-ff", "0.5"]
"""The command of the report that :func:`run` gives."""


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
def run(tmp_path_factory, process):
    """One real report of the multipliers of a small format; see :func:`_shared_run`."""
    return _shared_run(tmp_path_factory, process, "run", MULTIPLIERS)


@pytest.fixture(scope="session")
def levels_run(tmp_path_factory, process):
    """One real report of every level of a small format; see :func:`_shared_run`."""
    return _shared_run(tmp_path_factory, process, "levels", ["--fmt", "e2m1", "--pairs", "2000"])


def _shared_run(tmp_path_factory, process, name, arguments):
    """Where a report was made, what was printed, and its files.

    Tests in several processes share it: the first to come makes it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / f"synth_{name}"
    folder.mkdir(exist_ok=True)
    with (shared / f"synth_{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        printed = folder / "printed.txt"
        if not printed.exists():
            done = process(folder, *arguments)
            assert (done.returncode, done.stderr.strip()) == (0, "")
            printed.write_text(done.stdout)
    return SimpleNamespace(
        folder=folder, printed=printed.read_text(), report=folder / "build" / "synth" / "e2m1"
    )


FORMATS = ("e4m3", "bf16")
ENERGIES_FJ = {
    "e4m3": {"adder": 10.0, "lmul": 30.0, "exact": 24.0},
    "bf16": {"adder": 20.0, "lmul": 50.0, "exact": 200.0},
}
LABELS = {"mac": "multiply-accumulate with fp32 sums", "dot": "dot product of 4 with fp32 sums"}
LABELS["array"] = "output stationary 8 x 8 array with fp32 sums"
UNITS = {"mac": "mac_{}_{}_fp32", "dot": "dot4_{}_{}_fp32", "array": "array_os_8x8_{}_{}_fp32"}
REST_FJ = 100.0
"""Of a unit, apart from its multiplier: adder 40, registers 10 and their clock 30, control 20."""


def _figures(name, energy_fj, recipe):
    return {
        "recipe": recipe,
        "gate_equivalents": 2 * energy_fj,
        "area_um2": 1.6 * energy_fj,
        "cells": {"NAND2_X1": 4},
        "delay_ps": 10 * energy_fj,
        "critical_path": [],
        "energy_fj": {"functional": energy_fj / 2, "glitch": energy_fj, "leakage": 1.0},
        "energy_by_workload": {
            workload: {
                "functional": share * energy_fj,
                "switching": share * energy_fj / 2,
                "internal": share * energy_fj / 2,
                "uncertainty": 0.01 * energy_fj,
                "glitch": 2 * share * energy_fj,
                "glitch_uncertainty": 0.02 * energy_fj,
            }
            for workload, share in (("normal", 0.5), ("uniform", 0.75))
        },
        "netlist": f"{name}.v",
        "workload": "normal",
    }


def _equal_delay(name, energy_fj):
    """At 400 ps a little more than without a target, at 300 ps twice as much."""
    points = []
    for clock_ps, more in ((400.0, 1.1), (300.0, 2.0)):
        figures = _figures(name, more * energy_fj, "cells/fast")
        around = {"clock_fj": 5.0, "data_fj": 3.0, "leakage_fj": 1.0}
        least_area = dict(figures)
        points.append(
            {**figures, "clock_ps": clock_ps, "least_area": least_area, "registers": around}
        )
    return points


def _multiplier(format, kind, variant=""):
    name = "_".join(filter(None, (kind, format, variant)))
    energy_fj = ENERGIES_FJ[format][kind] * (1.5 if variant == "gradual" else 1.0)
    return {
        "name": name,
        "level": "multiplier",
        "kind": kind,
        "summary": f"{kind} of {format} <&> so on",
        **_figures(name, energy_fj, "cells/area"),
        "least_area": _figures(name, energy_fj, "gates/area"),
        "iso_delay": _equal_delay(name, energy_fj),
        "over_adder": dict.fromkeys(
            ("area", "energy", "glitch"), energy_fj / ENERGIES_FJ[format]["adder"]
        ),
        "generic": {"cells": {"$_NAND_": 9}, "gate_equivalents": 9.0, "depth": 3},
        "checked": {"pairs": 65536, "every_pair": True, "mismatches": 0},
    }


def _unit(format, kind, level):
    name = UNITS[level].format(kind, format)
    own = ENERGIES_FJ[format][kind]
    parts = {"multiplier": own, "adder": 40.0, "registers": 10.0, "control": 20.0}
    figures = _figures(name, sum(parts.values()), "multiply=cells/area, add=cells/flow")
    figures["energy_fj"]["clock"] = 30.0
    figures["energy_by_workload"].pop("uniform")
    figures["parts"] = {
        part: {
            "area_um2": energy_fj,
            "area_share": 0.25,
            "functional_fj": energy_fj / 2,
            "glitch_fj": energy_fj,
            "clock_fj": 30.0 if part == "registers" else 0.0,
            "functional_share": 0.25,
            "energy_share": 0.25,
            "glitch_share": 0.25,
        }
        for part, energy_fj in parts.items()
    }
    return {
        "name": name,
        "level": level,
        "kind": kind,
        "summary": f"{kind} products, added in fp32",
        **figures,
        "least_area": dict(figures),
        "iso_delay": [],
        "compared": LABELS[level],
        "operations_per_cycle": 1,
        "checked": {"pairs": 1000, "every_pair": False, "mismatches": 0},
    }


def _report(format):
    multipliers = [
        _multiplier(format, "adder"),
        _multiplier(format, "lmul", "raw"),
        _multiplier(format, "lmul"),
        _multiplier(format, "lmul", "gradual"),
        _multiplier(format, "exact"),
        _multiplier(format, "exact", "gradual"),
    ]
    units = [_unit(format, kind, level) for level in UNITS for kind in ("lmul", "exact")]
    known = {design["name"]: design for design in multipliers}
    return {
        "schema": 2,
        "format": format,
        "technology": "nangate45",
        "library": {
            "node_nm": 45,
            "source": "a library",
            "gate_equivalent_um2": 0.8,
            "gate_equivalent_cell": "NAND2_X1",
        },
        "tools": {"pyosys": "0.70"},
        "seed": 1,
        "assumptions": {
            "voltage": 1.1,
            "temperature": 25.0,
            "wire_ff_per_fanout": 0.0,
            "clock_ps": 9000.0 if format == "bf16" else 8000.0,
            "input_slew_ps": 20.0,
            "pairs_per_workload": 16384,
            "workloads": {"normal": "normal values", "uniform": "uniform codes"},
            "delay_target": "none",
            "units": "one multiply-accumulate",
        },
        "designs": multipliers + units,
        "savings": [
            saving(known[f"lmul_{format}"], known[f"exact_{format}"], "both flush subnormals"),
            *unit_savings(units),
        ],
        "ladder": [f"adder_{format}", f"lmul_{format}_raw", f"lmul_{format}"],
        "left_out": [],
        "levels": ["words"],
        "claims": {},
        "sensitivity": [
            {
                "design": f"{kind}_{format}",
                "wire_ff": wire_ff,
                "input_slew_ps": 20.0,
                "functional_fj": 1.0,
                "glitch_fj": ENERGIES_FJ[format][kind] + wire_ff,
                "delay_ps": 100.0,
            }
            for kind in ("lmul", "exact")
            for wire_ff in (0.0, 2.0)
        ],
    }


def _curves(format):
    return {
        "format": format,
        "technology": "nangate45",
        "workload": "normal",
        "command": f"lmul-pe curves --fmt {format}",
        "designs": [
            {
                "name": f"{kind}_{format}",
                "kind": kind,
                "points": [
                    {
                        "target_ps": target_ps,
                        "delay_ps": target_ps - 10,
                        "area_um2": 100.0,
                        "gate_equivalents": 40000 / target_ps,
                        "functional_fj": energy_fj / 2,
                        "glitch_fj": energy_fj,
                        "leakage_nw": 5.0,
                        "recipe": "cells/fast",
                    }
                    for target_ps in (200.0, 400.0, 800.0)
                ],
            }
            for kind, energy_fj in ENERGIES_FJ[format].items()
        ],
    }


def _contents():
    """Every file as `make report` leaves it, by its path: a new copy with every call."""
    reports = [_report(format) for format in FORMATS]
    contents = {f"synth/{each['format']}/report.json": each for each in reports}
    contents |= {f"curves/{format}.json": _curves(format) for format in FORMATS}
    return contents | {"claims/claims.json": claims_data(reports)}


def _write(folder, contents):
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.fixture
def build(tmp_path):
    """A folder with reports, curves and claims of both formats, which the test may change."""
    return _write(tmp_path, _contents())


@pytest.fixture
def change(build):
    """A function that changes a file of ``build``: its path there, and what to do to it."""

    def changed(path, act):
        content = json.loads((build / path).read_text(encoding="utf-8"))
        act(content)
        (build / path).write_text(json.dumps(content), encoding="utf-8")

    return changed


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """The rows of all files."""
    folder = _write(tmp_path_factory.mktemp("page"), _contents())
    return page_data(read_sources(folder, FORMATS))


@pytest.fixture(scope="session")
def bare(tmp_path_factory):
    """The rows where only reports are there, without delay targets and sensitivity."""
    reports = {path: each for path, each in _contents().items() if path.startswith("synth/")}
    for report in reports.values():
        del report["sensitivity"]
        for design in report["designs"]:
            design["iso_delay"] = []
    return page_data(read_sources(_write(tmp_path_factory.mktemp("bare"), reports), FORMATS))


@pytest.fixture(scope="session")
def text(data):
    """The page of ``data``."""
    return page(data, "make report")


@pytest.fixture(scope="session")
def expected():
    """What the fixtures are made of."""
    return SimpleNamespace(formats=FORMATS, energies_fj=ENERGIES_FJ, rest_fj=REST_FJ)
