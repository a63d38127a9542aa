"""What the tests of studies share."""

import pytest

from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.network.language import smollm2
from lmul_pe.model.study import results


@pytest.fixture(scope="session")
def language_model():
    """SmolLM2, where it is installed."""
    try:
        return smollm2()
    except MissingExtraError as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def every_axis_is_labelled(monkeypatch):
    """No picture is drawn with an axis, a title or several lines without a name."""
    figure = pytest.importorskip("matplotlib.figure").Figure
    saved = figure.savefig

    def save(self, *arguments, **options):
        for axes in self.axes:
            if axes.get_label() == "<colorbar>":
                assert axes.get_ylabel() or axes.get_xlabel()
                continue
            assert axes.get_title() or axes.get_title(loc="left") or self.get_suptitle()
            assert axes.get_xlabel()
            assert axes.get_ylabel()
            named = [line for line in axes.lines if not line.get_label().startswith("_")]
            assert len(named) < 2 or axes.get_legend() or self.legends
        return saved(self, *arguments, **options)

    monkeypatch.setattr(figure, "savefig", save)


@pytest.fixture
def in_this_process(monkeypatch):
    """Pieces are computed where a test can watch them, and need not be pickled."""
    monkeypatch.setattr(
        results, "spread", lambda function, items: ((item, function(item)) for item in items)
    )
