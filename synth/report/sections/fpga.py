"""FPGAs: cells and clocks of either kind on every part that was tried."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from lmul_pe.synth.fpga.record import Array, Clock, Design, Record, Use
from lmul_pe.synth.report.chart import Dot, dots
from lmul_pe.synth.report.section import KINDS, Section, listed, spread
from lmul_pe.synth.report.table import Column, RowT, Table, figures, words
from lmul_pe.synth.results.quantities import Better, Digits, Quantity

LUTS = Quantity("luts", "LUTs", "", "by synthesis", digits=Digits.COUNT)
OTHER_CELLS = tuple(
    Quantity(name, words, "", "by synthesis", digits=Digits.COUNT)
    for name, words in (
        ("carries", "carry cells"),
        ("flip_flops", "flip-flops"),
        ("dsps", "DSPs"),
        ("block_rams", "block RAMs"),
    )
)
CLOCK = Quantity("mhz", "clock, median", "MHz", "place and route", Better.MORE)
SIDE = Quantity("side", "rows and columns", "", "by cells", Better.MORE, Digits.COUNT)


class DesignRow(NamedTuple):
    record: Record
    design: Design

    @property
    def kind(self) -> str:
        return _kind(self.design.kind, self.design.dsp)


class ArrayRow(NamedTuple):
    record: Record
    array: Array

    @property
    def kind(self) -> str:
        return _kind(self.array.kind, self.array.dsp)


def section(records: Sequence[Record]) -> Section:
    """Every format on every part that was tried, one record or more."""
    multipliers = {_where(each): _multipliers(each) for each in records}
    pictured = {where: row for where, row in multipliers.items() if row}
    return Section(
        "fpga",
        "On FPGAs",
        [
            *_verdict(records),
            "LUTs (look-up tables), carry cells and multipliers of the part (DSPs) are those of "
            "the exported Verilog by itself; clocks are of the design between registers, the "
            "median of several seeds of place and route. Of Xilinx parts cells are counted alone.",
        ],
        "make fpga FMT=... PART=...",
        charts=[dots("fpga-luts", "LUTs of a multiplier", LUTS.axis, pictured, least=0)]
        if pictured
        else [],
        tables=[designs_table(records), arrays_table(records)],
    )


def designs_table(records: Sequence[Record]) -> Table[DesignRow]:
    """A row to a design on a part."""

    def of_clock(take: Callable[[Clock], float]) -> Callable[[DesignRow], float | None]:
        return lambda row: take(row.design.clock) if row.design.clock else None

    return Table(
        "fpga",
        "Cells and clocks of every design on every part that was tried.",
        (
            words("part", lambda row: row.record.part, choice=True),
            words("format", lambda row: row.record.format, choice=True),
            words("level", lambda row: row.design.level, choice=True),
            words("kind", lambda row: row.kind, choice=True),
            words("design", lambda row: row.design.name, code=True),
            *_cells(lambda row: row.design.use),
            figures(CLOCK, of_clock(lambda clock: clock.median)),
            figures(CLOCK, of_clock(lambda clock: min(clock.mhz)), "clock, least", "least_mhz"),
            figures(CLOCK, of_clock(lambda clock: max(clock.mhz)), "clock, most", "most_mhz"),
        ),
        tuple(DesignRow(record, design) for record in records for design in record.designs),
    )


def arrays_table(records: Sequence[Record]) -> Table[ArrayRow]:
    """A row to the largest array of a kind on a part."""
    return Table(
        "fpga-arrays",
        "The largest square array of each kind that fits the part, by the cells of small ones.",
        (
            words("part", lambda row: row.record.part, choice=True),
            words("format", lambda row: row.record.format, choice=True),
            words("kind", lambda row: row.kind, choice=True),
            figures(SIDE, lambda row: row.array.side),
            *_cells(lambda row: row.array.use),
            words("limit", lambda row: row.array.limited_by, "limited by"),
        ),
        tuple(ArrayRow(record, array) for record in records for array in record.arrays),
    )


def _cells(use: Callable[[RowT], Use]) -> tuple[Column[RowT], ...]:
    def of(name: str) -> Callable[[RowT], float]:
        return lambda row: getattr(use(row), name)

    return tuple(figures(each, of(each.name)) for each in (LUTS, *OTHER_CELLS))


def _where(record: Record) -> str:
    return f"{record.format} on {record.part}"


def _kind(kind: str, dsp: bool) -> str:
    name = KINDS["int" if kind == "int8" else kind]
    return f"{name}, DSP" if dsp else name


def _multipliers(record: Record) -> list[Dot]:
    """L-Mul, and what it replaces without multipliers of the part and with them."""
    found = [
        record.design("multiplier", kind, dsp)
        for kind, dsp in (("lmul", False), ("exact", False), ("exact", True))
    ]
    return [
        Dot(_kind(each.kind, each.dsp), each.use.luts, _label(each))
        for each in found
        # Where synthesis takes none of the part's multipliers it is the design without them.
        if each and each.dsp == bool(each.use.dsps)
    ]


def _label(design: Design) -> str:
    clock = f", {CLOCK.number(design.clock.median)} MHz" if design.clock else ""
    return f"{design.use.luts}{clock}"


def _verdict(records: Sequence[Record]) -> list[str]:
    """LUTs of L-Mul for a hundred of the conventional multiplier's, over everything tried."""
    shares = {
        dsp: [
            100 * ours.use.luts / theirs.use.luts
            for record in records
            if (ours := record.design("multiplier", "lmul", False))
            and (theirs := record.design("multiplier", "exact", dsp))
            and theirs.use.luts
            and dsp == bool(theirs.use.dsps)
        ]
        for dsp in (False, True)
    }
    texts = [
        f"{spread(each) or f'{each[0]:.0f}'} % of the LUTs of a conventional multiplier {beside}"
        for each, beside in zip(
            (shares[False], shares[True]),
            ("without DSPs", "that takes a DSP as well"),
            strict=True,
        )
        if each
    ]
    if not texts:
        return []
    parts = listed(list(dict.fromkeys(_where(each) for each in records)))
    return [f"L-Mul takes {listed(texts)}: {parts}."]
