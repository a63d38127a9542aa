"""Bit-exact arithmetic of L-Mul and of conventional floating-point units, in NumPy."""

from lmul_pe.model.accumulator.aligned import AlignedAccumulator
from lmul_pe.model.accumulator.fixed import FixedAccumulator, FixedRegister
from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.accumulator.window import Window, WindowAccumulator
from lmul_pe.model.format.codec import check_codes, code_type, decode, encode
from lmul_pe.model.format.floating import CATALOG, FloatFormat, format_named
from lmul_pe.model.format.integer import IntegerFormat, integer_format_named
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.kinds import KINDS
from lmul_pe.model.multiplier.offset import fit_offset, paper_offset, relative_errors
from lmul_pe.model.multiplier.specification import Multiplier, multiplier_named
from lmul_pe.model.unit.array import SystolicArray
from lmul_pe.model.unit.cycles import CycleCount, cycles, scale_sim_cycles
from lmul_pe.model.unit.dot import DotProduct
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.names import Unit, array_named, dot_named, mac_named, unit_named
from lmul_pe.model.unit.schedule import Schedule, Tile

from .choices import SpecificationError
from .operations import dot, matmul, multiply

__all__ = [
    "CATALOG",
    "KINDS",
    "Accumulator",
    "AlignedAccumulator",
    "CycleCount",
    "DotProduct",
    "FixedAccumulator",
    "FixedRegister",
    "FloatAccumulator",
    "FloatFormat",
    "IntegerAccumulator",
    "IntegerFormat",
    "IntegerMultiplier",
    "Mac",
    "Multiplier",
    "Schedule",
    "SpecificationError",
    "SystolicArray",
    "Tile",
    "Unit",
    "Window",
    "WindowAccumulator",
    "array_named",
    "check_codes",
    "code_type",
    "cycles",
    "decode",
    "dot",
    "dot_named",
    "encode",
    "fit_offset",
    "format_named",
    "integer_format_named",
    "mac_named",
    "matmul",
    "multiplier_named",
    "multiply",
    "paper_offset",
    "relative_errors",
    "scale_sim_cycles",
    "unit_named",
]
