import io
import struct

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.arrays import read_array, write_array


def test_what_is_written_is_read(tmp_path):
    array = np.array([[1.5, -0.0], [np.inf, 3]])
    write_array(tmp_path / "x.npy", array)
    assert np.array_equal(read_array(tmp_path / "x.npy"), array)


def test_an_archive_is_no_array(tmp_path):
    file = io.BytesIO()
    np.savez(file, a=[1], b=[2])
    (tmp_path / "x.npz").write_bytes(file.getvalue())
    assert read_array(tmp_path / "x.npz") is None


@pytest.mark.parametrize(
    "header",
    [
        # NumPy's reader raises errors of its tokenizer on the first, of its parser on the others.
        b"\x93NUMPY\x01\x00v\x00{'shape': \x00(2, 2), }".ljust(128),
        b"\x93NUMPY\x01\x00v\x00{'shape': ((2, 2), }".ljust(128),
        b"\x93NUMPY\x01\x00v\x00".ljust(128, b"("),
        b"PK\x03\x04",
        b"",
    ],
)
def test_a_broken_file_is_one_line(tmp_path, header):
    (tmp_path / "x.npy").write_bytes(header)
    with pytest.raises(SpecificationError, match=r"x\.npy is not a NumPy array file \(\.npy\): "):
        read_array(tmp_path / "x.npy")


def test_a_file_of_python_objects_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([None, "text"]), allow_pickle=True)
    with pytest.raises(
        SpecificationError, match=r"x\.npy is not a NumPy array file .*Object arrays"
    ):
        read_array(tmp_path / "x.npy")


def test_no_more_than_200_characters_of_what_is_broken_are_shown(tmp_path):
    header = repr({"key" * 200: 1}).encode()
    beginning = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header))
    (tmp_path / "x.npy").write_bytes(beginning + header)
    with pytest.raises(SpecificationError) as caught:
        read_array(tmp_path / "x.npy")
    path, shown = str(caught.value).split(" is not a NumPy array file (.npy): ")
    assert path == str(tmp_path / "x.npy")
    assert len(shown) == 200


def test_a_file_that_is_not_there_stays_an_error_of_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_array(tmp_path / "none.npy")
