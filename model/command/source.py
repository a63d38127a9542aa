"""The source itself, as something that decides a result."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path

ARITHMETIC = ("model/format", "model/multiplier", "model/accumulator", "model/unit")
"""The folders that decide what a unit computes.  Studies, networks and commands do not."""

HARDWARE = (
    "hw/accumulator",
    "hw/arithmetic",
    "hw/array",
    "hw/blocks.py",
    "hw/export",
    "hw/multiplier",
    "hw/stream",
    "hw/unit",
)
"""Those that decide the gates of a unit.  What stands around it on a board or bus does not."""

ROOT = Path(__file__).parents[2]
"""Of the project."""


def source_digest(
    parameters: Mapping[str, object],
    *sources: str,
    root: Path | None = None,
    without: Collection[str] = (),
) -> str:
    """SHA-256 over ``parameters`` and files and folders of the source.

    Parameters
    ----------
    sources
        From the root, as ``hw`` or ``synth/curves.py``.
    root
        Of the project, this one by default.
    without
        Names of files that decide nothing.

    Raises
    ------
    FileNotFoundError
        There is no such source.
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    root = root or ROOT
    for source in sources:
        place = root / source
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_dir() or "__pycache__" in path.parts or path.name in without:
                continue
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
