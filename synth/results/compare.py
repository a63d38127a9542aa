"""What two designs of a report are compared by: their whole energy, and percent saved."""

from collections.abc import Mapping
from typing import Any

from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

Entry = Mapping[str, Any]
"""Of a report: a design, or one of its points at an equal clock."""


def total_energy(figures: Entry, workload: str = DEFAULT_WORKLOAD) -> float:
    """With glitches, clock and leakage, and at an equal clock the registers around, in fJ.

    Clock, leakage and registers are those of the default workload.
    """
    energy, around = figures["energy_fj"], figures.get("registers", {})
    return float(
        figures["energy_by_workload"][workload]["glitch"]
        + sum(energy.get(each, 0.0) for each in ("clock", "leakage"))
        + sum(around.get(each, 0.0) for each in ("clock_fj", "data_fj", "leakage_fj"))
    )


def saved(now: float, before: float) -> float:
    """Percent; negative where more is spent."""
    return 100 * (1 - now / before)
