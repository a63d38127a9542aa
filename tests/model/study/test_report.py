"""The page of a study."""

from lmul_pe.model.study.part import Part, Section
from lmul_pe.model.study.report import page, table


def test_figures_stand_to_the_right():
    assert table(["a", "b", "c"], [["x", "1", "2"]], words=2) == (
        "| a | b | c |\n| :-- | :-- | --: |\n| x | 1 | 2 |\n"
    )


def test_the_first_column_alone_has_words_unless_said():
    assert table(["a", "b"], []) == "| a | b |\n| :-- | --: |\n"
    assert table(["a", "b"], [], words=0) == "| a | b |\n| --: | --: |\n"


def test_the_verdict_comes_first():
    part = Part("one", "One", int, (), lambda formats: [], lambda found: Section([], ""))
    text = page("Accuracy", [(part, Section(["It holds."], "\n| a |\n"))], "make accuracy")
    assert text == "# Accuracy\n\nMade by `make accuracy`.\n\n## One\n\n- It holds.\n\n| a |\n"
