"""Rows of figures from ``claims.json``: the judged claims, gate counts, and memory.

Every function raises KeyError, TypeError, ValueError, AttributeError or IndexError where the file
holds something else than `make claims` writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .report_rows import number, optional

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """What the paper says, and its own arithmetic, beside what was measured; all in percent saved.

    ``own_percent`` is None where the paper's table has no figure; of several figures, which differ
    in the format of sums, the first.  ``saving_percent`` was ``obtained`` that way at that
    ``delay``; ``total_percent`` has clock and leakage; ``free_percent`` has no delay target.
    """

    claim: str
    claimed_percent: float
    own_percent: float | None
    format: str
    technology: str
    level: str
    reading: str
    design: str
    baseline: str
    workload: str
    delay: str
    obtained: str
    saving_percent: float
    total_percent: float
    functional_percent: float
    free_percent: float
    verdict: str


@dataclass(frozen=True)
class Verdict:
    """Where a claim holds, in words."""

    claim: str
    claimed_percent: float
    reading: str
    text: str


@dataclass(frozen=True)
class Gates:
    """Gates of a format's multipliers: the paper's formulas, and what was synthesised.

    ``printed`` figures are those in the paper, None where it prints none.  Generic gates have two
    inputs; mapped ones are NAND2 equivalents of the smallest netlist.
    """

    format: str
    technology: str
    exact_printed: float | None
    exact_formula: float
    lmul_printed: float | None
    lmul_formula: float
    formula_percent: float
    exact_generic: float
    lmul_generic: float
    generic_percent: float
    exact_mapped: float
    lmul_mapped: float
    mapped_percent: float


@dataclass(frozen=True)
class PublishedEnergy:
    """Energy of an operation that others published, in pJ."""

    operation: str
    energy_pj: float
    table: str
    source: str


@dataclass(frozen=True)
class Other:
    """A figure that others published, beside the nearest one here; nothing where there is none."""

    who: str
    conditions: str
    compared: str
    format: str
    quantity: str
    published: str
    measured: float | None
    measured_quantity: str
    design: str
    baseline: str
    how: str


@dataclass(frozen=True)
class Memory:
    """An array with its operands from one level of memory; energies in fJ per multiply-accumulate.

    ``clock_ps`` is the equal clock, None without a delay target; ``headline`` is true of the former
    where there is one.  ``published_pj`` is per 64 bits, None for registers of the array;
    ``lmul_fj`` and ``exact_fj`` are measured, of the whole array; the rest is computed from both.
    ``break_even_reuse`` is how often an operand must be used for ``target_percent`` in the whole;
    None: no reuse is enough.
    """

    format: str
    technology: str
    memory: str
    dataflow: str
    design: str
    clock_ps: float | None
    headline: bool
    published_pj: float | None
    source: str
    lmul_fj: float
    exact_fj: float
    saving_percent: float
    memory_fj: float
    memory_share_percent: float
    exact_multiplier_share_percent: float
    lmul_multiplier_share_percent: float
    whole_percent: float
    target_percent: float
    break_even_reuse: float | None
    limit_percent: float


@dataclass(frozen=True)
class Reuse:
    """What is saved in the whole if each fetched operand is used ``reuse`` times, in percent."""

    format: str
    technology: str
    memory: str
    dataflow: str
    design: str
    clock_ps: float | None
    headline: bool
    reuse: float
    saving_percent: float


def claims(content: Entry) -> Iterator[Claim]:
    for row in content["claims"]:
        measured = row["measured"]
        yield Claim(
            claim=str(row["claim"]),
            claimed_percent=number(row["claimed_percent"]),
            own_percent=number(row["paper"][0]["saving_percent"]) if row["paper"] else None,
            format=str(row["format"]),
            technology=str(row["technology"]),
            level=str(row["level"]),
            reading=str(row["reading"]),
            design=str(row["design"]),
            baseline=str(row["baseline"]),
            workload=str(row["workload"]),
            delay=str(measured["delay"]),
            obtained=str(measured["obtained"]),
            saving_percent=number(measured["saving_percent"]),
            total_percent=number(measured["total_percent"]),
            functional_percent=number(measured["functional_percent"]),
            free_percent=number(row["unconstrained"]["saving_percent"]),
            verdict=str(row["verdict"]),
        )


def verdicts(content: Entry) -> Iterator[Verdict]:
    for row in content["holds_when"]:
        yield Verdict(
            claim=str(row["claim"]),
            claimed_percent=number(row["claimed_percent"]),
            reading=str(row["reading"]),
            text=str(row["text"]),
        )


def gates(content: Entry) -> Iterator[Gates]:
    for row in content["gates"]:
        format, published, measured = str(row["format"]), row["published"], row["measured"]
        exact, lmul = (measured["designs"][f"{kind}_{format}"] for kind in ("exact", "lmul"))
        yield Gates(
            format=format,
            technology=str(row["technology"]),
            exact_printed=optional(published["exact_printed"]),
            exact_formula=number(published["exact_formula"]),
            lmul_printed=optional(published["lmul_printed"]),
            lmul_formula=number(published["lmul_formula"]),
            formula_percent=number(published["saving_percent"]),
            exact_generic=number(exact["generic_gates"]),
            lmul_generic=number(lmul["generic_gates"]),
            generic_percent=number(measured["saving_percent"]["generic_gates"]),
            exact_mapped=number(exact["mapped_equivalents"]),
            lmul_mapped=number(lmul["mapped_equivalents"]),
            mapped_percent=number(measured["saving_percent"]["mapped_equivalents"]),
        )


def published_energies(content: Entry) -> Iterator[PublishedEnergy]:
    for table in content["published_energies"]:
        for operation, energy in table["energies_pj"].items():
            yield PublishedEnergy(
                operation=str(operation).replace("_", " "),
                energy_pj=number(energy),
                table=str(table["name"]),
                source=str(table["source"]),
            )


def others(content: Entry) -> Iterator[Other]:
    for row in content["others"]:
        published = row["published"]
        for measured in row["measured"] or [{}]:
            value = measured.get("value")
            yield Other(
                who=str(published["who"]),
                conditions=str(published["conditions"] or ""),
                compared=str(published["compared"] or ""),
                format=str(published["format"] or ""),
                quantity=str(published["quantity"]),
                published=str(published["value"]),
                measured=optional(value),
                measured_quantity=str(measured.get("quantity", "")),
                design=str(measured.get("design") or ""),
                baseline=str(measured.get("baseline") or ""),
                how=str(measured["obtained"] if measured else row["why"]),
            )


def memory(content: Entry) -> Iterator[Memory]:
    for row in content["memory"]:
        published, measured, computed = row["published"], row["measured"], row["computed"]
        yield Memory(
            format=str(row["format"]),
            technology=str(row["technology"]),
            memory=str(row["level"]),
            dataflow=str(row["dataflow"]),
            design=str(measured["designs"][0]),
            clock_ps=optional(measured["clock_ps"]),
            headline=bool(row["headline"]),
            published_pj=number(published["pj_per_64_bit"]) if published else None,
            source=str(published["source"]) if published else "",
            lmul_fj=number(measured["lmul_fj"]),
            exact_fj=number(measured["exact_fj"]),
            saving_percent=number(measured["saving_percent"]),
            memory_fj=number(computed["memory_fj"]),
            memory_share_percent=number(computed["memory_share_percent"]),
            exact_multiplier_share_percent=number(computed["exact_multiplier_share_percent"]),
            lmul_multiplier_share_percent=number(computed["lmul_multiplier_share_percent"]),
            whole_percent=number(computed["saving_percent"]),
            target_percent=number(computed["target_percent"]),
            break_even_reuse=optional(computed["break_even_reuse"]),
            limit_percent=number(computed["limit_percent"]),
        )


def reuses(content: Entry) -> Iterator[Reuse]:
    for row in content["memory"]:
        for point in row["computed"]["curve"]:
            yield Reuse(
                format=str(row["format"]),
                technology=str(row["technology"]),
                memory=str(row["level"]),
                dataflow=str(row["dataflow"]),
                design=str(row["measured"]["designs"][0]),
                clock_ps=optional(row["measured"]["clock_ps"]),
                headline=bool(row["headline"]),
                reuse=number(point["reuse"]),
                saving_percent=number(point["saving_percent"]),
            )
