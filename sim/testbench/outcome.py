"""What a bench found out about one unit, as it travels from the simulator to the caller."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """The verdict on one unit.

    Parameters
    ----------
    unit
        Name of the unit.
    what
        What was checked, in words.
    count
        How many operand pairs or beats were compared.
    mismatches
        How many of the comparisons and rules failed.
    seconds
        Wall time of the test, which all units of a bench go through together.
    first
        The first of them, with operands, expected and got in hexadecimal; None without any.
    cycles
        From the first beat taken to the last result, where that was measured.
    hits
        How often each situation of :mod:`~lmul_pe.sim.coverage` arose, where they are counted.
    """

    unit: str
    what: str
    count: int
    mismatches: int
    seconds: float
    first: str | None = None
    cycles: int | None = None
    hits: dict[str, int] = field(default_factory=dict)


def append_outcomes(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Add one line of JSON per outcome to ``path``."""
    with path.open("a") as file:
        for outcome in outcomes:
            file.write(json.dumps(asdict(outcome)) + "\n")


def read_outcomes(path: Path) -> list[Outcome]:
    """The outcomes in ``path``, in the order in which they were found; none if it is not there."""
    if not path.is_file():
        return []
    return [Outcome(**json.loads(line)) for line in path.read_text().splitlines()]


def hits_of(outcomes: Iterable[Outcome]) -> dict[str, Counter[str]]:
    """How often each situation arose, by the unit's name, in all tests and runs together."""
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        found.setdefault(outcome.unit, Counter()).update(outcome.hits)
    return found
