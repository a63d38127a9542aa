"""Arrays in NumPy's own files (``.npy``), which people hand over and are handed."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError

from .files import write_whole


@contextmanager
def reading_array(path: Path) -> Iterator[None]:
    """Whatever NumPy's reader raises on a broken file is one clear line.

    Raises
    ------
    SpecificationError
        The file is broken.
    OSError
        It cannot be read.
    """
    try:
        yield
    except (SpecificationError, OSError):
        raise
    # A header is a Python expression: errors of its tokenizer and of zip files are among these.
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:200]
        raise SpecificationError(f"{path} is not a NumPy array file (.npy): {why}") from None


def read_array(path: Path) -> NDArray[Any] | None:
    """The array in a file; None in the place of an archive of several.

    Raises
    ------
    SpecificationError
        No file of NumPy, or one of Python objects.
    OSError
        It cannot be read.
    """
    with reading_array(path):
        found = np.load(path, allow_pickle=False)
    return found if isinstance(found, np.ndarray) else None


def write_array(path: Path, array: NDArray[np.generic]) -> None:
    """Write ``array`` to ``path``, whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_whole(path, buffer.getvalue())
