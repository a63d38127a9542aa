"""Parts of a page between marks."""

import re

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.page import require_between, write_between

BEGIN, END = "<!-- begin -->", "<!-- end -->"


@pytest.fixture
def page(tmp_path):
    return tmp_path / "page.md"


def test_what_stands_between_the_marks_is_replaced(page):
    page.write_text(f"é {END}\n{BEGIN}\nold\n{END}\nafter\n{BEGIN} and {END}\n", encoding="utf-8")
    for _ in range(2):
        write_between(page, BEGIN, END, "a line\nanother\n")
        assert page.read_text(encoding="utf-8") == (
            f"é {END}\n{BEGIN}\na line\nanother\n{END}\nafter\n{BEGIN} and {END}\n"
        )


def test_a_page_with_both_marks_is_given_as_it_is(page):
    page.write_text(f"{BEGIN}{END}")
    assert require_between(page, BEGIN, END) == f"{BEGIN}{END}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, f"does not exist: expected one with {BEGIN} and {END}"),
        (b"\xff", "is no text in UTF-8: invalid start byte"),
        *(
            (content, f"has no place for this: expected {BEGIN} and {END}")
            for content in (b"", BEGIN.encode(), END.encode(), f"{END} {BEGIN}".encode())
        ),
    ],
)
def test_what_is_no_such_page_is_refused(page, content, message):
    if content is not None:
        page.write_bytes(content)
    with pytest.raises(SpecificationError, match=f"^page .*page\\.md {re.escape(message)}$"):
        write_between(page, BEGIN, END, "text")
    assert content is None or page.read_bytes() == content
