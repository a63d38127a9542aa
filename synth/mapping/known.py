"""The recipes that won where everything was tried: a table, and what of it is nearest."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lmul_pe.model import FloatFormat, IntegerFormat
from lmul_pe.synth.cells.technology import Technology

from .recipes import Recipe

TABLE = Path(__file__).with_name("known_recipes.toml")

ROUNDS = ("free", "fastest", "between")
"""The rounds of netlists: without a delay target, as fast as they can be, and in between."""

FASTER = "faster"
"""The round between the last two of :data:`ROUNDS`, of the same recipes as the last."""

Known = Mapping[str, Mapping[str, Collection[Recipe]]]
"""What a block does in its design, or ``multiplier``, to round to the recipes that won, without
their targets."""

Taken = Mapping[str, Mapping[str, Sequence[Collection[Recipe]]]]
"""What a block does, to round to the recipes that are taken with each of its targets, the smallest
target first."""

_ABOUT = """\
# The recipes that won where every one was tried, by technology, design, and block.  Designs that
# are not here take what won in the nearest one, or try everything where none is near.  What the
# report of default settings takes is listed by delay target, the smallest first.
# `make recipes` writes this file.
"""


@dataclass(frozen=True)
class Subject:
    """What netlists are of, as far as their recipes depend on it.

    Parameters
    ----------
    design
        What designs of all formats and sizes have in common: their family.
    mantissa_bits, exponent_bits
        Of integers the width, and 0.
    """

    design: str
    format: str
    mantissa_bits: int
    exponent_bits: int

    @classmethod
    def of(cls, family: str, format: FloatFormat | IntegerFormat) -> "Subject":
        """The subject that designs of ``family`` in ``format`` are."""
        if isinstance(format, IntegerFormat):
            return cls(family, format.name, format.width, 0)
        return cls(family, format.name, format.mantissa_bits, format.exponent_bits)


@dataclass(frozen=True)
class Entry:
    """What won in one design.

    Parameters
    ----------
    known
        At every clock of the report that tries everything, and of the curves.
    reported
        The name of the design, and the netlists that its report of default settings takes: it needs
        no others.
    """

    technology: str
    node_nm: float | None
    subject: Subject
    known: Known
    reported: tuple[str, Taken] | None = None


NEAR_BITS = 2
"""Mantissa bits by which a format may differ for its recipes to be worth trying alone.  From bf16
to fp16, which are three apart, L-Mul came out eight percent larger than by every recipe."""


def nearest(entries: Sequence[Entry], technology: Technology, subject: Subject) -> Entry | None:
    """The entry of the design that is most like ``subject``; None if none is near.

    Only designs in the same technology are near, of formats whose mantissas differ by
    :data:`NEAR_BITS` at most; of these the mantissa counts first, and then the exponent.
    """

    def distance(entry: Entry) -> tuple[bool, int, int]:
        other = entry.subject
        return (
            other.format != subject.format,
            abs(other.mantissa_bits - subject.mantissa_bits),
            abs(other.exponent_bits - subject.exponent_bits),
        )

    like = [
        entry
        for entry in entries
        if (entry.technology, entry.subject.design) == (technology.name, subject.design)
        and distance(entry)[1] <= NEAR_BITS
    ]
    return min(like, key=distance, default=None)


def united(one: Known, other: Known) -> Known:
    """What won in one or the other."""
    return {
        block: {
            round: {
                *one.get(block, {}).get(round, ()),
                *other.get(block, {}).get(round, ()),
            }
            for round in ROUNDS
        }
        for block in dict.fromkeys((*one, *other))
    }


@cache
def known_entries() -> tuple[Entry, ...]:
    """The committed table."""
    return read_entries(TABLE.read_text())


def read_entries(text: str) -> tuple[Entry, ...]:
    """The table in a file's ``text``."""
    return tuple(
        Entry(
            each["technology"],
            each.get("node_nm"),
            Subject(each["design"], each["format"], each["mantissa_bits"], each["exponent_bits"]),
            {
                block: {round: _recipes(names) for round, names in rounds.items()}
                for block, rounds in each["won"].items()
            },
            (each["name"], _taken(each["reported"])) if "name" in each else None,
        )
        for each in tomllib.loads(text).get("entry", ())
    )


def _recipes(names: Sequence[str]) -> list[Recipe]:
    return [Recipe(*name.split("/")) for name in names]


def _taken(table: Mapping[str, Mapping[str, Sequence[Sequence[str]]]]) -> Taken:
    return {
        block: {round: [_recipes(names) for names in targets] for round, targets in rounds.items()}
        for block, rounds in table.items()
    }


def _list_text(recipes: Collection[Recipe]) -> str:
    names = ", ".join(f'"{name}"' for name in sorted(each.name for each in recipes))
    return f"[{names}]"


def entries_text(entries: Sequence[Entry]) -> str:
    """The file of the table that :func:`read_entries` reads."""
    lines = [_ABOUT]
    for entry in entries:
        subject = entry.subject
        lines += [
            "[[entry]]",
            f'technology = "{entry.technology}"',
            *([f"node_nm = {entry.node_nm:g}"] if entry.node_nm else []),
            f'design = "{subject.design}"',
            f'format = "{subject.format}"',
            f"mantissa_bits = {subject.mantissa_bits}",
            f"exponent_bits = {subject.exponent_bits}",
        ]
        for block, rounds in entry.known.items():
            for round in ROUNDS:
                if recipes := rounds.get(round):
                    lines.append(f"won.{block}.{round} = {_list_text(recipes)}")
        if entry.reported:
            name, taken = entry.reported
            lines.append(f'name = "{name}"')
            for block, by_target in taken.items():
                for round, targets in by_target.items():
                    listed = ", ".join(map(_list_text, targets))
                    lines.append(f"reported.{block}.{round} = [{listed}]")
        lines.append("")
    return "\n".join(lines)
