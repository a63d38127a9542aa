"""Reports on disk: a folder is whole or does not count, and is known by what it was made from."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from model.files import write_whole

STAMP = "manifest.json"


def inputs_digest(parameters: Mapping[str, Any]) -> str:
    """SHA-256 over ``parameters`` and the project's own source, of which a report is made."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for package in ("model", "hw", "synth"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def is_current(folder: Path, inputs: str) -> bool:
    """Whether ``folder`` holds, unchanged, what was made from the same ``inputs``."""
    try:
        manifest = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return manifest["inputs"] == inputs and all(
            _digest((folder / name).read_bytes()) == digest
            for name, digest in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def write_folder(folder: Path, inputs: str, files: Mapping[str, bytes]) -> None:
    """Replace ``folder`` by ``files``; the manifest that makes them count is written last.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STAMP).unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, content in files.items():
        write_whole(folder / name, content)
    manifest = {
        "inputs": inputs,
        "files": {name: _digest(content) for name, content in sorted(files.items())},
    }
    write_whole(folder / STAMP, json.dumps(manifest, indent=1) + "\n")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
