"""The judged claims as tables of text: for the terminal and for ``claims.md``."""

from collections.abc import Mapping, Sequence
from typing import Any

from lmul_pe.synth.published.judgement import (
    DOT_PRODUCT,
    FAILS,
    HOLDS,
    HOLDS_WITHOUT_CLOCK,
    LIKE,
    PRODUCT,
)

from .text_table import TextTable

Row = Mapping[str, Any]

VERDICTS = {HOLDS: "holds", HOLDS_WITHOUT_CLOCK: "without clock", FAILS: "fails"}
NO_FIGURE = "no figure"
NOT_MEASURED = "not measured"


def claims_tables(data: Mapping[str, Any]) -> list[TextTable]:
    """Every table of ``data.claims_data``."""
    rows = data["claims"]
    return [
        _claims(
            "Element-wise products: the paper says 95 % less energy",
            [row for row in rows if row["claim"] != DOT_PRODUCT],
        ),
        _claims(
            "Dot products: the paper says 80 % less energy",
            [row for row in rows if row["claim"] == DOT_PRODUCT],
        ),
        _holds_when(data["holds_when"]),
        _break_even([row for row in rows if row["break_even"]]),
        _gates(data["gates"]),
        _operations(data["published_energies"]),
        _others(data["others"]),
        *_memory(data["memory"]),
    ]


def _claims(title: str, rows: Sequence[Row]) -> TextTable:
    columns: dict[str, list[str]] = {
        "<format": [row["format"] for row in rows],
        "<technology": [row["technology"] for row in rows],
        "<level": [row["level"] for row in rows],
        "<design": [row["design"] for row in rows],
        "<instead of": [
            "conventional" if row["reading"] == LIKE else row["baseline"] for row in rows
        ],
        "<workload": [row["workload"] for row in rows],
        "paper\nsays": [f"{row['claimed_percent']:.0f}" for row in rows],
        "~its own\narithmetic": [_own(row["paper_percent"]) for row in rows],
        "these\ngates": [f"{row['measured']['saving_percent']:.1f}" for row in rows],
        "+clock,\nleakage": [f"{row['measured']['total_percent']:.1f}" for row in rows],
        "func-\ntional": [f"{row['measured']['functional_percent']:.1f}" for row in rows],
        "equal\ndelay, ps": [_clock(row["measured"]["clock_ps"]) for row in rows],
        "no delay\ntarget": [f"{row['unconstrained']['saving_percent']:.1f}" for row in rows],
        "<claim": [VERDICTS[row["verdict"]] for row in rows],
    }
    delay = (
        "at equal delay, at the clock between registers that both meet, clock and leakage "
        "with those registers, where a clock is named; then without a delay target"
    )
    if all(row["measured"]["clock_ps"] is None for row in rows):
        del columns["equal\ndelay, ps"], columns["no delay\ntarget"]
        delay = "without a delay target"
    if all(row["reading"] == LIKE for row in rows):
        del columns["<instead of"]
    return TextTable(
        title,
        "Saved, in %: the paper's own arithmetic on its table of published energies (of dot "
        "products, with the format of the sums); measured on gates: switching and internal energy "
        "with glitches, the same with clock and leakage, and functional energy alone, without "
        f"glitches: {delay}. Instead of the conventional one with the same features, sums and "
        "registers, where no other is named.",
        tuple(columns),
        list(zip(*columns.values(), strict=True)),
    )


def _holds_when(rows: Sequence[Row]) -> TextTable:
    table = TextTable(
        "Holds when",
        f"Over all comparisons, workloads and technologies; {LIKE}: both sides handle the same "
        "cases, units have the same sums and registers.",
        ("<claim", "~reading", "~it"),
    )
    for row in rows:
        table.rows.append(
            (f"{row['claim']}, {row['claimed_percent']:.0f} %", row["reading"], row["text"])
        )
    return table


def _break_even(rows: Sequence[Row]) -> TextTable:
    table = TextTable(
        "Dot products, holds when: what may be left to the rest",
        "In %, from the measured parts of both units, gates and clock: what L-Mul saves in the "
        "multiplier and in the rest (adder, registers, control); the share that the rest has in "
        "the conventional unit; and the largest share at which the claimed saving would hold.",
        (
            "<format",
            "<technology",
            "<unit",
            "saved in the\nmultiplier",
            "saved in\nthe rest",
            "share of\nthe rest",
            "largest for\nthe claim",
        ),
    )
    for row in rows:
        each = row["break_even"]
        allowed = each["allowed_rest_share_percent"]
        table.rows.append(
            (
                row["format"],
                row["technology"],
                row["design"],
                f"{each['multiplier_saving_percent']:.1f}",
                f"{each['rest_saving_percent']:.1f}",
                f"{each['rest_share_percent']:.1f}",
                "at no share" if allowed is None else f"{allowed:.1f}",
            )
        )
    return table


