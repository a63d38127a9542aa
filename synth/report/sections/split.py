"""What a dot-product unit saves, in two parts: by how it sums, and by L-Mul."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lmul_pe.synth.report.chart import Chart, Dot, dots
from lmul_pe.synth.report.section import CLAIMS, SYNTH, Results, Section, listed
from lmul_pe.synth.report.table import Table, figures, words
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.record import Point, Report
from lmul_pe.synth.results.split import ClockedSplit, Split, best_split, clocked_splits, splits

TITLE = "Dot products: what the unit saves, and what L-Mul saves"
SPACE = "\N{NO-BREAK SPACE}"


class SplitRow(NamedTuple):
    report: Report
    split: Split


class ClockedRow(NamedTuple):
    report: Report
    at: ClockedSplit


def split(results: Results) -> Section:
    """From a conventional MAC to the unit, and from conventional products to L-Mul."""
    rows = tuple(SplitRow(report, each) for report in results.reports for each in splits(report))
    return Section(
        "split",
        TITLE,
        [
            f"{split_sentence(results)} {_parts_sentence(results)}",
            "Unit for unit compares with the best conventional MAC, which rounds its sum to fp32 "
            "after every product; like for like with the same unit and conventional products. "
            "Clock and leakage count; no delay target.",
        ]
        if rows
        else [],
        SYNTH,
        charts=split_charts(results, "split"),
        tables=_tables(rows, results),
        missing="" if rows else "make synth with LEVELS=mac,dot",
    )


def split_everywhere(reports: Sequence[Report]) -> Section:
    """Of every technology and wire load the units, and what they save."""
    rows = tuple(SplitRow(report, each) for report in reports for each in splits(report))
    return Section(
        "split",
        TITLE,
        [],
        CLAIMS,
        tables=_tables(rows, Results(tuple(reports))),
        missing="" if rows else "make synth with LEVELS=mac,dot",
    )


def _tables(rows: tuple[SplitRow, ...], results: Results) -> list[Table[Any]]:
    """Without a delay target, and at the clocks of the MAC where units were measured at any."""
    clocked = clocked_table(results)
    return [split_table(rows), *([clocked] if clocked.rows else [])]


def wire(report: Report) -> str:
    """Its load per driven pin, in fF."""
    return f"{report.assumptions.wire_ff_per_fanout:g}"


def split_sentence(results: Results) -> str:
    """What the best unit of each format saves as a whole; empty where there is none."""
    whole = _shares(results, lambda best: best.whole_percent)
    if not whole:
        return ""
    return (
        f"Instead of a conventional MAC with fp32 sums, a dot-product unit of L-Mul saves {whole}."
    )


def _parts_sentence(results: Results) -> str:
    """Of what that is made up."""
    unit = _shares(results, lambda best: best.unit_percent)
    if not unit:
        return ""
    rest = _shares(results, lambda best: best.lmul_percent)
    return f"Of that its way to sum alone saves {unit}; L-Mul saves {rest} of what is left."


def _shares(results: Results, percent: Callable[[Split], float]) -> str:
    found = [(report.format, best) for report in results.reports if (best := best_split(report))]
    each = [f"{round(percent(best))}{SPACE}% in {format}" for format, best in found]
    return listed(each) if each else ""


def split_table(rows: tuple[SplitRow, ...]) -> Table[SplitRow]:
    """Energies of the three units and of int8, then what is saved."""
    return Table(
        "split",
        "Total energy of a multiply-accumulate, and what is saved of it, in percent. Of sums of "
        "512 products the MAC's energy is that of sums of 64.",
        (
            words("format", lambda row: row.report.format, choice=True),
            words("technology", lambda row: row.report.technology, choice=True),
            words("wire", lambda row: wire(row.report), "wire per pin, fF", choice=True),
            words("design", lambda row: row.split.lmul.name, "dot-product unit", code=True),
            figures(q.SUM_LENGTH, lambda row: row.split.sum_length),
            figures(
                q.TOTAL, lambda row: row.split.total_fj(row.split.mac), "conventional MAC", "mac_fj"
            ),
            figures(
                q.TOTAL,
                lambda row: row.split.total_fj(row.split.exact),
                "unit, conventional",
                "exact_fj",
            ),
            figures(
                q.TOTAL, lambda row: row.split.total_fj(row.split.lmul), "unit, L-Mul", "lmul_fj"
            ),
            figures(q.TOTAL, _integer, "unit, int8", "int8_fj"),
            figures(
                q.SAVED_TOTAL, lambda row: row.split.whole_percent, "unit for unit", "whole_percent"
            ),
            figures(
                q.SAVED_TOTAL, lambda row: row.split.unit_percent, "by the unit", "unit_percent"
            ),
            figures(
                q.SAVED_TOTAL,
                lambda row: row.split.lmul_percent,
                "like for like: by L-Mul",
                "lmul_percent",
            ),
        ),
        rows,
    )


def clocked_table(results: Results) -> Table[ClockedRow]:
    """The same at the clocks of the multiply-accumulate, and where a unit does not meet them."""
    return Table(
        "split-clocks",
        "The same at the clocks of the MAC, the smallest that both kinds of it meet first; a unit "
        "that meets none of them says what it meets.",
        (
            words("format", lambda row: row.report.format, choice=True),
            words("technology", lambda row: row.report.technology, choice=True),
            words("wire", lambda row: wire(row.report), "wire per pin, fF", choice=True),
            words("design", lambda row: row.at.split.lmul.name, "dot-product unit", code=True),
            figures(q.CLOCK, lambda row: row.at.clock_ps),
            figures(q.CLOCK_TIMES, lambda row: row.at.times),
            figures(q.TOTAL, lambda row: row.at.mac.total_fj(), "conventional MAC", "mac_fj"),
            *(
                figures(q.TOTAL, _total(of), heading, name)
                for of, heading, name in (
                    (lambda at: at.exact, "unit, conventional", "exact_fj"),
                    (lambda at: at.lmul, "unit, L-Mul", "lmul_fj"),
                    (lambda at: at.integer, "unit, int8", "int8_fj"),
                )
            ),
            figures(
                q.SAVED_TOTAL, lambda row: row.at.whole_percent, "unit for unit", "whole_percent"
            ),
            figures(q.SAVED_TOTAL, lambda row: row.at.unit_percent, "by the unit", "unit_percent"),
            figures(
                q.SAVED_TOTAL,
                lambda row: row.at.lmul_percent,
                "like for like: by L-Mul",
                "lmul_percent",
            ),
            words("missed", _missed, "clock not met"),
        ),
        tuple(
            ClockedRow(report, each)
            for report in results.reports
            for each in clocked_splits(report)
        ),
    )


def _total(of: Callable[[ClockedSplit], Point | None]) -> Callable[[ClockedRow], float | None]:
    def total(row: ClockedRow) -> float | None:
        point = of(row.at)
        return point.total_fj() if point else None

    return total


def _missed(row: ClockedRow) -> str:
    """Which units do not meet the clock, and what they do."""
    at, split = row.at, row.at.split
    late = [
        f"{name} (meets {q.CLOCK.text(unit.fastest_ps)} ps)"
        for name, unit, point in (
            ("conventional", split.exact, at.exact),
            ("L-Mul", split.lmul, at.lmul),
            ("int8", split.integer, at.integer),
        )
        if unit and point is None
    ]
    return listed(late) if late else ""


def _integer(row: SplitRow) -> float | None:
    integer = row.split.integer
    return row.split.total_fj(integer) if integer else None


def split_charts(results: Results, name: str) -> list[Chart]:
    """Total energy of the three units and of int8, a row to a format; none without a unit."""
    rows = {}
    for report in results.reports:
        best = best_split(report)
        if best:
            units = {"conventional MAC": best.mac, "conventional": best.exact, "L-Mul": best.lmul}
            if best.integer:
                units["int8"] = best.integer
            rows[report.format] = [
                Dot(series, best.total_fj(unit), q.TOTAL.number(best.total_fj(unit)))
                for series, unit in units.items()
            ]
    title = "From a conventional MAC to a dot-product unit"
    axis = f"{q.TOTAL.unit} for one multiply-accumulate, no delay target"
    return [dots(name, title, axis, rows, least=0.0)] if rows else []
