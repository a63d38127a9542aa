"""How gates, energy and delay grow with the bits of a mantissa: ``make scaling``."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from lmul_pe.model import DotProduct, FloatAccumulator, FloatFormat, Multiplier, format_named
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, console, number, say, verbose_option

from .cells.library import BUILT_IN, load_technology
from .design.design import Design
from .design.levels import LEVELS
from .design.multipliers import adder_design, multiplier_design
from .design.units import EXACT_WIDTH, UnitDesign
from .mapping.flow import Synthesis, tool_versions
from .mapping.recipes import FASTEST, GENERIC
from .measuring.measure import Pipeline
from .measuring.measurement import Measurement, Wanted
from .measuring.multiplier import MultiplierMeasurement
from .report.scaling import print_scaling, scaling_files, scaling_verdict
from .results.growth import LEAST_POINTS
from .results.progress import synthesis_progress
from .results.scaling import (
    SCALING,
    SCALING_FILE,
    Scaling,
    ScalingLine,
    ScalingPoint,
    scaling_line,
    scaling_path,
)
from .results.store import BUILD, inputs_digest, is_current, require_writable, write_folder
from .workload.conditions import Conditions
from .workload.settings import DEFAULT_WORKLOAD, Settings

LEVELS_SCALED = ("multiplier", "mac", "dot")
EXPONENTS = "5 8"
MANTISSAS = "1-23"

SCRIPTS = ("area", "flow", "twice")
FAST = {"sklansky": ("prefix-map", "speed")}
"""The recipes of every multiplier, whatever its width: those that are known to win are of some
widths alone, and a line must not bend where others begin."""

MAPPED_BITS = 23
"""Mantissa bits up to which everything is measured; of wider multipliers gates are counted, and
they are mapped by one recipe alone; of wider units nothing."""

MOST_BITS = 52

SETTINGS = Settings(effort="full", pairs=4096)


def scaling_designs(level: str, format: FloatFormat) -> list[Design]:
    """What is compared at a level: of multipliers with the bare adder, of units the
    multiply-accumulate with fp32 sums, and the dot product whose sums are exact or in a window;
    none of a format that is too wide to be mapped."""
    wide = format.mantissa_bits > MAPPED_BITS
    if level == "multiplier":
        return [
            replace(
                each,
                structures=("cells",) if wide else each.structures,
                scripts=SCRIPTS[:1] if wide else SCRIPTS,
                timed={} if wide else FAST,
                sets_clock=False,
            )
            for each in (
                adder_design(format),
                multiplier_design(Multiplier("lmul", format), "L-Mul"),
                multiplier_design(Multiplier("exact", format), "conventional"),
            )
        ]
    if wide:
        return []
    found, _ = LEVELS[level].designs(format)
    return [
        each.without_clocks
        for each in found
        if isinstance(each, UnitDesign) and each.kind != "int" and _is_scaled(each)
    ]


def _is_scaled(design: UnitDesign) -> bool:
    unit = design.unit
    if isinstance(unit, DotProduct):
        return unit.n == EXACT_WIDTH
    return isinstance(unit.accumulator, FloatAccumulator)


def scaling_folder(
    formats: Mapping[int, Sequence[FloatFormat]],
    levels: Sequence[str],
    tech: str,
    command: str,
    out: Path | None,
) -> Path:
    """The folder of ``scaling.json`` and what is made of it, made first if missing or stale.

    Parameters
    ----------
    formats
        Exponent bits to the formats that differ in their mantissa, by rising width.
    levels
        Of :data:`LEVELS_SCALED`.
    out
        The folder; None for ``build/scaling``, and the technology if not the default.

    Raises
    ------
    SpecificationError
        An unknown technology, or a library that cannot be used.
    OSError
        The folder cannot be written.
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    technology = load_technology(tech)
    if set(levels) != {"multiplier"}:
        _ = technology.plain_flip_flop
    folder = out or scaling_path(technology)
    inputs = inputs_digest(
        {
            "command": command,
            "technology": technology.digest,
            "settings": SETTINGS.stated,
            "tools": tool_versions(),
        },
        "synth/scaling.py",
        "synth/report",
        "synth/published",
    )
    if is_current(folder, inputs):
        return folder
    require_writable(folder)
    conditions = Conditions(technology, SETTINGS)
    scaling = Scaling(
        command=command,
        technology=technology.name,
        workload=DEFAULT_WORKLOAD,
        seed=SETTINGS.seed,
        tools=tool_versions(),
        lines=tuple(
            line
            for exponent_bits, listed in formats.items()
            for level in levels
            for line in _lines(level, exponent_bits, listed, conditions)
        ),
    )
    files = {SCALING_FILE: SCALING.text(scaling), **scaling_files(scaling)}
    write_folder(folder, inputs, files)
    return folder


def _lines(
    level: str, exponent_bits: int, formats: Sequence[FloatFormat], conditions: Conditions
) -> list[ScalingLine]:
    """The line of each kind."""
    designs = [(each, format) for format in formats for each in scaling_designs(level, format)]
    with synthesis_progress() as progress:
        pipeline = Pipeline(
            [design for design, _ in designs], conditions, Synthesis(BUILD / "cache"), progress
        )
        pipeline.run()
        pipeline.add_netlists(_as_fast_as_can_be)
    points: dict[str, list[ScalingPoint]] = {}
    for (design, format), each in zip(designs, pipeline.measurements, strict=True):
        points.setdefault(design.kind, []).append(_point(format.mantissa_bits, each))
    return [scaling_line(level, kind, exponent_bits, found) for kind, found in points.items()]


