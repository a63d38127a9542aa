"""A section of the page, and the columns and commands that sections share."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .picture import Picture
from .table import Column, Row, Style, Table


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Parameters
    ----------
    name
        By which links find it.
    words
        Paragraphs.
    command
        What makes its figures.
    missing
        What to do where its source is not there; empty where it is.
    """

    name: str
    title: str
    words: Sequence[str]
    command: str
    pictures: Sequence[Picture] = ()
    tables: Sequence[Table] = ()
    missing: str = ""


SYNTH = "make synth FMT=..."
CLAIMS = "make claims"
CURVES = "lmul-pe curves --fmt ..."

FORMAT = Column("format", "format", Style.TEXT, choice=True)
LEVEL = Column("level", "level", Style.TEXT, choice=True)
KIND = Column("kind", "kind", Style.TEXT, choice=True)
NAME = Column("name", "design", Style.CODE)
TECHNOLOGY = Column("technology", "technology", Style.TEXT, choice=True)
WORKLOAD = Column("workload", "workload", Style.TEXT, choice=True)
FUNCTIONAL = Column("functional_fj", "functional, fJ")
INTERVAL = Column("uncertainty_fj", "\N{PLUS-MINUS SIGN}, fJ", Style.SMALL)
GLITCHES = Column("glitch_fj", "with glitches, fJ")
CLOCK = Column("clock_fj", "clock, fJ")
LEAKAGE = Column("leakage_fj", "leakage, fJ")
AREA = Column("area_ge", "area, GE")
DELAY = Column("delay_ps", "delay, ps")
RECIPE = Column("recipe", "recipe", Style.TEXT)


def rows(things: Iterable[Any]) -> tuple[Row, ...]:
    """Dataclasses as rows of a table."""
    return tuple(asdict(each) for each in things)
