"""Error of products against what they cost: ``lmul-pe accuracy-cost``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import click

from lmul_pe.model import FloatFormat, Multiplier, format_named
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import Distribution, distribution
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, say
from lmul_pe.model.multiplier.corrections import LARGEST_TABLE_BITS

from .cells.library import BUILT_IN, load_technology
from .design.multipliers import MultiplierDesign, multiplier_design
from .mapping.flow import tool_versions
from .mapping.known import Subject
from .measuring.measured import Measured
from .report.chart import Chart, png, trade_off
from .report.table import Column, Table, csv_files
from .results import quantities as q
from .results.making import FORMATS, build_name
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
COLUMNS = 2
"""Of the picture."""

KINDS = (
    "no offset",
    "paper",
    "fitted",
    *(f"table of {bits} bits" for bits in range(2, LARGEST_TABLE_BITS + 1)),
    "conventional",
)
"""What multipliers are called, the cheapest ideas first."""

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
    subject = Subject.of(kind, multiplier.format)
    return replace(design, subject=subject, compared=f"multiplier of {multiplier.format}")


def frontiers_of(
    formats: Sequence[FloatFormat], tech: str, folder: Path = FOLDER
) -> list[Frontier]:
    """The frontier of each of ``formats``, from its file in ``folder`` or made now.

    Raises
    ------
    SpecificationError
        An unknown technology, or a library that cannot be used.
    OSError
        A file cannot be written.
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    technology = load_technology(tech)
    conditions = Conditions.of(technology, Settings())
    inputs = {
        format: inputs_digest(
            {
                "format": format.name,
                "technology": technology.digest,
                "settings": conditions.settings.stated,
                "tools": tool_versions(),
            },
            "synth/frontier.py",
        )
        for format in formats
    }
    commands = {
        format: f"lmul-pe accuracy-cost --formats {format.name} --tech {tech}" for format in formats
    }
    paths = {format: folder / f"cost_{build_name(format, technology)}.json" for format in formats}
    found = {}
    for format in formats:
        try:
            kept = FRONTIER.read(paths[format], commands[format])
        except (OSError, SpecificationError):
            continue
        if kept.inputs == inputs[format]:
            found[format] = kept
    missing = [format for format in formats if format not in found]
    for format, places in zip(missing, _places(missing, conditions), strict=True):
        made = Frontier(inputs[format], format.name, technology.name, commands[format], places)
        write_whole(paths[format], FRONTIER.text(made))
        found[format] = made
    return [found[format] for format in formats]


def _places(formats: Sequence[FloatFormat], conditions: Conditions) -> list[tuple[Place, ...]]:
    """The multipliers of each format, all measured together, so that no processor waits."""
    of_formats = [compared(format) for format in formats]
    designs = [
        _design(multiplier, words) for each in of_formats for words, multiplier in each.items()
    ]
    measured = iter(measure_all(designs, conditions) if designs else [])
    return [
        _placed(format, multipliers, [next(measured) for _ in multipliers], conditions)
        for format, multipliers in zip(formats, of_formats, strict=True)
    ]


def _placed(
    format: FloatFormat,
    multipliers: Mapping[str, Multiplier],
    measured: Sequence[Measured],
    conditions: Conditions,
) -> tuple[Place, ...]:
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


def chart(frontier: Frontier) -> Chart:
    """Error against energy at the common clock."""
    points = {
        each.kind: (each.mean_error, each.glitch_fj)
        for each in frontier.places
        if each.glitch_fj is not None
    }
    clock_ps = frontier.places[0].clock_ps
    title = f"{frontier.format}, clock of {clock_ps:.0f} ps"
    name = f"frontier-{frontier.format}"
    return trade_off(name, title, ERROR.axis, q.GLITCH.axis, points, KINDS)


@dataclass(frozen=True)
class _Row:
    format: str
    place: Place


def table(frontiers: Sequence[Frontier]) -> Table[_Row]:
    """Every multiplier with its errors and what it costs."""
    rows = tuple(_Row(each.format, place) for each in frontiers for place in each.places)
    return Table(
        "frontier",
        "Uniform mantissas; energy of the cells with glitches on standard normal operands, at the "
        f"clock of the row, {MADE_FOR:g} times the smallest of L-Mul and conventional",
        (
            Column("format", "format", lambda row: row.format, choice=True, essential=True),
            Column("design", "design", lambda row: row.place.name, code=True),
            Column("kind", "product", lambda row: row.place.kind),
            _column(ERROR, lambda row: row.place.mean_error),
            _column(BIAS, lambda row: row.place.bias),
            _column(ROUNDED_ERROR, lambda row: row.place.rounded_error),
            _column(q.GLITCH, lambda row: row.place.glitch_fj),
            _column(q.AREA, lambda row: row.place.gate_equivalents),
            _column(q.DELAY, lambda row: row.place.delay_ps),
            _column(q.CLOCK, lambda row: row.place.clock_ps),
        ),
        rows,
    )


def _column(quantity: q.Quantity, value: Callable[[_Row], float | None]) -> Column[_Row]:
    return Column(quantity.name, quantity.heading, value, quantity)


def verdict(frontier: Frontier) -> str:
    """Which multipliers of a format no other beats in both error and energy."""
    met = [each for each in frontier.places if each.glitch_fj is not None]
    best = [each for each in met if not any(_beats(other, each) for other in met)]
    listed = ", ".join(
        f"{each.kind} ({each.mean_error:.2g} %, {each.glitch_fj:.3g} fJ)"
        for each in sorted(best, key=lambda each: each.mean_error)
    )
    return f"{frontier.format}: of error and energy the best are {listed}."


def _beats(one: Place, other: Place) -> bool:
    """Whether ``one`` is no worse in either, and not equal in both."""
    assert one.glitch_fj is not None
    assert other.glitch_fj is not None
    first, second = (one.mean_error, one.glitch_fj), (other.mean_error, other.glitch_fj)
    return first != second and first[0] <= second[0] and first[1] <= second[1]


@click.command(cls=Command)
@click.option(
    "--formats", default=" ".join(FORMATS), show_default=True, help="With commas or blanks."
)
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option("--out", type=OutputPath(), help=f"Folder of the results  [{FOLDER}].")
def main(formats: str, tech: str, out: Path | None) -> None:
    """Measure what multipliers of less error cost, from no offset to conventional, and draw it."""
    chosen = list(dict.fromkeys(map(format_named, names_in(formats))))
    if not chosen:
        raise click.UsageError("no format is named: expected one at least")
    folder = out or FOLDER
    found = frontiers_of(chosen, tech, folder)
    rows = table(found)
    picture = png([chart(each) for each in found], min(len(found), COLUMNS))
    files = {**csv_files([rows]), "frontier.md": rows.markdown().encode(), "frontier.png": picture}
    for name, content in files.items():
        write_whole(folder / name, content)
    say([*map(verdict, found), f"{folder}: frontier.md, frontier.png, frontier.csv"])
