"""Charts as parts of a page and as pictures: words, colours, names, bytes."""

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.resources import files

import matplotlib.image
import pytest
from matplotlib.figure import Figure

from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.report.chart import (
    COLOURS,
    SIGNS,
    Dot,
    dots,
    grouped,
    lines,
    log_axis,
    plain,
    plane,
    png,
    short,
    sign,
    stacked,
)
from lmul_pe.synth.report.section import KINDS
from lmul_pe.synth.results.quantities import GLITCH
from tests.sweep import some

LABELS = {"lmul": "L-Mul", "exact": "conventional"}
SERIES = {"e4m3": [(1.0, 10.0), (2.0, 40.0)], "bf16": [(1.0, 20.0), (4.0, 5.0)]}
ROWS = {
    "e4m3": [Dot("normal", -12.0), Dot("uniform", 40.0, "40, the most")],
    "bf16": [Dot("normal", 70.0)],
}
CHARTS = {
    "dots": lambda name: dots(
        name, "Saved & lost", "% saved", ROWS, limits={"the paper says": 95.0}, hollow=["uniform"]
    ),
    "logarithmic dots": lambda name: dots(
        name, "Energy", "fJ", {"e4m3": [Dot("a", 10.0), Dot("b", 2000.0)]}, log=True
    ),
    "stacked": lambda name: stacked(
        name, "Energy by part", GLITCH, {"mac": {"multiplier": 30.0, "adder": 70.0}}
    ),
    "lines": lambda name: lines(name, "By clock", "clock, ps", "energy, fJ", SERIES),
    "logarithmic lines": lambda name: lines(name, "By clock", "x", "y", SERIES, log="xy"),
    "plane": lambda name: plane(
        name,
        "Energy against error",
        "error, %",
        "fJ",
        {"e4m3": {"lmul": (4.0, 30.0), "exact": (1.0, 24.0)}},
        LABELS,
    ),
}
WORDS = {
    "dots": "Saved & lost, % saved. e4m3: normal -12, uniform 40, the most; bf16: normal 70; "
    "the paper says 95.",
    "logarithmic dots": "Energy, fJ. e4m3: a 10, b 2,000.",
    "stacked": "Energy by part, cell energy, fJ. mac: multiplier 30, adder 70.",
    "lines": "By clock: energy, fJ by clock, ps. e4m3: 10 at 1 to 40 at 2; "
    "bf16: 20 at 1 to 5 at 4.",
    "logarithmic lines": "By clock: y by x. e4m3: 10 at 1 to 40 at 2; bf16: 20 at 1 to 5 at 4.",
    "plane": "Energy against error: error, %, then fJ. e4m3 L-Mul: 4, 30; e4m3 conventional: "
    "1, 24.",
}


@pytest.fixture(params=some(CHARTS, 2))
def kind(request):
    return request.param


def texts(chart):
    return [text.text for text in ET.fromstring(chart.svg()).iter("text")]


def pixels(content):
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return matplotlib.image.imread(io.BytesIO(content), format="png")


def test_a_chart_says_its_figures(kind):
    assert CHARTS[kind]("chart").words == WORDS[kind]


def test_a_drawing_is_an_element_with_words(kind):
    element = ET.fromstring(CHARTS[kind]("chart").svg())
    assert element.tag == "svg"
    assert element.get("role") == "img"
    assert element.get("aria-labelledby") == "chart-words"
    assert element.get("width") is None


def test_text_stays_text(kind):
    chart = CHARTS[kind]("chart")
    assert chart.title in texts(chart)


def test_every_series_and_limit_is_in_the_key():
    assert {"normal", "uniform", "the paper says", "e4m3", "bf16", "40, the most"} <= set(
        texts(CHARTS["dots"]("chart"))
    )
    assert {"multiplier", "adder", "mac", "100"} <= set(texts(CHARTS["stacked"]("chart")))
    assert {"e4m3", "bf16"} <= set(texts(CHARTS["lines"]("chart")))
    assert {"L-Mul", "conventional", "e4m3"} <= set(texts(CHARTS["plane"]("chart")))


