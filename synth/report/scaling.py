"""What people read of ``make scaling``: files, and the verdict in a terminal."""

from collections.abc import Iterator

from rich.console import Console

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.published.judgement import growth_brief
from lmul_pe.synth.results.scaling import COSTS, Scaling, ScalingLine

from .chart import png
from .markdown import markdown
from .sections.scaling import (
    crossing_words,
    growth_tables,
    interval,
    scaling_charts,
    scaling_section,
)
from .table import csv_files

PICTURE = "scaling.png"


def scaling_files(scaling: Scaling) -> dict[str, bytes]:
    """Markdown, the picture, and a CSV file of each table."""
    section = scaling_section(scaling)
    charts = scaling_charts(scaling)
    pictures = {PICTURE: "; ".join(each.words for each in charts)}
    title = f"Growth with the mantissa, in {scaling.technology}"
    text = markdown(title, scaling_verdict(scaling), [section], scaling.command, pictures)
    return {
        "scaling.md": text.encode(),
        PICTURE: png(charts, min(len(charts), 3)),
        **csv_files(section.tables),
    }


def scaling_verdict(scaling: Scaling) -> list[str]:
    """The claim, then what grows by which power, at most eight lines of 80 columns."""
    return [growth_brief(scaling), *_powers(scaling)]


def _powers(scaling: Scaling) -> Iterator[str]:
    first = scaling.lines[0]
    bits = f"{first.exponent_bits} exponent and {_widths(first)} mantissa bits"
    yield f"{LEVELS[first.level].title}, {bits}: power, L-Mul and conventional"
    for each in scaling.crossings():
        level, is_first = each.line.level, each.line.level == first.level
        # Area says what gates say; with it there were too many lines, as with all of other levels.
        shown = each.cost != "area" if is_first else each.cost == "energy"
        if each.line.exponent_bits != first.exponent_bits or not shown:
            continue
        words = COSTS[each.cost][0].words if is_first else f"{each.cost}, {level}"
        own, other = (line.growth[each.cost] for line in (each.line, each.other))
        yield (
            f"  {words:14} {own.power:.2f} ({interval(own)}) "
            f"{other.power:.2f} ({interval(other)}), less from {crossing_words(each)}"
        )


def _widths(line: ScalingLine) -> str:
    """``1 to 23``."""
    return f"{line.points[0].mantissa_bits} to {line.points[-1].mantissa_bits}"


def print_scaling(scaling: Scaling, output: Console) -> None:
    """Verdicts, crossings and powers as tables."""
    for table in growth_tables(scaling):
        table.print(output)
