"""A table of results, rendered for a terminal, as Markdown, for the page's HTML, and as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from rich.console import Console

from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.synth.results.quantities import Quantity

RowT = TypeVar("RowT")
Value = str | float | int | bool | None


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """A column: words, or figures of one quantity.

    Parameters
    ----------
    name
        In CSV files.
    heading
        For people.
    value
        From a row to what it holds, unrounded.
    quantity
        Of figures; None of words.
    code
        Whether the words are names of designs or files.
    choice
        Whether a reader can choose one of its values; where all are equal it need not be shown.
    essential
        Whether it is shown even then.
    detail
        Whether the page leaves it to the files.
    """

    name: str
    heading: str
    value: Callable[[RowT], Value]
    quantity: Quantity | None = None
    code: bool = False
    choice: bool = False
    essential: bool = False
    detail: bool = False

    def text(self, row: RowT) -> str:
        """What stands in the cell."""
        value = self.value(row)
        if self.quantity is not None and value is not None:
            return self.quantity.text(float(value))
        return "" if value is None else str(value)

    @property
    def label(self) -> str:
        """What names a cell that stands alone, as on a phone."""
        return f"{self.heading} ({self.origin})" if self.origin else self.heading

    @property
    def origin(self) -> str:
        """``published`` or ``computed`` where its figures are not measured."""
        return self.quantity.origin if self.quantity and self.quantity.origin != "measured" else ""


def words(
    name: str,
    value: Callable[[RowT], str],
    heading: str = "",
    *,
    code: bool = False,
    choice: bool = False,
    essential: bool = False,
    detail: bool = False,
) -> Column[RowT]:
    """A column of words."""
    return Column(name, heading or name, value, None, code, choice, essential, detail)


def figures(
    quantity: Quantity,
    value: Callable[[RowT], float | None],
    words: str = "",
    name: str = "",
    *,
    detail: bool = False,
) -> Column[RowT]:
    """A column of a quantity; ``words`` and ``name`` where one table has several of it."""
    own = replace(quantity, words=words or quantity.words, name=name or quantity.name)
    return Column(own.name, own.heading, value, own, detail=detail)


@dataclass(frozen=True)
class Table(Generic[RowT]):
    """Rows under columns.

    Parameters
    ----------
    name
        Of its files, and of its place in a page.
    caption
        What its figures are.
    """

    name: str
    caption: str
    columns: tuple[Column[RowT], ...]
    rows: tuple[RowT, ...]

    def only(self, *names: str) -> "Table[RowT]":
        """The table with the columns of these names, in their order."""
        known = {column.name: column for column in self.columns}
        return replace(self, columns=tuple(known[name] for name in names))

    def without_constants(self) -> "Table[RowT]":
        """The table without choices of which there is one alone."""
        columns = tuple(
            column
            for column in self.columns
            if not column.choice
            or column.essential
            or len({column.value(row) for row in self.rows}) > 1
        )
        return replace(self, columns=columns or self.columns)

    def compact(self) -> "Table[RowT]":
        """The table for the page: without such choices, and without details."""
        table = self.without_constants()
        return replace(table, columns=tuple(each for each in table.columns if not each.detail))

    def markdown(self) -> str:
        """The table in Markdown."""
        table = self.without_constants()
        rules = ("--:" if column.quantity else "---" for column in table.columns)
        lines = [
            _line(column.heading for column in table.columns),
            f"|{'|'.join(rules)}|",
            *(_line(_marked(column, row) for column in table.columns) for row in table.rows),
        ]
        return "\n".join(lines) + "\n"

    def print(self, console: Console, title: str = "") -> None:
        """The table in a terminal: a line to a row where that fits, otherwise a paragraph."""
        table = self.without_constants()
        headings = [Heading(column.heading, bool(column.quantity)) for column in table.columns]
        cells = [[column.text(row) for column in table.columns] for row in table.rows]
        print_table(console, headings, cells, title)
        console.print(self.caption, style="dim", markup=False, highlight=False)

    def csv(self) -> str:
        """Every column, unrounded."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.name for column in self.columns])
        writer.writerows([[column.value(row) for column in self.columns] for row in self.rows])
        return text.getvalue()

    def records(self) -> list[dict[str, Value]]:
        """Every row by the columns' names, unrounded, for JSON."""
        return [{column.name: column.value(row) for column in self.columns} for row in self.rows]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _marked(column: Column[RowT], row: RowT) -> str:
    text = column.text(row).replace("|", "\\|")
    return f"`{text}`" if column.code and text else text


AnyTable = Table[Any]


def csv_files(tables: Sequence[AnyTable]) -> dict[str, bytes]:
    """A file of each table, by its name."""
    return {f"{table.name}.csv": table.csv().encode() for table in tables}
