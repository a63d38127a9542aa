"""The table of coverage for the documentation, between two marks of a page."""

from collections.abc import Mapping, Sequence

from lmul_pe.model import Multiplier, SystolicArray
from lmul_pe.model.unit.names import Specification

from .goals import goals

BEGIN = "<!-- coverage: written by `make sim` -->"
END = "<!-- end of coverage -->"


def table(
    specifications: Sequence[Specification], hits: Mapping[str, Mapping[str, int]], command: str
) -> str:
    """Markdown: a row for each sort of unit and of situation.

    Parameters
    ----------
    specifications
        The units that were run.
    hits
        How often each situation arose, by the unit's name.
    command
        What makes the same again.
    """
    rows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for unit in specifications:
        for name in goals(unit):
            group, _, _ = name.partition(":")
            rows.setdefault((_sort(unit), group), []).append((unit.name, name))
    lines = [
        "| units | number | situations | to be met | met | least often met |",
        "|---|--:|---|--:|--:|--:|",
    ]
    for (sort, group), wanted in sorted(rows.items(), key=lambda row: _place(*row[0])):
        counts = [hits[unit].get(name, 0) for unit, name in wanted]
        units = len({unit for unit, _ in wanted})
        met = sum(1 for count in counts if count)
        lines.append(
            f"| {sort} | {units} | {group} | {len(counts):,} | {met:,} | {min(counts):,} times |"
        )
    return "\n".join([*lines, "", f"By `{command}`."]) + "\n"


_SORTS = ("multipliers", "pipelines", "multiply-accumulate units", "arrays")
_GROUPS = ("operands", "range", "carry", "rounding", "additions", "lengths", "pauses")


def _sort(unit: Specification) -> str:
    if isinstance(unit, SystolicArray):
        return _SORTS[3]
    if not isinstance(unit, Multiplier):
        return _SORTS[2]
    return _SORTS[1] if unit.latency else _SORTS[0]


def _place(sort: str, group: str) -> tuple[int, int, str]:
    return _SORTS.index(sort), [*_GROUPS, group].index(group), group
