"""Documents are taken apart as a reader sees them."""

from tests.docs.document import Block, blocks, paragraphs, prose

TEXT = """# Heading

One
line.
- An item
  of two lines.
- Another.

    make help

  ```sh
  make synth

      more
  ```

| a | b |

Last.
"""


def test_blocks_are_in_their_order():
    assert blocks(TEXT) == [
        Block("", "make help\n"),
        Block("sh", "make synth\n\n    more\n"),
    ]


def test_paragraphs_and_items_are_apart():
    assert list(paragraphs(TEXT)) == ["One line.", "- An item of two lines.", "- Another.", "Last."]


def test_prose_has_no_code():
    assert "make" not in prose(TEXT)


def test_what_is_said_stands_behind_print():
    assert Block("python", "print(1)  # 1\nx = 2  # two\n").said == ["1"]
