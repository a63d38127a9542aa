"""What the tests of the hardware share: gates of a component, and how they differ from a model."""

import json

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import unit_named
from lmul_pe.synth.activity.evaluation import evaluate
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS
from lmul_pe.synth.netlists.netlist import read_netlist
from tests.hw.steps import Step, begins, expected, operands

TO_GATES = ("proc", "opt -fast", "techmap", "opt -fast", "clean", "write_json gates.json")
"""Nothing here restructures logic: the gates are those that the hardware description asks for."""


@pytest.fixture
def gates(tmp_path):
    """A function from components by name to netlists of generic gates, by one run of Yosys."""

    def mapped(components):
        text = "\n".join(rtlil_text(component, name) for name, component in components.items())
        (tmp_path / "design.il").write_text(text)
        run_yosys(["read_rtlil design.il", *TO_GATES], tmp_path)
        document = json.loads((tmp_path / "gates.json").read_text())
        return {name: read_netlist(document, name) for name in components}

    return mapped


@pytest.fixture(scope="session")
def outputs():
    """A function that gives what a netlist of generic gates makes of arrays of operands."""

    def evaluated(netlist, **operands):
        waveforms = evaluate(netlist, GENERIC_FUNCTIONS, operands)
        found = {name: waveforms.output(name) for name in netlist.outputs}
        return found["y"] if list(found) == ["y"] else found

    return evaluated


@pytest.fixture
def differences(gates, outputs):
    """A function that lists, for designs by name, the first pair that each gets wrong.

    A design is its component, the model that it must agree with, and operand codes.
    """

    def listed(designs):
        netlists = gates({name: component for name, (component, *_) in designs.items()})
        faults = []
        for name, (_, multiplier, a, b) in designs.items():
            expected, found = multiplier.compute(a, b), outputs(netlists[name], a=a, b=b)
            wrong = np.flatnonzero(found != expected)
            if wrong.size:
                first = wrong[0]
                faults.append(
                    f"{name}: {wrong.size} of {len(a)} pairs, first {int(a[first]):#x} * "
                    f"{int(b[first]):#x}: gates {int(found[first]):#x}, "
                    f"model {int(expected[first]):#x}"
                )
        return faults

    return listed


@pytest.fixture
def step_differences(gates, outputs):
    """A function that lists, for units by name, the first step that each gets wrong."""

    def listed(names, architecture=PORTABLE, count=8_000):
        units = {name: unit_named(name) for name in names}
        netlists = gates({name: Step(unit, architecture) for name, unit in units.items()})
        faults = []
        for name, unit in units.items():
            random = np.random.default_rng([3, *name.encode()])
            pairs = [operands(unit, count, random) for _ in range(getattr(unit, "n", 1))]
            codes = begins(unit, pairs, random)
            ports = {"c": codes}
            for index, (a, b) in enumerate(pairs):
                ports |= {f"a{index}": a, f"b{index}": b}
            found = outputs(netlists[name], **ports)
            results, flags = expected(unit, pairs, codes)
            wrong = np.flatnonzero((found["y"] != results) | (found["overflow"] != flags))
            if wrong.size:
                first = wrong[0]
                given = {port: hex(int(values[first])) for port, values in ports.items()}
                faults.append(
                    f"{name}: {wrong.size} of {count} steps, first {given}: gates "
                    f"{int(found['y'][first]):#x} overflow {int(found['overflow'][first])}, model "
                    f"{int(results[first]):#x} overflow {int(flags[first])}"
                )
        return faults

    return listed
