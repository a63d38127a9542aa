"""Error of products against what they cost: ``lmul-pe accuracy-cost``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from lmul_pe.model import FloatFormat, Multiplier
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import Distribution, distribution
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.multiplier.corrections import LARGEST_TABLE_BITS

from .cells.library import load_technology
from .design.multipliers import MultiplierDesign, multiplier_design
from .mapping.flow import tool_versions
from .mapping.known import Subject
from .results import quantities as q
from .results.making import build_name
from .results.progress import measure_all
from .results.record import RecordFile
from .results.store import BUILD, inputs_digest
from .workload.conditions import Conditions
from .workload.settings import MADE_FOR, Settings

FOLDER = BUILD / "accuracy"

ERROR = q.Quantity(
    "mean_error", "mean error", "%", "of the product of uniform mantissas, against the real one"
)
BIAS = q.Quantity(
    "bias", "bias", "%", "mean of the signed error of such products", q.Better.NEITHER
)
ROUNDED_ERROR = q.Quantity(
    "rounded_error", "mean error, rounded operands", "%", "against the product before rounding"
)
STORED = ("exact", "rounded")
"""The kinds of operands whose errors are looked at."""


@dataclass(frozen=True)
class Place:
    """One multiplier: its errors in percent, and what it costs at the common clock.

    Parameters
    ----------
    kind
        What stands for it in the picture: ``no offset``, ``paper``, ``fitted``, ``table`` ...
    glitch_fj
        With glitches, on the default workload; None where it misses the clock.
    """

    name: str
    kind: str
    mean_error: Annotated[float, ERROR]
    bias: Annotated[float, BIAS]
    rounded_error: Annotated[float, ROUNDED_ERROR]
    clock_ps: Annotated[float, q.CLOCK]
    glitch_fj: Annotated[float | None, q.GLITCH]
    gate_equivalents: Annotated[float, q.AREA]
    delay_ps: Annotated[float, q.DELAY]


@dataclass(frozen=True)
class Frontier:
    """The multipliers of a format; ``inputs`` is what all was made from."""

    inputs: str
    format: str
    technology: str
    command: str
    places: tuple[Place, ...]


FRONTIER = RecordFile(Frontier, "frontier of error and energy")


def compared(format: FloatFormat) -> Mapping[str, Multiplier]:
    """From what each is called to the multiplier, the cheapest ideas first; equal ones once.

    Equal ones bear the first name, so that a fitted constant that is none is none.
    """
    tables = range(2, min(LARGEST_TABLE_BITS, format.mantissa_bits) + 1)
    named = {
        "no offset": Multiplier("lmul", format, offset="none"),
        "paper": Multiplier("lmul", format),
        "fitted": Multiplier("lmul", format, offset="fitted"),
        **{
            f"table of {bits} bits": Multiplier("table", format, table_bits=bits) for bits in tables
        },
        "conventional": Multiplier("exact", format),
    }
    found: dict[str, Multiplier] = {}
    for words, multiplier in named.items():
        if multiplier not in found.values():
            found[words] = multiplier
    return found


def _design(multiplier: Multiplier, words: str) -> MultiplierDesign:
    """With the recipes that win for the plain multiplier of its kind, or for L-Mul."""
    kind = "exact" if multiplier.kind == "exact" else "lmul"
    design = multiplier_design(multiplier, words)
    return replace(design, subject=Subject.of(kind, multiplier.format))


def frontier_of(format: FloatFormat, tech: str, folder: Path = FOLDER) -> Frontier:
    """The frontier of ``format``, from its file in ``folder`` or made now.

    Raises
    ------
    SpecificationError
        An unknown technology, or a library that cannot be used.
    OSError
        The file cannot be written.
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    technology = load_technology(tech)
    conditions = Conditions.of(technology, Settings())
    inputs = inputs_digest(
        {
            "format": format.name,
            "technology": technology.digest,
            "settings": conditions.settings.stated,
            "tools": tool_versions(),
        },
        "synth/frontier.py",
    )
    command = f"lmul-pe accuracy-cost --formats {format.name} --tech {tech}"
    path = folder / f"cost_{build_name(format, technology)}.json"
    try:
        found = FRONTIER.read(path, command)
    except (OSError, SpecificationError):
        found = None
    if found is None or found.inputs != inputs:
        places = _places(format, conditions)
        found = Frontier(inputs, format.name, technology.name, command, places)
        write_whole(path, FRONTIER.text(found))
    return found


def _places(format: FloatFormat, conditions: Conditions) -> tuple[Place, ...]:
    multipliers = compared(format)
    designs = [_design(multiplier, words) for words, multiplier in multipliers.items()]
    measured = measure_all(designs, conditions)
    # L-Mul and the conventional design set the clock, which others may miss.
    smallest = max(each.fastest_ps or 0.0 for each in measured if _sets_clock(each.design))
    clock_ps = MADE_FOR * smallest
    pairs = {stored: operands(stored, format) for stored in STORED}
    places = []
    for (words, multiplier), each in zip(multipliers.items(), measured, strict=True):
        errors: dict[str, Distribution] = {
            stored: distribution(multiplier, pairs[stored]) for stored in STORED
        }
        point = next((at for at in each.points if abs(at.clock_ps - clock_ps) < 1e-6), None)
        figures = point.least_energy if point else each.least_energy
        places.append(
            Place(
                name=multiplier.name,
                kind=words,
                mean_error=100 * errors["exact"].mean,
                bias=100 * errors["exact"].bias,
                rounded_error=100 * errors["rounded"].mean,
                clock_ps=clock_ps,
                glitch_fj=figures.cost.total.with_glitches_fj if point else None,
                gate_equivalents=conditions.technology.gate_equivalents(figures.area_um2),
                delay_ps=figures.path.delay_ps,
            )
        )
    return tuple(places)


def _sets_clock(design: object) -> bool:
    return isinstance(design, MultiplierDesign) and design.sets_clock
