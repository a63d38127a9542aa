"""The table of a sweep: a row to a design and point, as Parquet."""

import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.synth.results.store import BUILD

from .point import Point

FOLDER = BUILD / "sweep"
"""Where sweeps are kept."""
TABLE = "sweep.parquet"

_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}


def schema() -> pa.Schema:
    """The columns: the fields of a :class:`~.point.Point`."""
    hints = get_type_hints(Point)
    return pa.schema(
        [
            pa.field(
                each.name,
                _TYPES[_plain(hints[each.name])],
                nullable=isinstance(hints[each.name], UnionType),
            )
            for each in dataclasses.fields(Point)
        ]
    )


def _plain(hint: Any) -> Any:
    """The type of a field that may be None."""
    return next((each for each in get_args(hint) if each is not type(None)), hint)


def write_table(path: Path, points: Sequence[Point]) -> None:
    """Write ``points`` to a Parquet file, whole.

    Raises
    ------
    OSError
        It cannot be written.
    """
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([vars(point) for point in points], schema()), content)
    write_whole(path, content.getvalue())


def read_table(path: Path) -> list[Point]:
    """The points of a Parquet file.

    Raises
    ------
    SpecificationError
        Something else is there, or a table of another version.
    OSError
        It cannot be read.
    """
    try:
        # A file and not its path, which may be a folder of several.
        table = pq.read_table(io.BytesIO(path.read_bytes()), schema=schema())
        return [Point(**row) for row in table.to_pylist()]
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise SpecificationError(
            f"{path} is no table of a sweep of this version: {str(error).splitlines()[0]}; "
            "`make sweep` makes it again"
        ) from None
