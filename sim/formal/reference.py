"""What a multiplier is proved equal to: Verilog written from ``docs/numerics.md`` alone."""

from collections.abc import Mapping
from pathlib import Path

from lmul_pe.model import FloatFormat, Multiplier, SpecificationError
from lmul_pe.model.format.floating import SPECIALS
from lmul_pe.model.multiplier.offset import paper_offset
from lmul_pe.model.multiplier.policies import UNGUARDED

TEXT = Path(__file__).with_name("multiplier.v")
_OVERFLOWS = ("inf", "saturate", "nan")


def reference_verilog(multiplier: Multiplier) -> str:
    """A text with a module of the multiplier's name, and the ports of what is exported.

    It shares nothing with ``hw``; of ``model`` it takes the fields of the specification, and the
    constants that are fitted.  Register stages count for nothing.

    Raises
    ------
    SpecificationError
        A kind that has no such text.
    """
    check_kind(multiplier)
    if multiplier.guard in UNGUARDED:
        module, parameters = "unguarded", format_fields(multiplier.format)
        parameters |= _lmul_parameters(multiplier)
        parameters["ZERO"] = str(int(multiplier.guard == "zero"))
    else:
        module, parameters = "multiplier", product_parameters(multiplier)
        parameters |= format_fields(multiplier.format_y, "Y")
        parameters["OVERFLOW"] = str(_OVERFLOWS.index(multiplier.overflow or "saturate"))
        parameters["TOWARD_ZERO"] = str(int(multiplier.rounding == "rtz"))
    return TEXT.read_text() + _instance(multiplier, module, parameters)


def product_parameters(multiplier: Multiplier) -> dict[str, str]:
    """Those of the text's products: the operands' formats, and how they are multiplied."""
    parameters: dict[str, str] = {}
    for letter, format in zip("AB", multiplier.operand_formats, strict=True):
        parameters |= format_fields(format, letter)
    parameters["EXACT"] = str(int(multiplier.kind == "exact"))
    parameters["GRADUAL"] = str(int(multiplier.subnormals == "gradual"))
    return parameters | _lmul_parameters(multiplier)


def _lmul_parameters(multiplier: Multiplier) -> dict[str, str]:
    if multiplier.kind != "lmul":
        return {}
    return {
        "EQUATION": str(int(multiplier.carry == "equation")),
        # Those of the paper follow from the mantissa, by the text's own rule.
        "PAPER": str(int(multiplier.offset == paper_offset(multiplier.mantissa_bits))),
        "CONSTANT": f"{multiplier.mantissa_bits}'d{multiplier.offset}",
    }


def check_kind(multiplier: Multiplier) -> None:
    """Refuse a multiplier of a kind that has no reference.

    Raises
    ------
    SpecificationError
        It is neither an L-Mul nor exact.
    """
    if multiplier.kind == "table":
        raise SpecificationError(f"{multiplier} has no reference: expected kind lmul or exact")


def format_fields(format: FloatFormat, letter: str = "") -> dict[str, str]:
    """A format as the text's parameters have it: those of operand ``letter``, if there are more."""
    suffix = f"_{letter}" if letter else ""
    return {
        f"E{letter}": str(format.exponent_bits),
        f"M{letter}": str(format.mantissa_bits),
        f"BIAS{suffix}": str(format.bias),
        f"RULE{suffix}": str(SPECIALS.index(format.specials)),
    }


def _instance(multiplier: Multiplier, module: str, parameters: Mapping[str, str]) -> str:
    a, b, y = (format.width - 1 for format in multiplier.formats)
    values = ", ".join(f".{name}({value})" for name, value in parameters.items())
    return (
        f"\n\nmodule {multiplier.name}(input [{a}:0] a, input [{b}:0] b, output [{y}:0] y);\n"
        f"  {module} #({values}) product (.a(a), .b(b), .y(y));\n"
        "endmodule\n"
    )
