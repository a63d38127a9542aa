"""Which flip-flop stands at ports and around multipliers."""

from dataclasses import replace

import pytest

from lmul_pe.synth.cells.flip_flops import plain_flip_flop
from lmul_pe.synth.cells.technology import Cell, FlipFlop, Output, TechnologyError


def flip_flop(name, area, **changes):
    usual = {
        "clock": "CK",
        "next_state": "D",
        "state": ("IQ", "IQN"),
        "clock_energy_fj": 4.0,
        "setup_ps": 30.0,
    }
    return Cell(
        name=name,
        area_um2=area,
        leakage_nw=1.0,
        inputs={"D": 1.0, "E": 1.0, "CK": 1.0},
        outputs={
            "Q": Output(function="IQ", energy_fj=1.0, max_load_ff=9.0, delay={"CK": (9.0, 1.0)})
        },
        flip_flop=FlipFlop(**usual | changes),
    )


SPECIAL = (
    flip_flop("cleared", 1.0, clear="!E"),
    flip_flop("preset", 1.0, preset="E"),
    flip_flop("enabled", 1.0, next_state="(E & D) | (!E & IQ)"),
    *(flip_flop(f"falling {clock}", 1.0, clock=clock) for clock in ("!CK", "(!CK)", "CK'")),
)


def library(tiny, *cells):
    return replace(tiny, cells=tiny.cells | {cell.name: cell for cell in cells})


def test_the_smallest_that_only_takes_a_bit(tiny):
    plain = (flip_flop("large", 4.0), flip_flop("small", 3.0), flip_flop("twin", 3.0))
    assert plain_flip_flop(library(tiny, *plain, *SPECIAL)).name == "small"


@pytest.mark.parametrize("cell", SPECIAL, ids=lambda cell: cell.name)
def test_one_that_does_more_is_not_plain(tiny, cell):
    with pytest.raises(TechnologyError, match="library tiny has no plain flip-flop"):
        plain_flip_flop(library(tiny, cell))
