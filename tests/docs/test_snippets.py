"""The Python of the documents runs, and prints what stands beside it."""

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)


@pytest.mark.parametrize(
    "path", [each for each in sorted(DOCS.glob("*.md")) if "```python" in each.read_text()], ids=str
)
def test_snippets_print_what_they_say(path, capsys):
    names = {}
    for block in BLOCK.findall(path.read_text()):
        exec(compile(block, path.name, "exec"), names)
        said, printed = PRINTED.findall(block), capsys.readouterr().out.splitlines()
        if said:
            assert printed == said


def test_the_readme_prints_what_it_says():
    failed, attempted = doctest.testfile(str(DOCS.parent / "README.md"), module_relative=False)
    assert (failed, attempted > 5) == (0, True)
