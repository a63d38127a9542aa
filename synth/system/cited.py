"""What others publish of memories, idle chips and buildings: a low and a high figure of each."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.synth.published.paper import published

BITS = 64
"""Of the accesses whose energy is published."""


@dataclass(frozen=True, kw_only=True)
class _Source:
    """Where a figure comes from.

    Parameters
    ----------
    seen
        Pages on which it was read again.
    unseen
        What of it was found on none of them.
    """

    source: str
    seen: tuple[str, ...] = ()
    unseen: str = ""

    @property
    def provenance(self) -> str:
        """The source, with what could not be confirmed."""
        return f"{self.source} (not confirmed: {self.unseen})" if self.unseen else self.source


@dataclass(frozen=True)
class Range:
    """A figure between two ends."""

    low: float
    high: float
    source: str

    def at(self, high: bool) -> float:
        """One of its ends."""
        return self.high if high else self.low


@dataclass(frozen=True)
class _Size:
    kb: float
    low: float | str
    high: float | str


@dataclass(frozen=True)
class _Sram(_Source):
    node_nm: int
    sizes: tuple[_Size, ...]


@dataclass(frozen=True)
class _Dram(_Source):
    name: str
    node_nm: int
    low: float | str
    high: float | str


@dataclass(frozen=True)
class _Ends(_Source):
    low: float
    high: float

    @property
    def range(self) -> Range:
        return Range(self.low, self.high, self.provenance)


@dataclass(frozen=True)
class _Chip(_Source):
    multipliers: int
    gb_per_s: float


@dataclass(frozen=True)
class Figure(_Source):
    """A published number of the world outside."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Cited:
    """Everything in ``cited.toml``."""

    sram: tuple[_Sram, ...]
    dram: tuple[_Dram, ...]
    idle: _Ends
    cooling: _Ends
    chip: _Chip
    figure: tuple[Figure, ...]


@cache
def cited() -> Cited:
    """The figures of ``cited.toml``."""
    text = Path(__file__).with_name("cited.toml").read_text(encoding="utf-8")
    return TypeAdapter(Cited).validate_python(tomllib.loads(text))


def nodes() -> Sequence[int]:
    """Those of which memories are published, in nm."""
    return [each.node_nm for each in cited().sram]


def sram(node_nm: float | None, technology: str, kb: float) -> Range:
    """Energy of a buffer of ``kb``, in pJ per 64 bits.

    It is that of the largest published memory that is no larger: a larger buffer is taken for
    several of those, wires between them not counted.

    Raises
    ------
    SpecificationError
        No memory of this node is published, or none as small.
    """
    known = next((each for each in cited().sram if each.node_nm == node_nm), None)
    if known is None:
        listed = " or ".join(f"{each} nm" for each in nodes())
        raise SpecificationError(
            f"technology {technology!r} is of {node_nm or 'no stated'} nm, of which no memory is "
            f"published: expected one of {listed}, as nangate45 or asap7"
        )
    smaller = [each for each in known.sizes if each.kb <= kb]
    if not smaller:
        raise SpecificationError(
            f"buffer {kb:g} KB is smaller than every published memory: expected "
            f"{known.sizes[0].kb:g} or more; the nearest is {known.sizes[0].kb:g}"
        )
    found = smaller[-1]
    low, high = (_named(end, known.node_nm) for end in (found.low, found.high))
    return Range(low, high, f"{known.provenance}; of {found.kb:g} KB")


def dram(name: str) -> Range:
    """Energy of a memory outside the chip, in pJ per 64 bits.

    Raises
    ------
    SpecificationError
        There is none of this name.
    """
    known = {each.name: each for each in cited().dram}
    if name not in known:
        raise unknown_choice("dram", name, known)
    found = known[name]
    low, high = (_named(end, found.node_nm) for end in (found.low, found.high))
    return Range(low, high, found.provenance)


def figure(name: str) -> Figure:
    """The published number of that name."""
    return next(each for each in cited().figure if each.name == name)


def _named(value: float | str, node_nm: int) -> float:
    """The number, or what the published table of that node has under the name."""
    if not isinstance(value, str):
        return value
    (table,) = (each for each in published().memory if each.node_nm == node_nm)
    return table.pj_per_64_bit[value]


@dataclass(frozen=True)
class Scalar:
    """Energies of one multiplication and one addition, in pJ."""

    multiply: Range
    add: Range


def scalar(node_nm: float) -> Scalar:
    """Of element-wise work: in fp16 at the low end, in fp32 at the high one."""
    (table,) = (each for each in published().energy if each.name == _TABLES[node_nm])

    def both(operation: str) -> Range:
        return Range(table.pj[f"fp16_{operation}"], table.pj[f"fp32_{operation}"], table.source)

    return Scalar(both("multiply"), both("add"))


_TABLES: dict[float, str] = {45: "paper", 7: "7 nm"}
"""Node to the name of its table of published energies."""
