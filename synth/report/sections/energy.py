"""Where the energy of a model goes: the verdict, tables and a picture of a ledger."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from lmul_pe.synth.report.chart import COLOURS, Chart, short
from lmul_pe.synth.report.section import Section, spread
from lmul_pe.synth.report.table import AnyTable, Table, figures, words
from lmul_pe.synth.system import quantities as q
from lmul_pe.synth.system.energy_report import EnergyReport
from lmul_pe.synth.system.ledger import (
    ARITHMETIC,
    TARGETS,
    Compared,
    Entry,
    Ledger,
    Stage,
    Threshold,
)
from lmul_pe.synth.system.levers import Lever
from lmul_pe.synth.system.operations import Kind, Operation, footprint

BOUNDS = (False, True)
_SHOWN = 4
"""Kinds of arithmetic in a verdict; the tables have all."""


def span(values: Sequence[float]) -> str:
    """Both bounds, the smaller first: ``0.348 to 1.5``; one where they are equal."""
    return " to ".join(dict.fromkeys(short(value) for value in sorted(values)))


def _less(values: Sequence[float]) -> str:
    """``0.8 to 1.6 % less``, or ``1.6 to 4.5 % more``; what changes sign says so."""
    both = " to ".join(dict.fromkeys(f"{abs(value):.1f}" for value in sorted(values, key=abs)))
    if min(values) >= 0:
        return f"{both} % less"
    if max(values) <= 0:
        return f"{both} % more"
    return f"{max(values):.1f} % less to {-min(values):.1f} % more"


def verdict(found: Compared, rows: Sequence[Threshold], folder: str) -> list[str]:
    """At most eight lines of 80 columns: the whole, the share of arithmetic, what L-Mul saves."""
    run = found.counted.run
    lines = [
        f"{found.counted.model.name} {run.phase}, batch {run.batch:,}, context {run.context:,}: "
        f"{found.counted.macs():.3g} MACs for {tokens(run.tokens)}",
    ]
    shown = (found.lmul, *found.others)[:_SHOWN]
    width = max(len(each.unit.label) for each in shown)
    for each in shown:
        text = f"  {each.unit.label:{width}}  {span([each.joules(high) for high in BOUNDS])} J; "
        if each is found.lmul:
            shares = [found.lmul.arithmetic_percent(high) for high in BOUNDS]
            text += f"arithmetic {spread(shares, 1)} % of it"
        else:
            text += f"L-Mul takes {_less([found.saved_percent(high, each) for high in BOUNDS])}"
        lines.append(text)
    lines.append(f"L-Mul saves {', '.join(_where(rows, target) for target in TARGETS)}")
    lines.append(_for_eighty(found))
    return [*lines, f"{folder}/energy.md"]


def tokens(count: int) -> str:
    """``1 token``, ``2,048 tokens``."""
    return f"{count:,} token{'s' if count > 1 else ''}"


def _where(rows: Sequence[Threshold], target: float) -> str:
    """From which batch on a target is met, at the kindest bound and at the other."""
    texts = []
    for kindest in (True, False):
        (row,) = (
            each
            for each in rows
            if (each.over, each.target_percent, each.kindest) == ("batch", target, kindest)
        )
        texts.append("never" if row.least is None else f"{row.least:,.0f}")
    if set(texts) == {"never"}:
        return f"{target:g} % never"
    return f"{target:g} % from batch {' or '.join(dict.fromkeys(texts))}"


def _for_eighty(found: Compared) -> str:
    unit = found.unit_percent
    if found.needed_share_percent <= 100:
        return (
            f"80 % of the whole: if arithmetic were {found.needed_share_percent:.0f} % of it, as "
            f"the unit saves {unit:.1f} %"
        )
    return f"80 % of the whole: out of reach, as the unit alone saves {unit:.1f} %"


class _EntryRow(NamedTuple):
    ledger: Ledger
    entry: Entry

    def share(self, high: bool) -> float:
        joules = self.entry.high_j if high else self.entry.low_j
        return 100 * joules / self.ledger.joules(high)


def ledger_table(found: Compared) -> Table[_EntryRow]:
    """Every stage with every kind of arithmetic."""
    return Table(
        "ledger",
        "Energy of one pass, at the bound that is kindest to L-Mul and at the other one.",
        (
            words("arithmetic", lambda row: row.ledger.unit.label, choice=True),
            words("stage", lambda row: row.entry.stage),
            figures(q.ENERGY_LOW, lambda row: row.entry.low_j),
            figures(q.ENERGY_HIGH, lambda row: row.entry.high_j),
            figures(
                q.percent("low_percent", "share, kindest", "low bound"),
                lambda row: row.share(False),
            ),
            figures(
                q.percent("high_percent", "share, hardest", "high bound"),
                lambda row: row.share(True),
            ),
            words("origin", lambda row: row.entry.origin),
            words("obtained", lambda row: row.entry.obtained),
        ),
        tuple(
            _EntryRow(each, entry) for each in (found.lmul, *found.others) for entry in each.entries
        ),
    )


def whole_table(found: Compared) -> Table[Ledger]:
    """The whole with every kind of arithmetic, and what L-Mul saves of it."""
    count = found.counted.run.tokens

    def saved(high: bool) -> Callable[[Ledger], float | None]:
        return lambda row: None if row is found.lmul else found.saved_percent(high, row)

    return Table(
        "whole",
        f"Of one pass of {tokens(count)}. Reuse: multiply-accumulates for each byte of memory. "
        "L-Mul saves: of the whole, against that row.",
        (
            words("arithmetic", lambda row: row.unit.label),
            figures(q.number("unit_fj", "unit", "fJ", "per MAC"), lambda row: row.unit.total_fj),
            figures(q.ENERGY_LOW, lambda row: row.joules(False)),
            figures(q.ENERGY_HIGH, lambda row: row.joules(True)),
            figures(
                q.number("token_low_mj", "a token, least", "mJ", "low bound"),
                lambda row: 1000 * row.joules(False) / count,
            ),
            figures(
                q.number("token_high_mj", "a token, most", "mJ", "high bound"),
                lambda row: 1000 * row.joules(True) / count,
            ),
            figures(
                q.percent("arithmetic_low_percent", "arithmetic, least", "high bound"),
                lambda row: row.arithmetic_percent(True),
            ),
            figures(
                q.percent("arithmetic_high_percent", "arithmetic, most", "low bound"),
                lambda row: row.arithmetic_percent(False),
            ),
            figures(q.percent("saved_low_percent", "L-Mul saves, least", "high"), saved(True)),
            figures(q.percent("saved_high_percent", "L-Mul saves, most", "low"), saved(False)),
            figures(q.number("reuse", "reuse", "", "low bound"), lambda row: row.reuse[0]),
            figures(q.number("seconds", "time", "s", "high bound"), lambda row: row.seconds[1]),
        ),
        (found.lmul, *found.others),
    )


def threshold_table(rows: Sequence[Threshold]) -> Table[Threshold]:
    """From where L-Mul saves how much."""
    return Table(
        "thresholds",
        "Where L-Mul saves that much of the whole against conventional products in the same unit: "
        "from the least to the most that was looked at; nothing where nowhere. Best: the most that "
        "it saves over that range.",
        (
            words("over", lambda row: row.over),
            words("bound", lambda row: "kindest" if row.kindest else "hardest"),
            figures(q.percent("target_percent", "target", ""), lambda row: row.target_percent),
            figures(q.number("least", "from", "", ""), lambda row: row.least),
            figures(q.number("most", "to", "", ""), lambda row: row.most),
            figures(q.percent("best_percent", "best", ""), lambda row: row.best_percent),
            figures(q.number("best_at", "best at", "", ""), lambda row: row.best_at),
        ),
        tuple(rows),
    )


def operations_table(found: Compared) -> Table[Operation]:
    """What is computed, exactly."""
    return Table(
        "operations",
        "Of one pass, over all layers. Weights and cache: elements that are read. Additions and "
        "multiplications beside those of MACs.",
        (
            words("operation", lambda row: row.name),
            words("kind", lambda row: row.kind.value),
            figures(q.count("layers", "layers", ""), lambda row: row.layers),
            figures(q.count("macs", "MACs", ""), lambda row: row.macs),
            figures(q.count("multiplications", "multiplied", ""), lambda row: row.multiplications),
            figures(q.count("additions", "added", ""), lambda row: row.additions),
            figures(q.count("exponentials", "exp", ""), lambda row: row.exponentials),
            figures(q.count("weights", "weights", ""), lambda row: row.weights),
            figures(q.count("cache", "cache", ""), lambda row: row.cache),
        ),
        found.counted.operations,
    )


def held_words(found: Compared) -> str:
    """What the run holds, in a sentence."""
    counted = found.counted
    held = footprint(counted.model, counted.run, found.lmul.unit.bits)
    parts = [f"{name} {value / 1e9:.3g} GB" for name, value in vars(held).items() if value]
    shares = ", ".join(
        f"{kind.value} {100 * counted.macs(kind) / counted.macs():.1f} %"
        for kind in (Kind.LINEAR, Kind.ATTENTION)
    )
    return (
        f"{counted.model.total_parameters:,} parameters. MACs: {shares}; element-wise "
        f"multiplications are {counted.element_wise_percent:.2g} % of all. Held at "
        f"{found.lmul.unit.bits} bits: {', '.join(parts)}."
    )


def levers_table(rows: Sequence[Lever]) -> Table[Lever]:
    """What each lever saves, with its trap."""
    return Table(
        "levers",
        "Of one pass, each lever alone; the last row has several at once. Kindest and hardest are "
        "the bounds of the ledger.",
        (
            words("lever", lambda row: row.name),
            words("instead_of", lambda row: row.instead_of, "instead of"),
            figures(
                q.percent("kindest_percent", "saves, kindest", "low"),
                lambda row: row.saved_percent[0],
            ),
            figures(
                q.percent("hardest_percent", "saves, hardest", "high"),
                lambda row: row.saved_percent[1],
            ),
            words("trap", lambda row: row.trap),
            words("spoils", lambda row: row.spoils),
        ),
        tuple(rows),
    )


def tables(found: Compared, rows: Sequence[Threshold], pulled: Sequence[Lever]) -> list[AnyTable]:
    """All of them."""
    return [
        whole_table(found),
        ledger_table(found),
        threshold_table(rows),
        levers_table(pulled),
        operations_table(found),
    ]


def section(
    found: Compared, rows: Sequence[Threshold], pulled: Sequence[Lever], command: str
) -> Section:
    """The ledger as a section of a document."""
    return Section(
        "energy",
        "Where the energy goes",
        [held_words(found), _for_eighty(found) + "."],
        command,
        charts=charts(found),
        tables=tables(found, rows, pulled),
    )


COMMAND = "make energy MODEL=... PHASE=..."


class _WholeRow(NamedTuple):
    report: EnergyReport
    other: Ledger

    def saved(self, high: bool) -> float:
        return self.report.compared.saved_percent(high, self.other)


def page_section(reports: Sequence[EnergyReport]) -> Section:
    """Every ledger in one table, and the picture of that of which L-Mul saves most."""
    most = max(reports, key=lambda each: each.compared.saved_percent(False))
    found = most.compared
    saved = _less([found.saved_percent(high) for high in BOUNDS])
    return Section(
        "energy",
        "Whole models, from the multiplier to the meter",
        [
            f"Of the runs below L-Mul saves most in {_run_words(most)}: the whole takes {saved} "
            f"than with {found.exact.unit.label} (`{most.command}`). {_for_eighty(found)}.",
            "Arithmetic is measured; buffers, memory, waiting and cooling are published figures, "
            "between a bound that is kind to L-Mul and one that is not.",
        ],
        COMMAND,
        charts=charts(found),
        tables=[_runs_table(reports)],
    )


def _run_words(report: EnergyReport) -> str:
    run = report.compared.counted.run
    return f"{report.compared.counted.model.name} {run.phase}, batch {run.batch:,}"


def _runs_table(reports: Sequence[EnergyReport]) -> Table[_WholeRow]:
    return Table(
        "energy-runs",
        "Of one pass. Arithmetic: its share of the chip's energy with the units of that row; the "
        "smaller figures are of the bound that is hard on L-Mul.",
        (
            words("model", lambda row: row.report.compared.counted.model.name, choice=True),
            words("phase", lambda row: row.report.compared.counted.run.phase, choice=True),
            figures(
                q.count("batch", "batch", ""), lambda row: row.report.compared.counted.run.batch
            ),
            figures(
                q.count("context", "context", ""),
                lambda row: row.report.compared.counted.run.context,
            ),
            words("technology", lambda row: row.other.unit.technology, choice=True),
            words("unit", lambda row: row.report.compared.lmul.unit.design, code=True),
            words("instead_of", lambda row: row.other.unit.label, "L-Mul instead of"),
            figures(q.ENERGY_LOW, lambda row: row.other.joules(False)),
            figures(q.ENERGY_HIGH, lambda row: row.other.joules(True)),
            figures(
                q.percent("arithmetic_low_percent", "arithmetic, least", "high bound"),
                lambda row: row.other.arithmetic_percent(True),
            ),
            figures(
                q.percent("arithmetic_high_percent", "arithmetic, most", "low bound"),
                lambda row: row.other.arithmetic_percent(False),
            ),
            figures(
                q.percent("saved_low_percent", "saved, hardest", "high bound"),
                lambda row: row.saved(True),
            ),
            figures(
                q.percent("saved_high_percent", "saved, kindest", "low bound"),
                lambda row: row.saved(False),
            ),
            words("command", lambda row: row.report.command, code=True, detail=True),
        ),
        tuple(_WholeRow(each, other) for each in reports for other in each.compared.others),
    )


def charts(found: Compared) -> list[Chart]:
    """From the multiplier to the meter, at both bounds."""
    return [
        _waterfall(found, high, "hard on L-Mul" if high else "kind to L-Mul") for high in BOUNDS
    ]


def _waterfall(found: Compared, high: bool, bound: str) -> Chart:
    """A bar to a stage of the conventional unit, each beginning where the one above ends; what
    L-Mul leaves of it is full, what it saves is hollow."""
    exact, lmul = found.exact, found.lmul
    stages = list(_stages(exact, lmul, high))
    whole = exact.joules(high)

    def draw(axis: Axes) -> None:
        start = 0.0
        for place, (name, before, now) in enumerate(stages):
            measured = name in {stage.value for stage in ARITHMETIC}
            colour = COLOURS["lmul" if measured else "muted"]
            kept = min(now, before)
            axis.barh(place, kept, left=start, height=0.7, color=colour)
            if before > now:
                axis.barh(
                    place,
                    before - now,
                    left=start + kept,
                    height=0.7,
                    color="none",
                    edgecolor=COLOURS["exact"],
                    hatch="////",
                    linewidth=0.8,
                )
            start += before
            axis.annotate(
                f"{100 * before / whole:.1f} %",
                (start, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=8.5,
            )
        left = lmul.joules(high)
        axis.barh(len(stages), min(left, whole), height=0.7, color=COLOURS["ink"])
        axis.barh(
            len(stages),
            max(whole - left, 0.0),
            left=left,
            height=0.7,
            color="none",
            edgecolor=COLOURS["exact"],
            hatch="////",
            linewidth=0.8,
        )
        axis.annotate(
            f"{short(whole)} J; saved {found.saved_percent(high):.1f} %",
            (whole, len(stages)),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8.5,
        )
        axis.set_yticks(range(len(stages) + 1), [*(name for name, _, _ in stages), "the meter"])
        axis.set_ylim(len(stages) + 0.6, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.set_xlim(0, 1.3 * whole)
        axis.set_xlabel(
            f"J for {tokens(found.counted.run.tokens)}\n"
            "green measured, grey published, hatched: saved by L-Mul"
        )
        axis.grid(axis="x")

    title = f"{found.counted.model.name} {found.counted.run.phase}, {bound}"
    said = "; ".join(
        f"{name} {100 * before / whole:.1f} %, of which L-Mul saves {short(before - now)} J"
        for name, before, now in stages
    )
    return Chart(
        f"energy-{'high' if high else 'low'}",
        title,
        f"{title}, {exact.unit.label}: {said}; {short(whole)} J in all.",
        draw,
        4.0,
    )


def _stages(exact: Ledger, lmul: Ledger, high: bool) -> Iterator[tuple[str, float, float]]:
    for stage in Stage:
        yield stage.value, exact.joules(high, stage), lmul.joules(high, stage)
