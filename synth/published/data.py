"""Everything that is said of the paper's claims, as ``claims.json`` holds it."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmul_pe.synth.results.comparison import require_glitches
from lmul_pe.synth.system.memory import SIDE, TARGET_PERCENT, memory_rows
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .gate_counts import gate_counts
from .judgement import LIKE, holds_when, judgements
from .others import beside_others
from .paper import TABLES, published

SCHEMA = 1


def claims_data(
    reports: Sequence[Mapping[str, Any]],
    side: int = SIDE,
    target_percent: float = TARGET_PERCENT,
) -> dict[str, Any]:
    """Everything that is said of the claims, as ``claims.json`` holds it.

    ``claims`` (``judgement.judgements``), ``holds_when`` (``judgement.holds_when``), ``gates``
    (``gate_counts.gate_counts``), ``published_energies`` (tables by name with their source),
    ``others`` (``others.beside_others``) and ``memory`` (``memory.memory_rows``).

    Raises
    ------
    SpecificationError
        A report without glitches.
    """
    for report in reports:
        require_glitches(report)
    rows = judgements(reports)
    return {
        "schema": SCHEMA,
        "claims": rows,
        "holds_when": holds_when(rows),
        "gates": gate_counts(reports),
        "published_energies": [_energies(name) for name in TABLES],
        "others": beside_others(reports),
        "memory": memory_rows(reports, side, target_percent),
    }


def brief(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a terminal has room for of :func:`claims_data`.

    Of the claims, for each report and level, the comparison that saves most among those with like
    features on the default workload; of what others published, what has something measured beside
    it; of the arrays, those that are output stationary, at an equal clock where they have one.
    """
    best: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for row in data["claims"]:
        if (row["reading"], row["workload"]) == (LIKE, DEFAULT_WORKLOAD):
            key = row["technology"], row["format"], row["level"]
            best[key] = max(
                best.get(key, row),
                row,
                key=lambda each: float(each["measured"]["saving_percent"]),
            )
    return {
        **data,
        "claims": list(best.values()),
        "others": [row for row in data["others"] if row["measured"]],
        "memory": [row for row in data["memory"] if row["headline"] and row["dataflow"] == "os"],
    }


def _energies(name: str) -> dict[str, Any]:
    sections = [published()[section] for section in TABLES[name]]
    return {
        "name": name,
        "source": sections[0]["source"],
        "energies_pj": {
            key: pj for section in sections for key, pj in section.items() if key != "source"
        },
    }
