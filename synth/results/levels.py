"""What L-Mul saves at each level, and in which part."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmul_pe.synth.design import levels
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .compare import Entry, saved, total_energy

CLAIMED_DOT_PERCENT = 80.0
"""The saving in energy that the paper promises for dot products."""

LEVELS = tuple(levels.LEVELS)


def saving(design: Entry, baseline: Entry, meaning: str) -> dict[str, Any]:
    """Percent that ``design`` saves over ``baseline``."""
    return {
        "level": design["level"],
        "design": design["name"],
        "baseline": baseline["name"],
        "meaning": meaning,
        "area_percent": saved(design["least_area"]["area_um2"], baseline["least_area"]["area_um2"]),
        "delay_percent": saved(design["delay_ps"], baseline["delay_ps"]),
        "energy_percent": {
            workload: saved(
                energy["functional"], baseline["energy_by_workload"][workload]["functional"]
            )
            for workload, energy in design["energy_by_workload"].items()
        },
        "total_energy_percent": saved(total_energy(design), total_energy(baseline)),
        "glitch_energy_percent": saved(
            design["energy_fj"]["glitch"], baseline["energy_fj"]["glitch"]
        ),
        "glitch_percent_by_workload": {
            workload: saved(energy["glitch"], baseline["energy_by_workload"][workload]["glitch"])
            for workload, energy in design["energy_by_workload"].items()
        },
        "iso_delay": [
            {
                "clock_ps": point["clock_ps"],
                "area_percent": saved(
                    point["least_area"]["area_um2"], other["least_area"]["area_um2"]
                ),
                "energy_percent": saved(
                    point["energy_fj"]["functional"], other["energy_fj"]["functional"]
                ),
                "glitch_energy_percent": saved(
                    point["energy_fj"]["glitch"], other["energy_fj"]["glitch"]
                ),
                "total_energy_percent": saved(total_energy(point), total_energy(other)),
            }
            for point in design["iso_delay"]
            for other in baseline["iso_delay"]
            if other["clock_ps"] == point["clock_ps"]
        ],
        "obtained": "area of the smallest recipes, delay and energy of the recipes of least "
        "energy, unconstrained in delay, and at an equal clock in iso_delay; energy_percent is "
        "functional energy, glitch_energy_percent has glitches, total_energy_percent glitches, "
        "clock and leakage, and in iso_delay the registers of multipliers",
    }


def unit_savings(designs: Sequence[Entry]) -> list[dict[str, Any]]:
    """What each L-Mul unit saves over the conventional one with the same accumulator."""
    exact = {
        design["compared"]: design
        for design in designs
        if design["kind"] == "exact" and "compared" in design
    }
    return [
        saving(design, exact[design["compared"]], _meaning(design))
        for design in designs
        if design["kind"] == "lmul" and design.get("compared") in exact
    ]


def _meaning(design: Entry) -> str:
    folded = ", offset folded into the weights" if design["name"].endswith("_fold") else ""
    return f"{design['compared']}{folded}"


def level_words(format: str, savings: Sequence[Entry], designs: Mapping[str, Entry]) -> list[str]:
    """In sentences: what is saved at each level, how much of the multiplier's saving that is, and
    in which parts of a unit.

    Parameters
    ----------
    designs
        The entries that are compared, by name.
    """
    steps = [each for each in savings if each["level"] != "multiplier"]
    if not steps:
        return []
    alone = _with_glitches(savings[0])
    units = "; ".join(
        f"{_with_glitches(each):.0f} % in the {each['meaning']} "
        f"({each['total_energy_percent']:.0f} % with clock and leakage)"
        for each in steps
    )
    sentences = [
        f"Of its energy, glitches included, the {format} multiplier alone saves {alone:.0f} % "
        f"by L-Mul. Units save {units}."
    ]
    plain = [each for each in steps if each["design"].endswith("_fp32")]
    if round(alone) > 0 and plain:
        sentences.append(_what_is_left(alone, plain))
    parted = {each["level"]: each for each in reversed(plain) if each["level"] != "dot"}
    return sentences + [
        _by_part(each, designs[each["design"]], designs[each["baseline"]])
        for each in reversed(parted.values())
    ]


def _what_is_left(alone: float, steps: Sequence[Entry]) -> str:
    """The first step at which less than half of the multiplier's percentage is left."""
    for each in steps:
        before_clock = _with_glitches(each) < alone / 2
        if before_clock or each["total_energy_percent"] < alone / 2:
            counted = "before the clock is" if before_clock else "once clock and leakage are"
            return (
                "With fp32 sums less than half of that percentage is left at the level "
                f"{each['level']}, {counted} counted."
            )
    return "With fp32 sums at least half of that percentage is left at every level."


def _by_part(saving: Entry, design: Entry, baseline: Entry) -> str:
    """Where a unit saves what it saves: a product of L-Mul is shorter, so that what adds it, and
    the registers in front of that, are smaller too."""
    parts = [
        {name: part["glitch_fj"] + part["clock_fj"] for name, part in each["parts"].items()}
        for each in (design, baseline)
    ]
    differences = {name: parts[1][name] - parts[0].get(name, 0.0) for name in parts[1]}
    where = ", ".join(f"{fj:.0f} in the {name}" for name, fj in differences.items())
    whole = sum(parts[1].values())
    return (
        f"The {saving['meaning']} saves {sum(differences.values()):.0f} of {whole:.0f} fJ, "
        f"glitches and clock included: {where}. Its conventional multiplier takes "
        f"{100 * parts[1]['multiplier'] / whole:.0f} % of the whole."
    )


def dot_product_verdicts(format: str, savings: Sequence[Entry]) -> list[dict[str, Any]]:
    """The paper's 80 % for dot products beside a unit and an array that sum in fp32."""
    verdicts = []
    for level in ("mac", "array"):
        found = [
            each for each in savings if each["level"] == level and each["design"].endswith("_fp32")
        ]
        if not found:
            continue
        each = found[0]
        measured = _with_glitches(each)
        verdict = "holds" if measured >= CLAIMED_DOT_PERCENT else "does not hold"
        verdicts.append(
            {
                "claim": "80 % less energy for dot products",
                "measured_percent": measured,
                "design": each["design"],
                "baseline": each["baseline"],
                "workload": DEFAULT_WORKLOAD,
                "verdict": verdict,
                "text": f"The paper says {CLAIMED_DOT_PERCENT:.0f} % less energy for dot products. "
                f"These gates say {measured:.1f} % of the energy with glitches and "
                f"{each['total_energy_percent']:.1f} % with clock and leakage for {format} at the "
                f"level {level} ({each['design']} against {each['baseline']}, workload "
                f"{DEFAULT_WORKLOAD}): the claim {verdict}.",
            }
        )
    return verdicts


def _with_glitches(saving: Entry) -> float:
    return float(saving["glitch_energy_percent"])
