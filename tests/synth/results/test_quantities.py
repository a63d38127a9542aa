"""Figures for people, and that every declared one is used."""

import ast
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

import lmul_pe.synth
from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections import measured
from lmul_pe.synth.report.site import sections
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.quantities import Digits, Quantity
from tests.synth.small_report import small_array_report

DECLARED = {name: each for name, each in vars(q).items() if isinstance(each, Quantity)}


def quantity(digits=Digits.THREE, unit="fJ"):
    return Quantity("name", "words", unit, "somehow", digits=digits)


@pytest.mark.parametrize(
    ("digits", "value", "text"),
    [
        (Digits.THREE, 12345.6, "12,346"),
        (Digits.THREE, 99.96, "100"),
        (Digits.THREE, 99.94, "99.9"),
        (Digits.THREE, 9.8765, "9.88"),
        (Digits.THREE, -0.0, "0"),
        (Digits.ONE_DECIMAL, -8.66, "-8.7"),
        (Digits.ONE_DECIMAL, -0.04, "0.0"),
        (Digits.TWO_DECIMALS, 1.005, "1.00"),
        (Digits.TWO_DECIMALS, 2.0, "2.00"),
        (Digits.TWO, 2.14e-8, "2.1e-08"),
        (Digits.TWO, 0.348, "0.35"),
        (Digits.COUNT, 16384, "16,384"),
    ],
)
def test_digits(digits, value, text):
    assert quantity(digits).text(value) == text


def test_percentages_bear_their_sign_everywhere_and_nothing_is_nothing():
    percent = quantity(Digits.ONE_DECIMAL, "%")
    assert (percent.text(12.34), percent.number(12.34)) == ("12.3 %", "12.3")
    assert percent.text(None) == quantity().text(None) == ""


@pytest.mark.parametrize(
    ("unit", "heading", "axis"),
    [
        ("fJ", "words, fJ", "words, fJ"),
        ("", "words", "words"),
        ("%", "words", "words, %"),
        ("x", "words", "words, x"),
    ],
)
def test_headings_and_axes_bear_the_unit(unit, heading, axis):
    assert (quantity(unit=unit).heading, quantity(unit=unit).axis) == (heading, axis)


def test_amounts_in_records_are_not_negative_and_other_figures_may_be():
    TypeAdapter(Annotated[float, quantity()]).validate_python(0.0)
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        TypeAdapter(Annotated[float, quantity()]).validate_python(-0.5)
    for kind, unit, value in ((float, "%", -0.5), (int, "%", -1), (int, "fJ", -1)):
        assert TypeAdapter(Annotated[kind, quantity(unit=unit)]).validate_python(value) == value
    # What is counted stays a count.
    with pytest.raises(ValidationError, match="integer"):
        TypeAdapter(Annotated[int, quantity()]).validate_python(0.5)


@pytest.mark.parametrize(
    ("unit", "description"), [("fJ", "words: somehow, in fJ"), ("", "words: somehow")]
)
def test_the_schema_of_a_record_describes_its_figures(unit, description):
    assert TypeAdapter(Annotated[int, quantity(unit=unit)]).json_schema() == {
        "type": "integer",
        "description": description,
        "unit": unit,
        "better": "less",
    }


def test_every_quantity_is_used():
    used = set()
    for path in Path(lmul_pe.synth.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                used.add(node.attr)
            elif isinstance(node, ast.ImportFrom):
                used.update(alias.name for alias in node.names)
    assert DECLARED.keys() <= used


def test_every_quantity_says_what_it_is_and_how_it_is_obtained():
    for name, each in DECLARED.items():
        assert each.name.isidentifier(), name
        assert each.words, name
        assert each.obtained, name
        assert each.origin in ("measured", "published", "computed"), name


def test_no_table_has_two_columns_of_one_name(results):
    arrays = Results((small_array_report(),))
    shown = [*sections(results), measured.units(arrays), measured.cycles(arrays)]
    tables = [table for section in shown for table in section.tables]
    assert len(tables) > 20
    for table in tables:
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name