def test_colours_are_those_of_the_style_sheet(kind):
    svg = CHARTS[kind]("chart").svg()
    assert "var(--" in svg
    assert re.findall(r"#[0-9a-f]{6}\b", svg) == []


@pytest.mark.parametrize("role", COLOURS)
def test_the_style_sheet_has_every_colour(role):
    sheet = (files("lmul_pe.synth.report") / "templates" / "page.css").read_text(encoding="utf-8")
    assert re.search(rf"--{role}: ", sheet)


def test_colours_are_known_by_their_value():
    assert len(set(COLOURS.values())) == len(COLOURS)


def test_names_within_a_page_do_not_clash(kind):
    svgs = {name: CHARTS[kind](name).svg() for name in ("one", "two")}
    names = [set(re.findall(r'\bid="([^"]*)"', svg)) for svg in svgs.values()]
    assert names[0]
    assert not names[0] & names[1]
    targets = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', svgs["one"]))
    assert {first or second for first, second in targets} <= names[0]


def test_equal_charts_are_equal_bytes_without_a_date(kind):
    assert CHARTS[kind]("chart").svg() == CHARTS[kind]("chart").svg()
    assert "metadata" not in CHARTS[kind]("chart").svg()
    assert CHARTS[kind]("chart").png() == CHARTS[kind]("chart").png()


def test_pictures_stand_side_by_side():
    chart = CHARTS["dots"]("chart")
    one, three = pixels(chart.png()), pixels(png([chart] * 3))
    assert 600 < one.shape[1] < 1500
    assert three.shape[0] == one.shape[0]
    assert three.shape[1] == pytest.approx(3 * one.shape[1], abs=3)
    # On white, whatever stands behind it.
    assert one[0, 0].tolist() == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("series", SIGNS)
def test_a_series_has_the_same_sign_in_every_chart(series):
    assert sign(series, 0) == sign(series, 3)
    marker, colour = sign(series, 0)
    others = [sign(other, 0) for other in SIGNS if other != series]
    assert (marker, colour) not in others


def test_levels_and_kinds_have_signs():
    assert {level.title for level in LEVELS.values()} | set(KINDS.values()) <= set(SIGNS)


def test_other_series_have_signs_by_their_place():
    assert len({sign(f"workload {place}", place) for place in range(5)}) == 5


def test_nothing_joins_categories():
    for kind in ("dots", "logarithmic dots", "plane"):
        axis = Figure().subplots()
        CHARTS[kind]("chart").draw(axis)
        for line in axis.lines:
            across = set(line.get_xdata())
            # Marks alone, or a line through the whole drawing.
            assert line.get_linestyle() == "None" or len(across) == 1 or across == {0, 1}, kind


def test_the_key_is_one_line_where_it_fits():
    def rows_of_key(*series):
        return dots("c", "t", "a", {"e4m3": [Dot(each, 1.0) for each in series]}).key_rows

    assert rows_of_key(*(level.title for level in LEVELS.values())) == 1
    assert rows_of_key("one of many characters", "another of many characters", "third") == 2
    assert rows_of_key("one", "other") == 1
    assert rows_of_key("alone") == 0


def test_a_long_name_is_never_broken_within():
    name = "mac_exact_bf16_fixed_msb40_lsbm40"
    chart = stacked("c", "t", GLITCH, {name: {"multiplier": 1.0}, "one two " * 5: {"adder": 1.0}})
    assert name in texts(chart)
    assert "one two one two one two one two" in texts(chart)


def test_a_kind_has_its_colour():
    chart = dots("c", "t", "a", {"e4m3": [Dot("L-Mul", 1.0), Dot("conventional", 2.0)]})
    picture = pixels(chart.png())[..., :3]
    for kind in ("lmul", "exact"):
        colour = [int(COLOURS[kind][index : index + 2], 16) / 255 for index in (1, 3, 5)]
        assert (abs(picture - colour).max(axis=-1) < 0.01).sum() > 50


