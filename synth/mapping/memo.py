"""What was computed before, by what decides it: in memory, and in a file for the next run."""

import hashlib
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from lmul_pe.model.command.files import write_whole

Result = TypeVar("Result")


class Memo:
    """Results of one file, which is whole or does not count.

    Parameters
    ----------
    path
        The file; None to keep results in memory alone.  Its name tells what decides all results in
        it, as the source that computed them.
    """

    def __init__(self, path: Path | None = None):
        self._path = path
        self._known = self._read()
        self._added = False

    def _read(self) -> dict[str, Any]:
        # A file that is missing, broken or of another Python is made again.
        with suppress(Exception):
            if self._path and isinstance(known := pickle.loads(self._path.read_bytes()), dict):
                return known
        return {}

    def get(self, make: Callable[[], Result], *key: object) -> Result:
        """What ``make`` gives, called once for each ``key`` of plain values."""
        name = hashlib.sha256(repr(key).encode()).hexdigest()
        if name not in self._known:
            self._known[name] = make()
            self._added = True
        found: Result = self._known[name]
        return found

    def save(self) -> None:
        """Write the file, if there is anything new, with what others wrote to it meanwhile.

        Raises
        ------
        OSError
            It cannot be written.
        """
        if self._path is not None and self._added:
            known = self._read() | self._known
            write_whole(self._path, pickle.dumps(known, pickle.HIGHEST_PROTOCOL))
            self._added = False
