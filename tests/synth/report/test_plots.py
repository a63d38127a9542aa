"""Plots are pictures of a sane size that show what the report says."""

import copy
import io
import json

import matplotlib.image
import pytest
from lmul_pe.synth.report.plots import COLOURS, comparison_plot, summary_plot


@pytest.fixture(scope="module")
def report(run):
    return json.loads((run.report / "report.json").read_text(encoding="utf-8"))


def pixels(content):
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return matplotlib.image.imread(io.BytesIO(content), format="png")


def test_the_comparison_is_a_picture(run):
    content = (run.report / "comparison.png").read_bytes()
    height, width, _ = pixels(content).shape
    assert 1000 < width < 3000
    assert 400 < height < 1500
    assert 10_000 < len(content) < 500_000


@pytest.mark.parametrize("kind", COLOURS)
def test_every_kind_has_its_colour(kind, report):
    picture = pixels(comparison_plot(report))[..., :3]
    colour = [int(COLOURS[kind][index : index + 2], 16) / 255 for index in (1, 3, 5)]
    assert (abs(picture - colour).max(axis=-1) < 0.01).sum() > 1000


def test_equal_reports_give_equal_bytes_and_others_do_not(report):
    first = comparison_plot(report)
    assert comparison_plot(copy.deepcopy(report)) == first
    changed = copy.deepcopy(report)
    changed["designs"][0]["delay_ps"] *= 2
    assert comparison_plot(changed) != first


def test_a_library_without_a_node_can_be_drawn(report):
    changed = copy.deepcopy(report)
    changed["library"]["node_nm"] = None
    pixels(comparison_plot(changed))


def test_a_loss_can_be_drawn(report):
    changed = copy.deepcopy(report)
    changed["savings"][0]["area_percent"] = -12.0
    assert comparison_plot(changed) != comparison_plot(report)


def test_the_summary_is_a_picture(report):
    height, width, _ = pixels(summary_plot([report, report])).shape
    assert 600 < width < 3000
    assert 300 < height < 2000
