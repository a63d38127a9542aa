"""Files of other tools, which may be compressed by gzip."""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

_GZIP = b"\x1f\x8b"


@contextmanager
def uncompressed(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, without the compression that it may have whatever its name.

    Raises
    ------
    OSError
        The file cannot be read, is a device, which need not end, or its compressed data are broken
        or break off.
    """
    with path.open("rb") as file:
        if stat.S_ISCHR(os.fstat(file.fileno()).st_mode):
            raise OSError(f"{path}: is a device: expected a file")
        compressed = file.peek(len(_GZIP)).startswith(_GZIP)
        try:
            # Lines of a plain GzipFile are slow.
            yield (
                cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 20))
                if compressed
                else file
            )
        except (EOFError, zlib.error) as error:
            raise OSError(f"{path}: cannot be read: {error}") from None


def file_text(path: Path) -> str:
    """The text of a file as of :func:`uncompressed`, without a byte order mark.

    What is no UTF-8 becomes a replacement character.
    """
    with uncompressed(path) as file:
        return file.read().decode("utf-8-sig", errors="replace")
