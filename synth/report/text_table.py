"""A table of text that is shown alike in a terminal and in Markdown."""

from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.table import Table


@dataclass(frozen=True)
class TextTable:
    """Rows of cells under headings.

    Parameters
    ----------
    title, caption
        What it shows, and what a reader must know.
    headings
        One to a column.  Those that begin with ``<`` are of words, aligned left; with ``~``, of
        prose, which may break over lines; others of figures, aligned right.  Where a heading itself
        breaks, it has a line feed, after a hyphen where it breaks a word.
    rows
        As many cells each as there are headings.
    """

    title: str
    caption: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def markdown(self) -> str:
        """The table alone, without title and caption."""
        rules = ["---" if each[0] in "<~" else "--:" for each in self.headings]
        names = tuple(
            each.lstrip("<~").replace("-\n", "").replace("\n", " ") for each in self.headings
        )
        lines = [f"| {' | '.join(row)} |" for row in (names, *self.rows)]
        lines.insert(1, f"|{'|'.join(rules)}|")
        return "\n".join(lines) + "\n"

    def terminal(self) -> Table:
        """The table with title and caption."""
        table = Table(
            title=self.title,
            caption=self.caption,
            title_justify="left",
            caption_justify="left",
            box=SIMPLE_HEAD,
        )
        for heading in self.headings:
            table.add_column(
                heading.lstrip("<~"),
                justify="left" if heading[0] in "<~" else "right",
                no_wrap=not heading.startswith("~"),
            )
        for row in self.rows:
            table.add_row(*row)
        return table
