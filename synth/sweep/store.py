"""What was measured, a file to a point: written whole, known by what it was made from."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.synth.results.record import RecordFile
from lmul_pe.synth.results.store import require_writable

from .estimate import ESTIMATE, Estimate
from .measuring import Outcome
from .point import POINT, Point

Kept = TypeVar("Kept", Point, Estimate)
_RECORD, _NETLIST, _ESTIMATE = ".json", ".v", ".estimate.json"


class Store:
    """A folder of points, in which this process writes, and others that it reads.

    A point that is broken, or of another version of the files, is not there.

    Parameters
    ----------
    folder
        Its own.
    others
        Of colleagues.

    Raises
    ------
    SpecificationError
        One of the others is no folder.
    """

    def __init__(self, folder: Path, others: Sequence[Path] = ()):
        self.folder = folder
        self._folders = (folder, *others)
        for other in others:
            if not other.is_dir():
                raise SpecificationError(f"store {other} is no folder: expected one of a sweep")

    def require_writable(self) -> None:
        """Create the own folder if need be.

        Raises
        ------
        OSError
            It cannot be written: better now than after all the work.
        """
        require_writable(self.folder)

    def find(self, key: str) -> Point | None:
        """The point, from the first folder that has it."""
        return self._first(POINT, key, _RECORD)

    def estimate(self, key: str) -> Estimate | None:
        """The estimate, from the first folder that has it."""
        return self._first(ESTIMATE, key, _ESTIMATE)

    def _first(self, file: RecordFile[Kept], key: str, suffix: str) -> Kept | None:
        for folder in self._folders:
            with suppress(OSError, SpecificationError):
                found = file.read(_path(folder, key, suffix), "make sweep")
                if found.key == key:
                    return found
        return None

    def keep_estimate(self, estimate: Estimate) -> None:
        """Write an estimate.

        Raises
        ------
        OSError
            It cannot be written.
        """
        write_whole(_path(self.folder, estimate.key, _ESTIMATE), ESTIMATE.text(estimate))

    def netlist(self, key: str) -> Path | None:
        """The file of the point's netlist, where there is one."""
        paths = (_path(folder, key, _NETLIST) for folder in self._folders)
        return next((path for path in paths if path.is_file()), None)

    def keep(self, outcome: Outcome) -> None:
        """Write a point, its netlist first: with the record it counts.

        Raises
        ------
        OSError
            It cannot be written.
        """
        key = outcome.point.key
        if outcome.verilog:
            write_whole(_path(self.folder, key, _NETLIST), outcome.verilog)
        write_whole(_path(self.folder, key, _RECORD), POINT.text(outcome.point))


def _path(folder: Path, key: str, suffix: str) -> Path:
    # A folder of 10^5 files is slow to list.
    return folder / key[:2] / f"{key}{suffix}"
