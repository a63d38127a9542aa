"""What the pictures share."""

import pytest

from lmul_pe.synth.report.chart import (
    change,
    drawing,
    figure_text,
    lines_words,
    log_axis,
    panel,
    plain,
    spread,
)


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([], []),
        ([0.1, 0.9], [0.1, 0.9]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([0.5, 0.5, 0.5], [0.4, 0.5, 0.6]),
        ([0.0, 0.05, 0.5], [-0.025, 0.075, 0.5]),
        # The middle one pushes the first pair, which then stands too close to the last.
        ([0.3, 0.3, 0.36], [0.22, 0.32, 0.42]),
    ],
)
def test_names_are_moved_apart_around_where_they_belong(places, moved):
    assert spread(places, 0.1) == pytest.approx(moved)


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-6, "0.000001"), (0.5, "0.5"), (1, "1"), (17.5, "17.5"), (1e4, "10,000")],
)
def test_ticks_are_plain_numbers(value, text):
    assert plain(value) == text


@pytest.mark.parametrize(
    ("limits", "ticks"), [((80, 900), [100, 200, 500]), ((10, 10000), [10, 100, 1000, 10000])]
)
def test_short_logarithmic_axes_have_ticks_between_decades(limits, ticks):
    with drawing():
        _, axis = panel(2.0)
        axis.set_xlim(*limits)
        log_axis(axis, "x")
        inside = [tick for tick in axis.get_xticks() if limits[0] <= tick <= limits[1]]
    assert inside == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("saved", "text"), [(25.4, "\N{MINUS SIGN}25 %"), (-8.7, "+9 %"), (0.3, "0 %"), (-0.3, "0 %")]
)
def test_a_saving_is_a_change(saved, text):
    assert change(saved) == text


def test_figures_have_three_digits_at_least():
    assert [figure_text(value) for value in (1234.5, 99.44, 0.5)] == ["1,234", "99.4", "0.5"]


def test_lines_in_words():
    series = {"e4m3": [(0.0, 1.4), (2.0, 3.6)], "bf16": [(1.0, 5.0)]}
    assert lines_words(series, ["a", "b", "c"]) == "e4m3: a 1, c 4; bf16: b 5"
