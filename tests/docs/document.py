"""The documents, taken apart: their blocks of code and their paragraphs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TUTORIALS = sorted((DOCS / "tutorials").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")), *TUTORIALS]

_FENCED = re.compile(r"^( *)```(\w*)( long)?\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?:    .*\n|\n(?=    ))+")
_PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
_ITEM = re.compile(r" *(?:[-*]|\d+\.) ")


@dataclass(frozen=True)
class Block:
    """Code between fences, in the language that the first one names, or indented, without one."""

    language: str
    text: str
    long: bool = False
    """Whether the first fence says that it takes too long for every run of the tests."""

    @property
    def said(self) -> list[str]:
        """What a block of Python says that it prints, behind each ``print``."""
        return _PRINTED.findall(self.text)


def title(path: Path) -> str:
    """How a page is named in the tests' names."""
    return str(path.relative_to(ROOT))


def blocks(text: str) -> list[Block]:
    """The blocks of code, in their order."""
    found = [
        (each.start(), Block(each[2], dedent(each[4]), bool(each[3])))
        for each in _FENCED.finditer(text)
    ]
    # Blanked, so that places stay and nothing indented between fences is found again.
    rest = _FENCED.sub(lambda each: "~" * len(each[0]), text)
    found += [(each.start(), Block("", dedent(each[0]))) for each in _INDENTED.finditer(rest)]
    return [block for _, block in sorted(found, key=lambda each: each[0])]


def prose(text: str) -> str:
    """The page without its blocks of code."""
    return _INDENTED.sub("\n", _FENCED.sub("", text))


def paragraphs(text: str) -> Iterator[str]:
    """Paragraphs and items of lists, each on one line; tables and headings are none."""
    lines: list[str] = []
    for line in [*prose(text).splitlines(), ""]:
        ends = not line.strip() or line.startswith(("#", "|", "<!--"))
        if lines and (ends or _ITEM.match(line)):
            yield " ".join(lines)
            lines = []
        if not ends:
            lines.append(line.strip())
