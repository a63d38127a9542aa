"""Registers around a netlist of round figures, computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.synth.cells.technology import Cell, FlipFlop, Output, TechnologyError
from lmul_pe.synth.measuring.registered import clock_period, register_ps, registers


def flip_flop(name, area, outputs, *, more=(), leakage_states=(), **changes):
    return Cell(
        name=name,
        area_um2=area,
        leakage_nw=11.0,
        inputs={"D": 5.0, "CK": 6.0, **dict.fromkeys(more, 1.0)},
        leakage_states=leakage_states,
        outputs={
            pin: Output(
                function=function, energy_fj=2.0, max_load_ff=100.0, delay={"CK": (100.0, 1.0)}
            )
            for pin, function in outputs.items()
        },
        flip_flop=FlipFlop(
            **{
                "clock": "CK",
                "next_state": "D",
                "state": ("IQ", "IQN"),
                "clock_energy_fj": 4.0,
                "setup_ps": 30.0,
                **changes,
            }
        ),
    )


def with_cells(technology, *cells):
    return replace(technology, cells=technology.cells | {cell.name: cell for cell in cells})


@pytest.fixture
def library(tiny):
    plain = flip_flop("DFF", 8.0, {"Q": "IQ"})
    # Smaller ones that do more than to take a bit.
    other = flip_flop("DFFR", 7.0, {"Q": "IQ"}, clear="!CK"), flip_flop("DFFN", 6.0, {"Q": "IQ"})
    falling = replace(other[1], flip_flop=replace(other[1].flip_flop, clock="!CK"))
    return with_cells(tiny, plain, other[0], falling)


def test_the_clock_holds_output_path_and_setup(chain, library):
    # Q loads inverter (2 fF) and NAND (3 fF); the inverter the NAND's B (4 fF), and that D (5 fF).
    register = 100 + 1.0 * (2 + 3)
    inverter, nand = 10 + 1.0 * 4, 30 + 3.0 * 5
    assert clock_period(chain, library) == register + inverter + nand + 30
    # Wire: 1 fF for each of the five pins driven.
    assert clock_period(chain, library, 1.0) == (100 + 1.0 * 7 + 10 + 1.0 * 5 + 30 + 3.0 * 6 + 30)


@pytest.mark.parametrize("inner", [4, 5, 6, 9])
def test_the_clock_is_the_same_however_nets_are_numbered(chain, library, inner):
    inverter, nand = chain.instances
    renamed = replace(
        chain,
        outputs={"y": (3,)},
        instances=(
            replace(inverter, outputs={"Y": inner}),
            replace(nand, inputs={"A": 2, "B": inner}, outputs={"Y": 3}),
        ),
    )
    for wire_ff in (0.0, 1.0):
        assert clock_period(renamed, library, wire_ff) == clock_period(chain, library, wire_ff)


def test_what_registers_take_of_a_clock(library):
    assert register_ps(library) == 100 + 1.0 * (3 + 4) + 30


def test_the_cost_of_registers(chain, library):
    codes = {"a": np.array([0, 1, 1, 0, 1]), "y": np.array([1, 1, 1, 1, 0])}
    around = registers(chain, codes, library)
    assert (around.bits, around.area_um2, around.leakage_nw) == (2, 16.0, 22.0)
    # At 2 V a toggle of 1 fF takes 2 fJ: two edges of 6 fF in each of two flip-flops.
    assert around.clock_fj == 2 * 2 * (4.0 + 6 * 2)
    # Three toggles of a and one of y in four cycles.
    assert around.data_fj == (3 + 1) / 4 * (2.0 + 5 * 2)
    # Wire is charged at clock and data pins, and every bit has a register.
    both = replace(chain, outputs={"y": (4,), "z": (3,)})
    wired = registers(both, {**codes, "z": 1 - codes["a"]}, library, 1.0)
    assert wired.bits == 3
    assert wired.clock_fj == 3 * 2 * (4.0 + 7 * 2)
    assert wired.data_fj == (3 + 1 + 3) / 4 * (2.0 + 6 * 2)


def test_registers_leak_by_what_they_take_and_hold(chain, library):
    # Of D, CK and the state, from the lowest bit.
    states = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
    leaking = replace(library.cells["DFF"], leakage_states=states)
    codes = {"a": np.array([0, 1, 1, 0, 1]), "y": np.array([1, 1, 1, 1, 0])}
    around = registers(chain, codes, with_cells(library, leaking))
    # The clock is high for half of a cycle.
    low, high = {"00": 1, "10": 2, "01": 16, "11": 32}, {"00": 4, "10": 8, "01": 64, "11": 128}
    taken_and_held = ["10", "11", "01", "10", "11", "11", "11", "01"]
    expected = sum((low[each] + high[each]) / 2 for each in taken_and_held) / 4
    assert around.leakage_nw == expected


def test_pins_of_a_set_and_a_reset_are_tied_while_registers_leak(chain, tiny):
    # Of D, CK, R, S and the state: 100 nW with R at 1 and S at 0, and nothing otherwise.
    cell = flip_flop(
        "DFFRS",
        8.0,
        {"Q": "IQ"},
        more="RS",
        leakage_states=tuple(100.0 * (state >> 2 & 3 == 1) for state in range(32)),
        clear="!R",
        preset="S",
    )
    codes = {"a": np.array([0, 1, 1, 0, 1]), "y": np.array([1, 1, 1, 1, 0])}
    assert registers(chain, codes, with_cells(tiny, cell)).leakage_nw == 200.0


def test_a_library_may_give_the_complement_alone(chain, tiny):
    library = with_cells(tiny, flip_flop("DFFQN", 8.0, {"QN": "IQN"}))
    assert clock_period(chain, library) == 105 + 14 + 45 + 30


def test_a_library_without_a_plain_flip_flop_is_refused(chain, tiny):
    with pytest.raises(TechnologyError, match="library tiny has no plain flip-flop"):
        clock_period(chain, tiny)
