from dataclasses import replace

from matplotlib.figure import Figure
from matplotlib.text import Text

from lmul_pe.model.network.training.loop import Run
from lmul_pe.model.study.training_report import DIGITS

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
