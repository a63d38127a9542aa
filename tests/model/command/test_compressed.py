"""Files with and without compression, whole and broken."""

import gzip
from pathlib import Path

import pytest

from lmul_pe.model.command.compressed import file_text, uncompressed


def test_what_is_compressed_is_told_by_its_content(tmp_path):
    path = tmp_path / "any.name"
    for content in (b"first\nsecond", gzip.compress(b"first\nsecond")):
        path.write_bytes(content)
        assert file_text(path) == "first\nsecond"
        with uncompressed(path) as file:
            assert list(file) == [b"first\n", b"second"]


def test_a_byte_order_mark_is_no_text_and_other_bytes_are_replaced(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"\xef\xbb\xbfa\xffb")
    assert file_text(path) == "a\ufffdb"
    path.write_bytes(b"")
    assert file_text(path) == ""


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:9] + b"\xff" * 9])
def test_broken_compression_is_an_error_that_names_the_file(tmp_path, damage):
    path = tmp_path / "broken.gz"
    path.write_bytes(damage(gzip.compress(b"text" * 1000)))
    with pytest.raises(OSError, match=r"broken\.gz: cannot be read: "):
        file_text(path)


def test_a_device_is_refused_since_it_need_not_end():
    with pytest.raises(OSError, match=r"^/dev/zero: is a device: expected a file$"):
        file_text(Path("/dev/zero"))
