"""A profile: time and energy of every instruction of every stage, by frequency.

Read from CSV as the artefact of Perseus has it (``stage, instruction, frequency, time, energy``)
and as Zeus writes it today, with the columns of ranks besides.
"""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lmul_pe.model import SpecificationError
from lmul_pe.model.choices import suggestion

COLUMNS = ("stage", "instruction", "frequency", "time", "energy")
RANKS = ("rank", "dp_rank", "pp_rank", "tp_rank")
"""Columns of Zeus: rows that differ in these alone are copies of one stage."""

MICROBATCH = "microbatch"
"""A column that a profile may have: rows that differ in it alone are repetitions."""
_DIGITS = 9
"""Of a stage or microbatch, at most."""

FORWARD, BACKWARD = "forward", "backward"
RECOMPUTATION, FORWARD_BACKWARD = "recomputation", "forward_backward"
INSTRUCTIONS = (FORWARD, BACKWARD, RECOMPUTATION, FORWARD_BACKWARD)


class Run(NamedTuple):
    """One instruction at one frequency.

    Parameters
    ----------
    frequency
        In the profile's unit, usually MHz.
    time_s, energy_j
        Of one microbatch on one accelerator.
    """

    frequency: float
    time_s: float
    energy_j: float


class Kind(NamedTuple):
    """What is profiled: an instruction of a stage."""

    stage: int
    instruction: str

    def __str__(self) -> str:
        return f"{self.instruction} of stage {self.stage}"


@dataclass(frozen=True)
class Profile:
    """Runs of every kind, the fastest frequency first.

    Parameters
    ----------
    name
        What messages call it: the file's path.
    runs
        By kind; every stage from 0 has ``forward`` and ``backward``.
    """

    name: str
    runs: Mapping[Kind, tuple[Run, ...]]

    @property
    def stages(self) -> int:
        """How many there are."""
        return 1 + max(kind.stage for kind in self.runs)

    def fastest(self, kind: Kind) -> Run:
        """At the highest frequency."""
        return self.runs[kind][0]

    def with_recomputation(self) -> "Profile":
        """The same with the instructions of early recomputation.

        Where they are not profiled, ``recomputation`` takes what ``forward`` does, and
        ``forward_backward`` what both do at the same frequency.

        Raises
        ------
        SpecificationError
            A stage's forward and backward have no two frequencies in common.
        """
        runs = dict(self.runs)
        for stage in range(self.stages):
            forward, backward = (runs[Kind(stage, each)] for each in (FORWARD, BACKWARD))
            runs.setdefault(Kind(stage, RECOMPUTATION), forward)
            if Kind(stage, FORWARD_BACKWARD) in runs:
                continue
            after = {run.frequency: run for run in backward}
            both = tuple(
                Run(
                    run.frequency,
                    run.time_s + after[run.frequency].time_s,
                    run.energy_j + after[run.frequency].energy_j,
                )
                for run in forward
                if run.frequency in after
            )
            if len(both) < 2:
                raise SpecificationError(
                    f"{self.name}: forward and backward of stage {stage} have {len(both)} "
                    "frequencies in common: expected two at least, or rows of forward_backward"
                )
            runs[Kind(stage, FORWARD_BACKWARD)] = both
        return Profile(self.name, runs)


class _Row(NamedTuple):
    line: int
    kind: Kind
    frequency: float
    copy: tuple[str, ...]
    time_s: float
    energy_j: float


def read_profile(path: Path) -> Profile:
    """The profile in a CSV file.

    Of copies the slowest decides the time, as the others wait for it, and energy is their mean; of
    repetitions both are means.

    Raises
    ------
    SpecificationError
        Columns of other names; a value that is no number, negative or not finite; a row twice; a
        stage, an instruction, a copy or a microbatch that is missing; an instruction of a single
        frequency; no energy in any row.
    OSError
        The file cannot be read.
    """
    try:
        # A spreadsheet may have put a byte-order mark before the first name.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecificationError(f"{path}: not a CSV file in UTF-8 ({error.reason})") from None
    rows = list(_rows(str(path), text))
    if not rows:
        raise SpecificationError(f"{path}: no row below the header; expected {','.join(COLUMNS)}")
    if not any(row.energy_j for row in rows):
        raise SpecificationError(
            f"{path} row {rows[0].line}: energy is 0 here and everywhere: expected J, above "
            "0 in one row at least"
        )
    _refuse_gaps(str(path), rows)
    grouped: dict[Kind, dict[float, list[_Row]]] = {}
    for row in rows:
        grouped.setdefault(row.kind, {}).setdefault(row.frequency, []).append(row)
    _refuse_missing_copies(str(path), grouped)
    runs = {}
    for kind in sorted(grouped):
        by_frequency = grouped[kind]
        if len(by_frequency) < 2:
            (row,) = next(iter(by_frequency.values()))[:1]
            raise SpecificationError(
                f"{path} row {row.line}: {kind} has one frequency, {row.frequency:g}: expected two "
                "at least, as there is nothing to choose from"
            )
        runs[kind] = tuple(
            _united(frequency, by_frequency[frequency])
            for frequency in sorted(by_frequency, reverse=True)
        )
    return Profile(str(path), runs)


