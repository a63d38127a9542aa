"""Reports on disk: a folder is whole or does not count, and is known by what it was made from."""

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmul_pe.model.command.files import write_whole

STAMP = "manifest.json"

DECIDING = (
    "model",
    "hw",
    "synth/cells",
    "synth/netlists",
    "synth/activity",
    "synth/mapping",
    "synth/workload",
    "synth/interchange",
    "synth/design",
    "synth/measuring",
    "synth/results",
    "synth/published",
    "synth/report",
)
"""The folders of the source that decide what is in a report."""


def inputs_digest(parameters: Mapping[str, Any], *more: str) -> str:
    """SHA-256 over ``parameters`` and the project's own source, of which a result is made.

    Parameters
    ----------
    more
        Files and folders of the source that decide the result, besides those that decide a report;
        from the root, as ``synth/curves.py``.

    Raises
    ------
    FileNotFoundError
        There is no such source.
    """
    root = Path(__file__).parents[2]
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for source in (*DECIDING, *more):
        place = root / source
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if "__pycache__" not in path.parts and not path.is_dir():
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest in ``folder``; an empty one where there is none, or garbage."""
    try:
        manifest = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return {"inputs": str(manifest["inputs"]), "files": dict(manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        return {"inputs": "", "files": {}}


def is_current(folder: Path, inputs: str) -> bool:
    """Whether ``folder`` holds, unchanged, what was made from the same ``inputs``."""
    manifest = _manifest(folder)
    try:
        return manifest["inputs"] == inputs and all(
            _digest((folder / name).read_bytes()) == digest
            for name, digest in manifest["files"].items()
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


def write_folder(folder: Path, inputs: str, files: Mapping[str, bytes]) -> None:
    """Put ``files`` into ``folder``; the manifest that makes them count is written last.

    What an earlier report left there goes; files that no report wrote stay.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    require_writable(folder)
    earlier = _manifest(folder)["files"]
    (folder / STAMP).unlink(missing_ok=True)
    for name in earlier:
        # Only names in this very folder: a manifest is a file that anybody may have edited.
        if name not in files and Path(name).name == name:
            (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)
    manifest = {
        "inputs": inputs,
        "files": {name: _digest(content) for name, content in sorted(files.items())},
    }
    write_whole(folder / STAMP, json.dumps(manifest, indent=1) + "\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
