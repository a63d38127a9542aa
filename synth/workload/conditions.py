"""Under which conditions designs are measured."""

from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology

from .settings import Settings


@dataclass(frozen=True)
class Conditions:
    """What a measurement depends on besides the design."""

    technology: Technology
    settings: Settings

    @property
    def wire_ff(self) -> float:
        """Wire capacitance per driven pin, in fF."""
        return self.settings.wire_ff
