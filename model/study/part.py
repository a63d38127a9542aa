"""A part of a study: pieces of work that do not need each other, and what is said of their results.

A piece is computed once.  Its result is kept by what decides it, so that a study that was
interrupted, or asked for more, goes on where it stopped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmul_pe.model.format.floating import FloatFormat


@dataclass(frozen=True)
class Piece:
    """Work that is done as a whole.

    Parameters
    ----------
    key
        Its name among the pieces of its part.
    compute
        Without arguments to its result, a record of the part's type; in a process of its own, to
        which it goes pickled.
    inputs
        What decides the result beside the key and the source, in plain values, as the digest of
        data.
    """

    key: str
    compute: Callable[[], Any]
    inputs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """What is said of a part.

    Parameters
    ----------
    verdict
        Sentences, the most important first; a terminal shows these alone.
    body
        Markdown below the verdict, which may show the pictures by their names.
    pictures
        PNG files by name.
    """

    verdict: Sequence[str]
    body: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """A part of a study.

    Parameters
    ----------
    name
        As it stands in options, and of its JSON file.
    title
        The same in words, for a reader.
    record
        The type of a piece's result: a dataclass, or whatever pydantic reads and writes.
    sources
        Files and folders of the source that decide results, from the root, as ``model/format``.
    pieces
        From the formats that were asked for, none for those that the part has by default, to the
        work, in its order.
    section
        From the results by key to what is said of them.
    check
        Raises an error that says in one line what is missing to compute the part.
    """

    name: str
    title: str
    record: Any
    sources: tuple[str, ...]
    pieces: Callable[[Sequence[FloatFormat]], Sequence[Piece]]
    section: Callable[[Mapping[str, Any]], Section]
    check: Callable[[], None] = lambda: None
