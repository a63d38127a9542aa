"""Designs of a report on a user's own operands beside normal ones: ``make synth WORKLOAD=``."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmul_pe.model import FloatFormat

from .activity.energy import recorded_energy
from .cells.technology import Technology
from .interchange.own_operands import multiplier_activity, unit_activity
from .interchange.verilog_reader import read_verilog
from .netlists.timing import critical_path
from .results.compare import main_saving
from .results.record import Report
from .workload.settings import DEFAULT_WORKLOAD, Settings
from .workload.streams import CodeStream, Workload

SMOLLM2 = "smollm2"
"""The name of the workload that is a real model's operands."""

_LEVELS = {"multiplier": "glitches counted", "mac": "clock counted, glitches not"}
"""What is measured, and what its energy holds; leakage is in neither."""


@dataclass(frozen=True)
class OwnEnergy:
    """What L-Mul saves at a level on both, in fJ of one operation.

    Parameters
    ----------
    lmul, exact
        Energy on normal operands, and on the own ones.
    """

    level: str
    lmul: tuple[float, float]
    exact: tuple[float, float]

    @property
    def saved_percent(self) -> tuple[float, float]:
        """By L-Mul, on normal operands, and on the own ones."""
        normal, own = (
            100 * (1 - lmul / exact) if exact else 0.0
            for lmul, exact in zip(self.lmul, self.exact, strict=True)
        )
        return normal, own


def smollm2_stream(format: FloatFormat) -> CodeStream:
    """Operands of attention and of a linear layer of SmolLM2 in ``format``.

    Raises
    ------
    MissingExtraError
        Its weights, or what reads them, are not installed.
    SpecificationError
        A format beyond the range of fp32.
    """
    from lmul_pe.model.network.language import smollm2
    from lmul_pe.model.network.real_operands import pairs_of

    codes = pairs_of(smollm2(f"workload {SMOLLM2}"), format)
    pairs = np.ascontiguousarray(codes, dtype="<u8")
    return CodeStream("SmolLM2", pairs, hashlib.sha256(pairs.tobytes()).hexdigest())


def own_energies(
    report: Report, folder: Path, stream: CodeStream, technology: Technology, settings: Settings
) -> Iterator[OwnEnergy]:
    """The netlists of a level's main saving, on normal operands and on ``stream``.

    Raises
    ------
    SpecificationError
        The stream has codes that the format has not.
    """
    for level in _LEVELS:
        main = main_saving(report, level)
        if main is not None:
            lmul, exact = (
                tuple(
                    _energy_fj(folder / f"{name}.v", technology, workload, settings)
                    for workload in (DEFAULT_WORKLOAD, stream)
                )
                for name in (main.design, main.baseline)
            )
            yield OwnEnergy(level, (lmul[0], lmul[1]), (exact[0], exact[1]))


def _energy_fj(path: Path, technology: Technology, workload: Workload, settings: Settings) -> float:
    netlist = read_verilog(path, technology).netlist
    wire_ff, seed = settings.wire_ff, settings.seed
    period = critical_path(netlist, technology, wire_ff).delay_ps
    if netlist.registers:
        activity = unit_activity(netlist, technology, workload, seed, period)
    else:
        activity = multiplier_activity(
            netlist, technology, workload, settings.pairs, seed, period, wire_ff
        )
    found = recorded_energy(netlist, technology, activity, wire_ff)
    return (found.total_fj - found.leakage_fj) * period / activity.duration_ps


def own_verdict(found: Iterator[OwnEnergy], stream: CodeStream) -> Iterator[str]:
    """How far normal operands are from the stream, a line to a level."""
    yield f"On {stream.summary}, and on normal ones:"
    for each in found:
        normal, own = each.saved_percent
        yield (
            f"  {each.level}: L-Mul {each.lmul[1]:.3g} fJ for {each.lmul[0]:.3g}, conventional "
            f"{each.exact[1]:.3g} fJ for {each.exact[0]:.3g}; saved {own:.1f} % for "
            f"{normal:.1f} % ({_LEVELS[each.level]})"
        )
