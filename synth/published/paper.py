"""The paper's claims, recomputed from its own table of energies and its own gate formulas.

Source: Luo & Sun, arXiv 2410.00907v2, Table 1 and Eq. 6 to 8.  Nothing here is measured.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lmul_pe.model import FloatFormat


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
class OwnArithmetic:
    """A saving by the paper's way of reckoning, from one table of published energies.

    Parameters
    ----------
    claim
        A key of ``CLAIMED``.
    sums
        Format in which products are added; empty where none are.
    before, after
        Names of the energies that are added up, in the table.
    before_pj, after_pj
        Their sums.
    source
        Of the table.
    """

    claim: str
    sums: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    before_pj: float
    after_pj: float
    source: str

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


CLAIMED = {"element-wise": 95.0, "dot product": 80.0}
"""Savings in energy that the abstract promises, in percent."""

TABLES = {"paper": ("energy_pj", "energy_text_pj"), "7 nm": ("energy_7nm_pj",)}
"""Tables of ``published.toml`` that hold energies of operations; of the first, also the text."""


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


def own_arithmetic(format: FloatFormat, table: str = "paper") -> list[OwnArithmetic]:
    """What the paper's way of reckoning gives for ``format``, from a table of ``TABLES``.

    A multiplication becomes an integer addition of the same width.  Products are added in the
    format itself, as the paper does, and in fp32.  What the table has no numbers for is left out:
    the list may be empty.
    """
    sections = [published()[name] for name in TABLES[table]]
    energies = {name: pj for section in sections for name, pj in section.items()}
    source = sections[0]["source"]
    own = "fp8" if format.width == 8 else format.name
    multiply, add = f"{own}_multiply", f"int{format.width}_add"
    found = []
    cases = [("element-wise", ""), ("dot product", own), ("dot product", "fp32")]
    for claim, sums in dict.fromkeys(cases):
        both = (f"{sums}_add",) if sums else ()
        before, after = (multiply, *both), (add, *both)
        if all(name in energies for name in (*before, *after)):
            before_pj, after_pj = (
                sum(energies[name] for name in names) for names in (before, after)
            )
            found.append(OwnArithmetic(claim, sums, before, after, before_pj, after_pj, source))
    return found


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
