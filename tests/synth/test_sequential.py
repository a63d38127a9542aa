"""Netlists with registers, cycle by cycle, against hand-made expectations."""

import numpy as np
import pytest

from synth.energy import run_energy
from synth.netlist import NetlistError, read_netlist
from synth.sequential import simulate
from synth.technology import load_technology
from synth.timing import critical_path

CLOCK, ENABLE, HELD, NEXT = 2, 3, 4, 5
LANES = 128


def toggler():
    """A flip-flop that changes in every cycle in which ``enable`` is set."""

    def cell(kind, inputs, outputs):
        return {
            "type": kind,
            "port_directions": dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output"),
            "connections": {pin: [net] for pin, net in (inputs | outputs).items()},
        }

    return {
        "modules": {
            "toggler": {
                "ports": {
                    "clk": {"direction": "input", "bits": [CLOCK]},
                    "enable": {"direction": "input", "bits": [ENABLE]},
                    "q": {"direction": "output", "bits": [HELD]},
                },
                "cells": {
                    "flip": cell("XOR2_X1", {"A": HELD, "B": ENABLE}, {"Z": NEXT}),
                    "hold": cell("DFF_X1", {"D": NEXT, "CK": CLOCK}, {"Q": HELD}),
                },
            }
        }
    }


@pytest.fixture
def technology():
    return load_technology("nangate45")


@pytest.fixture
def netlist():
    return read_netlist(toggler(), "toggler", ["DFF_X1"])


def stimulus(cycle):
    """The first word of lanes is enabled in every cycle, the second in every third one."""
    ones, zeros = ~np.uint64(0), np.uint64(0)
    return {
        "clk": [np.zeros(2, dtype=np.uint64)],
        "enable": [np.array([ones, ones if cycle % 3 == 0 else zeros])],
    }


def test_a_loop_through_a_register_is_none(netlist):
    assert [instance.name for instance in netlist.registers] == ["hold"]
    assert netlist.cell_counts == {"DFF_X1": 1, "XOR2_X1": 1}
    with pytest.raises(NetlistError, match="combinational loop"):
        read_netlist(toggler(), "toggler")


def test_state_moves_with_the_clock(netlist, technology):
    run = simulate(netlist, technology, stimulus, LANES, 7)
    first, second = (run.outputs["q"][:, 0, word] & np.uint64(1) for word in (0, 1))
    assert first.tolist() == [0, 1, 0, 1, 0, 1, 0]
    assert second.tolist() == [0, 1, 1, 1, 0, 0, 0]


def test_energy_is_that_of_the_toggles_and_the_clock(netlist, technology):
    cycles = 7
    run = simulate(netlist, technology, stimulus, LANES, cycles)
    energy = run_energy(run, netlist, technology, wire_ff=0.5)
    flip_flop, gate = technology.cells["DFF_X1"], technology.cells["XOR2_X1"]
    held = np.array([[0, 1, 0, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0, 0]])
    enabled = np.array([[1] * 7, [1, 0, 0, 1, 0, 0, 1]])
    toggles = {
        name: np.abs(np.diff(values)).sum() / 2 / (cycles - 1)
        for name, values in (("held", held), ("enable", enabled), ("next", held ^ enabled))
    }
    half = technology.voltage**2 / 2
    switching = half * (
        toggles["held"] * (gate.inputs["A"] + 0.5)
        + toggles["enable"] * (gate.inputs["B"] + 0.5)
        + toggles["next"] * (flip_flop.inputs["D"] + 0.5)
    )
    internal = (
        toggles["held"] * flip_flop.outputs["Q"].energy_fj
        + toggles["next"] * gate.outputs["Z"].energy_fj
    )
    assert energy.switching_fj == pytest.approx(switching)
    assert energy.internal_fj == pytest.approx(internal)
    assert energy.clock_fj == pytest.approx(
        2 * flip_flop.flip_flop.clock_energy_fj + 2 * half * (flip_flop.inputs["CK"] + 0.5)
    )


def test_the_critical_path_goes_from_register_to_register(netlist, technology):
    flip_flop, gate = technology.cells["DFF_X1"], technology.cells["XOR2_X1"]
    launch, slope = flip_flop.outputs["Q"].delay["CK"]
    through, gate_slope = gate.outputs["Z"].delay["A"]
    expected = (
        launch
        + slope * gate.inputs["A"]
        + through
        + gate_slope * flip_flop.inputs["D"]
        + flip_flop.flip_flop.setup_ps
    )
    path = critical_path(netlist, technology)
    assert path.delay_ps == pytest.approx(expected)
    assert [step.cell for step in path.steps] == ["DFF_X1", "XOR2_X1"]


def test_asynchronous_registers_are_refused(technology):
    document = toggler()
    document["modules"]["toggler"]["cells"]["hold"]["type"] = "DFFR_X1"
    netlist = read_netlist(document, "toggler", ["DFFR_X1"])
    with pytest.raises(NetlistError, match="asynchronous"):
        simulate(netlist, technology, stimulus, LANES, 2)
