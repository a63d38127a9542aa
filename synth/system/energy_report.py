"""What ``energy.json`` holds: a ledger, what is saved of it, and the command that makes it."""

from dataclasses import dataclass

from lmul_pe.model.command.project import version
from lmul_pe.synth.results.record import RecordFile

from .ledger import Compared, Threshold
from .levers import Lever

FILE = "energy.json"
_SCHEMA = 1


@dataclass(frozen=True)
class SavedOfWhole:
    """What L-Mul saves of the whole, in percent, at both bounds."""

    instead_of: str
    kindest_percent: float
    hardest_percent: float


@dataclass(frozen=True)
class EnergyReport:
    """One run of ``make energy``."""

    schema: int
    command: str
    version: str
    compared: Compared
    saved: tuple[SavedOfWhole, ...]
    thresholds: tuple[Threshold, ...]
    levers: tuple[Lever, ...]


def energy_report(
    command: str, found: Compared, rows: tuple[Threshold, ...], pulled: tuple[Lever, ...]
) -> EnergyReport:
    """The record of a ledger."""
    saved = tuple(
        SavedOfWhole(
            each.unit.label, found.saved_percent(False, each), found.saved_percent(True, each)
        )
        for each in found.others
    )
    return EnergyReport(_SCHEMA, command, version(), found, saved, rows, pulled)


ENERGY = RecordFile(EnergyReport, "ledger")
