"""Bit-exact arithmetic of L-Mul and of conventional floating-point units, in NumPy."""

from .accumulator import Accumulator
from .aligned import AlignedAccumulator
from .array import SystolicArray
from .choices import SpecificationError
from .codec import check_codes, code_type, decode, encode
from .cycles import CycleCount, cycles, scale_sim_cycles
from .dot import DotProduct
from .fixed import FixedAccumulator, FixedRegister
from .float_accumulator import FloatAccumulator
from .formats import CATALOG, FloatFormat, format_named
from .integer import IntegerAccumulator, IntegerMultiplier
from .integer_format import IntegerFormat, integer_format_named
from .mac import Mac
from .multiplier import KINDS, Multiplier, multiplier_named
from .names import Unit, array_named, dot_named, mac_named, unit_named
from .offset import fit_offset, paper_offset, relative_errors
from .schedule import Schedule, Tile

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
    "array_named",
    "check_codes",
    "code_type",
    "cycles",
    "decode",
    "dot_named",
    "encode",
    "fit_offset",
    "format_named",
    "integer_format_named",
    "mac_named",
    "multiplier_named",
    "paper_offset",
    "relative_errors",
    "scale_sim_cycles",
    "unit_named",
]
