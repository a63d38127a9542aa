"""Under which conditions designs are measured."""

from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology

from .settings import Settings


@dataclass(frozen=True)
class Conditions:
    """What a measurement depends on besides the design."""

    technology: Technology
    settings: Settings

    @classmethod
    def of(cls, library: Technology, settings: Settings) -> "Conditions":
        """With clock gates among the cells if the settings ask for them.

        Raises
        ------
        TechnologyError
            The library has none.
        """
        return cls(library.with_clock_gates if settings.clock_gates else library, settings)

    @property
    def wire_ff(self) -> float:
        """Wire capacitance per driven pin, in fF."""
        return self.settings.wire_ff
