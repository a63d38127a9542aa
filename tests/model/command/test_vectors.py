"""The command `python -m lmul_pe.model`."""

import os
import pickle
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lmul_pe.model import code_type, multiplier_named
from lmul_pe.model.command.run import run
from lmul_pe.model.command.vectors import main

ROOT = Path(__file__).parents[2]


def process(folder, *arguments):
    """The finished command, run in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lmul_pe.model", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process, run in the test's folder."""

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["model", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


def array_file(header, data=b""):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def saved(path, array):
    np.save(path, array)
    return path


class TestTable:
    @pytest.mark.parametrize(
        ("name", "kind", "policies"),
        [
            ("lmul_e3m2", "lmul", {}),
            ("exact_e2m1_x_e3m2_to_fp16_gradual", "exact", {"subnormals": "gradual"}),
            ("lmul_e2m3_equation_offset3", "lmul", {"carry": "equation", "offset": 3}),
        ],
    )
    def test_every_product(self, name, kind, policies, command, tmp_path, reference):
        ended = command("--name", name, "--table", "new/table.npy")
        multiplier = multiplier_named(name)
        formats = [reference.format_of(format) for format in multiplier.formats]
        rows, columns = (2**format.width for format in formats[:2])
        assert ended.returncode == 0
        assert ended.stderr == ""
        written = np.load(tmp_path / "new" / "table.npy", allow_pickle=False)
        assert (
            ended.stdout
            == f"new/table.npy: {rows} x {columns} products of {name}, {written.dtype}\n"
        )
        expected = [
            [getattr(reference, kind)(formats, a, b, **policies) for b in range(columns)]
            for a in range(rows)
        ]
        assert written.tolist() == expected
        assert written.dtype == code_type(multiplier.format_y)
        assert os.listdir(tmp_path / "new") == ["table.npy"]


class TestPairs:
    @pytest.mark.parametrize("kind", [np.uint8, np.int64, np.uint64])
    def test_products(self, kind, command, tmp_path, reference):
        codes = np.random.default_rng(1).integers(0, 256, size=(500, 2)).astype(kind)
        saved(tmp_path / "pairs.npy", codes)
        ended = command("--name", "lmul_e5m2_saturate", "--pairs", "pairs.npy", "--out", "out.npy")
        assert ended.returncode == 0
        assert ended.stderr == ""
        assert ended.stdout == "out.npy: 500 products of lmul_e5m2_saturate, uint8\n"
        formats = [reference.Format(5, 2, "ieee", 15)] * 3
        expected = [reference.lmul(formats, a, b, overflow="saturate") for a, b in codes.tolist()]
        assert np.load(tmp_path / "out.npy", allow_pickle=False).tolist() == expected

    def test_wide_codes(self, command, tmp_path):
        values = np.random.default_rng(2).normal(size=(100, 2)).astype(np.float32)
        saved(tmp_path / "pairs.npy", values.view(np.uint32))
        ended = command("--name", "exact_fp32", "--pairs", "pairs.npy", "--out", "out.npy")
        assert ended.returncode == 0
        written = np.load(tmp_path / "out.npy")
        np.testing.assert_array_equal(written.view(np.float32), values[:, 0] * values[:, 1])

    def test_none_at_all(self, command, tmp_path):
        saved(tmp_path / "pairs.npy", np.zeros((0, 2), np.uint8))
        ended = command("--name", "lmul_e4m3", "--pairs", "pairs.npy", "--out", "out.npy")
        assert ended.returncode == 0
        assert np.load(tmp_path / "out.npy").shape == (0,)

    def test_table_beside_pairs(self, command, tmp_path):
        saved(tmp_path / "pairs.npy", np.array([[2, 2]], np.uint8))
        ended = command(
            *("--name", "exact_e2m1", "--pairs", "pairs.npy", "--out", "out.npy"),
            *("--table", "table.npy"),
        )
        assert ended.returncode == 0
        assert np.load(tmp_path / "out.npy").tolist() == [2]
        assert np.load(tmp_path / "table.npy").shape == (16, 16)


class TestProcess:
    """As its users run it."""

    @pytest.mark.parametrize("option", ["-h", "--help"])
    def test_help(self, option, tmp_path):
        ended = process(tmp_path, option)
        assert ended.returncode == 0
        assert "--table" in ended.stdout
        assert ended.stderr == ""

    def test_table(self, tmp_path):
        ended = process(tmp_path, "--name", "exact_e2m1", "--table", "table.npy")
        assert ended.returncode == 0
        assert ended.stdout == "table.npy: 16 x 16 products of exact_e2m1, uint8\n"
        assert ended.stderr == ""
        assert np.load(tmp_path / "table.npy")[2, 3] == 3

    @pytest.mark.parametrize(
        ("arguments", "status"),
        [
            (("--name", "lmul_e9", "--table", "table.npy"), 2),
            (("--name", "lmul_e4m3", "--pairs", "none.npy", "--out", "out.npy"), 1),
            (("--nam",), 2),
        ],
    )
    def test_errors(self, arguments, status, tmp_path):
        ended = process(tmp_path, *arguments)
        assert ended.returncode == status
        assert ended.stdout == ""
        assert re.fullmatch("error: .*\n", ended.stderr)
        assert os.listdir(tmp_path) == []


class Executed:
    """A pickle of this writes a file when it is read as a pickle."""

    def __reduce__(self):
        return (os.mkdir, ("executed",))


CONTENTS = {
    "float.npy": np.zeros((4, 2)),
    "flat.npy": np.zeros(4, np.uint8),
    "wide.npy": np.zeros((4, 3), np.uint8),
    "deep.npy": np.zeros((4, 2, 1), np.uint8),
    "single.npy": np.uint8(3),
    "text.npy": np.array([["1", "2"]]),
    "bool.npy": np.zeros((4, 2), bool),
    "negative.npy": np.array([[1, -1]]),
    "outside.npy": np.array([[256, 1]]),
    "structured.npy": np.zeros((4, 2), [("a", "u1")]),
    "garbage.npy": b"this is no array\n",
    "empty.npy": b"",
    "zip.npy": b"PK\x03\x04 and then nothing of the kind",
    "cut.npy": b"\x93NUMPY\x01",
    "short.npy": array_file(b"{'descr': '|u1', 'fortran_order': False, 'shape': (4, 2)}\n", b"1"),
    "open.npy": array_file(b"{'descr': '|u1', 'fortran_order': False, 'shape': (4,\n"),
    "huge.npy": array_file(
        b"{'descr': '<i8', 'fortran_order': False, 'shape': (100000000000000, 2)}\n"
    ),
    "unhashable.npy": array_file(b"{[]: 1}\n"),
    "pickled.npy": pickle.dumps(Executed()),
    "object.npy": np.array([[Executed(), 1]], dtype=object),
}


class TestErrors:
    """Each is one line on standard error and a status, and leaves no file behind."""

    @pytest.fixture
    def refused(self, command, tmp_path):
        def checked(*arguments):
            before = sorted(tmp_path.rglob("*"))
            ended = command(*arguments)
            assert ended.returncode in (1, 2)
            assert re.fullmatch("error: .*\n", ended.stderr)
            assert ended.stdout == ""
            assert sorted(tmp_path.rglob("*")) == before
            return ended

        return checked

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            ([], "--name"),
            (["--name", "lmul_e4m3"], "nothing to do: give --table FILE"),
            (["--name", "lmul_e4m3", "--pairs", "a.npy"], "--pairs and --out go together"),
            (["--name", "lmul_e4m3", "--out", "a.npy"], "nothing to do"),
            (
                ["--name", "lmul_e4m3", "--table", "t", "--out", "a"],
                "--pairs and --out go together",
            ),
            (["--name", "lmul_e9", "--table", "t.npy"], "format 'e9' is not known"),
            (["--name", "lmull_e4m3", "--table", "t.npy"], "did you mean 'lmul'?"),
            (["--name", "", "--table", "t.npy"], "kind '' is not one of"),
            (["--name", "lmul_fp32", "--table", "t.npy"], "lmul_fp32 has no product table"),
            (["--name", "lmul_fp32", "more"], "more"),
            (["--name", "lmul_e4m3", "--tabel", "t.npy"], "--tabel"),
            (
                ["--name", "lmul_e4m3", "--pairs", "none.npy", "--out", "o"],
                "none.npy: No such file",
            ),
            (["--name", "lmul_e4m3", "--pairs", ".", "--out", "o"], ".: Is a directory"),
        ],
    )
    def test_arguments(self, arguments, text, refused):
        assert text in refused(*arguments).stderr

    @pytest.mark.parametrize("content", CONTENTS)
    def test_contents(self, content, refused, tmp_path):
        path = tmp_path / content
        if isinstance(CONTENTS[content], bytes):
            path.write_bytes(CONTENTS[content])
        else:
            np.save(path, CONTENTS[content], allow_pickle=True)
        ended = refused("--name", "lmul_e4m3", "--pairs", content, "--out", "out.npy")
        assert ended.returncode == 2
        if isinstance(CONTENTS[content], bytes) or content == "object.npy":
            assert f"{content} is not a NumPy array file (.npy)" in ended.stderr

    def test_archive(self, refused, tmp_path):
        np.savez(tmp_path / "archive.npz", a=np.zeros((4, 2), np.uint8))
        arguments = ("--name", "lmul_e4m3", "--pairs", "archive.npz", "--out", "out.npy")
        assert "expected N x 2 codes" in refused(*arguments).stderr

    # A file where a folder would have to be, a folder where a file would have to be.
    @pytest.mark.parametrize("path", ["pairs.npy/out.npy", "folder", ".", "..", "/", ""])
    @pytest.mark.parametrize("option", ["--table", "--out"])
    def test_unwritable(self, option, path, refused, tmp_path):
        saved(tmp_path / "pairs.npy", np.zeros((4, 2), np.uint8))
        (tmp_path / "folder").mkdir()
        arguments = ["--name", "lmul_e4m3", option, path]
        if option == "--out":
            arguments += ["--pairs", "pairs.npy"]
        ended = refused(*arguments)
        # The neighbour to which the content went first is nobody's business.
        assert ".part" not in ended.stderr

    @pytest.mark.parametrize("options", [("--out", "p.npy"), ("--out", "o", "--table", "p.npy")])
    def test_pairs_are_not_written_over(self, options, command, tmp_path):
        path = saved(tmp_path / "p.npy", np.zeros((4, 2), np.uint8))
        before = path.read_bytes()
        ended = command("--name", "lmul_e4m3", "--pairs", "p.npy", *options)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "p.npy is the file of --pairs, which is read: expected another one" in ended.stderr
        assert path.read_bytes() == before
        assert not (tmp_path / "o").exists()

    def test_products_and_table_are_two_files(self, command, tmp_path):
        saved(tmp_path / "p.npy", np.zeros((4, 2), np.uint8))
        ended = command(
            *("--name", "lmul_e4m3", "--pairs", "p.npy", "--out", "o.npy", "--table", "o.npy")
        )
        assert "--out o.npy is the file of --table, which is written, too" in ended.stderr
        assert not (tmp_path / "o.npy").exists()

    def test_an_impossible_table_leaves_no_products_either(self, refused, tmp_path):
        saved(tmp_path / "pairs.npy", np.zeros((4, 2), np.uint8))
        refused(
            *("--name", "lmul_fp32", "--pairs", "pairs.npy", "--out", "out.npy"),
            *("--table", "table.npy"),
        )
