"""Pictures are drawn of every schedule, the same bytes every time."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.image import imread

from lmul_pe.synth.system.pipeline import picture as drawing
from lmul_pe.synth.system.pipeline.picture import _draw_rows, frontier_picture, gantt_picture
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
