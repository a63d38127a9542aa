"""Area and energy of one format's multipliers by clock: ``lmul-pe curves``."""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from lmul_pe.model import FloatFormat, Multiplier, format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.run import console
from lmul_pe.synth.cells.technology import BUILT_IN, Technology, load_technology
from lmul_pe.synth.design.designs import adder_design, multiplier_design
from lmul_pe.synth.mapping.flow import Synthesis, tool_versions
from lmul_pe.synth.measuring.measure import (
    Measured,
    clock_setters,
    measure,
    with_netlists_for,
    with_points,
)
from lmul_pe.synth.results.progress import BUILD, build_name, synthesis_progress
from lmul_pe.synth.results.store import inputs_digest
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

CLOCKS = 7
"""Clocks of a curve: in equal ratios, from the smallest that any of the multipliers meets to where
none has to hurry."""


def curves_file(format: FloatFormat, tech: str = BUILT_IN[0]) -> Path:
    """The file with the curves of ``format``, which is made first if it is missing or stale.

    Raises
    ------
    SpecificationError
        An unknown technology, or a library that cannot be used.
    OSError
        The file cannot be written.
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    settings = Settings()
    technology = load_technology(tech)
    path = BUILD / "curves" / f"{build_name(format, technology)}.json"
    inputs = inputs_digest(
        {
            "format": format.name,
            "technology": technology.digest,
            "settings": settings.stated,
            "tools": tool_versions(),
        },
        "synth/curves.py",
    )
    if _inputs_of(path) != inputs:
        curves = {
            "inputs": inputs,
            "format": format.name,
            "technology": technology.name,
            "workload": DEFAULT_WORKLOAD,
            "command": f"lmul-pe curves --fmt {format.name} --tech {tech}",
            "designs": _curves(format, technology, settings),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(curves, indent=1, allow_nan=False) + "\n")
    return path


def _inputs_of(path: Path) -> str | None:
    """What the curves in a file were made from; None where there are none."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["inputs"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _curves(
    format: FloatFormat, technology: Technology, settings: Settings
) -> list[dict[str, Any]]:
    designs = [
        adder_design(format),
        multiplier_design(Multiplier("lmul", format), "L-Mul"),
        multiplier_design(Multiplier("exact", format), "conventional"),
    ]
    synthesis = Synthesis(BUILD / "cache")
    with synthesis_progress() as progress:
        measured = [
            each
            for each in measure(designs, technology, synthesis, settings, progress)
            if isinstance(each, Measured)
        ]
        measured = with_netlists_for(
            _clocks(measured), measured, technology, synthesis, settings, progress
        )
    clocks = _clocks(measured)
    return [
        _curve(with_points(each, clocks, technology, settings, (DEFAULT_WORKLOAD,)), technology)
        for each in measured
    ]


def _clocks(measured: list[Measured]) -> list[float]:
    setters = clock_setters(measured)
    last = max(
        figures.clock_ps for each in measured for figures in (each.least_area, each.least_energy)
    )
    clocks = {float(round(clock)) for clock in np.geomspace(min(setters), last, CLOCKS)[1:]}
    # The clock of the report, at which both are compared, is one of them.
    return sorted(clocks | set(setters))


def _curve(measured: Measured, technology: Technology) -> dict[str, Any]:
    """Area of the smallest netlist at each clock, energy of the one of least energy."""
    return {
        "name": measured.design.name,
        "kind": measured.design.kind,
        "points": [
            {
                "target_ps": point.clock_ps,
                "delay_ps": point.least_area.path.delay_ps,
                "area_um2": point.least_area.area_um2,
                "gate_equivalents": technology.gate_equivalents(point.least_area.area_um2),
                "functional_fj": point.least_energy.functional_fj,
                "glitch_fj": point.least_energy.glitch_fj,
                "leakage_nw": point.least_energy.leakage_nw,
                "recipe": f"{point.least_area.recipe.name}; {point.least_energy.recipe.name}",
            }
            for point in measured.points
        ],
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--fmt", required=True, help="Format, as e4m3, bf16 or e5m6.")
@click.option(
    "--tech",
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
def main(fmt: str, tech: str) -> None:
    """Area and energy of L-Mul, conventional multiplier and bare adder over a range of clocks."""
    console().print(f"[dim]{curves_file(format_named(fmt), tech)}[/dim]")
