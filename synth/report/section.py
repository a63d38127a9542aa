"""A section of a report: words, pictures and tables, and what makes its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lmul_pe.synth.fpga.record import Record as FpgaRecord
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.record import Curves, Report, Saved
from lmul_pe.synth.system.energy_report import EnergyReport
from lmul_pe.synth.system.pipeline.pipeline_report import PipelineReport
from lmul_pe.synth.system.spoiled import Spoilt

from .chart import Chart
from .table import AnyTable

SYNTH = "make synth FMT=..."
CLAIMS = "make claims"
CURVES = "lmul-pe curves --fmt ..."


@dataclass(frozen=True)
class Results:
    """What sections are made from.

    Parameters
    ----------
    reports
        Of one technology, by format.
    judged
        All over which claims are judged: those, and of other technologies.
    curves
        Of the formats that have them.
    spoilt
        What products do to a language model's answers, by format and kind, of those studied.
    ledgers
        Of whole models, those that were run.
    pipeline
        The one that was planned last.
    fpga
        Formats on parts, those that were tried.
    """

    reports: tuple[Report, ...]
    judged: tuple[Report, ...] = ()
    curves: tuple[Curves, ...] = ()
    spoilt: Mapping[tuple[str, str], Spoilt] = field(default_factory=dict)
    ledgers: tuple[EnergyReport, ...] = ()
    pipeline: PipelineReport | None = None
    fpga: tuple[FpgaRecord, ...] = ()

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(report.format for report in self.reports)

    @property
    def technology(self) -> str:
        return self.reports[0].technology

    @property
    def measured_on(self) -> str:
        """The day, or the first and the last; empty where reports do not say."""
        days = sorted({report.measured_on for report in self.reports if report.measured_on})
        return " to ".join(days[:: max(len(days) - 1, 1)])

    @property
    def workload(self) -> str:
        """Of every figure that names no other."""
        return self.reports[0].designs[0].workload


@dataclass(frozen=True)
class Section:
    """A section.

    Parameters
    ----------
    name
        By which links find it.
    words
        Paragraphs; what stands between backquotes is code.
    command
        What makes its figures.
    missing
        What to do where its source is not there; empty where it is.
    """

    name: str
    title: str
    words: Sequence[str]
    command: str
    charts: Sequence[Chart] = ()
    tables: Sequence[AnyTable] = field(default=())
    missing: str = ""


KINDS = {
    "adder": "bare adder",
    "lmul": "L-Mul",
    "table": "corrected L-Mul",
    "exact": "conventional",
    "int": "int8",
}
"""What each kind of design is called."""


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def clock_span(saved: Sequence[Saved]) -> str:
    """The clocks in ps of what :func:`~lmul_pe.synth.results.compare.basis` gives: ``455 to 866``.

    One of them alone, and nothing without a delay target.
    """
    clocks = [q.CLOCK.number(each.clock_ps) for each in saved if each.clock_ps is not None]
    return " to ".join(clocks[:: max(len(clocks) - 1, 1)])


def spread(values: Sequence[float], digits: int = 0) -> str:
    """From the least to the greatest: ``34 to 41``; nothing of a single one."""
    if len(values) < 2:
        return ""
    return " to ".join(f"{value:.{digits}f}" for value in (min(values), max(values)))


def change(saved_percent: float) -> str:
    """A saving in words that keep its sign: ``41 % saved``, ``8 % lost``."""
    rounded = round(saved_percent)
    return f"{abs(rounded)} % {'saved' if rounded >= 0 else 'lost'}"
