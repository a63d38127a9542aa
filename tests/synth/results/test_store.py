"""Folders on disk: whole or nothing, and known by what they were made from."""

import json
import os
from pathlib import Path

import pytest

import lmul_pe
from lmul_pe.model.command import source as source_module
from lmul_pe.synth.results import store
from lmul_pe.synth.results.store import (
    DECIDING,
    RENDERED,
    STAMP,
    forget,
    inputs_digest,
    is_current,
    require_writable,
    source_digest,
    write_folder,
)

FILES = {"report.json": b"{}\n", "a.v": b"module a; endmodule\n"}
GARBAGE = [b"", b"garbage", b"\xff\xfe", b"[]", b"null", b"{}", b'{"inputs": "inputs"}']
GARBAGE += [b'{"inputs": "inputs", "files": null}', b'{"inputs": "inputs", "files": [1]}']
GARBAGE += [b'{"inputs": "inputs", "files": {"a.v": 1}}', b'{"inputs": "inputs", "files": "ab"}']
GARBAGE += [b'{"inputs": ["inputs"], "files": {}}']


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path / "report", "inputs", FILES)
    return tmp_path / "report"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_written_folder_is_current(folder):
    assert is_current(folder, "inputs")
    assert names(folder) == sorted([*FILES, STAMP])
    assert all((folder / name).read_bytes() == content for name, content in FILES.items())


def test_other_inputs_make_it_stale(folder):
    assert not is_current(folder, "other inputs")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b" ")),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["missing", "empty", "truncated", "changed", "a folder"],
)
def test_a_file_that_is_not_what_it_was_makes_it_stale(damage, name, folder):
    damage(folder / name)
    assert not is_current(folder, "inputs")


@pytest.mark.parametrize("content", GARBAGE)
def test_a_manifest_that_is_garbage_makes_it_stale(content, folder):
    (folder / STAMP).write_bytes(content)
    assert not is_current(folder, "inputs")


def test_a_manifest_cut_anywhere_makes_it_stale(folder):
    whole = (folder / STAMP).read_bytes().rstrip()
    for length in range(len(whole)):
        (folder / STAMP).write_bytes(whole[:length])
        assert not is_current(folder, "inputs")


def test_no_folder_and_no_manifest_are_stale(folder, tmp_path):
    assert not is_current(tmp_path / "none", "inputs")
    (folder / STAMP).unlink()
    assert not is_current(folder, "inputs")


def test_what_an_earlier_report_left_goes_and_what_is_not_ours_stays(folder):
    (folder / "notes.txt").write_text("mine")
    (folder / "sub").mkdir()
    write_folder(folder, "newer", {"report.json": b"{}"})
    assert names(folder) == sorted(["report.json", STAMP, "notes.txt", "sub"])
    assert is_current(folder, "newer")


