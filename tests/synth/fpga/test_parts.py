"""Parts, and how their cells are counted."""

from fractions import Fraction

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.fpga.parts import PARTS, part_named
from lmul_pe.synth.fpga.record import Use


@pytest.mark.parametrize(
    ("part", "cells", "use"),
    [
        ("ice40-up5k", {"SB_LUT4": 5, "SB_CARRY": 3, "SB_DFFESR": 2}, Use(5, 3, 2)),
        ("ice40-up5k", {"SB_MAC16": 2, "SB_RAM40_4K": 1}, Use(dsps=2, block_rams=1)),
        # Two bits to a carry cell, which is made of two tables; multiplexers stand beside tables.
        ("ecp5-25k", {"LUT4": 5, "CCU2C": 3, "PFUMX": 9, "L6MUX21": 4}, Use(11, 3)),
        ("ecp5-85k", {"TRELLIS_FF": 7, "MULT18X18D": 1}, Use(flip_flops=7, dsps=1)),
        ("gowin-gw1n9", {"LUT2": 1, "LUT4": 2, "ALU": 4, "DFFRE": 5, "IBUF": 9}, Use(7, 4, 5)),
        ("xc7", {"LUT6": 1, "LUT2": 2, "CARRY4": 4, "FDRE": 5, "DSP48E1": 6}, Use(3, 4, 5, 6)),
        ("xc7", {"MUXF7": 3, "BUFG": 1, "SOMETHING": 2}, Use()),
        ("ecp5-25k", {"DP16KD": 2, "PDPW16KD": 3}, Use(block_rams=5)),
        ("gowin-gw1n9", {"MULT9X9": 1, "MULT18X18": 2, "PADD18": 4}, Use(dsps=7)),
        ("gowin-gw1n9", {"SDPB": 1, "DPB": 2, "DPX9B": 4, "SP": 8, "SPX9": 16}, Use(block_rams=31)),
        ("xc7", {"FDCE": 1, "FDSE_1": 2, "RAMB36E1": 4}, Use(flip_flops=3, block_rams=4)),
    ],
)
def test_cells_are_counted_as_what_they_take(part, cells, use):
    assert PARTS[part].family.use(cells) == use


def test_every_part_is_known_by_its_own_name():
    assert [part_named(name).name for name in PARTS] == list(PARTS)
    for part in PARTS.values():
        assert part.source
        assert part.holds.luts > 5000


@pytest.mark.parametrize(
    ("name", "luts", "multipliers", "kilobits", "block"),
    [
        # Of the data sheets' tables of a family: memory in all, and that of a block.
        ("ice40-up5k", 5280, 8, 120, 4),
        ("ice40-hx8k", 7680, 0, 128, 4),
        ("ecp5-25k", 24288, 28, 1008, 18),
        ("ecp5-85k", 83640, 156, 3744, 18),
        ("gowin-gw1n9", 8640, 20, 468, 18),
        ("xc7", 20800, 90, 1800, 36),
    ],
)
def test_a_part_holds_what_its_data_sheet_says(name, luts, multipliers, kilobits, block):
    holds = PARTS[name].holds
    assert (holds.luts, holds.dsps, block * holds.block_rams) == (luts, multipliers, kilobits)


def test_tables_have_four_inputs_and_those_of_the_seven_series_six():
    inputs = {name: part.family.lut_inputs for name, part in PARTS.items()}
    assert inputs == {**dict.fromkeys(PARTS, 4), "xc7": 6}


# To a look-up table; a cell of xc7 has four bits of carry.
PER_LUT = {
    "ice40": {"carries": Fraction(1), "flip_flops": Fraction(1)},
    "ecp5": {"carries": Fraction(1, 2), "flip_flops": Fraction(1)},
    # Of the four slices of a block one has no registers.
    "gowin": {"carries": Fraction(1), "flip_flops": Fraction(3, 4)},
    "xc7": {"carries": Fraction(1, 4), "flip_flops": Fraction(2)},
}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_is_made_of_whole_blocks_of_its_family(name):
    holds = PARTS[name].holds
    # The data sheets' blocks have eight tables.
    assert holds.luts % 8 == 0
    for cells, ratio in PER_LUT[name.partition("-")[0]].items():
        assert getattr(holds, cells) == ratio * holds.luts


def test_an_unknown_part_is_refused_with_the_list():
    with pytest.raises(
        SpecificationError, match="part 'up5k' is not one of ice40-up5k, ice40-hx8k"
    ):
        part_named("up5k")
