"""What other projects published beside the nearest like thing that is measured here."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmul_pe.synth.results.comparison import ways

from .paper import published

Report = Mapping[str, Any]

TECHNOLOGY = "nangate45"
"""Of the measured figures: the node of most of the published ones."""


def beside_others(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """A row for every published figure.

    ``published`` has what was compared, the conditions and the figure as text; ``measured`` is a
    list of figures of the nearest comparison or design, each with its quantity, designs,
    technology, workload and the way it was obtained.  Where it is empty, ``why`` says why.
    """
    known = {each["format"]: each for each in reports if each["technology"] == TECHNOLOGY}
    rows = []
    for other in published()["others"]:
        for figure in other["figures"]:
            measured, why = [], other.get("why", "")
            if not why:
                report = known.get(figure["ours"])
                measured = _nearest(report, other["nearest"], figure["quantity"]) if report else []
                why = "" if measured else f"no report of {figure['ours']} in {TECHNOLOGY}"
            rows.append(
                {
                    "published": {
                        "who": other["who"],
                        "conditions": other["conditions"],
                        "compared": other["compared"],
                        "format": figure["format"],
                        "quantity": figure["quantity"],
                        "value": figure["value"],
                    },
                    "measured": measured,
                    "why": why,
                }
            )
    return rows


def _nearest(report: Report, nearest: Mapping[str, str], quantity: str) -> list[dict[str, Any]]:
    designs = {design["name"]: design for design in report["designs"]}
    if "design" in nearest:
        name = nearest["design"].format(report["format"])
        if name not in designs:
            return []
        return [
            {
                "quantity": "area, GE",
                "value": designs[name]["least_area"]["gate_equivalents"],
                "design": name,
                "baseline": None,
                "technology": report["technology"],
                "workload": None,
                "obtained": "smallest recipe, mapped and not placed",
            }
        ]
    name = nearest["pair"].format(report["format"])
    for saving in report["savings"]:
        if saving["design"] == name:
            break
    else:
        return []
    own, baseline = designs[saving["design"]], designs[saving["baseline"]]
    way = next(way for way in ways(own, baseline) if way["workload"] == own["workload"])
    shared = {
        "design": own["name"],
        "baseline": baseline["name"],
        "technology": report["technology"],
    }
    area = {
        "quantity": "area saved, %",
        "value": way["area_percent"],
        "workload": None,
        "obtained": f"mapped and not placed, {way['delay']}",
    }
    # A multiplier alone has no clock; what a report counts as its registers are not part of it.
    alone = own["level"] == "multiplier"
    counted = "gates alone" if alone else "clock and leakage included"
    energy = {
        "quantity": "energy saved, %",
        "value": way["saving_percent" if alone else "total_percent"],
        "workload": way["workload"],
        "obtained": f"{way['obtained']}, {counted}, {way['delay']}",
    }
    wanted = [area] if "area" in quantity else [energy] if "power" in quantity else [area, energy]
    return [shared | each for each in wanted]
