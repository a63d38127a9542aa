"""A report of one format in one technology on disk, made unless it is there and current."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lmul_pe.model import FloatFormat
from lmul_pe.synth.cells.library import BUILT_IN, load_technology, slew_variants
from lmul_pe.synth.design import levels as design_levels
from lmul_pe.synth.design.design import Design, LeftOut
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.report.terminal import markdown
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings

from .format_report import build_report
from .levels import LEVELS
from .progress import BUILD, build_name, measure_all
from .record import entry_files
from .store import inputs_digest, is_current, require_writable, write_folder


def report_folder(
    format: FloatFormat,
    tech: str = BUILT_IN[0],
    levels: Sequence[str] = LEVELS[1:],
    settings: Settings | None = None,
    out: Path | None = None,
) -> Path:
    """The folder of the report, which is made first if it is missing or stale.

    Parameters
    ----------
    tech
        One of ``BUILT_IN``, or the path of a Liberty file.
    levels
        Those beside the multiplier, in the order of ``LEVELS``.
    out
        The folder; None for ``build/synth/FORMAT``, and the technology if not the default.

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
    technology = load_technology(tech)
    folder = out or BUILD / "synth" / build_name(format, technology)
    inputs = inputs_digest(
        {
            "format": format.name,
            "technology": technology.digest,
            "settings": settings.stated,
            "levels": list(levels),
            "tools": tool_versions(),
        }
    )
    if is_current(folder, inputs):
        return folder
    require_writable(folder)
    designs: list[Design] = []
    left_out: list[LeftOut] = []
    for level in (LEVELS[0], *levels):
        found, refused = design_levels.LEVELS[level].designs(format)
        designs += found
        left_out += refused
    measured = measure_all(designs, Conditions(technology, settings))
    report = build_report(format, technology, settings, measured, left_out, slew_variants(tech))
    command = report_command(format, tech, levels, settings)
    write_folder(folder, inputs, _files(report, measured, command))
    return folder


def report_command(
    format: FloatFormat, tech: str, levels: Sequence[str], settings: Settings
) -> str:
    """The command that makes the report again."""
    usual = Settings()
    words = ["make", "synth", f"FMT={format.name}"]
    if tech != BUILT_IN[0]:
        words.append(f"TECH={tech}")
    if list(levels) != list(LEVELS[1:]):
        words.append(f"LEVELS={','.join([LEVELS[0], *levels])}")
    for name, value, default in (
        ("WIRE_FF", settings.wire_ff, usual.wire_ff),
        ("PAIRS", settings.pairs, usual.pairs),
        ("SEED", settings.seed, usual.seed),
        ("CLOCK_PS", settings.clock_ps, usual.clock_ps),
    ):
        if value != default:
            words.append(f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}")
    if settings.own:
        words.append(f"WORKLOAD={settings.own.name}")
    return shlex.join(words)


def _files(
    report: dict[str, Any],
    measured: list[Measured],
    command: str,
) -> dict[str, bytes]:
    # Plotting takes as long to import as everything else, and a cached run does not need it.
    from lmul_pe.synth.report.plots import comparison_plot, levels_plot

    files = {
        "report.json": json.dumps(report, indent=1, allow_nan=False).encode() + b"\n",
        "report.md": markdown(report, command).encode(),
        "comparison.png": comparison_plot(report),
    }
    if report["levels"]:
        files["levels.png"] = levels_plot(report)
    for entry, result in zip(report["designs"], measured, strict=True):
        files |= entry_files(entry, result)
    return files
