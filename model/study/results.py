"""Results of a part's pieces: taken from where they are kept, or computed and kept."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest

from .part import Part, Piece
from .workers import spread


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

    def keep(self, piece: Piece, result: Any) -> Any:
        """The result, as the next run reads it.

        Raises
        ------
        OSError
            It cannot be written.
        """
        content = self._type.dump_json(result)
        write_whole(self._path(piece), content)
        return self._type.validate_json(content)


def each(part: Part, pieces: Sequence[Piece], folder: Path) -> Iterator[tuple[Piece, Any]]:
    """Every piece with its result: those kept in ``folder`` first, the others as they are computed.

    Raises
    ------
    OSError
        A result cannot be written.
    """
    kept = Kept(part, folder)
    missing = []
    for piece in pieces:
        result = kept.find(piece)
        if result is None:
            missing.append(piece)
        else:
            yield piece, result
    for piece, result in spread(_computed, missing):
        yield piece, kept.keep(piece, result)


def _computed(piece: Piece) -> Any:
    return piece.compute()


def file_of(part: Part, folder: Path) -> Path:
    """Where a study that writes into ``folder`` leaves the results of a part."""
    return folder / f"{part.name}.json"


def read(part: Part, folder: Path) -> dict[str, Any]:
    """The results of a part by key, as :func:`text` wrote them; none where the part was not run.

    Raises
    ------
    SpecificationError
        The file holds something else.
    """
    path = file_of(part, folder)
    try:
        content = json.loads(path.read_bytes())["results"]
        record: TypeAdapter[Any] = TypeAdapter(part.record)
        return {key: record.validate_python(result) for key, result in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise SpecificationError(
            f"{path} holds no results of part {part.name} that can be read: expected those of this "
            "version; remove it, or run its study again"
        ) from None


def text(part: Part, found: Mapping[str, Any], command: str) -> str:
    """The results of a part as JSON, with the command that makes them again."""
    record: TypeAdapter[Any] = TypeAdapter(part.record)
    content = {key: record.dump_python(result, mode="json") for key, result in found.items()}
    return json.dumps({"command": command, "results": content}, indent=1, allow_nan=False) + "\n"
