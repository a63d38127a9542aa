"""The record of one format on one part."""

from collections.abc import Callable, Sequence

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import FloatFormat
from lmul_pe.model.unit.array import SIDES

from .designs import Source, array_of, sources
from .largest import FILL, largest_side
from .parts import Part
from .record import Array, Clock, Design, Record, Use
from .tools import Tools


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

    def use_of(side: int) -> Use:
        array = array_of(format, kind, side)
        return tools.use(exported_verilog(array, array.name), array.name, part, dsp=dsp, parts=True)

    found = largest_side(use_of, part.holds, SIDES)
    name = array_of(format, kind, found.side).name if found.side else ""
    return Array(name, kind, dsp, found.side, found.use, found.limit)