def _united(frequency: float, rows: list[_Row]) -> Run:
    """One run of all copies and repetitions."""
    # The last part of a copy's name is the repetition.
    times: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        times.setdefault(row.copy[:-1], []).append(row.time_s)
    return Run(
        frequency,
        max(sum(each) / len(each) for each in times.values()),
        sum(row.energy_j for row in rows) / len(rows),
    )


def _rows(name: str, text: str) -> Iterator[_Row]:
    lines = csv.reader(text.splitlines())
    header = [each.strip() for each in next(lines, [])]
    known = (*COLUMNS, *RANKS, MICROBATCH)
    for column in header:
        if column not in known:
            raise SpecificationError(
                f"{name} row 1: column {column!r} is not one of {', '.join(COLUMNS)}"
                f"{suggestion(column, known)}"
            )
        if header.count(column) > 1:
            raise SpecificationError(f"{name} row 1: column {column!r} stands twice: expected once")
    for column in COLUMNS:
        if column not in header:
            raise SpecificationError(
                f"{name} row 1: no column {column!r}: expected {','.join(COLUMNS)}"
            )
    seen: dict[tuple[Kind, float, tuple[str, ...]], int] = {}
    for cells in lines:
        if not cells:
            continue
        line = lines.line_num
        if len(cells) != len(header):
            raise SpecificationError(
                f"{name} row {line}: {len(cells)} values, expected {len(header)}: "
                f"{','.join(header)}"
            )
        row = _row(
            f"{name} row {line}", line, dict(zip(header, map(str.strip, cells), strict=True))
        )
        first = seen.setdefault((row.kind, row.frequency, row.copy), line)
        if first != line:
            raise SpecificationError(
                f"{name} row {line}: {row.kind} at {row.frequency:g} stands in row {first} "
                "already: expected once"
            )
        yield row


def _row(where: str, line: int, cells: Mapping[str, str]) -> _Row:
    instruction = cells["instruction"]
    if instruction not in INSTRUCTIONS:
        raise SpecificationError(
            f"{where}: instruction {instruction!r} is not one of {', '.join(INSTRUCTIONS)}"
            f"{suggestion(instruction, INSTRUCTIONS)}"
        )
    whole = {}
    for column in ("stage", MICROBATCH):
        value = cells.get(column, "0")
        if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
            raise SpecificationError(
                f"{where}: {column} {value[:40]!r} is not an integer from 0 of up to {_DIGITS} "
                "digits"
            )
        whole[column] = int(value)
    numbers = {}
    for column in ("frequency", "time", "energy"):
        try:
            number = float(cells[column])
        except ValueError:
            number = math.nan
        # Nothing runs at no frequency or in no time; energy may be none.
        if not math.isfinite(number) or number < 0 or (number == 0 and column != "energy"):
            least = "from 0" if column == "energy" else "above 0"
            raise SpecificationError(
                f"{where}: {column} {cells[column]!r} is not a finite number {least}"
            )
        numbers[column] = number
    copy = (*(cells.get(each, "") for each in RANKS), str(whole[MICROBATCH]))
    kind = Kind(whole["stage"], instruction)
    return _Row(line, kind, numbers["frequency"], copy, numbers["time"], numbers["energy"])


def _refuse_gaps(name: str, rows: list[_Row]) -> None:
    """Refuse stages that are not numbered from 0, and stages without a direction."""
    kinds = {row.kind for row in rows}
    present = {kind.stage for kind in kinds}
    for stage in range(max(present) + 1):
        if stage not in present:
            row = next(row for row in rows if row.kind.stage > stage)
            raise SpecificationError(
                f"{name} row {row.line}: stage {row.kind.stage} without a stage {stage}: expected "
                f"stages from 0 without a gap; the nearest is {stage}"
                if stage
                else f"{name} row {row.line}: stages begin with {row.kind.stage}: expected 0"
            )
        for instruction in (FORWARD, BACKWARD):
            if Kind(stage, instruction) not in kinds:
                row = next(row for row in rows if row.kind.stage == stage)
                raise SpecificationError(
                    f"{name} row {row.line}: stage {stage} has {row.kind.instruction} but no "
                    f"{instruction}: expected rows of both"
                )


def _refuse_missing_copies(name: str, grouped: Mapping[Kind, Mapping[float, list[_Row]]]) -> None:
    """Refuse a frequency at which a copy or a repetition is missing that others have."""
    for kind, by_frequency in grouped.items():
        everyone = {row.copy for rows in by_frequency.values() for row in rows}
        repetitions = sorted({int(copy[-1]) for copy in everyone})
        for expected, present in enumerate(repetitions):
            if expected != present:
                row = next(
                    row
                    for rows in by_frequency.values()
                    for row in rows
                    if row.copy[-1] == str(present)
                )
                raise SpecificationError(
                    f"{name} row {row.line}: microbatch {present} of {kind} without a microbatch "
                    f"{expected}: expected microbatches from 0 without a gap"
                )
        for frequency, rows in by_frequency.items():
            missing = everyone - {row.copy for row in rows}
            if missing:
                *ranks, repetition = min(missing)
                which = ", ".join(
                    f"{column} {value}"
                    for column, value in zip(
                        (*RANKS, MICROBATCH), (*ranks, repetition), strict=True
                    )
                    if value
                )
                raise SpecificationError(
                    f"{name} row {rows[0].line}: {kind} at {frequency:g} has no row of {which}, "
                    "which other frequencies have"
                )
