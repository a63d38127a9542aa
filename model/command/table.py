"""A table as plain text that fits a terminal: no cell is ever cut, no line is broken in a cell."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

_GAP = "  "
_TIED = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Heading:
    """What stands above a column.

    Parameters
    ----------
    numbers
        Whether the column has figures, which end below each other.
    """

    text: str
    numbers: bool = False


def print_table(
    output: Console, headings: Sequence[Heading], rows: Sequence[Sequence[str]], title: str = ""
) -> None:
    """Print a line to a row where that fits, with headings of several lines if need be.

    Otherwise a row is a paragraph: its words, and below them its figures.
    """
    if title:
        _print(output, title, "italic")
    needed = [max((len(row[place]) for row in rows), default=0) for place in range(len(headings))]
    # Headings are broken no more than they must be.
    for longest in range(max(len(heading.text) for heading in headings), 0, -1):
        stacks = [
            _broken(heading.text, max(longest, width))
            for heading, width in zip(headings, needed, strict=True)
        ]
        widths = [
            max([width, *map(len, stack)]) for width, stack in zip(needed, stacks, strict=True)
        ]
        if sum(widths) + len(_GAP) * (len(widths) - 1) <= output.width:
            break
    else:
        for row in rows:
            _print_paragraph(output, headings, row)
        return
    # Headings of fewer lines stand at the bottom.
    height = max(map(len, stacks))
    raised = [[""] * (height - len(stack)) + stack for stack in stacks]
    for line in zip(*raised, strict=True):
        _print(output, _line(headings, widths, line), "bold")
    for row in rows:
        _print(output, _line(headings, widths, row))


def _broken(heading: str, width: int) -> list[str]:
    """A heading on lines that are no wider than ``width``, or than its longest word."""
    width = max([width, *map(len, heading.split())])
    return textwrap.wrap(heading, width, break_on_hyphens=False) or [""]


def _line(headings: Sequence[Heading], widths: Sequence[int], cells: Sequence[str]) -> str:
    padded = (
        cell.rjust(width) if heading.numbers else cell.ljust(width)
        for heading, width, cell in zip(headings, widths, cells, strict=True)
    )
    return _GAP.join(padded).rstrip()


def _print_paragraph(output: Console, headings: Sequence[Heading], row: Sequence[str]) -> None:
    cells = [pair for pair in zip(headings, row, strict=True) if pair[1]]
    words = [(heading, cell) for heading, cell in cells if not heading.numbers]
    # What a row is about needs no heading.
    names = [cell for _, cell in words[:1]]
    names += [f"{heading.text} {cell}" for heading, cell in words[1:]]
    figures = [f"{heading.text} {cell}" for heading, cell in cells if heading.numbers]
    for text, style, indent in (("; ".join(names), "bold", ""), ("; ".join(figures), "", _GAP)):
        for line in _filled(text, output.width, indent):
            _print(output, line, style)


def _filled(text: str, width: int, indent: str) -> list[str]:
    """Lines that end behind cells."""
    tied = text.replace(" ", _TIED).replace(f";{_TIED}", "; ")
    lines = textwrap.wrap(
        tied,
        width,
        initial_indent=indent,
        subsequent_indent=_GAP,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_TIED, " ") for line in lines]


def _print(output: Console, line: str, style: str = "") -> None:
    output.print(line, style=style or None, markup=False, highlight=False, soft_wrap=True)
