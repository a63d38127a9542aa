"""Bit-exact arithmetic of L-Mul and of conventional floating-point multipliers, in NumPy."""

from .accumulator import FloatAccumulator
from .choices import SpecificationError
from .codec import check_codes, code_type, decode, encode
from .formats import CATALOG, FloatFormat, format_named
from .mac import Mac, mac_named
from .multiplier import KINDS, Multiplier, multiplier_named
from .offset import fit_offset, paper_offset, relative_errors

__all__ = [
    "CATALOG",
    "KINDS",
    "FloatAccumulator",
    "FloatFormat",
    "Mac",
    "Multiplier",
    "SpecificationError",
    "check_codes",
    "code_type",
    "decode",
    "encode",
    "fit_offset",
    "format_named",
    "mac_named",
    "multiplier_named",
    "paper_offset",
    "relative_errors",
]
