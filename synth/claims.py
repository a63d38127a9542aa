"""The paper's claims, recomputed from its own table of energies and its own gate formulas.

Source: Luo & Sun, arXiv 2410.00907v2, Table 1 and Eq. 6 to 8.  Nothing here is measured.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class EnergyClaim:
    """A saving in energy that the paper derives from published energies per operation.

    Parameters
    ----------
    name
        What is compared.
    before_pj, after_pj
        Energy of one operation with a floating-point multiplier, and with an integer adder.
    claimed
        The saving as the paper states it, in percent; None where it states none.
    """

    name: str
    before_pj: float
    after_pj: float
    claimed: float | None

    @property
    def saving_percent(self) -> float:
        """The saving that the table gives."""
        return 100 * (1 - self.after_pj / self.before_pj)


@dataclass(frozen=True)
class GateClaim:
    """A gate count of the paper beside its formula."""

    kind: str
    format: str
    printed: int
    formula: int


@cache
def published() -> dict[str, Any]:
    """The figures of ``published.toml``."""
    return tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))


def energy_claims() -> list[EnergyClaim]:
    """The element-wise and dot-product savings that follow from the paper's table."""
    table, text = published()["energy_pj"], published()["energy_text_pj"]
    add32, add16 = table["fp32_add"], table["fp16_add"]
    multiply8 = text["fp8_multiply"]
    return [
        EnergyClaim("element-wise fp32", table["fp32_multiply"], table["int32_add"], 95.0),
        EnergyClaim("element-wise 16 bit", table["fp16_multiply"], text["int16_add"], 95.0),
        EnergyClaim(
            "dot product fp32", table["fp32_multiply"] + add32, table["int32_add"] + add32, 80.0
        ),
        EnergyClaim(
            "dot product 16 bit", table["fp16_multiply"] + add16, text["int16_add"] + add16, 80.0
        ),
        EnergyClaim(
            "dot product fp8, fp32 accumulator", multiply8 + add32, table["int8_add"] + add32, None
        ),
    ]


def adder_gates(bits: int) -> int:
    """Gates of an integer adder by the paper: 5 for a half adder and 11 for each full adder."""
    return 5 + 11 * (bits - 1)


def multiplier_gates(mantissa_bits: int) -> int:
    """Gates of a floating-point multiplier by the paper's Eq. 6 and 7."""
    array = (mantissa_bits + 1) ** 2 + 3 * 5 + (2 * mantissa_bits - 2) * 11
    return 4 + array + 3 * adder_gates(8)


def lmul_gates(adder_bits: int) -> int:
    """Gates of an L-Mul multiplier by the paper's Eq. 8: the sum, the offset and the sign."""
    return 4 + adder_gates(adder_bits) + adder_gates(8)


def gate_claims() -> list[GateClaim]:
    """Every gate count that the paper prints, beside what its formula gives."""
    return [
        GateClaim(
            entry["kind"],
            entry["format"],
            entry["gates"],
            multiplier_gates(entry["mantissa_bits"])
            if entry["kind"] == "exact"
            else lmul_gates(entry["adder_bits"]),
        )
        for entry in published()["gate_count"]
    ]
