"""Figures of one netlist of a multiplier, and which netlist is the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lmul_pe.synth.activity.energy import (
    Energy,
    area_um2,
    dynamic_energy,
    glitch_energy,
    leakage_power_nw,
)
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import Design
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

from .registered import clock_period

_GLITCH_PAIRS = 4097
"""Operand pairs of every energy with glitches: its error is below 2 % (95 %)."""
_SHORTLIST = 4
"""Netlists of least functional energy of each structure that are tried with glitches."""
_SHORT_PAIRS = 2049
"""Operand pairs of that trial."""


@dataclass(frozen=True)
class Figures:
    """What one recipe gave.

    Parameters
    ----------
    path
        From inputs to outputs.
    clock_ps
        The smallest clock with registers around it.
    energy, glitch
        By workload, of functional toggles, and with glitches.
    """

    recipe: Recipe
    mapped: Mapped
    area_um2: float
    path: CriticalPath
    clock_ps: float
    leakage_nw: float
    energy: Mapping[str, Energy]
    glitch: Mapping[str, Energy]

    @property
    def functional_fj(self) -> float:
        """On the default workload."""
        return self.energy[DEFAULT_WORKLOAD].total_fj

    @property
    def glitch_fj(self) -> float:
        """On the default workload; only of what :func:`best_of` gives."""
        return self.glitch[DEFAULT_WORKLOAD].total_fj


def candidate(
    design: Design, recipe: Recipe, mapped: Mapped, technology: Technology, settings: Settings
) -> Figures:
    """What is needed to choose: area, delay, and functional energy on the default workload."""
    netlist = mapped.netlist
    return Figures(
        recipe,
        mapped,
        area_um2(netlist, technology),
        critical_path(netlist, technology, settings.wire_ff),
        clock_period(netlist, technology, settings.wire_ff),
        leakage_power_nw(netlist, technology),
        {DEFAULT_WORKLOAD: _functional(design, mapped, DEFAULT_WORKLOAD, technology, settings)},
        {},
    )


@dataclass(frozen=True)
class Best:
    """The best of some netlists, on every workload, with glitches; often one and the same."""

    least_energy: Figures
    least_area: Figures


def best_of(
    candidates: Sequence[Figures],
    design: Design,
    technology: Technology,
    settings: Settings,
    workloads: Sequence[str] | None = None,
    also: Sequence[Figures] = (),
) -> Best:
    """The netlist of least energy with glitches, and the smallest one.

    Tried with glitches are those of least functional energy of each structure, the smallest one,
    and ``also``, the best under other conditions.

    Parameters
    ----------
    workloads
        On which the former is measured; all of ``settings`` if None.
    """
    least_area = min(candidates, key=lambda figures: (figures.area_um2, figures.functional_fj))
    listed = [*_frugal(candidates), least_area, *also]
    # One and the same netlist is tried once.
    frugal = list({figures.mapped.verilog: figures for figures in reversed(listed)}.values())[::-1]

    def tried(figures: Figures) -> float:
        return _with_glitches(
            design, figures.mapped, DEFAULT_WORKLOAD, _SHORT_PAIRS, technology, settings
        ).total_fj

    least_energy = frugal[0] if len(frugal) == 1 else min(frugal, key=tried)
    workloads = list(settings.workloads) if workloads is None else workloads
    first = _completed(least_energy, design, technology, settings, workloads)
    if least_area.recipe == least_energy.recipe:
        return Best(first, first)
    default = [DEFAULT_WORKLOAD]
    return Best(first, _completed(least_area, design, technology, settings, default))


def _frugal(candidates: Sequence[Figures]) -> list[Figures]:
    """The shortlist: structures differ in what they glitch."""
    listed: dict[str, list[Figures]] = {}
    for figures in sorted(candidates, key=lambda each: (each.functional_fj, each.area_um2)):
        of_structure = listed.setdefault(figures.recipe.structure, [])
        # Scripts and delay targets often give one and the same netlist.
        if all(figures.mapped.verilog != other.mapped.verilog for other in of_structure):
            of_structure.append(figures)
    return [figures for each in listed.values() for figures in each[:_SHORTLIST]]


def _completed(
    figures: Figures,
    design: Design,
    technology: Technology,
    settings: Settings,
    workloads: Sequence[str],
) -> Figures:
    """``figures`` on ``workloads``, with glitches."""
    return replace(
        figures,
        energy={
            workload: _functional(design, figures.mapped, workload, technology, settings)
            for workload in workloads
        },
        glitch={
            workload: _with_glitches(
                design, figures.mapped, workload, _GLITCH_PAIRS, technology, settings
            )
            for workload in workloads
        },
    )


def _functional(
    design: Design, mapped: Mapped, workload: str, technology: Technology, settings: Settings
) -> Energy:
    a, b = design.stream(settings.workloads[workload], settings.pairs, settings.seed)
    waveforms = evaluate(mapped.netlist, cell_functions(technology), {"a": a, "b": b})
    return dynamic_energy(waveforms, technology, settings.wire_ff)


def _with_glitches(
    design: Design,
    mapped: Mapped,
    workload: str,
    pairs: int,
    technology: Technology,
    settings: Settings,
) -> Energy:
    count = min(pairs, settings.pairs)
    a, b = design.stream(settings.workloads[workload], count, settings.seed)
    found = transitions(mapped.netlist, technology, {"a": a, "b": b}, settings.wire_ff)
    return glitch_energy(found, mapped.netlist, technology, settings.wire_ff)
