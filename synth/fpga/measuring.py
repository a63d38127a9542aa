"""The record of one format on one part."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from fractions import Fraction

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import FloatFormat
from lmul_pe.model.unit.array import SIDES

from .designs import Source, array_of, sources
from .parts import Part
from .record import Array, Clock, Design, Record, Use
from .tools import Tools

FILL = 0.9
"""The part of every resource that an array may take: place and route wants some room."""

_SMALL = (1, 2, 3)
"""Sides of the arrays that are synthesised; cells of larger ones follow from theirs, as there is a
number for the array, one for each row or column, and one for each element."""


def measured(
    format: FloatFormat,
    part: Part,
    levels: Sequence[str],
    seeds: int,
    tools: Tools,
    command: str,
    show: Callable[[str], None],
) -> Record:
    """What the designs of ``levels`` take of ``part``, and how large arrays fit it.

    Parameters
    ----------
    seeds
        Of place and route, from 1 on.
    command
        What makes the record again.
    show
        Takes what is being done.

    Raises
    ------
    PlacementError
        A design does not fit.
    """
    has_dsp = part.holds.dsps > 0
    listed = [
        each
        for level in levels
        if level != "array"
        for each in sources(format, level, has_dsp=has_dsp)
    ]
    designs = []
    for source in listed:
        show(f"{source.name}{_how(source)}: synthesis")
        use = tools.use(source.verilog, source.name, part, dsp=source.dsp)
        clock = _clock(source, part, seeds, tools, show) if part.placer else None
        designs.append(Design(source.name, source.level, source.kind, source.dsp, use, clock))
    arrays = []
    if "array" in levels:
        for kind, dsp in [
            ("lmul", False),
            *(("exact", dsp) for dsp in dict.fromkeys((has_dsp, False))),
        ]:
            show(f"arrays of {kind}: synthesis")
            arrays.append(_largest(format, kind, dsp, part, tools))
    return Record(
        format=format.name,
        part=part.name,
        device=part.device,
        holds=part.holds,
        fill=FILL,
        tools=tools.versions(part),
        command=command,
        designs=tuple(designs),
        arrays=tuple(arrays),
    )


def _how(source: Source) -> str:
    return " with DSPs" if source.dsp else ""


def _clock(
    source: Source, part: Part, seeds: int, tools: Tools, show: Callable[[str], None]
) -> Clock | None:
    mhz: list[float] = []
    for seed in range(1, seeds + 1):
        show(f"{source.name}{_how(source)}: place and route, seed {seed} of {seeds}")
        found = tools.clock_mhz(source.verilog, source.name, part, dsp=source.dsp, seed=seed)
        if found is None:
            return None
        mhz.append(found)
    return Clock(tuple(mhz))


def _largest(format: FloatFormat, kind: str, dsp: bool, part: Part, tools: Tools) -> Array:
    """The largest square array on ``part``, and what the next larger one lacks."""
    small = [array_of(format, kind, side) for side in _SMALL]
    uses = [
        tools.use(exported_verilog(each, each.name), each.name, part, dsp=dsp, parts=True)
        for each in small
    ]

    def use_of(side: int) -> Use:
        return extrapolated(dict(zip(_SMALL, uses, strict=True)), side)

    side = 0
    limit = ""
    while not limit:
        side += 1
        limit = "size" if side not in SIDES else _lacking(use_of(side), part.holds)
    side -= 1
    name = array_of(format, kind, side).name if side else ""
    return Array(name, kind, dsp, side, use_of(side) if side else Use(), limit)


def extrapolated(known: dict[int, Use], side: int) -> Use:
    """What an array of ``side`` takes, from three others: the parabola through them."""
    total: dict[str, Fraction] = {}
    for at, use in known.items():
        weight = Fraction(1)
        for other in known:
            if other != at:
                weight *= Fraction(side - other, at - other)
        for name, count in asdict(use).items():
            total[name] = total.get(name, Fraction(0)) + weight * count
    return Use(**{name: max(0, round(count)) for name, count in total.items()})


def _lacking(use: Use, holds: Use) -> str:
    """What there is too little of; nothing where all of it fits."""
    for name, count in asdict(use).items():
        if count > FILL * getattr(holds, name):
            return name
    return ""
