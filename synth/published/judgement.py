"""The paper's claims beside what was measured: 95 % for products, 80 % for dot products.

Measured figures come from reports, those of the paper from ``reporting.paper``; they keep apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lmul_pe.model import format_named
from lmul_pe.synth.results.comparison import GLITCHES, at, delay_words, headline_clock, ways

from .paper import CLAIMED, own_arithmetic

Report = Mapping[str, Any]

HOLDS = "holds"
HOLDS_WITHOUT_CLOCK = "holds without clock and leakage"
FAILS = "does not hold"

ELEMENT_WISE, DOT_PRODUCT = CLAIMED
PRODUCT = "product"
LIKE = "like features"


def judgements(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """A row for every comparison of every report, workload and claim.

    Each has ``claim``, ``claimed_percent``, ``format``, ``technology``, ``node_nm``, ``level``,
    ``reading`` (``LIKE``, or in which way the two designs are unlike), ``meaning``, ``design``,
    ``baseline``, ``workload``, ``measured`` (of ``comparison.ways``, that at equal delay where
    there is one), ``unconstrained`` (that without a delay target), ``verdict``, ``paper`` (its own
    arithmetic, a list that is empty where its table has no figure), ``paper_percent`` (the same in
    short, by the format of the sums, or ``PRODUCT``) and ``break_even`` (of dot products, otherwise
    None).
    """
    return [row for report in reports for row in _rows(report)]


def holds_when(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """For each claim and reading: where it holds, or how far off the largest saving is.

    Each has ``claim``, ``claimed_percent``, ``reading``, ``holds`` and ``without_clock`` (rows that
    reach it, and those that do without clock and leakage), ``largest`` (the row of the largest
    saving), ``short_percent`` (what that one lacks; 0 where the claim holds) and ``text``.
    """
    keys = dict.fromkeys((row["claim"], row["reading"]) for row in rows)
    return [
        _holds_when(
            [row for row in rows if (row["claim"], row["reading"]) == key],
        )
        for key in keys
    ]


def verdict(measured: Mapping[str, float], claimed: float) -> str:
    """What a saving, without and with clock and leakage, says of ``claimed`` percent."""
    if measured["saving_percent"] < claimed:
        return FAILS
    return HOLDS if measured["total_percent"] >= claimed else HOLDS_WITHOUT_CLOCK


def break_even(
    design: Mapping[str, Any], baseline: Mapping[str, Any], claimed: float
) -> dict[str, Any]:
    """The share of a unit's energy that all but its multiplier may have for ``claimed`` percent.

    With ``s`` saved in the multiplier and ``r`` in the rest, a rest of share ``x`` leaves a saving
    of ``s (1 - x) + r x``, which is what was claimed at ``x = (s - claimed) / (s - r)``.  ``s`` and
    ``r`` are measured, and so is the share that the rest has.  Energy of the parts: gates, with
    glitches, and clock, without leakage, which is not divided among them.
    """
    clock_ps = headline_clock(design, baseline)
    own, other = (at(each, clock_ps)["parts"] for each in (design, baseline))

    def energy(each: Mapping[str, Any], multiplier: bool) -> float:
        return sum(
            part["glitch_fj"] + part["clock_fj"]
            for name, part in each.items()
            if (name == "multiplier") is multiplier
        )

    alone = 100 * (1 - energy(own, True) / energy(other, True))
    rest = 100 * (1 - energy(own, False) / energy(other, False))
    share = 100 * energy(other, False) / (energy(other, True) + energy(other, False))
    if alone >= claimed and rest >= claimed:
        allowed = 100.0
    elif alone < claimed and rest < claimed:
        allowed = None
    else:
        allowed = 100 * (alone - claimed) / (alone - rest) if alone >= claimed else None
    return {
        "obtained": GLITCHES,
        "delay": delay_words(clock_ps),
        "clock_ps": clock_ps,
        "multiplier_saving_percent": alone,
        "rest_saving_percent": rest,
        "rest_share_percent": share,
        "allowed_rest_share_percent": allowed,
    }


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    designs = {design["name"]: design for design in report["designs"]}
    format = format_named(report["format"])
    paper = {
        claim: [each for each in own_arithmetic(format) if each.claim == claim] for claim in CLAIMED
    }
    for saving in report["savings"]:
        claim = ELEMENT_WISE if saving["level"] == "multiplier" else DOT_PRODUCT
        design, baseline = designs[saving["design"]], designs[saving["baseline"]]
        measured = ways(design, baseline)
        for workload in dict.fromkeys(way["workload"] for way in measured):
            of_workload = [way for way in measured if way["workload"] == workload]
            yield {
                "claim": claim,
                "claimed_percent": CLAIMED[claim],
                "format": report["format"],
                "technology": report["technology"],
                "node_nm": report["library"]["node_nm"],
                "level": saving["level"],
                "reading": _reading(design, baseline, saving["meaning"]),
                "meaning": saving["meaning"],
                "design": design["name"],
                "baseline": baseline["name"],
                "workload": workload,
                "measured": of_workload[0],
                "unconstrained": of_workload[-1],
                "verdict": verdict(of_workload[0], CLAIMED[claim]),
                "paper_percent": {
                    each.sums or PRODUCT: each.saving_percent for each in paper[claim]
                },
                "paper": [
                    {
                        "sums": each.sums,
                        "before": list(each.before),
                        "after": list(each.after),
                        "before_pj": each.before_pj,
                        "after_pj": each.after_pj,
                        "saving_percent": each.saving_percent,
                        "source": each.source,
                    }
                    for each in paper[claim]
                ],
                "break_even": break_even(design, baseline, CLAIMED[claim])
                if "parts" in design
                else None,
            }


def _reading(design: Mapping[str, Any], baseline: Mapping[str, Any], meaning: str) -> str:
    if design["level"] != "multiplier":
        return LIKE
    like = design["name"].removeprefix("lmul") == baseline["name"].removeprefix("exact")
    return LIKE if like else str(meaning)


def _holds_when(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    claimed = first["claimed_percent"]
    largest = max(rows, key=lambda row: float(row["measured"]["saving_percent"]))
    holds, without_clock = (
        [row for row in rows if row["verdict"] == each] for each in (HOLDS, HOLDS_WITHOUT_CLOCK)
    )
    sentences = []
    if holds:
        sentences.append(f"holds for {_places(holds)}")
    if without_clock:
        sentences.append(f"holds without clock and leakage for {_places(without_clock)}")
    short = max(0.0, claimed - largest["measured"]["saving_percent"])
    failing = [row for row in rows if row["verdict"] == FAILS]
    if not sentences:
        sentences.append(
            f"holds nowhere: the largest saving is {_place(largest)}, {short:.1f} points short"
        )
    elif failing:
        best = max(failing, key=lambda row: float(row["measured"]["saving_percent"]))
        sentences.append(f"the largest saving elsewhere is {_place(best)}")
    return {
        "claim": first["claim"],
        "claimed_percent": claimed,
        "reading": first["reading"],
        "holds": holds,
        "without_clock": without_clock,
        "largest": largest,
        "short_percent": short,
        "text": "; ".join(sentences),
    }


def _places(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(map(_place, rows))


def _place(row: Mapping[str, Any]) -> str:
    measured = row["measured"]
    return (
        f"{row['design']} ({measured['saving_percent']:.1f} %, {row['technology']}, workload "
        f"{row['workload']}, {measured['obtained']}, {measured['delay']})"
    )
