"""One table, for Markdown and for the terminal."""

from lmul_pe.synth.report.text_table import TextTable
from rich.console import Console

TABLE = TextTable(
    "title", "caption", ("<name", "a\nfig-\nure", "~why"), [("x", "1.0", "so"), ("y", "12", "")]
)


def test_markdown():
    assert TABLE.markdown() == (
        "| name | a figure | why |\n|---|--:|---|\n| x | 1.0 | so |\n| y | 12 |  |\n"
    )


def test_terminal():
    console = Console(width=60)
    with console.capture() as shown:
        console.print(TABLE.terminal())
    lines = [line.strip() for line in shown.get().splitlines()]
    assert lines[0] == "title"
    assert ["x", "1.0", "so"] in [line.split() for line in lines]
    assert lines[-1] == "caption"
