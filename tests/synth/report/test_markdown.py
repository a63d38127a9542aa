"""Sections as Markdown."""

from lmul_pe.synth.report.markdown import markdown
from lmul_pe.synth.report.section import Section
from lmul_pe.synth.report.table import Table, words

TABLE = Table("t", "Two letters.", (words("letter", lambda row: row),), ("a", "<b>"))


def test_words_then_what_makes_it_then_pictures_and_sections():
    sections = [
        Section("one", "First", ["Run `make`.", "Again."], "make one", tables=[TABLE]),
        Section("two", "Second", [], "make two", missing="Nothing yet: `make two` makes it."),
    ]
    assert markdown("Title", ["Before & after."], sections, "make <all>", {"a.png": "a, b"}) == (
        """\
# Title

Before & after.

Made by `make <all>`.

![a, b](a.png)

## First

Run `make`.

Again.

| letter |
|---|
| a |
| <b> |

Two letters.

## Second

Nothing yet: `make two` makes it.

"""
    )


def test_without_pictures_and_sections_there_are_words_alone():
    assert markdown("Title", [], [], "make") == "# Title\n\nMade by `make`.\n\n"
