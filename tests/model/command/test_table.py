"""A table fits its terminal: by one line to a row, with broken headings, or by paragraphs."""

import io

import pytest
from rich.console import Console

from lmul_pe.model.command.table import Heading, print_table

HEADINGS = (Heading("unit"), Heading("what was compared"), Heading("energy per operation", True))
ROWS = (("lmul_e4m3", "every pair", "1,234.5"), ("exact_e4m3", "", "[7]"))


def printed(width, headings=HEADINGS, rows=ROWS, **options):
    file = io.StringIO()
    print_table(Console(width=width, file=file), headings, rows, **options)
    return file.getvalue().splitlines()


def test_one_line_to_a_row_where_that_fits():
    assert printed(51, title="A title") == [
        "A title",
        "unit        what was compared  energy per operation",
        "lmul_e4m3   every pair                      1,234.5",
        "exact_e4m3                                      [7]",
    ]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (
            50,
            [
                "                                  energy per",
                "unit        what was compared      operation",
                "lmul_e4m3   every pair               1,234.5",
                "exact_e4m3                               [7]",
            ],
        ),
        (
            36,
            [
                "            what was    energy per",
                "unit        compared     operation",
                "lmul_e4m3   every pair     1,234.5",
                "exact_e4m3                     [7]",
            ],
        ),
    ],
)
def test_headings_are_broken_before_rows_are(width, lines):
    assert [line.split() for line in printed(width)] == [line.split() for line in lines]
    assert max(map(len, printed(width))) <= width


def test_a_row_is_a_paragraph_where_nothing_else_fits():
    assert printed(30) == [
        "lmul_e4m3;",
        "  what was compared every pair",
        "  energy per operation 1,234.5",
        "exact_e4m3",
        "  energy per operation [7]",
    ]


def test_no_line_is_broken_in_a_cell_and_none_is_cut():
    headings = [Heading("unit"), *(Heading(f"figure {place}", True) for place in range(9))]
    rows = [["a_name_that_is_long", *(f"{place:,} of all" for place in range(9))]]
    for width in range(20, 200):
        lines = printed(width, headings, rows)
        assert max(map(len, lines)) <= width
        text = "\n".join(lines)
        assert all(f"{place:,} of all" in text for place in range(9))


def test_a_table_without_rows_has_its_headings():
    assert printed(80, rows=()) == ["unit  what was compared  energy per operation"]
    assert printed(80, headings=(Heading(""), Heading("b")), rows=()) == ["  b"]


def test_headings_of_one_letter_stand_above_their_columns():
    headings = (Heading("a"), Heading("b", numbers=True))
    assert printed(80, headings, [("x", "10")]) == ["a   b", "x  10"]


def test_only_the_headings_that_must_be_are_broken():
    headings = (Heading("aa bbb"), Heading("cc dd"))
    assert printed(13, headings, ()) == ["aa bbb  cc dd"]
    assert printed(12, headings, ()) == ["aa", "bbb  cc dd"]
    assert printed(10, headings, ()) == ["aa", "bbb  cc dd"]
    assert printed(9, headings, ()) == ["aa   cc", "bbb  dd"]
    assert printed(7, headings, ()) == ["aa   cc", "bbb  dd"]


def test_neither_headings_nor_cells_are_broken_at_hyphens():
    headings = (Heading("one multiply-accumulate"), Heading("energy", numbers=True))
    # The heading would fit without its hyphen.
    assert printed(27, headings, [("x", "1")]) == [
        "one",
        "multiply-accumulate  energy",
        "x                         1",
    ]
    rows = [("a-name-that-is-longer", "1"), ("x" * 30, "2")]
    assert printed(14, headings, rows) == [
        "a-name-that-is-longer",
        "  energy 1",
        "x" * 30,
        "  energy 2",
    ]


def test_in_a_terminal_titles_and_headings_stand_out_and_rows_do_not():
    file = io.StringIO()
    output = Console(width=80, file=file, force_terminal=True, color_system="standard")
    print_table(output, (Heading("unit"), Heading("pJ", True)), [("[bold]", "7.5")], "A title [b]")
    assert file.getvalue().splitlines() == [
        "\x1b[3mA title [b]\x1b[0m",
        "\x1b[1munit     pJ\x1b[0m",
        "[bold]  7.5",
    ]
