import pytest

pytest.importorskip("matplotlib")
from lmul_pe.model.study.picture import picture


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
