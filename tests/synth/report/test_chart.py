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
    trade_off,
)
from lmul_pe.synth.report.section import KINDS
from lmul_pe.synth.results.quantities import GLITCH
from tests.sweep import some

NAMES = ("old", "other", "new")
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
    "trade-off": lambda name: trade_off(
        name, "Cells by clock", "MHz", "LUTs", {"new": (100.0, 40.0), "old": (80.0, 60.0)}, NAMES
    ),
}
PARTS = [role.removeprefix("part-") for role in COLOURS if role.startswith("part-")]
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
    "trade-off": "Cells by clock: MHz, then LUTs. new: 100, 40; old: 80, 60.",
}


@pytest.fixture(params=some(CHARTS, 2))
def kind(request):
    return request.param


def texts(chart):
    return [text.text for text in ET.fromstring(chart.svg()).iter("text")]


def pixels(content):
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return matplotlib.image.imread(io.BytesIO(content), format="png")


@pytest.mark.parametrize("kind", CHARTS)
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
    assert [label.get_text() for label in axis_of(chart).get_yticklabels()] == [
        name,
        "one two one two one two one two\none two",
    ]


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
    [(1e-6, "0.000001"), (0.5, "0.5"), (1, "1"), (17.5, "17.5"), (999.5, "999.5"), (1e3, "1,000")],
)
def test_ticks_are_plain_numbers(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("limits", "ticks"),
    [
        ((80, 900), [100, 200, 500]),
        ((10, 599), [10, 20, 50, 100, 200, 500]),
        ((10, 600), [10, 100]),
        ((10, 10000), [10, 100, 1000, 10000]),
        ((1, 1e6), [10**place for place in range(7)]),
        # Numbers of many decades are long.
        ((1, 1e7), [1, 100, 10000, 1000000]),
    ],
)
@pytest.mark.parametrize("which", "xy")
def test_short_logarithmic_axes_have_ticks_between_decades(which, limits, ticks):
    axis = Figure().subplots()
    axis.set(**{f"{which}lim": limits})
    log_axis(axis, which)
    found = axis.get_xticks() if which == "x" else axis.get_yticks()
    assert [tick for tick in found if limits[0] <= tick <= limits[1]] == pytest.approx(ticks)


@pytest.mark.parametrize(("limits", "some"), [((80, 900), False), ((10, 600), True)])
@pytest.mark.parametrize("which", "xy")
def test_short_logarithmic_axes_have_no_ticks_without_a_number(which, limits, some):
    axis = Figure().subplots()
    axis.set(**{f"{which}lim": limits})
    log_axis(axis, which)
    ticks = axis.get_xticks(minor=True) if which == "x" else axis.get_yticks(minor=True)
    assert bool(len(ticks)) is some


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


def axis_of(chart):
    """What a chart draws."""
    axis = Figure().subplots()
    chart.draw(axis)
    return axis