def test_a_manifest_cannot_make_it_remove_files_elsewhere(folder, tmp_path):
    (tmp_path / "victim").write_text("mine")
    files = {"../victim": "0", str(tmp_path / "victim"): "0"}
    (folder / STAMP).write_text(json.dumps({"inputs": "inputs", "files": files}))
    write_folder(folder, "inputs", FILES)
    assert (tmp_path / "victim").read_text() == "mine"


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_a_write_that_is_interrupted_leaves_nothing_that_counts(failing, folder, monkeypatch):
    real, written = store.write_whole, []

    def interrupted(path, content):
        if len(written) == failing:
            raise KeyboardInterrupt
        written.append(path)
        real(path, content)

    monkeypatch.setattr(store, "write_whole", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_folder(folder, "newer", FILES)
    assert not is_current(folder, "newer")
    assert not is_current(folder, "inputs")
    monkeypatch.undo()
    write_folder(folder, "newer", FILES)
    assert is_current(folder, "newer")


def test_a_file_in_the_way_is_an_error(tmp_path):
    (tmp_path / "report").write_text("in the way")
    with pytest.raises(OSError, match="report"):
        write_folder(tmp_path / "report", "inputs", FILES)
    assert (tmp_path / "report").read_text() == "in the way"


def test_two_manifests_in_one_folder_know_nothing_of_each_other(folder):
    write_folder(folder, "rendered", {"report.md": b"words"}, RENDERED)
    assert is_current(folder, "inputs")
    assert is_current(folder, "rendered", RENDERED)
    (folder / "report.md").write_bytes(b"other words")
    assert is_current(folder, "inputs")
    assert not is_current(folder, "rendered", RENDERED)
    write_folder(folder, "rendered", {"words.md": b"words"}, RENDERED)
    assert names(folder) == sorted([*FILES, STAMP, "words.md", RENDERED])


def test_what_is_forgotten_goes_with_its_manifest_alone(folder):
    write_folder(folder, "rendered", {"report.md": b"words"}, RENDERED)
    forget(folder, RENDERED)
    assert names(folder) == sorted([*FILES, STAMP])
    forget(folder, RENDERED)
    assert is_current(folder, "inputs")


def test_a_folder_that_can_be_written_is_there_afterwards(tmp_path):
    require_writable(tmp_path / "a" / "b")
    require_writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_may_not_be_written_keeps_what_it_holds(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match=r"Permission denied: .*report"):
        write_folder(folder, "newer", FILES)
    assert is_current(folder, "inputs")


def test_a_file_that_is_gone_already_is_forgotten_too(folder):
    (folder / "a.v").unlink()
    forget(folder)
    assert names(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_an_error(folder):
    folder.chmod(0o500)
    with pytest.raises(PermissionError, match="report"):
        write_folder(folder, "inputs", FILES)


def test_inputs_are_parameters_and_source():
    digest = inputs_digest({"format": "e4m3", "pairs": 128})
    assert digest == inputs_digest({"pairs": 128, "format": "e4m3"})
    assert digest != inputs_digest({"pairs": 129, "format": "e4m3"})


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A copy in miniature of the folders of the source, in which a test may write."""
    folders = [name for name in DECIDING if not name.endswith(".py")]
    for package in (*folders, "synth/system", "hw/board"):
        (tmp_path / package / "__pycache__").mkdir(parents=True)
        (tmp_path / package / "one.py").write_text("1\n")
    (tmp_path / "hw" / "blocks.py").write_text("1\n")
    (tmp_path / "synth" / "curves.py").write_text("1\n")
    monkeypatch.setattr(source_module, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    ["hw/unit/one.py", "hw/blocks.py", "synth/measuring/one.py", "synth/cells/new.json"],
)
def test_a_change_of_what_decides_a_report_changes_its_inputs(source, changed):
    before = inputs_digest({})
    (source / changed).write_text("2\n")
    assert inputs_digest({}) != before


@pytest.mark.parametrize(
    "changed",
    ["hw/unit/__pycache__/one.pyc", "hw/board/one.py", "synth/system/one.py", "synth/curves.py"],
)
def test_a_change_of_anything_else_does_not(source, changed):
    before = inputs_digest({})
    (source / changed).write_text("2\n")
    assert inputs_digest({}) == before


@pytest.mark.parametrize(
    ("more", "changed"),
    [("synth/system", "synth/system/one.py"), ("synth/curves.py", "synth/curves.py")],
)
def test_other_results_have_more_inputs(source, more, changed):
    before = inputs_digest({}, more)
    (source / changed).write_text("2\n")
    assert inputs_digest({}, more) != before


def test_what_is_rendered_has_its_own_source_alone(source):
    before = source_digest({"report": "1"}, "synth/system")
    assert source_digest({"report": "2"}, "synth/system") != before
    (source / "hw" / "unit" / "one.py").write_text("2\n")
    assert source_digest({"report": "1"}, "synth/system") == before
    (source / "synth" / "system" / "one.py").write_text("2\n")
    assert source_digest({"report": "1"}, "synth/system") != before


def test_source_that_is_not_there_is_no_input():
    with pytest.raises(FileNotFoundError, match="missing"):
        inputs_digest({}, "synth/missing.py")


def test_every_package_is_known_to_decide_a_report_or_not_to():
    root = Path(lmul_pe.__file__).parent
    packages = {
        path.parent.relative_to(root).as_posix()
        for part in ("hw", "synth")
        for path in root.glob(f"{part}/*/__init__.py")
    }
    tells = {"hw/board", "hw/wrapper", "synth/fpga", "synth/published", "synth/report"}
    tells |= {"synth/cluster", "synth/sweep", "synth/system"}
    decide = {name for name in DECIDING if name.startswith(("hw/", "synth/"))}
    assert packages == decide - {"hw/blocks.py"} | tells
