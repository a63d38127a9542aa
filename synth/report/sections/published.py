"""The sections of what is published, beside what was measured: claims, memory, others."""

from lmul_pe.synth.report.section import CLAIMS, FORMAT, LEVEL, TECHNOLOGY, WORKLOAD, Section, rows
from lmul_pe.synth.report.table import Column, Style, Table
from lmul_pe.synth.results.page_data import PageData

from .answer import products
from .claims_figures import claim_figure, reuse_figure, share_figure


def claims(data: PageData) -> Section:
    """What the paper says, beside what was measured."""
    name, title = "claims", "What the paper says, judged"
    if not data.claims:
        missing = f"Not judged yet: `{CLAIMS}` does it."
        return Section(name, title, [], CLAIMS, missing=missing)
    here = [row for row in data.claims if row.technology == data.technology]
    judged = dict.fromkeys(row.claim for row in here)
    return Section(
        name=name,
        title=title,
        command=CLAIMS,
        words=[
            "Both sides of a comparison with like features handle the same special cases, and "
            "units have the same sums and registers. In the pictures glitches are counted, and of "
            "units, which have fp32 sums there, clock and leakage too."
        ],
        pictures=[claim_figure(data, claim, products(claim).capitalize()) for claim in judged],
        tables=[
            Table(
                "verdicts",
                "Where the claims hold, over all comparisons, workloads and technologies.",
                (
                    Column("claim", "claim", Style.TEXT),
                    Column("claimed_percent", "the paper says", Style.PERCENT, origin="published"),
                    Column("reading", "reading", Style.TEXT),
                    Column("text", "it", Style.TEXT),
                ),
                rows(data.verdicts),
            ),
            Table(
                "claims",
                "Saved, in percent. Published: what the paper says, and what its own arithmetic "
                "on a table of energies gives. Measured: at equal delay where there is such a "
                "figure, then with clock and leakage, and without a delay target.",
                (
                    Column("claim", "claim", Style.TEXT, choice=True),
                    FORMAT,
                    TECHNOLOGY,
                    LEVEL,
                    Column("design", "design", Style.CODE),
                    Column("baseline", "instead of", Style.CODE),
                    WORKLOAD,
                    Column("claimed_percent", "the paper says", Style.PERCENT, origin="published"),
                    Column("own_percent", "its arithmetic", Style.PERCENT, origin="published"),
                    Column("saving_percent", "gates", Style.PERCENT),
                    Column("total_percent", "with clock, leakage", Style.PERCENT),
                    Column("free_percent", "no delay target", Style.PERCENT),
                    Column("obtained", "obtained", Style.TEXT),
                    Column("verdict", "verdict", Style.TEXT, choice=True),
                ),
                rows(data.claims),
            ),
            Table(
                "gates",
                "Gates of a multiplier. Published: by the paper's formulas. Measured: two-input "
                "gates without a technology, and NAND2 equivalents of the smallest mapped netlist.",
                (
                    FORMAT,
                    TECHNOLOGY,
                    Column("exact_formula", "conventional", origin="published"),
                    Column("lmul_formula", "L-Mul", origin="published"),
                    Column("formula_percent", "saved", Style.PERCENT, origin="published"),
                    Column("exact_generic", "conventional, gates"),
                    Column("lmul_generic", "L-Mul, gates"),
                    Column("generic_percent", "saved", Style.PERCENT),
                    Column("exact_mapped", "conventional, NAND2"),
                    Column("lmul_mapped", "L-Mul, NAND2"),
                    Column("mapped_percent", "saved", Style.PERCENT),
                ),
                rows(data.gates),
            ),
            Table(
                "published-energies",
                "Energies of operations that others published.",
                (
                    Column("operation", "operation", Style.TEXT),
                    Column("energy_pj", "energy, pJ", origin="published"),
                    Column("table", "table", Style.TEXT, choice=True),
                    Column("source", "source", Style.TEXT),
                ),
                rows(data.published_energies),
            ),
        ],
    )


def memory(data: PageData) -> Section:
    """Memory beside arithmetic."""
    name, title = "memory", "Memory beside arithmetic"
    here = [row for row in data.memory if row.technology == data.technology]
    if not here:
        missing = f"There is nothing about memory yet: `{CLAIMS}` makes it."
        return Section(name, title, [], CLAIMS, missing=missing)
    levels = list(dict.fromkeys(row.memory for row in here if row.published_pj is not None))
    return Section(
        name=name,
        title=title,
        command=CLAIMS,
        words=[
            "Energies of memory are published, those of the arrays measured; they meet only in "
            "what is computed from both, and columns say which is which. The pictures are of the "
            "output stationary array at an equal clock."
        ],
        pictures=[
            share_figure(data),
            *(reuse_figure(data, level) for level in dict.fromkeys((levels[0], levels[-1]))),
        ],
        tables=[
            Table(
                "memory",
                "Energies in fJ per multiply-accumulate. Whole: the array with its memory. Reuse: "
                "how often each fetched operand must be used for "
                f"{here[0].target_percent:g} % in the whole; nothing where no reuse is enough. "
                "Limit: saved in the whole if operands cost nothing. Without an equal clock there "
                "was no delay target.",
                (
                    FORMAT,
                    TECHNOLOGY,
                    Column("dataflow", "dataflow", Style.TEXT, choice=True),
                    Column("design", "array", Style.CODE),
                    Column("clock_ps", "equal clock, ps"),
                    Column("memory", "operands from", Style.TEXT, choice=True),
                    Column("published_pj", "pJ per 64 bit", origin="published"),
                    Column("exact_fj", "conventional, fJ"),
                    Column("lmul_fj", "L-Mul, fJ"),
                    Column("saving_percent", "saved", Style.PERCENT),
                    Column("memory_fj", "memory, fJ", origin="computed"),
                    Column("memory_share_percent", "its share", Style.PERCENT, origin="computed"),
                    Column(
                        "exact_multiplier_share_percent",
                        "multiplier's share, conventional",
                        Style.PERCENT,
                        origin="computed",
                    ),
                    Column(
                        "lmul_multiplier_share_percent",
                        "L-Mul's",
                        Style.PERCENT,
                        origin="computed",
                    ),
                    Column("whole_percent", "saved in the whole", Style.PERCENT, origin="computed"),
                    Column("break_even_reuse", "reuse", origin="computed"),
                    Column("limit_percent", "limit", Style.PERCENT, origin="computed"),
                ),
                rows(data.memory),
            )
        ],
    )


def others(data: PageData) -> Section:
    """What others published."""
    return Section(
        name="others",
        title="What others published, beside this",
        words=["Conditions differ as named; the nearest like thing here stands beside."],
        command=CLAIMS,
        tables=[
            Table(
                "others",
                "Published figures of others, and what was measured here.",
                (
                    Column("who", "project", Style.TEXT, choice=True),
                    Column("conditions", "conditions", Style.TEXT),
                    Column("compared", "compared", Style.TEXT),
                    Column("format", "format", Style.TEXT),
                    Column("quantity", "quantity", Style.TEXT),
                    Column("published", "figure", Style.TEXT, origin="published"),
                    Column("measured", "measured here"),
                    Column("measured_quantity", "which is", Style.TEXT),
                    Column("design", "of", Style.CODE),
                    Column("baseline", "instead of", Style.CODE),
                    Column("how", "how", Style.TEXT),
                ),
                rows(data.others),
            )
        ]
        if data.others
        else [],
        missing="" if data.others else f"Not compared yet: `{CLAIMS}` does it.",
    )
