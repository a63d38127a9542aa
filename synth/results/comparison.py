"""What one design saves over another, with everything that must stand beside such a figure."""

from collections.abc import Iterator
from typing import Any

from lmul_pe.model import SpecificationError

from .compare import Entry, saved, total_energy

UNCONSTRAINED = "no delay target"
EQUAL_DELAY = "equal delay"
GLITCHES = "with glitches"
"""How every energy here was obtained but for those that are called functional."""


def ways(design: Entry, baseline: Entry) -> list[dict[str, Any]]:
    """Every figure that a report has of what ``design`` saves over ``baseline``, in percent.

    One for each workload and each condition of delay: at equal delay first, where both designs
    have a point at the same clock (of several, the fastest), then without a delay target.

    Each has ``workload``, ``delay``, ``clock_ps`` (None without a target), ``obtained``
    (``GLITCHES``), ``saving_percent`` (switching and internal energy), ``functional_percent`` (the
    same without glitches), ``total_percent`` (as ``saving_percent``, with clock and leakage, and
    at equal delay the registers around multipliers) and ``area_percent``.
    """
    pairs = dict.fromkeys((headline_clock(design, baseline), None))
    return [
        {"delay": delay_words(clock_ps), "clock_ps": clock_ps} | each
        for clock_ps in pairs
        for each in _by_workload(at(design, clock_ps), at(baseline, clock_ps))
    ]


def headline_clock(design: Entry, baseline: Entry) -> float | None:
    """The clock in ps that counts first: the fastest of those that both have figures for.

    None, which is no delay target, if there is none.
    """
    clocks = [
        {float(point["clock_ps"]) for point in each["iso_delay"]} for each in (design, baseline)
    ]
    return min(clocks[0] & clocks[1], default=None)


def at(design: Entry, clock_ps: float | None) -> Entry:
    """The figures of a design at a clock; those without a delay target if it is None."""
    if clock_ps is None:
        return design
    return next(point for point in design["iso_delay"] if point["clock_ps"] == clock_ps)


def delay_words(clock_ps: float | None) -> str:
    """``EQUAL_DELAY`` or ``UNCONSTRAINED``."""
    return UNCONSTRAINED if clock_ps is None else EQUAL_DELAY


def require_glitches(report: Entry) -> None:
    """Refuse a report of a version that did not measure glitches everywhere.

    Raises
    ------
    SpecificationError
        It is one; the text says how to make it again.
    """
    for design in report["designs"]:
        if "glitch" not in design["energy_fj"]:
            raise SpecificationError(
                f"the report of {report['format']} in {report['technology']} has no energy with "
                f"glitches of {design['name']}: expected one of this version, as `make synth "
                f"FMT={report['format']} TECH={report['technology']}` makes it"
            )


def _by_workload(own: Entry, other: Entry) -> Iterator[dict[str, Any]]:
    area = saved(own["least_area"]["area_um2"], other["least_area"]["area_um2"])
    for workload, energy in own["energy_by_workload"].items():
        if workload not in other["energy_by_workload"]:
            continue
        beside = other["energy_by_workload"][workload]
        yield {
            "workload": workload,
            "obtained": GLITCHES,
            "saving_percent": saved(energy["glitch"], beside["glitch"]),
            "functional_percent": saved(energy["functional"], beside["functional"]),
            "total_percent": saved(total_energy(own, workload), total_energy(other, workload)),
            "area_percent": area,
        }