def _as_fast_as_can_be(measurement: Measurement) -> Sequence[Wanted]:
    # Units have none, and neither have multipliers whose gates alone are counted.
    if isinstance(measurement, MultiplierMeasurement) and measurement.design.timed:
        return measurement.timed_netlists([FASTEST])
    return ()


def _point(mantissa_bits: int, measurement: Measurement) -> ScalingPoint:
    technology, free = measurement.conditions.technology, measurement.free
    gates = fastest_ps = None
    if isinstance(measurement, MultiplierMeasurement):
        (generic,) = measurement.netlists[GENERIC].values()
        gates = sum(generic.netlist.cell_counts.values())
        if mantissa_bits > MAPPED_BITS:
            return ScalingPoint(mantissa_bits, measurement.design.name, gates)
        fastest_ps = min(each.path.delay_ps for each in measurement.candidates)
    spent = free.least_energy.cost.total
    return ScalingPoint(
        mantissa_bits=mantissa_bits,
        design=measurement.design.name,
        gates=gates,
        gate_equivalents=technology.gate_equivalents(free.least_area.area_um2),
        energy_fj=spent.with_glitches_fj + spent.clock_fj,
        delay_ps=free.least_energy.path.delay_ps,
        fastest_ps=fastest_ps,
    )


@click.command(cls=Command)
@click.option(
    "--exponents", default=EXPONENTS, show_default=True, help="Exponent bits; commas or blanks."
)
@click.option(
    "--mantissas",
    default=MANTISSAS,
    show_default=True,
    help=f"Mantissa bits, {LEAST_POINTS} widths at least; commas or blanks, ranges as 1-23. Of "
    f"multipliers wider than {MAPPED_BITS}, up to {MOST_BITS}, gates alone are counted.",
)
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option(
    "--levels",
    default=LEVELS_SCALED[0],
    show_default=True,
    help=f"Of {', '.join(LEVELS_SCALED)}, with commas or blanks.",
)
@click.option("--out", type=OutputPath(), help="Folder of the result  [build/scaling].")
@verbose_option
def main(
    exponents: str, mantissas: str, tech: str, levels: str, out: Path | None, verbose: bool
) -> None:
    """Measure multipliers of many mantissas, and fit by which power of their bits they grow."""
    widths = sorted({number("exponent", each, 2, 11) for each in names_in(exponents)})
    if not widths:
        raise click.UsageError("no exponent is named: expected one at least")
    bits = widths_in(mantissas)
    chosen = names_in(levels)
    for level in chosen or [""]:
        if level not in LEVELS_SCALED:
            raise unknown_choice("level", level, LEVELS_SCALED)
    if chosen != [LEVELS_SCALED[0]] and bits[0] > MAPPED_BITS:
        raise SpecificationError(
            f"mantissas {mantissas!r} are too wide for the levels {levels!r}: expected up to "
            f"{MAPPED_BITS}, or {LEVELS_SCALED[0]} alone"
        )
    formats = {width: [format_named(f"e{width}m{each}ieee") for each in bits] for width in widths}
    words = ["make", "scaling"]
    given = {
        "EXPONENTS": (exponents, EXPONENTS),
        "MANTISSAS": (mantissas, MANTISSAS),
        "TECH": (tech, BUILT_IN[0]),
        "LEVELS": (levels, LEVELS_SCALED[0]),
    }
    words += [f"{name}={value}" for name, (value, usual) in given.items() if value != usual]
    folder = scaling_folder(formats, chosen, tech, shlex.join(words), out)
    scaling = SCALING.read(folder / SCALING_FILE, shlex.join(words))
    if verbose:
        print_scaling(scaling, console())
    say([*scaling_verdict(scaling), f"{folder}: scaling.md, scaling.json, scaling.png, CSV"])


def widths_in(text: str) -> list[int]:
    """The mantissa widths of an option, rising: numbers, and ranges as ``1-23``.

    Raises
    ------
    SpecificationError
        Something else, a width that no format has, or too few.
    """
    found: set[int] = set()
    for word in names_in(text):
        first, dash, last = word.partition("-")
        start = number("mantissa", first, 1, MOST_BITS)
        end = number("mantissa", last, start, MOST_BITS) if dash else start
        found |= set(range(start, end + 1))
    if len(found) < LEAST_POINTS:
        raise SpecificationError(
            f"mantissas {text!r} are {len(found)} widths: a power is fitted to {LEAST_POINTS} at "
            f"least, as {MANTISSAS}"
        )
    mapped = sum(each <= MAPPED_BITS for each in found)
    if 0 < mapped < LEAST_POINTS:
        raise SpecificationError(
            f"mantissas {text!r} are {mapped} width{'s' * (mapped > 1)} up to {MAPPED_BITS}, of "
            f"which all costs are fitted: expected {LEAST_POINTS} at least, or wider ones alone, "
            "whose gates are counted"
        )
    return sorted(found)
