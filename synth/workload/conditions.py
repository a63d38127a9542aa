"""Under which conditions designs are measured."""

from dataclasses import dataclass

from lmul_pe.synth.cells.technology import Technology

from .settings import Settings


@dataclass(frozen=True)
class Conditions:
    """What a measurement depends on besides the design.

    Parameters
    ----------
    reported
        Whether what is measured are the designs of a format's report, under default settings and at
        the clocks that these give each other: netlists that it is known not to take are not made.
    """

    technology: Technology
    settings: Settings
    reported: bool = False

    @classmethod
    def of(cls, library: Technology, settings: Settings, *, reported: bool = False) -> "Conditions":
        """With clock gates among the cells if the settings ask for them.

        Raises
        ------
        TechnologyError
            The library has none.
        """
        technology = library.with_clock_gates if settings.clock_gates else library
        return cls(technology, settings, reported)

    @property
    def wire_ff(self) -> float:
        """Wire capacitance per driven pin, in fF."""
        return self.settings.wire_ff
