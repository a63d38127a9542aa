import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from lmul_pe.model.study.picture import heat_map, picture


@pytest.mark.parametrize(
    ("panels", "columns", "size"),
    [(1, 2, (4.6, 3)), (2, 2, (9.2, 3)), (4, 2, (9.2, 6)), (9, 3, (13.8, 9))],
)
def test_every_row_of_panels_has_its_height(drawn, panels, columns, size):
    def draw(axes):
        assert len(axes) == panels
        for axis in axes:
            axis.set(title="a", xlabel="b", ylabel="c")

    picture(panels, draw, columns=columns, height=3)
    (figure,) = drawn
    assert figure.get_size_inches() == pytest.approx(size)


def test_places_without_a_panel_are_empty(monkeypatch):
    figures = []
    # What is saved need not be drawn.
    monkeypatch.setattr(Figure, "savefig", lambda self, *_, **__: figures.append(self))
    picture(4, lambda axes: None, columns=3)
    picture(3, lambda axes: None)
    wide, usual = figures
    assert [axis.axison for axis in wide.axes] == [True] * 4 + [False] * 2
    assert [axis.axison for axis in usual.axes] == [True] * 3 + [False]
    # Two side by side, unless said.
    assert usual.axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 2)


def test_a_map_is_of_percent_over_both_mantissas_and_white_at_none():
    figure = Figure()
    axis = figure.subplots()
    heat_map(axis, np.array([[0.5, -0.25], [0.0, 0.125]]), "a title", 0.25)
    (image,) = axis.images
    assert image.get_array().tolist() == [[50, -25], [0, 12.5]]
    assert image.get_clim() == (-25, 25)
    # The first row is the lowest.
    assert (image.origin, list(image.get_extent())) == ("lower", [0, 1, 0, 1])
    assert (axis.get_title(), axis.get_xlabel(), axis.get_ylabel()) == (
        "a title",
        "mantissa of b",
        "mantissa of a",
    )
    _, bar = figure.axes
    assert bar.get_ylabel() == "error, %"
