"""The paper's gate formulas (Eq. 6 to 8) beside what synthesis gives."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmul_pe.model import format_named
from lmul_pe.synth.results.compare import saved

from .paper import gate_claims, lmul_gates, multiplier_gates


def gate_counts(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each format and technology.

    ``published``: what the formulas give for the multiplication and for L-Mul, what the paper
    prints (None where it prints nothing), and what L-Mul saves by the formulas.  ``measured``: for
    each multiplier the two-input gates of its generic netlist, their NAND2 equivalents, and the
    gate equivalents of the smallest mapped one; and what L-Mul saves by each.
    """
    return [_row(report) for report in reports]


def _row(report: Mapping[str, Any]) -> dict[str, Any]:
    format = format_named(report["format"])
    bits = format.exponent_bits + format.mantissa_bits
    exact, lmul = multiplier_gates(format.mantissa_bits), lmul_gates(bits)
    printed = {(each.kind, each.format): each.printed for each in gate_claims()}
    own = "fp8" if format.width == 8 else format.name
    designs = {
        design["name"]: {
            "generic_gates": sum(design["generic"]["cells"].values()),
            "generic_equivalents": design["generic"]["gate_equivalents"],
            "mapped_equivalents": design["least_area"]["gate_equivalents"],
        }
        for design in report["designs"]
        if "generic" in design
    }
    ours, conventional = designs[f"lmul_{format.name}"], designs[f"exact_{format.name}"]
    return {
        "format": format.name,
        "technology": report["technology"],
        "published": {
            "source": "Luo & Sun, arXiv 2410.00907v2, Eq. 6 to 8",
            "exact_formula": exact,
            "exact_printed": printed.get(("exact", format.name)),
            "lmul_formula": lmul,
            "lmul_printed": printed.get(("lmul", own)),
            "saving_percent": saved(lmul, exact),
        },
        "measured": {
            "designs": designs,
            "saving_percent": {
                name: saved(figure, conventional[name]) for name, figure in ours.items()
            },
        },
    }
