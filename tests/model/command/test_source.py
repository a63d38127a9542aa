"""A digest of the source changes with what decides a result, and with nothing else."""

import hashlib
from pathlib import Path

import pytest

import lmul_pe
from lmul_pe.model.command.source import ARITHMETIC, HARDWARE, ROOT, source_digest


@pytest.fixture
def root(tmp_path):
    (tmp_path / "hw" / "unit").mkdir(parents=True)
    (tmp_path / "hw" / "unit" / "mac.py").write_text("mac")
    (tmp_path / "hw" / "adder.py").write_text("adder")
    (tmp_path / "one.py").write_text("one")
    return tmp_path


def test_it_is_that_of_the_parameters_and_of_names_and_contents_in_order(root):
    text = '{"a": [2], "b": 1}one.py\0onehw/adder.py\0adderhw/unit/mac.py\0mac'
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert source_digest({"b": 1, "a": [2]}, "one.py", "hw", root=root) == expected
    assert source_digest({"a": [2], "b": 1}, "one.py", "hw", root=root) == expected


def test_what_decides_nothing_does_not_count(root):
    before = source_digest({}, "hw", root=root)
    cache = root / "hw" / "unit" / "__pycache__"
    cache.mkdir()
    (cache / "mac.pyc").write_text("compiled")
    (root / "hw" / "judged.toml").write_text("judged")
    (root / "two.py").write_text("two")
    assert source_digest({}, "hw", root=root, without=["judged.toml"]) == before
    assert source_digest({}, "hw", root=root) != before


@pytest.mark.parametrize("name", ["hw/unit/mac.py", "hw/adder.py"])
def test_every_file_of_a_folder_counts(root, name):
    before = source_digest({}, "hw", root=root)
    (root / name).write_text("other")
    assert source_digest({}, "hw", root=root) != before


def test_a_source_that_is_not_there_is_an_error(root):
    with pytest.raises(FileNotFoundError):
        source_digest({}, "hw", "none.py", root=root)


def test_the_root_is_that_of_the_project():
    own = "model/command/source.py"
    assert Path(lmul_pe.__file__).parent == ROOT
    assert source_digest({}, own) == source_digest({}, own, root=ROOT)
    assert all((ROOT / each).exists() for each in ARITHMETIC + HARDWARE)
