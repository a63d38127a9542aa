"""What is measured of one format on one part, and how it stands in a file."""

from dataclasses import astuple, dataclass
from statistics import median

from lmul_pe.synth.results.record import RecordFile


@dataclass(frozen=True)
class Use:
    """Cells of an FPGA.

    Parameters
    ----------
    luts
        Look-up tables, those of carry cells among them where a carry cell is made of them.
    carries
        Carry cells: of one bit (iCE40, Gowin), two (ECP5) or four (7 series).
    flip_flops, dsps, block_rams
        As the part has them.
    """

    luts: int = 0
    carries: int = 0
    flip_flops: int = 0
    dsps: int = 0
    block_rams: int = 0

    def __add__(self, other: "Use") -> "Use":
        return Use(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    def times(self, count: int) -> "Use":
        """So many of it."""
        return Use(*(count * each for each in astuple(self)))


RESOURCES = {
    "luts": "LUTs",
    "carries": "carry cells",
    "flip_flops": "flip-flops",
    "dsps": "DSPs",
    "block_rams": "block RAMs",
}
"""The fields of :class:`Use`, and what they are called."""


@dataclass(frozen=True)
class Clock:
    """Clocks that place and route reached, in MHz, one for each seed, between registers.

    Parameters
    ----------
    mhz
        By seed, from seed 1 on.
    """

    mhz: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.mhz)


@dataclass(frozen=True)
class Design:
    """A design on the part.

    Parameters
    ----------
    name
        Of its module.
    level
        ``"multiplier"``, ``"mac"`` or ``"dot"``.
    kind
        ``"lmul"``, ``"exact"``, ``"int8"`` or ``"adder"``.
    dsp
        Whether multipliers of the part were allowed.
    use
        By synthesis, of the design alone.
    clock
        Of the design between registers; None where nothing was placed, or no clock reported.
    """

    name: str
    level: str
    kind: str
    dsp: bool
    use: Use
    clock: Clock | None


@dataclass(frozen=True)
class Array:
    """The largest square array that fits, by the cells of small ones.

    Parameters
    ----------
    name
        Of its module; empty where not one element fits.
    kind, dsp
        As of :class:`Design`.
    side
        Rows, and columns.
    use
        Expected of it.
    limit
        What the next larger one has too much of: ``"luts"``, ``"flip_flops"``, ``"carries"`` or
        ``"dsps"``; ``"size"`` where it is as large as an array can be.
    """

    name: str
    kind: str
    dsp: bool
    side: int
    use: Use
    limit: str

    @property
    def limited_by(self) -> str:
        """:attr:`limit` in words."""
        return RESOURCES.get(self.limit, self.limit)


@dataclass(frozen=True)
class Record:
    """One format on one part.

    Parameters
    ----------
    format, part, device
        Names.
    holds
        What the part has.
    fill
        The part of it that an array may take.
    tools
        Versions of what decides the figures.
    command
        What makes the record again.
    """

    format: str
    part: str
    device: str
    holds: Use
    fill: float
    tools: dict[str, str]
    command: str
    designs: tuple[Design, ...]
    arrays: tuple[Array, ...]

    def design(self, level: str, kind: str, dsp: bool) -> Design | None:
        """The design of a level and kind; the one that may use multipliers of the part or not."""
        found = (
            each for each in self.designs if (each.level, each.kind, each.dsp) == (level, kind, dsp)
        )
        return next(found, None)


RECORD = RecordFile(Record, "record of an FPGA")

FOLDER = "fpga"
"""Under the folder of results."""
