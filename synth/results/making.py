"""Reports on disk: measured, written as records with their netlists, and made once."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from lmul_pe.model import FloatFormat, SystolicArray, cycles
from lmul_pe.model.accuracy.product import product_errors
from lmul_pe.synth.cells.library import BUILT_IN, load_technology, slew_variants
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.design import Design, LeftOut
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.design.multipliers import MultiplierDesign, ladder
from lmul_pe.synth.design.units import (
    UnitDesign,
    held_dot_products,
    unit_design,
    unit_level,
)
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.mapping.recipes import GATED_BITS, SCRIPTS, STRUCTURES, TIMED_SCRIPTS
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.measuring.sensitivity import sensitivity
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, EFFORTS, Settings
from lmul_pe.synth.workload.streams import LONG_SUM_LENGTH, LONG_SUMS, SUM_LENGTH

from . import record
from .compare import savings, unit_savings
from .progress import measure_all
from .recording import design_record
from .seeds import seed_savings
from .store import (
    BUILD,
    RENDERED,
    forget,
    inputs_digest,
    is_current,
    require_writable,
    write_folder,
)

FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")
"""The formats that results are about where none is named."""

REPORT_FILE = "report.json"
PRODUCT_SIDE = 256
"""Rows and columns of the matrix product whose cycles are given."""

SENSITIVITY_PAIRS = 2049

DELAY_TARGET = (
    "none, but for iso_delay: the best netlists of each design that meet its clock_ps with "
    "registers at inputs and outputs"
)
UNITS = (
    f"an operation of a unit is one multiply-accumulate; sums of {SUM_LENGTH} products, and of "
    f"{LONG_SUM_LENGTH} on {LONG_SUMS}, a pair in every lane and cycle, nothing waits; glitches "
    "settle within the cycle, registers change at their clock-to-output delay; arrays tile behind "
    "tile, fill and drain of the first and the last not counted; clock without a tree, "
)
"""How units are measured; what follows is whether they have clock gates."""
GATED = f"a clock gate where {GATED_BITS} register bits or more have one enable"
UNGATED = "no clock gating"


Measure = Callable[[Sequence[Design], Conditions], list[Measured]]
"""What measures designs under conditions."""


def build_name(what: FloatFormat | str, technology: Technology) -> str:
    """Under which name results are kept: ``what``, and the technology if not the default."""
    # A library names itself as it likes.
    library = re.sub(r"[^\w.-]", "_", technology.name)
    return str(what) if library == BUILT_IN[0] else f"{what}_{library}"


def report_folder(
    format: FloatFormat,
    tech: str = BUILT_IN[0],
    levels: Sequence[str] = tuple(LEVELS),
    settings: Settings | None = None,
    out: Path | None = None,
    measure: Measure | None = None,
) -> Path:
    """The folder of the report, which is made first if it is missing or stale.

    Parameters
    ----------
    tech
        The name of a built-in technology, or the path of a Liberty file.
    levels
        Those to measure; the multiplier always is.
    out
        The folder; None for ``build/synth/FORMAT``, and the technology if not the default.
    measure
        What measures designs elsewhere; None for the processors here.

    Raises
    ------
    SpecificationError
        An unknown technology, or a library that cannot be used.
    OSError
        The folder cannot be written.
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    settings = settings or Settings()
    # Under other settings, other netlists may be the best.
    usual = replace(settings, all_units=Settings.all_units) == Settings()
    conditions = Conditions.of(load_technology(tech), settings, reported=usual)
    wanted = [name for name in LEVELS if name == next(iter(LEVELS)) or name in levels]
    if wanted[1:]:
        # Everything above a multiplier has registers, and a line says so before hours of mapping.
        _ = conditions.technology.plain_flip_flop
    folder = out or BUILD / "synth" / build_name(format, conditions.technology)
    inputs = _inputs({"format": format.name, "levels": wanted}, conditions)
    if is_current(folder, inputs):
        return folder
    require_writable(folder)
    designs: list[Design] = []
    left_out: list[LeftOut] = []
    for name in wanted:
        found, refused = LEVELS[name].designs(format)
        if not conditions.settings.all_units:
            found = [each for each in found if each.usual]
        if conditions.settings.held_dots and name == "dot":
            held, not_held = unit_level(name, held_dot_products(format))
            found, refused = [*found, *held], [*refused, *not_held]
        designs += (
            each if conditions.settings.timed_dots or each.level != "dot" else _unclocked(each)
            for each in found
        )
        left_out += refused
    if conditions.technology.notes:
        left_out.append(LeftOut("library", "; ".join(conditions.technology.notes)))
    measure = measure or measure_all
    measured = measure(designs, conditions)
    rungs = tuple(each.name for each in ladder(format))
    floor = next(each for each in measured if each.design.name == rungs[0])
    recorded = _recorded(measured, conditions, floor)
    report = record.Report(
        command=report_command(format, tech, wanted, conditions.settings),
        format=format.name,
        **_conditions(conditions, measured),
        designs=recorded,
        savings=savings(format, recorded),
        ladder=rungs,
        sensitivity=_sensitivity(measured, slew_variants(tech), conditions.settings),
        left_out=tuple(left_out),
        without_clock_gates=_without_clock_gates(
            designs, tech, conditions, _common_clock(measured), measure
        ),
        errors=product_errors(format),
    )
    if conditions.settings.effort == "full":
        report = replace(report, seeds=seed_savings(report, measured, conditions))
    _write(folder, inputs, report, measured)
    return folder


