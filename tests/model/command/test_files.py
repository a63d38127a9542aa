import os

import pytest

from lmul_pe.model.command.files import write_whole


@pytest.mark.parametrize(
    ("content", "data"), [(b"\x00\xff\n", b"\x00\xff\n"), ("é\n", "é\n".encode())]
)
def test_content(tmp_path, content, data):
    path = tmp_path / "new" / "folder" / "file.bin"
    write_whole(path, content)
    assert path.read_bytes() == data
    assert list(path.parent.iterdir()) == [path]


def test_replaces(tmp_path):
    path = tmp_path / "file"
    write_whole(path, "first, and longer")
    write_whole(path, "second")
    assert path.read_text() == "second"


def test_what_was_there_stays_if_writing_fails(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, "before")

    def refuse(*_):
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "after")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_not_replaced(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_whole(folder, "content")
    assert list(tmp_path.iterdir()) == [folder]


def test_the_current_folder_is_not_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="directory"):
        write_whole(type(tmp_path)("."), "content")


def test_a_link_keeps_pointing_where_it_does(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_whole(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_no_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="not a regular file"):
        write_whole(pipe, "content")
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
