"""Cells are rounded for people and whole for sorting; data files have everything."""

import csv
import io

import pytest

from lmul_pe.synth.report.table import Column, Style, Table, csv_text, written


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (None, Style.FIGURE, ""),
        (12345.6, Style.FIGURE, "12,346"),
        (9.8765, Style.FIGURE, "9.88"),
        (0.0, Style.FIGURE, "0"),
        (-8.7, Style.PERCENT, "\N{MINUS SIGN}9 %"),
        (-0.2, Style.PERCENT, "0 %"),
        (66.6, Style.PERCENT, "67 %"),
        (1.005, Style.RATIO, "1.00"),
        (2.1e-8, Style.SMALL, "2.1e\N{MINUS SIGN}08"),
        ("words", Style.TEXT, "words"),
        ("lmul_e4m3", Style.CODE, "lmul_e4m3"),
    ],
)
def test_cells(value, style, text):
    assert written(value, style) == text


def test_a_row_has_its_text_and_its_value_in_full():
    column = Column("energy", "energy, fJ")
    table = Table("t", "caption", (column,), ({"energy": 1.23456789, "more": 2}, {"energy": None}))
    assert [table.cells(row) for row in table.rows] == [
        [(column, "1.23", "1.23456789")],
        [(column, "", "")],
    ]


def test_the_file_of_a_table_has_its_columns_unrounded():
    table = Table("t", "caption", (Column("b", "b"),), ({"a": 1, "b": 0.1 + 0.2},))
    assert list(csv.reader(io.StringIO(table.csv()))) == [["b"], [str(0.1 + 0.2)]]


def test_without_rows_a_file_is_empty():
    assert csv_text([]) == ""


def test_figures_are_aligned_as_numbers_and_words_are_not():
    assert Column("a", "a").numeric
    assert not Column("a", "a", Style.TEXT).numeric
    assert not Column("a", "a", Style.CODE).numeric
