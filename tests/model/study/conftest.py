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


# Of a module, so that it is there when a fixture of one draws.
@pytest.fixture(autouse=True, scope="module")
def every_axis_is_labelled():
    """No picture is drawn with an axis, a title or several lines without a name."""
    figure = pytest.importorskip("matplotlib.figure").Figure
    saved = figure.savefig

    def save(self, *arguments, **options):
        legends = [*self.legends, *filter(None, (axes.get_legend() for axes in self.axes))]
        explained = {text.get_text() for legend in legends for text in legend.get_texts()}
        for axes in self.axes:
            if axes.get_label() == "<colorbar>":
                assert axes.get_ylabel() or axes.get_xlabel()
                continue
            assert axes.get_title() or axes.get_title(loc="left") or self.get_suptitle()
            assert axes.get_xlabel()
            assert axes.get_ylabel()
            named = {line.get_label() for line in axes.lines if line.get_label()[0] != "_"}
            # Panels may share the legend of one of them.
            assert len(named) < 2 or named <= explained
        return saved(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(figure, "savefig", save)
        yield


@pytest.fixture
def drawn(monkeypatch):
    """The figures that a test draws, in their order."""
    figure = pytest.importorskip("matplotlib.figure").Figure
    saved, figures = figure.savefig, []

    def save(self, *arguments, **options):
        figures.append(self)
        return saved(self, *arguments, **options)

    monkeypatch.setattr(figure, "savefig", save)
    # Who looks at a figure needs no pixels of it, which take seconds.
    canvas = pytest.importorskip("matplotlib.backend_bases").FigureCanvasBase
    monkeypatch.setattr(canvas, "print_figure", lambda *_, **__: None)
    return figures


@pytest.fixture
def in_this_process(monkeypatch):
    """Pieces are computed where a test can watch them, and need not be pickled."""
    monkeypatch.setattr(
        results, "spread", lambda function, items: ((item, function(item)) for item in items)
    )
