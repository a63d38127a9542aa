"""Files written whole or not at all."""

import errno
import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes | str) -> None:
    """Write ``content`` to ``path`` so that no reader ever sees a part of it.

    The folder is created if need be.  The content goes to a neighbour first, which then takes the
    name in one step.

    Raises
    ------
    OSError
        The folder or the file cannot be written.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    named = str(path)
    # A link keeps pointing where it does, and a device or pipe is not replaced by a file.
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        # Nobody has named the neighbour.
        raise OSError(error.errno, error.strerror, named) from None
    finally:
        part.unlink(missing_ok=True)
