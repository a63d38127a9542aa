"""Results of a part's pieces: taken from where they are kept, or computed and kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest

from .part import Part, Piece


class Kept:
    """The results of one part in a folder, a file to a piece, named by all that decides it.

    Parameters
    ----------
    part
        Whose results they are.
    folder
        May be shared by all parts.
    """

    def __init__(self, part: Part, folder: Path):
        self._type: TypeAdapter[Any] = TypeAdapter(part.record)
        self._folder = folder
        self._source = source_digest({"part": part.name, "numpy": np.__version__}, *part.sources)

    def _path(self, piece: Piece) -> Path:
        decided = json.dumps([self._source, piece.key, piece.inputs], sort_keys=True)
        return self._folder / f"{hashlib.sha256(decided.encode()).hexdigest()}.json"

    def find(self, piece: Piece) -> Any:
        """The result that was kept; None where there is none, or a broken file."""
        try:
            return self._type.validate_json(self._path(piece).read_bytes())
        except (OSError, ValidationError):
            return None

    def compute(self, piece: Piece) -> Any:
        """The result, computed now and kept.

        Raises
        ------
        OSError
            It cannot be written.
        """
        content = self._type.dump_json(piece.compute())
        write_whole(self._path(piece), content)
        # As the next run reads it.
        return self._type.validate_json(content)


def each(part: Part, pieces: Sequence[Piece], folder: Path) -> Iterator[tuple[Piece, Any]]:
    """Every piece with its result; what is not kept in ``folder`` is computed.

    Raises
    ------
    OSError
        A result cannot be written.
    """
    kept = Kept(part, folder)
    for piece in pieces:
        result = kept.find(piece)
        yield piece, kept.compute(piece) if result is None else result


def text(part: Part, found: Mapping[str, Any], command: str) -> str:
    """The results of a part as JSON, with the command that makes them again."""
    record: TypeAdapter[Any] = TypeAdapter(part.record)
    content = {key: record.dump_python(result, mode="json") for key, result in found.items()}
    return json.dumps({"command": command, "results": content}, indent=1, allow_nan=False) + "\n"
