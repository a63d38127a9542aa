"""Tables of the page: which fields of which rows, under which headings, and their data files."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

Row = Mapping[str, Any]


class Style(Enum):
    """How the cells of a column are written."""

    TEXT = "words"
    CODE = "the name of a design"
    FIGURE = "three digits at least"
    PERCENT = "whole percents"
    RATIO = "two decimals"
    SMALL = "two digits, with a power of ten if need be"


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    field
        Of the rows.
    heading
        With the unit, where there is one.
    choice
        Whether the reader can choose one of its values.
    origin
        ``published`` or ``computed`` where the figures are not measured.
    """

    field: str
    heading: str
    style: Style = Style.FIGURE
    choice: bool = False
    origin: str = ""

    @property
    def numeric(self) -> bool:
        """Whether it is aligned and sorted as numbers."""
        return self.style not in (Style.TEXT, Style.CODE)


@dataclass(frozen=True)
class Table:
    """Rows under some columns.

    Parameters
    ----------
    name
        Of the table.
    caption
        What its figures are.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def cells(self, row: Row) -> list[tuple[Column, str, str]]:
        """Column, text, and value in full, of every cell of ``row``."""
        values = [(column, row[column.field]) for column in self.columns]
        return [
            (column, written(value, column.style), "" if value is None else str(value))
            for column, value in values
        ]

    def csv(self) -> str:
        """What the table shows, unrounded."""
        fields = [column.field for column in self.columns]
        return csv_text([{field: row[field] for field in fields} for row in self.rows])


def written(value: Any, style: Style) -> str:
    """``value`` as it stands in a cell; nothing for what there is no figure of."""
    if value is None:
        return ""
    match style:
        case Style.PERCENT:
            text = f"{value:.0f}".replace("-0", "0") if round(value) == 0 else f"{value:.0f}"
            return f"{text} %".replace("-", "\N{MINUS SIGN}")
        case Style.RATIO:
            return f"{value:.2f}"
        case Style.SMALL:
            return f"{value:.2g}".replace("-", "\N{MINUS SIGN}")
        case Style.FIGURE:
            return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        case _:
            return str(value)


def csv_text(rows: Sequence[Row]) -> str:
    """Rows, all with the fields of the first, as CSV; empty without rows."""
    text = io.StringIO()
    if rows:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return text.getvalue()
