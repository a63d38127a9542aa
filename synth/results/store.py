"""Reports on disk: a folder is whole or does not count, and is known by what it was made from."""

import errno
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import ARITHMETIC, HARDWARE, source_digest

BUILD = Path("build")
STAMP = "manifest.json"
RENDERED = "rendered.json"
"""The manifest of what is made from a report, beside it."""

DECIDING = (
    *ARITHMETIC,
    "model/accuracy",
    *HARDWARE,
    "synth/cells",
    "synth/netlists",
    "synth/activity",
    "synth/mapping",
    "synth/workload",
    "synth/interchange",
    "synth/design",
    "synth/measuring",
    "synth/results",
)
"""The folders of the source that decide what is in a report."""


def inputs_digest(parameters: Mapping[str, object], *more: str) -> str:
    """SHA-256 over ``parameters`` and the source that decides a report.

    Parameters
    ----------
    more
        Files and folders of the source that decide the result besides, from the root, as
        ``synth/curves.py``.

    Raises
    ------
    FileNotFoundError
        There is no such source.
    """
    return source_digest(parameters, *DECIDING, *more)


@dataclass(frozen=True)
class Manifest:
    """What files in a folder were made from, and their digests."""

    inputs: str
    files: dict[str, str]


_MANIFEST = TypeAdapter(Manifest)


def _manifest(folder: Path, stamp: str) -> Manifest:
    """The manifest in ``folder``; an empty one where there is none, or garbage."""
    try:
        return _MANIFEST.validate_json((folder / stamp).read_bytes())
    except (OSError, ValidationError):
        return Manifest("", {})


def is_current(folder: Path, inputs: str, stamp: str = STAMP) -> bool:
    """Whether ``folder`` holds, unchanged, what was made from the same ``inputs``."""
    manifest = _manifest(folder, stamp)
    try:
        return manifest.inputs == inputs and all(
            _digest((folder / name).read_bytes()) == digest
            for name, digest in manifest.files.items()
        )
    except OSError:
        return False


def require_writable(folder: Path) -> None:
    """Create ``folder`` if need be.

    Raises
    ------
    OSError
        It cannot be written: better now than after all the work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))


def forget(folder: Path, stamp: str = STAMP) -> None:
    """Remove the manifest, and then what it lists; files that it does not list stay."""
    earlier = _manifest(folder, stamp).files
    (folder / stamp).unlink(missing_ok=True)
    for name in earlier:
        # Only names in this very folder: a manifest is a file that anybody may have edited.
        if Path(name).name == name:
            (folder / name).unlink(missing_ok=True)


def write_folder(folder: Path, inputs: str, files: Mapping[str, bytes], stamp: str = STAMP) -> None:
    """Put ``files`` into ``folder``; the manifest that makes them count is written last.

    What an earlier run left there by the same manifest goes; other files stay.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    require_writable(folder)
    forget(folder, stamp)
    for name, content in files.items():
        write_whole(folder / name, content)
    manifest = Manifest(inputs, {name: _digest(each) for name, each in sorted(files.items())})
    write_whole(folder / stamp, _MANIFEST.dump_json(manifest, indent=1).decode() + "\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
