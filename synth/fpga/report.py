"""A record in a terminal: the verdict in a few lines, and tables for those who ask."""

from collections.abc import Iterator

from rich.console import Console

from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.synth.published.paper import published

from .record import Array, Design, Record, Use

_KINDS = {"lmul": "L-Mul", "exact": "conventional", "int8": "int8", "adder": "bare adder"}


def verdict(record: Record, path: str) -> list[str]:
    """At most eight lines of 80 columns."""
    seeds = max((len(each.clock.mhz) for each in record.designs if each.clock), default=0)
    clocks = ", counted and not placed"
    if seeds:
        clocks = f", MHz: median of {seeds} seeds" if seeds > 1 else ", MHz of one seed"
    return [
        f"{record.format} on {record.part}: LUTs, carry cells, DSPs{clocks}",
        *_multipliers(record),
        *_units(record),
        *_arrays(record),
        path,
    ]


def _multipliers(record: Record) -> Iterator[str]:
    for kind in ("lmul", "exact"):
        for dsp in (True, False):
            design = record.design("multiplier", kind, dsp)
            if design:
                yield f"  {_name(design):22}{_figures(design)}"
    beside = [
        f"{_name(each)} {each.use.luts} LUT{_mhz(each)}"
        for each in (
            record.design("multiplier", "adder", False),
            record.design("multiplier", "int8", False),
        )
        if each
    ]
    if beside:
        yield f"  beside: {'; '.join(beside)}"


def _units(record: Record) -> Iterator[str]:
    """LUTs alone: what sums hides most of what multiplies."""
    titles = {"mac": "MAC", "dot": "dot of 4"}
    found = {
        level: [record.design(level, kind, False) for kind in ("lmul", "exact")] for level in titles
    }
    known = {level: [each for each in both if each] for level, both in found.items()}
    shown = {level: both for level, both in known.items() if len(both) == 2}
    if shown:
        names = ", ".join(titles[level] for level in shown)
        first, second = (
            ", ".join(str(both[index].use.luts) for both in shown.values()) for index in (0, 1)
        )
        yield f"  {names}: L-Mul {first} LUT; conventional {second} LUT"


def _arrays(record: Record) -> Iterator[str]:
    sides = [f"{_array_name(each)} {each.side} x {each.side}" for each in record.arrays]
    if sides:
        yield f"  largest array: {'; '.join(sides)}"


def _name(design: Design) -> str:
    name = _KINDS[design.kind]
    return f"{name}, DSP" if design.dsp else name


def _array_name(array: Array) -> str:
    return f"{_KINDS[array.kind]}, DSP" if array.dsp else _KINDS[array.kind]


def _figures(design: Design) -> str:
    use = design.use
    text = f"{use.luts:5} LUT {use.carries:4} carry {use.dsps:2} DSP"
    return f"{text} {_mhz(design)}".rstrip()


def _mhz(design: Design) -> str:
    return f" {design.clock.median:.0f} MHz" if design.clock else ""


def print_tables(record: Record, output: Console) -> None:
    """Every figure of the record, and what others print."""
    used = [Heading(text, numbers=True) for text in ("LUT", "carry", "FF", "DSP", "BRAM")]
    clocks = [Heading(text, numbers=True) for text in ("MHz, median", "least", "most")]
    print_table(
        output,
        [Heading("design"), Heading("multiplies in"), *used, *clocks],
        [
            [each.name, _where(each.kind, each.dsp), *_cells(each.use), *_clock_cells(each)]
            for each in record.designs
        ],
        title=f"{record.format} on {record.device}: cells by synthesis, clock between registers",
    )
    if record.arrays:
        _print_arrays(record, used, output)
    print_table(
        output,
        [Heading("published"), Heading("conditions"), Heading("what"), Heading("figure")],
        [
            [f"{work.who}, {figure.format}", work.conditions, figure.quantity, figure.value]
            for work in published().others
            if "FPGA" in work.conditions
            for figure in work.figures
        ],
        title="What others print of FPGAs",
    )


def _print_arrays(record: Record, used: list[Heading], output: Console) -> None:
    print_table(
        output,
        [Heading("largest array"), Heading("multiplies in"), *used, Heading("limited by")],
        [
            [
                each.name or "none",
                _where(each.kind, each.dsp),
                *_cells(each.use),
                each.limited_by,
            ]
            for each in record.arrays
        ],
        title=f"By the cells of arrays of 1 to 3 rows; at most {record.fill:.0%} of the part",
    )


def _where(kind: str, dsp: bool) -> str:
    if kind in ("lmul", "adder"):
        return ""
    return "DSPs" if dsp else "LUTs"


def _cells(use: Use) -> list[str]:
    counts = (use.luts, use.carries, use.flip_flops, use.dsps, use.block_rams)
    return [str(count) for count in counts]


def _clock_cells(design: Design) -> list[str]:
    if not design.clock:
        return ["", "", ""]
    mhz = design.clock.mhz
    return [f"{each:.0f}" for each in (design.clock.median, min(mhz), max(mhz))]
