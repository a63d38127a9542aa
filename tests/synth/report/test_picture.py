"""Drawings as parts of a page: their colours, their names, their bytes."""

import re
import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest
from lmul_pe.synth.report.picture import COLOURS, picture

from lmul_pe.synth.report.chart import drawing, panel


def draw(name="bars"):
    with drawing():
        figure, axis = panel(2.0)
        axis.bar([0, 1], [1, 2], color=[COLOURS["lmul"], COLOURS["exact"]])
        axis.set_xlim(0, 1)
        axis.set_title("Energy & area")
        return picture(name, "two bars", figure)


def test_a_drawing_is_an_element_with_words():
    element = ET.fromstring(draw().svg)
    assert element.tag == "svg"
    assert element.get("role") == "img"
    assert element.get("aria-labelledby") == "bars-words"
    assert element.get("width") is None


def test_text_stays_text():
    texts = [text.text for text in ET.fromstring(draw().svg).iter("text")]
    assert "Energy & area" in texts


def test_colours_are_those_of_the_style_sheet():
    svg = draw().svg
    assert "var(--lmul)" in svg
    assert "var(--exact)" in svg
    assert re.findall(r"#[0-9a-f]{6}\b", svg) == []


@pytest.mark.parametrize("role", COLOURS)
def test_the_style_sheet_has_every_colour(role):
    sheet = (files("lmul_pe.synth.report") / "templates" / "page.css").read_text(encoding="utf-8")
    assert re.search(rf"--{role}: ", sheet)


def test_colours_are_known_by_their_value():
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_names_within_a_page_do_not_clash():
    names = [set(re.findall(r'\bid="([^"]*)"', draw(name).svg)) for name in ("one", "two")]
    assert names[0]
    assert not names[0] & names[1]
    svg = draw("one").svg
    targets = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svg))
    assert {first or second for first, second in targets} <= names[0]


def test_equal_drawings_are_equal_bytes_without_a_date():
    assert draw() == draw()
    assert "metadata" not in draw().svg