def test_other_figures_are_other_bytes():
    assert (
        dots("c", "t", "a", {"e4m3": [Dot("x", 1.0)]}).svg()
        != dots("c", "t", "a", {"e4m3": [Dot("x", 1.0), Dot("y", -2.0)]}).svg()
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-6, "0.000001"), (0.5, "0.5"), (1, "1"), (17.5, "17.5"), (1e4, "10,000")],
)
def test_ticks_are_plain_numbers(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("limits", "ticks"), [((80, 900), [100, 200, 500]), ((10, 10000), [10, 100, 1000, 10000])]
)
@pytest.mark.parametrize("which", "xy")
def test_short_logarithmic_axes_have_ticks_between_decades(which, limits, ticks):
    axis = Figure().subplots()
    axis.set(**{f"{which}lim": limits})
    log_axis(axis, which)
    found = axis.get_xticks() if which == "x" else axis.get_yticks()
    assert [tick for tick in found if limits[0] <= tick <= limits[1]] == pytest.approx(ticks)


@pytest.mark.parametrize("which", "xy")
def test_short_logarithmic_axes_have_no_ticks_without_a_number(which):
    axis = Figure().subplots()
    axis.set(**{f"{which}lim": (80, 900)})
    log_axis(axis, which)
    ticks = axis.get_xticks(minor=True) if which == "x" else axis.get_yticks(minor=True)
    assert len(ticks) == 0


def test_a_linear_axis_holds_its_limits_and_where_it_is_to_begin():
    def shown(**options):
        axis = Figure().subplots()
        dots("c", "t", "a", {"e4m3": [Dot("a", 40.0), Dot("b", 70.0)]}, **options).draw(axis)
        return axis.get_xlim()

    low, high = shown()
    assert 0 < low < 40
    assert 70 < high < 95
    low, high = shown(least=0.0, limits={"the paper says": 95.0})
    assert low < 0
    assert high > 95


def test_dots_lie_about_the_middle_of_their_row_and_lines_between_rows():
    axis = Figure().subplots()
    rows = {row: [Dot(each, 1.0) for each in "abc"] for row in ("e4m3", "e5m2", "bf16")}
    dots("c", "t", "a", rows).draw(axis)
    labels = [label.get_text() for label in axis.get_yticklabels()]
    places = dict(zip(labels, axis.get_yticks(), strict=True))
    marks = [line.get_ydata()[0] for line in axis.lines if list(line.get_xdata()) == [1.0]]
    for index, row in enumerate(rows):
        low, middle, high = marks[3 * index : 3 * index + 3]
        assert middle == pytest.approx(places[row])
        assert places[row] - 0.5 < low < middle < high < places[row] + 0.5
        assert low + high == pytest.approx(2 * middle)
    across = [set(line.get_ydata()) for line in axis.lines if list(line.get_xdata()) == [0, 1]]
    assert across == [{0.5}, {1.5}]
    # Rows fill the drawing, the first above.
    assert axis.get_ylim() == pytest.approx((2.5, -0.5), abs=0.1)


def test_a_row_is_high_enough_for_all_its_marks():
    def height(rows):
        dotted = {str(row): [Dot(f"series {each}", 1.0) for each in range(12)] for row in rows}
        return dots("c", "t", "a", dotted).height

    axis = Figure().subplots()
    CHARTS["dots"]("chart").draw(axis)
    inches = max(line.get_markersize() for line in axis.lines) / 72
    assert height(range(2)) - height(range(1)) > 12 * inches


def test_a_picture_has_no_frame_above_nor_beside_it(kind):
    chart, drawn = CHARTS[kind]("chart"), []

    def draw(axis):
        drawn.append(axis)
        chart.draw(axis)

    replace(chart, draw=draw).svg()
    (axis,) = drawn
    visible = {side for side, spine in axis.spines.items() if spine.get_visible()}
    assert visible <= {"left", "bottom"}


def test_thousands_of_a_linear_axis_stand_apart():
    assert [grouped(value) for value in (12000.0, 0.5, -40.0)] == [
        "12,000",
        "0.5",
        "\N{MINUS SIGN}40",
    ]


def test_figures_have_three_digits_at_least():
    assert [short(value) for value in (1234.5, 99.44, 0.5)] == ["1,234", "99.4", "0.5"]
