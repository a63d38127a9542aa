"""Parts of a page that a command writes, between marks that stay."""

from pathlib import Path

from lmul_pe.model.choices import SpecificationError

from .files import write_whole


def write_between(path: Path, begin: str, end: str, text: str) -> None:
    """Put ``text`` between the marks ``begin`` and ``end`` of a page.

    Raises
    ------
    SpecificationError
        The page has no such marks.
    OSError
        It cannot be read or written.
    """
    page = path.read_text(encoding="utf-8")
    if begin not in page or end not in page.partition(begin)[2]:
        raise SpecificationError(f"page {path} has no place for this: expected {begin} and {end}")
    before, rest = page.split(begin, 1)
    write_whole(path, f"{before}{begin}\n{text}{end}{rest.partition(end)[2]}")