def _gates(rows: Sequence[Row]) -> TextTable:
    table = TextTable(
        "Gate counts",
        "Published: the paper's formulas (Eq. 6 to 8), in brackets what it prints, where it does. "
        "Measured: two-input gates of the generic netlist, and NAND2 equivalents of the smallest "
        "mapped netlist.",
        (
            "<format",
            "<technology",
            "published:\nconventional",
            "L-Mul",
            "saved, %",
            "generic gates:\nconventional",
            "L-Mul",
            "raw",
            "adder",
            "saved, %",
            "mapped NAND2:\nconventional",
            "L-Mul",
            "saved, %",
        ),
    )
    for row in rows:
        name, paper, measured = row["format"], row["published"], row["measured"]
        designs, saved = measured["designs"], measured["saving_percent"]
        pair = f"exact_{name}", f"lmul_{name}"
        exact, lmul = (designs[each] for each in pair)
        table.rows.append(
            (
                name,
                row["technology"],
                _printed(paper["exact_formula"], paper["exact_printed"]),
                _printed(paper["lmul_formula"], paper["lmul_printed"]),
                f"{paper['saving_percent']:.0f}",
                *(
                    str(designs[each]["generic_gates"])
                    for each in (*pair, f"lmul_{name}_raw", f"adder_{name}")
                ),
                f"{saved['generic_gates']:.0f}",
                f"{exact['mapped_equivalents']:.0f}",
                f"{lmul['mapped_equivalents']:.0f}",
                f"{saved['mapped_equivalents']:.0f}",
            )
        )
    return table


def _operations(tables: Sequence[Row]) -> TextTable:
    names = list(dict.fromkeys(name for table in tables for name in table["energies_pj"]))
    result = TextTable(
        "Energies of operations, as published, in pJ",
        "Nothing here is measured. "
        + " ".join(f"{each['name']}: {each['source']}." for each in tables),
        ("<operation", *(table["name"] for table in tables)),
    )
    for name in names:
        cells = (table["energies_pj"].get(name) for table in tables)
        result.rows.append(
            (name.replace("_", " "), *(NO_FIGURE if pj is None else f"{pj:g}" for pj in cells))
        )
    return result


def _others(rows: Sequence[Row]) -> TextTable:
    table = TextTable(
        "What others published, beside the nearest like thing here",
        "Conditions differ as named. Here: Yosys and ABC, mapped and not placed; units with "
        "registers and handshakes; special values handled on both sides.",
        (
            "~who",
            "~conditions",
            "~compared",
            "~format",
            "~quantity",
            "~published",
            "~measured here",
            "~of",
            "~how",
        ),
    )
    for row in rows:
        published, measured = row["published"], row["measured"]
        shared = [
            published[key] or "not said"
            for key in ("who", "conditions", "compared", "format", "quantity")
        ]
        if not measured:
            table.rows.append((*shared, published["value"], NOT_MEASURED, "", row["why"]))
        for each in measured:
            pair = each["design"] + (f" / {each['baseline']}" if each["baseline"] else "")
            workload = f", workload {each['workload']}" if each["workload"] else ""
            table.rows.append(
                (
                    *shared,
                    published["value"],
                    f"{each['quantity'].removesuffix(', %').removesuffix(', GE')} "
                    f"{each['value']:.{0 if each['quantity'].endswith('GE') else 1}f}",
                    f"{pair}, {each['technology']}",
                    f"{each['obtained']}{workload}",
                )
            )
    return table


def _memory(rows: Sequence[Row]) -> list[TextTable]:
    if not rows:
        return []
    first = rows[0]
    sources = dict.fromkeys(row["published"]["source"] for row in rows if row["published"])
    table = TextTable(
        f"Memory beside arithmetic: {' x '.join(map(str, first['product']))} product, "
        f"fJ of a multiply-accumulate",
        f"Published: {'; '.join(sources)}; counted linearly in the bits of a code. Measured: the "
        "whole array, clock and leakage included, and of it the gates of the multipliers, in % of "
        "the whole; saved: in the whole. "
        "Reuse: how often each fetched operand must be used for "
        f"{first['computed']['target_percent']:g} % in the whole, sums written as in the array "
        "(none: no reuse is enough); "
        "limit: saved in the whole if operands came for nothing.",
        (
            "<format",
            "<technology",
            "<array",
            "equal\ndelay, ps",
            "<operands from",
            "published,\npJ per\n64 bit",
            "measured:\nconven-\ntional",
            "L-Mul",
            "memory,\ncom-\nputed",
            "share of\nmemory, %",
            "multi-\nplier, %:\nconven-\ntional",
            "L-Mul",
            "saved,\n%",
            "reuse",
            "limit, %",
        ),
    )
    for row in rows:
        measured, computed = row["measured"], row["computed"]
        table.rows.append(
            (
                row["format"],
                row["technology"],
                f"{row['dataflow']} {row['rows']} x {row['cols']}{_folded(measured)}",
                _clock(measured["clock_ps"]),
                row["level"],
                f"{row['published']['pj_per_64_bit']:g}" if row["published"] else "",
                f"{measured['exact_fj']:.0f}",
                f"{measured['lmul_fj']:.0f}",
                f"{computed['memory_fj']:.0f}",
                f"{computed['memory_share_percent']:.1f}",
                f"{computed['exact_multiplier_share_percent']:.1f}",
                f"{computed['lmul_multiplier_share_percent']:.1f}",
                f"{computed['saving_percent']:.1f}",
                _reuse(computed["break_even_reuse"]),
                f"{computed['limit_percent']:.1f}",
            )
        )
    return [table]


def _folded(measured: Row) -> str:
    return " fold" if measured["designs"][0].endswith("_fold") else ""


def _reuse(reuse: float | None) -> str:
    if reuse is None:
        return "none"
    return f"{reuse:.1f}" if reuse else "any"


def _own(paper: Mapping[str, float]) -> str:
    words = (
        f"{percent:.1f}" + ("" if sums == PRODUCT else f" ({sums})")
        for sums, percent in paper.items()
    )
    return ", ".join(words) or NO_FIGURE


def _printed(formula: int, printed: int | None) -> str:
    return str(formula) if printed is None else f"{formula} ({printed})"


def _clock(clock_ps: float | None) -> str:
    return "none" if clock_ps is None else f"{clock_ps:.0f}"
