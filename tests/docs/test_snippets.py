"""The Python of the documents runs, and prints what stands beside it; for tutorials see
``test_commands.py``."""

import doctest

import pytest

from tests.docs.document import DOCS, ROOT, blocks, title

WITH_PYTHON = [each for each in sorted(DOCS.glob("*.md")) if "```python" in each.read_text()]


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("page", WITH_PYTHON, ids=title)
def test_snippets_print_what_they_say(page, long, capsys):
    names = {}
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "python" and (long or not block.long):
            exec(compile(block.text, page.name, "exec"), names)
            printed = capsys.readouterr().out.splitlines()
            if block.said:
                assert printed == block.said


def test_the_readme_prints_what_it_says():
    failed, attempted = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert (failed, attempted > 5) == (0, True)
