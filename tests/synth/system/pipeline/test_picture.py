"""Pictures are drawn of every schedule, the same bytes every time."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.image import imread

from lmul_pe.synth.system.pipeline import picture as drawing
from lmul_pe.synth.system.pipeline.picture import (
    _draw_rows,
    frontier_picture,
    gantt_picture,
    readable,
)
from tests.synth.system.pipeline.small import plans

DARK = 0.5


def picture(content):
    return imread(io.BytesIO(content))


@pytest.mark.slow
@pytest.mark.parametrize("schedule", ["1f1b", "early-recomputation"])
def test_slower_plans_are_drawn_in_other_colours(schedule):
    found = plans(3, 4, schedule=schedule)
    fast, slow = (picture(gantt_picture(found, point)) for point in (len(found.frontier) - 1, 0))
    assert fast.shape == slow.shape
    half = fast.shape[0] // 2
    # Below is the plan; what is dark is slow.
    dark = [(each[half:, :, :3].sum(axis=2) < DARK).mean() for each in (fast, slow)]
    assert (fast[half:] != slow[half:]).any()
    assert dark[0] < 0.5


def test_the_same_bytes_every_time():
    found = plans(2, 3)
    assert gantt_picture(found, 0) == gantt_picture(found, 0)
    assert frontier_picture(found) == frontier_picture(found)


def test_a_straggler_is_drawn():
    found = plans(2, 3)
    without, beside = (picture(frontier_picture(found, each)) for each in (None, 0.14))
    assert without.shape == beside.shape
    assert (without != beside).any()


def test_numbers_are_dark_on_light_bars_and_light_on_dark_ones():
    found = plans(2, 3)
    realised = found.realised(len(found.frontier) // 2)
    axes = Figure().subplots()
    colours = ScalarMappable(cmap=colormaps["gray"])
    colours.set_clim(min(realised.frequency), max(realised.frequency))
    _draw_rows(axes, found, realised, colours)
    shown = {}
    for text in axes.texts:
        grey = np.mean(text.get_bbox_patch().get_facecolor()[:3])
        shown.setdefault(text.get_color(), []).append(grey)
    assert shown.keys() == {"black", "white"}
    assert max(shown["white"]) < 0.6
    assert min(shown["black"]) > 0.5


@pytest.fixture
def figure_of(monkeypatch):
    """A function that gives what a picture draws."""
    drawn = []
    monkeypatch.setattr(drawing, "_png", drawn.append)

    def figure(draw, *arguments):
        draw(*arguments)
        return drawn.pop()

    return figure


def test_every_operation_is_a_bar_on_its_accelerator(figure_of):
    found = plans(2, 2, schedule="early-recomputation")
    figure = figure_of(gantt_picture, found, 0)
    operations = found.graph.schedule.operations
    instructions = list(dict.fromkeys(each.kind.instruction for each in operations))
    longest_s = max(found.baseline.iteration_s, found.realised(0).iteration_s)
    for axes, realised in zip(figure.axes, (found.baseline, found.realised(0)), strict=False):
        assert axes.get_title(loc="left").endswith(
            f": {realised.iteration_s:.4g} s, {realised.iteration_j:.4g} J"
        )
        expected = {
            (each.kind.instruction, begin, begin + lasts, accelerator)
            for each, begin, lasts, accelerator in zip(
                operations,
                realised.start_s,
                realised.time_s,
                found.graph.accelerator_of,
                strict=True,
            )
        }
        shown = set()
        for instruction, bars in zip(instructions, axes.collections, strict=True):
            hatch = {"forward": None, "recomputation": "...."}.get(instruction, "////")
            assert (bars.get_hatch() or None) == hatch
            for path in bars.get_paths():
                (left, right), (top, bottom) = (sorted(set(each)) for each in path.vertices.T)
                assert bottom - top < 1
                shown.add((instruction, left, right, (top + bottom) / 2))
                # Around, not across.
                assert {tuple(each) for each in path.vertices[:2]} == {(left, top), (left, bottom)}
                assert path.vertices[2].tolist() == [right, bottom]
        assert shown == expected
        middles = sorted(((begin + end) / 2, row) for _, begin, end, row in expected)
        texts = sorted(text.get_position() for text in axes.texts)
        assert np.array(texts) == pytest.approx(np.array(middles))
        left, right = axes.get_xlim()
        assert left == 0
        assert longest_s < right < 1.1 * longest_s
        # The first accelerator above all others.
        assert axes.get_ylim() == (1.5, -0.5)
        assert axes.get_yticks().tolist() == [0, 1]
    assert "hatched: backward; numbers: microbatches" in figure.axes[1].get_xlabel()
    # From the lowest frequency that can be chosen to the highest.
    chosen = [each.run.frequency for row in found.candidates.values() for each in row.chosen]
    assert figure.axes[2].get_ylim() == (min(chosen), 1000.0)


def test_many_operations_are_bars_alone(figure_of, monkeypatch):
    few = plans(2, 3)
    count = len(few.graph.kind_of)
    for labelled in (count, count - 1):
        monkeypatch.setattr(drawing, "_LABELLED", labelled)
        above, below, _ = figure_of(gantt_picture, few, 0).axes
        is_labelled = labelled == count
        said = "hatched: backward; numbers: microbatches" if is_labelled else "one bar an instruct"
        assert said in below.get_xlabel()
        for axes in (above, below):
            assert len(axes.texts) == (count if is_labelled else 0)
            assert [each.get_hatch() or "" for each in axes.collections] == [
                "",
                "////" if is_labelled else "",
            ]


def test_panels_share_their_time_and_grow_with_accelerators(figure_of):
    two, four = (figure_of(gantt_picture, plans(stages, 2), 0) for stages in (2, 6))
    assert two.axes[0].get_xlim() == two.axes[1].get_xlim()
    assert two.axes[0].get_shared_x_axes().joined(*two.axes[:2])
    assert four.get_figheight() > two.get_figheight() > 0


def test_a_frontier_is_drawn_with_what_its_plans_come_to(figure_of):
    found = plans(2, 3)
    frontier = found.frontier
    last = len(frontier) - 1
    (axes,) = figure_of(frontier_picture, found).axes
    lines = {line.get_label(): line.get_xydata() for line in axes.lines}
    assert lines.keys() == {
        *("planned", "at profiled frequencies", "all at the highest frequency", "least energy")
    }
    assert lines["planned"] == pytest.approx(np.column_stack((frontier.time_s, frontier.energy_j)))
    baseline = found.baseline
    assert lines["all at the highest frequency"].tolist() == [
        [baseline.iteration_s, baseline.iteration_j]
    ]
    best = frontier.best
    assert lines["least energy"].tolist() == [[frontier.time_s[best], frontier.energy_j[best]]]
    # Both ends, and what is between.
    points = lines["at profiled frequencies"].tolist()
    every = [found.realised(point) for point in range(last + 1)]
    whole = [[each.iteration_s, each.iteration_j] for each in every]
    assert (points[0], points[-1]) == (whole[0], whole[-1])
    assert all(each in whole for each in points)
    assert len(points) >= min(100, last + 1)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "iteration time, s",
        "energy of one pipeline, J",
    )
    assert {text.get_text() for text in axes.get_legend().get_texts()} == set(lines)
    (axes,) = figure_of(frontier_picture, found, 0.5).axes
    (straggler,) = (line for line in axes.lines if line.get_label() == "straggler")
    assert straggler.get_xdata() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.012344, "0.01234"),
        (999.94, "999.9"),
        (1000.0, "1,000"),
        (1000.4, "1,000"),
        (-1234567.8, "-1,234,568"),
        (-12.345, "-12.35"),
    ],
)
def test_numbers_are_readable(value, text):
    assert readable(value) == text


def test_both_plans_are_drawn_by_accelerator_one_above_the_other(monkeypatch):
    drawn = []
    monkeypatch.setattr(drawing, "_png", drawn.append)
    gantt_picture(plans(2, 3), 0)
    *panels, colours = drawn[0].axes
    assert [axes.get_ylabel() for axes in panels] == ["accelerator"] * 2
    assert [axes.get_title(loc="left").partition(":")[0] for axes in panels] == [
        *("every instruction at its highest frequency", "by the plan")
    ]
    assert [axes.get_xlabel().partition(",")[0] for axes in panels] == ["", "time"]
    assert colours.get_ylabel() == "frequency, as in the profile"
