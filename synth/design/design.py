"""What all designs have in common, at whatever level."""

from dataclasses import dataclass
from typing import Protocol

from lmul_pe.synth.mapping.known import Subject


class Design(Protocol):
    """A design under measurement."""

    @property
    def name(self) -> str:
        """Stable and unique; that of its hardware's top module."""
        ...

    @property
    def level(self) -> str:
        """One of :data:`~.levels.LEVELS`."""
        ...

    @property
    def kind(self) -> str:
        """That of its multiplier: ``lmul``, ``exact``, ``int``, or ``adder`` for a bare adder."""
        ...

    @property
    def summary(self) -> str:
        """What it is, for a reader."""
        ...

    @property
    def subject(self) -> Subject:
        """What its recipes depend on."""
        ...

    @property
    def compared(self) -> str:
        """What designs have in common that are compared with each other."""
        ...

    @property
    def operations(self) -> int:
        """Multiplications, or multiply-accumulates, in a clock cycle."""
        ...

    @property
    def usual(self) -> bool:
        """Whether every report of its level has it."""
        ...

    @property
    def clocks(self) -> str:
        """``compared`` of the designs that set the equal clocks at which it is measured as well;
        empty where it is measured at none."""
        ...


@dataclass(frozen=True)
class LeftOut:
    """A design of ``level`` that cannot be, or what of the library is not counted, and why."""

    level: str
    why: str
