"""Area and energy of one format's multipliers by clock: ``lmul-pe curves``."""

from pathlib import Path

import click
import numpy as np

from lmul_pe.model import FloatFormat, Multiplier, SpecificationError, format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import NameOrInputPath
from lmul_pe.model.command.run import Command
from lmul_pe.synth.cells.library import BUILT_IN, load_technology
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import adder_design, multiplier_design
from lmul_pe.synth.mapping.flow import Synthesis, tool_versions
from lmul_pe.synth.measuring.measure import Pipeline, Progress
from lmul_pe.synth.measuring.multiplier import MultiplierMeasurement
from lmul_pe.synth.results.making import build_name
from lmul_pe.synth.results.progress import synthesis_progress
from lmul_pe.synth.results.record import CURVES, Curve, CurvePoint, Curves
from lmul_pe.synth.results.store import BUILD, inputs_digest
from lmul_pe.synth.workload.conditions import Conditions
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
    command = f"lmul-pe curves --fmt {format.name} --tech {tech}"
    if _inputs_of(path, command) != inputs:
        curves = Curves(
            inputs=inputs,
            format=format.name,
            technology=technology.name,
            workload=DEFAULT_WORKLOAD,
            command=command,
            designs=_curves(format, Conditions(technology, settings)),
        )
        write_whole(path, CURVES.text(curves).decode())
    return path


def _inputs_of(path: Path, command: str) -> str | None:
    """What the curves in a file were made from; None where there are none."""
    try:
        return CURVES.read(path, command).inputs
    except (OSError, SpecificationError):
        return None


def _curves(format: FloatFormat, conditions: Conditions) -> tuple[Curve, ...]:
    with synthesis_progress() as progress:
        pipeline = curves_pipeline(format, conditions, progress)
    clocks = curve_clocks(pipeline)
    return tuple(
        _curve(each, clocks, conditions.technology)
        for each in pipeline.measurements
        if isinstance(each, MultiplierMeasurement)
    )


def curves_pipeline(format: FloatFormat, conditions: Conditions, progress: Progress) -> Pipeline:
    """The measurements that the curves of ``format`` are made from, with all their netlists."""
    designs = [
        adder_design(format),
        multiplier_design(Multiplier("lmul", format), "L-Mul"),
        multiplier_design(Multiplier("exact", format), "conventional"),
    ]
    pipeline = Pipeline(designs, conditions, Synthesis(BUILD / "cache"), progress)
    pipeline.run()
    setters = _clock_setters(pipeline)
    pipeline.add_netlists(lambda each: each.netlists_between(setters))
    return pipeline


def _clock_setters(pipeline: Pipeline) -> list[float]:
    """The smallest clocks of the designs that decide at which clock all are compared."""
    smallest = (each.smallest_clock_ps() for each in pipeline.measurements)
    return [clock_ps for clock_ps in smallest if clock_ps is not None]


def curve_clocks(pipeline: Pipeline) -> list[float]:
    """The clocks of the curves of the multipliers of ``pipeline``, the smallest first."""
    setters = _clock_setters(pipeline)
    last = max(
        figures.clock_ps or 0.0
        for each in pipeline.measurements
        for figures in (each.free.least_area, each.free.least_energy)
    )
    clocks = {float(round(clock)) for clock in np.geomspace(min(setters), last, CLOCKS)[1:]}
    # The clock of the report, at which both are compared, is one of them.
    return sorted(clocks | set(setters))


def _curve(multiplier: MultiplierMeasurement, clocks: list[float], technology: Technology) -> Curve:
    """Area of the smallest netlist at each clock, energy of the one of least energy."""
    return Curve(
        multiplier.design.name,
        multiplier.design.kind,
        tuple(
            CurvePoint(
                clock_ps=point.clock_ps,
                delay_ps=point.least_area.path.delay_ps,
                gate_equivalents=technology.gate_equivalents(point.least_area.area_um2),
                area_um2=point.least_area.area_um2,
                functional_fj=point.least_energy.cost.total.functional_fj,
                glitch_fj=point.least_energy.cost.total.with_glitches_fj,
                leakage_nw=point.least_energy.leakage_nw,
                recipe=f"{point.least_area.recipe}; {point.least_energy.recipe}",
            )
            for point in multiplier.points(clocks, (DEFAULT_WORKLOAD,))
        ),
    )


@click.command(cls=Command)
@click.option("--fmt", required=True, help="Format, as e4m3, bf16 or e5m6.")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the path of a Liberty file.",
)
def main(fmt: str, tech: str) -> None:
    """Area and energy of L-Mul, conventional multiplier and bare adder over a range of clocks."""
    click.echo(curves_file(format_named(fmt), tech))
