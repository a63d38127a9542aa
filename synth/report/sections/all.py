"""The sections of the page, in their order."""

from lmul_pe.synth.report.section import FORMAT, Section
from lmul_pe.synth.report.table import Column, Row, Style, Table
from lmul_pe.synth.results.page_data import PageData

from .measured import (
    curves,
    designs,
    errors,
    ladder,
    levels,
    parts,
    sensitivity,
    workloads,
)
from .published import claims, memory, others

EVERY_FORMAT = "all"


def sections(data: PageData) -> list[Section]:
    """Every section."""
    return [
        levels(data),
        claims(data),
        ladder(data),
        designs(data),
        parts(data),
        curves(data),
        errors(data),
        workloads(data),
        sensitivity(data),
        memory(data),
        others(data),
        method(data),
    ]


def method(data: PageData) -> Section:
    """Methods and limits."""
    return Section(
        name="method",
        title="Methods and limits",
        words=[
            "Every design of both sides is built in several structures and mapped by several "
            "scripts, all alike, and the best is kept. Energy is that of the mapped netlist's "
            "switching (load and internal) on a stream of operands; with glitches, from a "
            "simulation with the delay of every cell. `docs/method.md` describes it all.",
            "Left out: wires unless a wire load is given, placement, a clock tree, and clock "
            "gating.",
        ],
        command="make report",
        tables=[
            Table(
                "conditions",
                "What the figures depend on.",
                (
                    FORMAT,
                    Column("what", "what", Style.TEXT),
                    Column("value", "value", Style.TEXT),
                ),
                tuple(_shared_conditions(data)),
            )
        ],
    )


def _shared_conditions(data: PageData) -> list[Row]:
    """The conditions; those that all formats share once."""
    values: dict[str, dict[str, str]] = {}
    for each in data.conditions:
        values.setdefault(each.what, {})[each.format] = each.value
    shared: list[Row] = []
    for what, by_format in values.items():
        if len(by_format) == len(data.formats) and len(set(by_format.values())) == 1:
            by_format = {EVERY_FORMAT: next(iter(by_format.values()))}
        shared += [
            {"format": format, "what": what, "value": value} for format, value in by_format.items()
        ]
    return shared