def _unclocked(design: Design) -> Design:
    return design.without_clocks if isinstance(design, UnitDesign) else design


def array_folder(
    arrays: Sequence[SystolicArray], tech: str, settings: Settings, command: str, out: Path | None
) -> Path:
    """The folder of a report on arrays that differ in their multiplier alone, made if need be.

    Parameters
    ----------
    out
        The folder; None for ``build/array/NAME``.

    Raises
    ------
    SpecificationError, OSError, click.ClickException
        As :func:`report_folder`.
    """
    conditions = Conditions.of(load_technology(tech), settings)
    _ = conditions.technology.plain_flip_flop
    folder = out or BUILD / "array" / arrays[0].name
    inputs = _inputs({"arrays": [array.name for array in arrays]}, conditions)
    if is_current(folder, inputs):
        return folder
    require_writable(folder)
    designs = [unit_design(array) for array in arrays]
    measured = measure_all(designs, conditions)
    recorded = _recorded(measured, conditions, None)
    report = record.Report(
        command=command,
        format=arrays[0].multiplier.format.name,
        **_conditions(conditions, measured),
        designs=recorded,
        savings=unit_savings(recorded),
        without_clock_gates=_without_clock_gates(
            designs, tech, conditions, _common_clock(measured), measure_all
        ),
        cycles=tuple(_cycles(array) for array in arrays),
    )
    _write(folder, inputs, report, measured)
    return folder


def _inputs(what: Mapping[str, object], conditions: Conditions) -> str:
    return inputs_digest(
        {
            **what,
            "technology": conditions.technology.digest,
            "settings": conditions.settings.stated,
            "tools": tool_versions(),
        }
    )


def _recorded(
    measured: Sequence[Measured], conditions: Conditions, floor: Measured | None
) -> tuple[record.Design, ...]:
    clock_ps = _common_clock(measured)
    return tuple(design_record(each, conditions.technology, clock_ps, floor) for each in measured)


def _without_clock_gates(
    designs: Sequence[Design],
    tech: str,
    conditions: Conditions,
    clock_ps: float,
    measure: Measure,
) -> tuple[record.Ungated, ...]:
    """Where units have clock gates, what they take without; leakage by the same ``clock_ps``."""
    if not conditions.settings.clock_gates:
        return ()
    settings = replace(conditions.settings, clock_gates=False)
    plain = Conditions.of(load_technology(tech), settings)
    units = [design for design in designs if isinstance(design, UnitDesign)]
    measured = measure(units, plain) if units else []
    recorded = (design_record(each, plain.technology, clock_ps, None) for each in measured)
    return tuple(
        record.Ungated(each.name, each.energy_fj, each.least_area.gate_equivalents)
        for each in recorded
    )


def _common_clock(measured: Sequence[Measured]) -> float:
    """The clock by which leakage, which is power, becomes energy, in ps.

    That of the slowest design which every report has: a total is the same beside whatever else is
    asked for.
    """
    return max(
        figures.path.delay_ps
        for each in [one for one in measured if one.design.usual] or measured
        for figures in (each.least_energy, each.least_area)
    )


class _Conditions(TypedDict):
    measured_on: str
    technology: str
    library: record.Library
    tools: dict[str, str]
    seed: int
    assumptions: record.Assumptions
    recipes: record.Recipes


