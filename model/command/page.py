"""Parts of a page that a command writes, between marks that stay."""

from pathlib import Path

from lmul_pe.model.choices import SpecificationError

from .files import write_whole


def require_between(path: Path, begin: str, end: str) -> str:
    """The text of a page with the marks ``begin`` and ``end``; to be asked before long work.

    Raises
    ------
    SpecificationError
        There is no such page, it is no text in UTF-8, or it has no such marks.
    """
    if not path.is_file():
        raise SpecificationError(f"page {path} does not exist: expected one with {begin} and {end}")
    try:
        page = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SpecificationError(f"page {path} is no text in UTF-8: {error.reason}") from None
    if begin not in page or end not in page.partition(begin)[2]:
        raise SpecificationError(f"page {path} has no place for this: expected {begin} and {end}")
    return page


def write_between(path: Path, begin: str, end: str, text: str) -> None:
    """Put ``text`` between the marks ``begin`` and ``end`` of a page.

    Raises
    ------
    SpecificationError
        As :func:`require_between` raises it.
    OSError
        It cannot be read or written.
    """
    before, rest = require_between(path, begin, end).split(begin, 1)
    write_whole(path, f"{before}{begin}\n{text}{end}{rest.partition(end)[2]}")
