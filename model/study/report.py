"""A study as a page of Markdown."""

from collections.abc import Sequence

from .part import Part, Section


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A table of Markdown; the first ``words`` columns hold words, the others figures."""
    marks = [":--" if place < words else "--:" for place in range(len(headings))]
    lines = [headings, marks, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def page(title: str, sections: Sequence[tuple[Part, Section]], command: str) -> str:
    """The report: what is said of each part, the verdict first."""
    lines = [f"# {title}", "", f"Made by `{command}`.", ""]
    for part, section in sections:
        lines += [f"## {part.title}", "", *(f"- {each}" for each in section.verdict), ""]
        lines += [section.body.strip(), ""]
    return "\n".join(lines)