def _conditions(conditions: Conditions, measured: Sequence[Measured]) -> _Conditions:
    """What all reports say of how their figures were made."""
    technology, settings = conditions.technology, conditions.settings
    return {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "technology": technology.name,
        "library": record.Library(
            node_nm=technology.node_nm,
            source=technology.source,
            gate_equivalent_um2=technology.nand2.area_um2,
            gate_equivalent_cell=technology.nand2.name,
        ),
        "tools": tool_versions(),
        "seed": settings.seed,
        "assumptions": record.Assumptions(
            voltage=technology.voltage,
            temperature=technology.temperature,
            wire_ff_per_fanout=settings.wire_ff,
            clock_ps=_common_clock(measured),
            input_slew_ps=technology.input_slew_ps,
            pairs_per_workload=settings.pairs,
            workloads=settings.described,
            delay_target=DELAY_TARGET,
            units=UNITS + (GATED if settings.clock_gates else UNGATED),
        ),
        "recipes": record.Recipes(
            EFFORTS[settings.effort], tuple(STRUCTURES), SCRIPTS | TIMED_SCRIPTS
        ),
    }


def _sensitivity(
    measured: Sequence[Measured], variants: Sequence[Technology], settings: Settings
) -> tuple[record.Sensitivity, ...]:
    """Of the netlists of least energy of the two multipliers that are compared first."""
    rows = []
    for each in measured:
        design, netlist = each.design, each.least_energy.netlist
        if isinstance(design, MultiplierDesign) and design.sets_clock and netlist:
            pairs = min(settings.pairs, SENSITIVITY_PAIRS)
            a, b = design.stream(DEFAULT_WORKLOAD, pairs, settings.seed)
            rows += sensitivity(netlist, variants, {"a": a, "b": b})
    return tuple(record.Sensitivity(**asdict(row)) for row in rows)


def _cycles(array: SystolicArray) -> record.Cycles:
    """Cycles of one matrix product, by the closed formula."""
    # Without sums to begin from, weights stay for one tile of the inner dimension.
    inner = PRODUCT_SIDE
    if array.dataflow == "ws" and not array.partial:
        inner = array.rows
    counted = cycles(array, PRODUCT_SIDE, inner, PRODUCT_SIDE)
    return record.Cycles(
        array.name, PRODUCT_SIDE, inner, PRODUCT_SIDE, counted.total, counted.utilisation
    )


def report_command(
    format: FloatFormat, tech: str, levels: Sequence[str], settings: Settings
) -> str:
    """The command that makes a report again."""
    usual = Settings()
    words = ["make", "synth", f"FMT={format.name}"]
    if tech != BUILT_IN[0]:
        words.append(f"TECH={tech}")
    if list(levels) != list(LEVELS):
        words.append(f"LEVELS={','.join(levels)}")
    unasked = replace(settings, timed_dots=False, all_units=False)
    for name, value, default in (
        ("WIRE_FF", settings.wire_ff, usual.wire_ff),
        ("PAIRS", settings.pairs, usual.pairs),
        ("SEED", settings.seed, usual.seed),
        ("CLOCK_PS", settings.clock_ps, usual.clock_ps),
        ("EFFORT", settings.effort, usual.effort),
        ("CLOCK_GATES", int(settings.clock_gates), int(usual.clock_gates)),
        ("TIMED_DOTS", int(settings.timed_dots), int(unasked.timed_dots)),
        ("HELD_DOTS", int(settings.held_dots), int(usual.held_dots)),
        ("ALL_UNITS", int(settings.all_units), int(unasked.all_units)),
    ):
        if value != default:
            words.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    if settings.own:
        words.append(f"WORKLOAD={settings.own.name}")
    return shlex.join(words)


def _write(folder: Path, inputs: str, report: record.Report, measured: Sequence[Measured]) -> None:
    """The record and the netlists that it names; what was made from an earlier record goes."""
    files = {REPORT_FILE: record.REPORT.text(report)}
    for design, each in zip(report.designs, measured, strict=True):
        chosen = [(design.netlist, each.least_energy), (design.least_area.netlist, each.least_area)]
        for listed, point in zip(design.iso_delay, each.points, strict=True):
            chosen.append((listed.netlist, point.least_energy))
            chosen.append((listed.least_area.netlist, point.least_area))
        files |= {name: figures.verilog.encode() for name, figures in chosen}
    forget(folder, RENDERED)
    write_folder(folder, inputs, files)
