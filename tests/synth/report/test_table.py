"""One table, for a terminal, as Markdown, for the page and as CSV."""

import csv
import io
from dataclasses import replace
from typing import NamedTuple

import pytest
from rich.console import Console

from lmul_pe.synth.report.table import Table, csv_files, figures, words
from lmul_pe.synth.results.quantities import AREA, GLITCH, PUBLISHED_PJ, SAVED_ENERGY


class Row(NamedTuple):
    format: str
    design: str
    energy: float | None
    saved: float
    why: str = ""


ROWS = (
    Row("e4m3", "lmul_e4m3", 1.23456789, -8.66, "a|b"),
    Row("e4m3", "exact_e4m3", None, 0.1 + 0.2),
)


def table(rows=ROWS):
    return Table(
        "small",
        "What it is.",
        (
            words("format", lambda row: row.format, choice=True),
            words("design", lambda row: row.design, code=True),
            figures(GLITCH, lambda row: row.energy),
            figures(SAVED_ENERGY, lambda row: row.saved, "saved", "saved_percent"),
            words("why", lambda row: row.why, "the reason"),
        ),
        rows,
    )


def test_a_column_of_figures_is_named_and_headed_by_its_quantity():
    own, other = table().columns[2:4]
    assert (own.name, own.heading) == ("glitch_fj", "cell energy, fJ")
    # The unit of percentages stands with each of them.
    assert (other.name, other.heading) == ("saved_percent", "saved")


def test_cells_are_for_people():
    assert [column.text(ROWS[0]) for column in table().columns] == [
        "e4m3",
        "lmul_e4m3",
        "1.23",
        "-8.7 %",
        "a|b",
    ]
    assert table().columns[2].text(ROWS[1]) == ""


def test_only_what_is_not_measured_is_marked():
    assert figures(PUBLISHED_PJ, lambda row: row.energy).origin == "published"
    assert {column.origin for column in table().columns} == {""}


def test_markdown():
    # The format, which is the same in each row, is left out.
    assert table().markdown() == (
        "| design | cell energy, fJ | saved | the reason |\n"
        "|---|--:|--:|---|\n"
        "| `lmul_e4m3` | 1.23 | -8.7 % | a\\|b |\n"
        "| `exact_e4m3` |  | 0.3 % |  |\n"
    )


def test_a_choice_of_which_there_are_several_stays():
    both = table((*ROWS, Row("bf16", "lmul_bf16", 1.0, 1.0)))
    assert both.without_constants() == both
    assert both.markdown().startswith("| format | design |")


def test_an_essential_column_stays_though_all_is_equal():
    column = words("format", lambda row: row.format, choice=True, essential=True)
    both = Table("t", "", (column, *table().columns[1:]), ROWS)
    assert both.without_constants() == both


def test_details_are_in_files_alone():
    whole = table()
    last = replace(whole.columns[-1], detail=True)
    whole = replace(whole, columns=(*whole.columns[:-1], last))
    # The format, which is the same in each row, is left out too.
    assert [column.name for column in whole.compact().columns] == [
        "design",
        "glitch_fj",
        "saved_percent",
    ]
    assert "the reason" in whole.markdown()
    assert whole.csv().startswith("format,design,glitch_fj,saved_percent,why\n")


def test_a_cell_alone_is_named_by_its_heading_and_origin():
    assert figures(PUBLISHED_PJ, lambda row: row.energy).label == "energy, pJ (published)"
    assert table().columns[2].label == "cell energy, fJ"


def test_a_table_of_constants_alone_stays():
    only = Table("t", "", (words("format", lambda row: row.format, choice=True),), ROWS)
    assert only.without_constants() == only


def test_csv_has_every_column_unrounded():
    assert list(csv.reader(io.StringIO(table().csv()))) == [
        ["format", "design", "glitch_fj", "saved_percent", "why"],
        ["e4m3", "lmul_e4m3", "1.23456789", "-8.66", "a|b"],
        ["e4m3", "exact_e4m3", "", str(0.1 + 0.2), ""],
    ]
    assert "\r" not in table().csv()
    assert table(()).csv() == "format,design,glitch_fj,saved_percent,why\n"


def test_records_have_every_column_unrounded():
    assert table().records()[1] == {
        "format": "e4m3",
        "design": "exact_e4m3",
        "glitch_fj": None,
        "saved_percent": 0.1 + 0.2,
        "why": "",
    }


def test_a_file_of_each_table():
    other = Table("other", "", (figures(AREA, lambda row: row.energy),), ROWS)
    assert csv_files([table(), other]) == {
        "small.csv": table().csv().encode(),
        "other.csv": b'area_ge\n1.23456789\n""\n',
    }


def test_columns_by_name_in_the_order_given():
    assert [each.name for each in table().only("why", "design").columns] == ["why", "design"]
    with pytest.raises(KeyError, match="nothing"):
        table().only("nothing")


def printed(width, title="A title"):
    console = Console(width=width, file=io.StringIO())
    table().print(console, title)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_wide_terminal_has_a_line_for_each_row():
    lines = printed(80)
    assert lines[0].strip() == "A title"
    assert ["lmul_e4m3", "1.23", "-8.7", "%", "a|b"] in [line.split() for line in lines]
    assert ["exact_e4m3", "0.3", "%"] in [line.split() for line in lines]
    assert lines[-1] == "What it is."


def test_a_narrow_terminal_has_a_paragraph_for_each_row():
    lines = printed(25)
    assert lines == [
        "A title",
        "lmul_e4m3; the reason a|b",
        "  cell energy, fJ 1.23;",
        "  saved -8.7 %",
        "exact_e4m3",
        "  saved 0.3 %",
        "What it is.",
    ]


def test_a_caption_is_dim_and_otherwise_as_it_is():
    console = Console(width=80, file=io.StringIO(), force_terminal=True, color_system="standard")
    replace(table(), caption="What [bold] 12 is.").print(console)
    assert console.file.getvalue().endswith("\x1b[2mWhat [bold] 12 is.\x1b[0m\n")


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_names_are_never_cut(width):
    text = "\n".join(printed(width))
    assert "lmul_e4m3" in text
    assert "exact_e4m3" in text