def key_of(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def written(axis):
    """What is annotated, and where."""
    return {text.get_text(): tuple(text.xy) for text in axis.texts}


def places(axis):
    """Marks and lines by the name in the key."""
    return {line.get_label(): line.get_xydata().tolist() for line in axis.lines}


def ticks(axis, value):
    """How a number stands at both axes."""
    return [one.get_major_formatter()(value, 0) for one in (axis.xaxis, axis.yaxis)]


def is_lined(axis, which):
    return any(line.get_visible() for line in getattr(axis, f"{which}axis").get_gridlines())


def test_dots_stand_at_their_values_with_their_labels_under_a_named_axis():
    axis = axis_of(CHARTS["dots"]("chart"))
    assert axis.get_xlabel() == "% saved"
    assert key_of(axis) == ["normal", "uniform", "the paper says"]
    assert [label.get_text() for label in axis.get_yticklabels()] == list(ROWS)
    first, second, third = (line for line in axis.lines if len(line.get_xdata()) == 1)
    assert [list(each.get_xdata()) for each in (first, second, third)] == [[-12], [40], [70]]
    assert written(axis) == {"40, the most": (40.0, second.get_ydata()[0])}
    # What was not measured is hollow.
    colours = [each.get_markerfacecolor() for each in (first, second)]
    assert colours == [first.get_color(), COLOURS["paper"]]
    upright = [line.get_xdata()[0] for line in axis.lines if list(line.get_ydata()) == [0, 1]]
    assert upright == [95.0, 0.0]
    assert ticks(axis, 12000.0)[0] == "12,000"
    assert (is_lined(axis, "x"), is_lined(axis, "y")) == (True, False)
    assert axis.yaxis.get_major_ticks()[0].tick1line.get_markersize() == 0


def test_no_line_stands_at_zero_where_nothing_is_lost():
    axis = axis_of(dots("c", "t", "a", {"e4m3": [Dot("a", 0.4), Dot("b", 0.7)]}))
    assert not [line for line in axis.lines if list(line.get_ydata()) == [0, 1]]


def test_logarithmic_dots_say_so_and_have_room_for_labels():
    axis = axis_of(CHARTS["logarithmic dots"]("chart"))
    assert (axis.get_xlabel(), axis.get_xscale()) == ("fJ, log scale", "log")
    low, high = axis.get_xlim()
    assert 1 < low < 10
    assert high > 2 * 2000
    assert ticks(axis, 1000.0)[0] == "1,000"


def test_a_single_dot_has_room_and_a_label_has_more():
    def limits(label):
        return axis_of(dots("c", "t", "a", {"e4m3": [Dot("a", 40.0, label)]})).get_xlim()

    (low, high), (same, higher) = limits(""), limits("40 fJ")
    assert low == same < 40 < high
    assert higher - 40 > 2 * (high - 40)
    # It is a share of what is shown.
    narrow = dots("c", "t", "a", {"e4m3": [Dot("a", 0.010), Dot("b", 0.011)]})
    low, high = axis_of(narrow).get_xlim()
    assert 0.009 < low < 0.010 < 0.011 < high < 0.012


def test_single_marks_stand_in_the_middle_of_rows_of_one_height():
    names = "abcdefghijkl"
    several = dots("c", "t", "a", {each: [Dot(each, 1.0)] for each in names})
    one = dots("c", "t", "a", {each: [Dot("a", 1.0)] for each in names})
    axis = axis_of(several)
    assert [line.get_ydata()[0] for line in axis.lines if list(line.get_xdata()) == [1.0]] == list(
        range(12)
    )
    # Rows of the key are all that it is higher by.
    assert several.key_rows == 4
    assert 0 < several.height - one.height < 4 * 0.3
    assert axis.get_legend() is not None
    assert axis_of(one).get_legend() is None
    limited = axis_of(dots("c", "t", "a", {"e4m3": [Dot("a", 1.0)]}, limits={"most": 2.0}))
    assert key_of(limited) == ["most"]
    # Title and axis have their room.
    assert one.height > 12 * 0.42 + 0.5
    labelled = dots("c", "t", "a", {"e4m3": [Dot("a", 1.0, "1"), Dot("b", 1.0)]})
    plain_one = dots("c", "t", "a", {"e4m3": [Dot("a", 1.0), Dot("b", 1.0)]})
    assert labelled.height > plain_one.height


@pytest.mark.parametrize(
    ("lengths", "rows"),
    [((14, 14, 14), 1), ((15, 14, 14), 2), ((13,) * 5, 2), ((14,) * 5, 3)],
)
def test_the_key_has_as_many_columns_as_its_names_leave(lengths, rows):
    names = [f"{place:x<{length}}" for place, length in enumerate(lengths)]
    chart = dots("c", "t", "a", {"e4m3": [Dot(each, 1.0) for each in names]})
    assert chart.key_rows == rows
    columns = axis_of(chart).get_legend()._ncols
    assert -(-len(names) // columns) == rows


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_three_names_stand_in_a_row_of_the_key(count, rows):
    values = {str(place): (1.0 + place, 2.0) for place in range(count)}
    charts = (
        stacked("c", "t", GLITCH, {"mac": dict.fromkeys(PARTS[:count], 1.0)}),
        lines("c", "t", "x", "y", {name: [at] for name, at in values.items()}),
        trade_off("c", "t", "x", "y", values, list(values)),
    )
    for chart in charts if count <= len(PARTS) else charts[1:]:
        assert chart.key_rows == rows
        assert axis_of(chart).get_legend()._ncols == min(count, 3)


@pytest.mark.parametrize("kind", ["dots", "plane", "trade-off", "of many names"])
def test_the_title_stands_above_the_key(kind):
    names = {"e4m3": [Dot(f"{place:x<14}", 1.0) for place in range(5)]}
    drawings = {**CHARTS, "of many names": lambda name: dots(name, "t", "a", names)}
    chart, drawn = drawings[kind]("chart"), []
    replace(chart, draw=lambda axis: (drawn.append(axis), chart.draw(axis))).svg()
    (axis,) = drawn
    title, key = axis.title, axis.get_legend()
    for above, below in ((title, key), (key, axis)):
        gap = above.get_window_extent().y0 - below.get_window_extent().y1
        assert -1 < gap < 10 * axis.figure.dpi / 72


def test_bars_of_a_row_stand_behind_one_another_with_their_sum():
    rows = {
        "mac": {"multiplier": 30.0, "adder": 70.0},
        "dot": {"multiplier": 900.0, "adder": 300.0},
    }
    chart = stacked("c", "Energy by part", GLITCH, rows)
    axis = axis_of(chart)
    bars = [(bar.get_x(), bar.get_width()) for bar in axis.patches]
    assert bars == [(0, 30), (30, 70), (0, 900), (900, 300)]
    middles = [bar.get_y() + bar.get_height() / 2 for bar in axis.patches]
    assert middles == pytest.approx([0, 0, 1, 1])
    assert written(axis) == {"100": (100.0, 0), "1,200": (1200.0, 1)}
    assert (key_of(axis), axis.get_xlabel()) == (["multiplier", "adder"], GLITCH.axis)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["mac", "dot"]
    low, high = axis.get_xlim()
    assert (low, high > 1.1 * 1200) == (0, True)
    assert ticks(axis, 1000.0)[0] == "1,000"
    assert len(axis.get_xticks()) <= 6
    assert chart.words.endswith("mac: multiplier 30, adder 70; dot: multiplier 900, adder 300.")
    alone = stacked("c", "Energy by part", GLITCH, {"mac": rows["mac"]})
    assert alone.height < chart.height < alone.height + 0.5


def test_lines_are_drawn_between_named_axes():
    axis = axis_of(CHARTS["lines"]("chart"))
    assert places(axis) == {name: [list(at) for at in points] for name, points in SERIES.items()}
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("clock, ps", "energy, fJ")
    assert key_of(axis) == ["e4m3", "bf16"]
    assert (axis.get_xscale(), axis.get_yscale()) == ("linear", "linear")
    # From zero on, and with a little room.
    assert axis.get_ylim() == pytest.approx((-2.0, 42.0))
    assert is_lined(axis, "x")
    assert is_lined(axis, "y")
    below = axis_of(lines("c", "t", "x", "y", {"a": [(1.0, -10.0), (2.0, 10.0)]}))
    assert below.get_ylim() == pytest.approx((-11.0, 11.0))


def test_lines_may_have_logarithmic_axes():
    def scales(**options):
        axis = axis_of(lines("c", "t", "x", "y", {"a": [(1.0, 10.0), (2.0, 40.0)]}, **options))
        return axis.get_xscale(), axis.get_yscale()

    assert scales(log=True) == ("log", "linear")
    assert scales(log_up=True) == ("linear", "log")
    assert scales(log=True, log_up=True) == ("log", "log")


def test_points_of_a_plane_bear_their_group_and_one_kind_stands_once_in_the_key():
    groups = {
        "e4m3": {"lmul": (4.0, 30.0), "exact": (1.0, 24.0)},
        "bf16": {"lmul": (5.0, 50.0), "exact": (2.0, 200.0)},
    }
    axis = axis_of(plane("c", "t", "error, %", "fJ", groups, LABELS))
    marked = [line.get_xydata().tolist() for line in axis.lines]
    assert marked == [[[4, 30]], [[1, 24]], [[5, 50]], [[2, 200]]]
    assert [(text.get_text(), text.xy) for text in axis.texts] == [
        (group, at) for group, points in groups.items() for at in points.values()
    ]
    assert key_of(axis) == ["L-Mul", "conventional"]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("error, %", "fJ")
    assert ticks(axis, 1000.0) == ["1,000", "1,000"]
    assert is_lined(axis, "x")
    assert is_lined(axis, "y")
    kinds = [line.get_color() for line in axis.lines]
    assert kinds == [COLOURS["lmul"], COLOURS["exact"]] * 2


def test_a_name_has_one_sign_in_every_chart_of_a_trade_off():
    axis = axis_of(CHARTS["trade-off"]("chart"))
    assert places(axis) == {"new": [[100, 40]], "old": [[80, 60]]}
    assert key_of(axis) == ["new", "old"]
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "linear")
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("MHz, log scale", "LUTs")
    assert ticks(axis, 1000.0)[0] == "1,000"
    low, high = axis.get_xlim()
    assert (low < 80 / 1.2, high > 100 * 1.2) == (True, True)
    low, high = axis.get_ylim()
    assert (low, 63 < high < 80) == (0, True)
    assert is_lined(axis, "x")
    assert is_lined(axis, "y")
    new, old = ((line.get_marker(), line.get_color()) for line in axis.lines)
    assert old == sign("no name of its own", 0)
    assert new == sign("no name of its own", 2)


def test_pictures_of_several_columns_fill_rows():
    chart = CHARTS["trade-off"]("chart")
    one, three = pixels(chart.png()), pixels(png([chart] * 3, 2))
    assert three.shape[0] == pytest.approx(2 * one.shape[0], abs=3)
    assert three.shape[1] == pytest.approx(2 * one.shape[1], abs=3)
    # Nothing stands in the place of a fourth one, and something in that of the third.
    below = three[three.shape[0] // 2 :]
    left, right = below[:, : three.shape[1] // 2], below[:, three.shape[1] // 2 + 3 :]
    assert right.min() == 1.0
    assert left.min() < 0.5
