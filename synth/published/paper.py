"""What the paper and others print, and the paper's own arithmetic on it.

Source of the claims: Luo & Sun, arXiv 2410.00907v2, Table 1 and Eq. 6 to 8.  Nothing here is
measured.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import TypeAdapter

from lmul_pe.model import FloatFormat
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import percent_saved

CLAIMED = {"element-wise": 95.0, "dot product": 80.0}
"""Savings in energy that the abstract promises, in percent."""

ELEMENT_WISE, DOT_PRODUCT = CLAIMED


@dataclass(frozen=True)
class EnergyTable:
    """Published energies of operations: ``fp16_multiply`` and the like to pJ."""

    name: str
    source: str
    pj: dict[str, Annotated[float, q.PUBLISHED_PJ]]


@dataclass(frozen=True)
class MemoryTable:
    """Published energies of memory accesses, by memory."""

    source: str
    node_nm: int
    pj_per_64_bit: dict[str, Annotated[float, q.ACCESS_PJ]]


@dataclass(frozen=True)
class GateCount:
    """A gate count that the paper prints, and what its formula (Eq. 6 to 8) takes for it."""

    kind: str
    format: str
    gates: int
    mantissa_bits: int = 0
    adder_bits: int = 0

    @property
    def formula(self) -> int:
        """What the paper's formula gives."""
        if self.kind == "exact":
            return multiplier_gates(self.mantissa_bits)
        return lmul_gates(self.adder_bits)


@dataclass(frozen=True)
class OthersFigure:
    """A figure that others published, as printed; ``ours`` is the format to set beside it."""

    format: str
    quantity: str
    value: str
    ours: str = ""


@dataclass(frozen=True)
class OthersWork:
    """What others measured.

    Parameters
    ----------
    nearest
        ``pair`` or ``design``, to the name of the nearest like thing here, ``{}`` for the format.
    why
        There is nothing like it.
    """

    who: str
    conditions: str
    compared: str
    figures: tuple[OthersFigure, ...]
    nearest: dict[str, str] | None = None
    why: str = ""


@dataclass(frozen=True)
class Published:
    """Everything in ``published.toml``."""

    energy: tuple[EnergyTable, ...]
    gate_count: tuple[GateCount, ...]
    memory: tuple[MemoryTable, ...]
    others: tuple[OthersWork, ...]


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
        Operations whose energies are added up.
    """

    claim: str
    sums: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    before_pj: Annotated[float, q.PUBLISHED_PJ]
    after_pj: Annotated[float, q.PUBLISHED_PJ]
    source: str

    @property
    def saving_percent(self) -> float:
        """The saving that the table gives."""
        return percent_saved(self.after_pj, self.before_pj)


@cache
def published() -> Published:
    """The figures of ``published.toml``."""
    text = Path(__file__).with_name("published.toml").read_text(encoding="utf-8")
    return TypeAdapter(Published).validate_python(tomllib.loads(text))


def published_name(format: FloatFormat) -> str:
    """The format as published tables call it: every one of eight bits is fp8 there."""
    return "fp8" if format.width == 8 else format.name


def own_arithmetic(format: FloatFormat, table: str = "paper") -> list[OwnArithmetic]:
    """What the paper's way of reckoning gives for ``format``, from an energy table by its name.

    A multiplication becomes an integer addition of the same width.  Products are added in the
    format itself, as the paper does, and in fp32.  What the table has no numbers for is left out:
    the list may be empty.
    """
    (chosen,) = (each for each in published().energy if each.name == table)
    own = published_name(format)
    multiply, add = f"{own}_multiply", f"int{format.width}_add"
    found = []
    cases = [(ELEMENT_WISE, ""), (DOT_PRODUCT, own), (DOT_PRODUCT, "fp32")]
    for claim, sums in dict.fromkeys(cases):
        both = (f"{sums}_add",) if sums else ()
        before, after = (multiply, *both), (add, *both)
        if all(name in chosen.pj for name in (*before, *after)):
            before_pj, after_pj = (
                sum(chosen.pj[name] for name in each) for each in (before, after)
            )
            found.append(
                OwnArithmetic(claim, sums, before, after, before_pj, after_pj, chosen.source)
            )
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
