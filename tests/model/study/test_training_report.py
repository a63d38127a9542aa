from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.study import training_report
from lmul_pe.model.study.training_report import CHARACTERS, DIGITS, IMAGES

GOOD = Run((1.0, 0.5), (1.0, 0.6), 0.4, 0.9, 1_000_000, 0.25, 0.0, False)


def by_seed(run, accuracies):
    return [replace(run, accuracy=accuracy) for accuracy in accuracies]


def test_the_verdict_parts_the_worse_from_the_rest():
    base = [0.9, 0.91, 0.92, 0.93, 0.94]
    lost = replace(GOOD, losses=(), validation=(), test_loss=None, diverged=True)
    found = {
        "fp32": by_seed(GOOD, base),
        "e4m3, exact": by_seed(GOOD, [0.91, 0.9, 0.93, 0.92, 0.94]),
        "e4m3, L-Mul": by_seed(GOOD, [0.8, 0.81, 0.82, 0.83, 0.85]),
        "e4m3, L-Mul, no scale": by_seed(lost, [0.1] * 5),
    }
    section = DIGITS.section(found)
    assert section.verdict == [
        "fp32: test accuracy 92.0%, standard deviation 1.6% over 5 seeds.",
        "Surely less accurate than fp32, by points: e4m3, L-Mul -9.8; e4m3, L-Mul, no scale -82.0.",
        "Not surely less: e4m3, exact.",
    ]
    assert "| e4m3, L-Mul, no scale | 10.0 ± 0.0 |" in section.body
    assert "| infinite | infinite | 0.0 | 1 | 25% | 0% | 5 |" in section.body
    assert section.pictures["digits.png"].startswith(b"\x89PNG")


def test_the_title_of_a_panel_is_not_cut_off(monkeypatch):
    saved = Figure.savefig
    beyond = []

    def save(figure, *arguments, **options):
        saved(figure, *arguments, **options)
        drawn = figure.findobj(
            lambda each: isinstance(each, Text) and "Products" in each.get_text()
        )
        beyond.extend(each.get_window_extent().x1 - figure.bbox.x1 for each in drawn)

    monkeypatch.setattr(Figure, "savefig", save)
    DIGITS.section({"fp32": [GOOD] * 5, "e4m3, exact": [GOOD] * 5})
    assert beyond
    assert max(beyond) <= 0


@pytest.fixture
def undrawn(monkeypatch):
    """What would be drawn, which takes seconds."""
    panels = []

    def picture(drawn):
        panels.append(drawn)
        return b"PNG"

    monkeypatch.setattr(training_report, "_picture", picture)
    return panels


def test_every_figure_stands_in_its_column(undrawn):
    base = by_seed(GOOD, [0.5, 0.6, 0.7, 0.8, 0.9])
    # Half a nat more and a fifth less, and twice the epochs.
    other = replace(
        GOOD, losses=(1.0,) * 4, test_loss=0.9, macs=1_234_567_890, zeros=0.5, pruned=0.75
    )
    found = {"fp32": base, "e4m3, L-Mul": by_seed(other, [0.3, 0.4, 0.5, 0.6, 0.7])}
    section = DIGITS.section(found)
    assert section.body.split("\n\n")[3].splitlines() == [
        "| products | accuracy, % | from fp32, points | loss | from fp32, nats | epochs | "
        "MACs, million | by zero | weights pruned | diverged |",
        "| :-- |" + " --: |" * 9,
        "| fp32 | 70.0 ± 15.8 |  | 0.400 |  | 2.0 | 1 | 25% | 0% | 0 |",
        "| e4m3, L-Mul | 50.0 ± 15.8 | -20.0 [-20.0, -20.0] | 0.900 | +0.500 [+0.500, +0.500] | "
        "4.0 | 1,235 | 50% | 75% | 0 |",
    ]
    assert "over 5 seeds" in section.body
    assert section.body.split("\n\n")[1] == "![validation loss by epoch](digits.png)"
    assert section.pictures == {"digits.png": b"PNG"}
    (panels,) = undrawn
    assert list(panels.values()) == [found]


def test_a_loss_of_the_reference_that_is_infinite_has_no_difference(undrawn):
    lost = by_seed(replace(GOOD, test_loss=None), [0.9] * 5)
    # Of one seed is enough.
    found = {
        "fp32": [*lost[:1], *by_seed(GOOD, [0.9] * 4)],
        "e4m3, exact": by_seed(GOOD, [0.9] * 5),
    }
    body = DIGITS.section(found).body
    assert "| fp32 | 90.0 ± 0.0 |  | infinite |  |" in body
    assert "| e4m3, exact | 90.0 ± 0.0 | +0.0 [+0.0, +0.0] | 0.400 | infinite |" in body


def test_what_diverged_at_once_has_no_curve(undrawn):
    lost = replace(GOOD, losses=(), validation=())
    found = {"fp32": [GOOD] * 5, "e4m3, exact": [GOOD] * 4 + [lost], "e4m3, L-Mul": [GOOD] * 5}
    only = {"e4m3, exact, no scale": [lost] * 5}
    DIGITS.section(found | only)
    (panels,) = undrawn
    assert [list(curves) for curves in panels.values()] == [["fp32", "e4m3, L-Mul"]]


def test_nothing_is_said_of_what_there_is_none_of(undrawn):
    base = by_seed(GOOD, [0.9, 0.91, 0.92, 0.93, 0.94])
    worse = by_seed(GOOD, [0.8, 0.81, 0.82, 0.83, 0.84])
    assert len(DIGITS.section({"fp32": base}).verdict) == 1
    _, said = DIGITS.section({"fp32": base, "e4m3, exact": worse}).verdict
    assert said == "Surely less accurate than fp32, by points: e4m3, exact -10.0."
    # Where every seed agrees, there is no difference that is sure.
    _, said = DIGITS.section({"fp32": base, "e4m3, exact": base}).verdict
    assert said == "Not surely less: e4m3, exact."


def test_curves_are_means_over_seeds_as_far_as_all_of_them_went(drawn):
    runs = [replace(GOOD, validation=each) for each in ((1.0, 0.5, 0.25), (3.0, 1.0), (2.0, 0.75))]
    many = {f"curve {place}": runs for place in range(9)}
    training_report._picture({"First": many, "Second": {"alone": [GOOD]}})
    (figure,) = drawn
    first, second = figure.axes
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["First", "Second"]
    assert (first.get_yscale(), first.get_xlabel()) == ("log", "epoch")
    for line in first.lines:
        np.testing.assert_allclose(line.get_xydata(), [[1, 2], [2, 0.75]])
    assert len(first.collections) == len(many)
    for area in first.collections:
        (path,) = area.get_paths()
        heights = {tuple(vertex) for vertex in path.vertices}
        # From the least of the seeds to the most.
        assert {(1, 1), (1, 3), (2, 0.5), (2, 1)} <= heights
    # Beyond the colours of the style, lines are told apart by their strokes.
    looks = {(line.get_color(), line.get_linestyle()) for line in first.lines}
    assert len(looks) == len(many)
    assert second.lines[0].get_ydata().tolist() == [1.0, 0.6]


def test_parts_have_their_pieces(undrawn):
    assert {piece.key for piece in IMAGES.pieces([])} < {piece.key for piece in DIGITS.pieces([])}
    assert (
        "The texts of the package; a decoder of one block"
        in CHARACTERS.section({"fp32": [GOOD] * 5}).body
    )
