"""Energy against accuracy: what an arithmetic costs, beside what a language model loses by it."""

from collections.abc import Sequence
from dataclasses import dataclass

from lmul_pe.model.multiplier.kinds import COMPARED
from lmul_pe.synth.report.chart import Chart, plane
from lmul_pe.synth.report.section import KINDS, Results, Section, listed
from lmul_pe.synth.report.table import Table, figures, words
from lmul_pe.synth.results import quantities as measured
from lmul_pe.synth.results.record import Design
from lmul_pe.synth.system import quantities as q
from lmul_pe.synth.system.spoiled import Spoilt

COMMAND = "make accuracy PARTS=language"
_KL = q.number("kl", "divergence from fp32", "nats", "mean over predicted tokens of several texts")


@dataclass(frozen=True)
class Answer:
    """An arithmetic with its price.

    Parameters
    ----------
    unit
        The multiply-accumulate unit, without a delay target.
    spoilt
        What it does to the answers where the products of attention are its own.
    """

    format: str
    unit: Design
    spoilt: Spoilt


def priced(results: Results) -> list[Answer]:
    """Of every format and kind that has both."""
    found = []
    for report in results.reports:
        units = {each.kind: each for each in reversed(report.designs) if each.level == "mac"}
        for kind in COMPARED:
            spoilt = results.spoilt.get((report.format, kind))
            if spoilt is not None and kind in units:
                found.append(Answer(report.format, units[kind], spoilt))
    return found


def chart(rows: Sequence[Answer]) -> Chart:
    """Energy of a multiply-accumulate by divergence."""
    pairs: dict[str, dict[str, tuple[float, float]]] = {}
    for row in rows:
        at = row.spoilt.kl.value, row.unit.total_fj()
        pairs.setdefault(row.format, {})[row.unit.kind] = at
    return plane(
        "answers-chart",
        "Energy against accuracy",
        f"{_KL.axis} (SmolLM2, attention)",
        f"{measured.TOTAL.axis}, a MAC",
        pairs,
        KINDS,
    )


def section(rows: Sequence[Answer]) -> Section:
    """The same as a table, with intervals."""
    best = min(rows, key=lambda row: row.unit.total_fj())
    scaled = list(dict.fromkeys(row.spoilt.scale for row in rows if row.spoilt.scale != "none"))
    scales = f" Scales: {listed(scaled)}, whichever spoils least." if scaled else ""
    return Section(
        name="answers",
        title="Energy against accuracy",
        words=[
            f"Least energy of a multiply-accumulate: {KINDS[best.unit.kind]} in {best.format}, at "
            f"a divergence of {best.spoilt.kl.value:.2g} nats. Attention of SmolLM2-135M alone, "
            f"sums in fp32, subnormals flushed.{scales}"
        ],
        command=COMMAND,
        tables=[
            Table(
                "answers",
                "Loss: by how much perplexity is above that of fp32. Intervals: 95 %, over texts.",
                (
                    words("format", lambda row: row.format, choice=True),
                    words("kind", lambda row: KINDS[row.unit.kind], choice=True),
                    words("scale", lambda row: row.spoilt.scale),
                    figures(measured.TOTAL, lambda row: row.unit.total_fj()),
                    figures(_KL, lambda row: row.spoilt.kl.value),
                    figures(_KL, lambda row: row.spoilt.kl.low, "from", "kl_low"),
                    figures(_KL, lambda row: row.spoilt.kl.high, "to", "kl_high"),
                    figures(
                        q.percent("loss_percent", "loss of perplexity", "against fp32"),
                        lambda row: 100 * row.spoilt.loss.value,
                    ),
                ),
                tuple(rows),
            )
        ],
    )
