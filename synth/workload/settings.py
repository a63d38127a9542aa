"""What a measurement depends on, and how it fails."""

from dataclasses import dataclass, fields

from .streams import UNIT_WORKLOADS, WORKLOADS, CodeStream, Workload

DEFAULT_WORKLOAD = next(iter(WORKLOADS))
OWN = "own"
"""Name of the workload that is a user's own stream."""


EFFORTS = {
    "quick": "the recipes that won where everything was tried, in the design itself or the nearest",
    "full": "every structure that a design has by every script that it is worth; with a delay "
    "target, conventional multipliers of wide formats have fewer scripts",
}
"""How many recipes are tried, and what that means."""

CLOCK_BAND = {
    "quick": (1.05, 1.4, 2.0),
    "full": (1.05, 1.15, 1.25, 1.4, 1.6, 1.8, 2.0),
}
"""Times the smallest clock that both sides meet: the clocks that figures are medians of, by effort.
At the smallest one itself the slower side is at its limit, where a picosecond costs most.  The
median clock of each is the same."""

MADE_FOR = 1.4
"""Times the smallest clock: the largest one, of every effort, for which multipliers are made anew.
With more time, those serve that were made for less, or without a delay target."""


@dataclass(frozen=True)
class Settings:
    """What a measurement depends on besides the design and the technology.

    Parameters
    ----------
    wire_ff
        Wire capacitance per driven pin, in fF.
    pairs
        Operand pairs of each workload of a multiplier.
    check_pairs
        Operand pairs of a multiplier's check that cannot take every one.
    seed
        Of every random stream.
    clock_ps
        Clock at which all designs of a level are compared; None for the smallest one that L-Mul and
        the conventional design both meet.
    own
        A user's own operand pairs, on which multipliers are measured as well.
    effort
        One of :data:`EFFORTS`.
    clock_gates
        Whether registers that are held have clock gates.
    timed_dots
        Whether dot products are measured at equal clocks as well: always with every effort.
    held_dots
        Whether dot products that hold their products, or the sum of these, in registers are
        measured, too, and then both at equal clocks.
    all_units
        Whether units with aligned sums and dot products of four are measured: always with every
        effort.
    """

    wire_ff: float = 0.0
    pairs: int = 16_384
    check_pairs: int = 65_536
    seed: int = 2024
    clock_ps: float | None = None
    own: CodeStream | None = None
    effort: str = "quick"
    clock_gates: bool = False
    timed_dots: bool = False
    held_dots: bool = False
    all_units: bool = False

    def __post_init__(self) -> None:
        # One form for what is the same.
        timed = self.timed_dots or self.held_dots or self.effort == "full"
        object.__setattr__(self, "timed_dots", timed)
        object.__setattr__(self, "all_units", self.all_units or self.effort == "full")

    @property
    def clock_band(self) -> tuple[float, ...]:
        """The one of :data:`CLOCK_BAND` that is measured."""
        return CLOCK_BAND[self.effort]

    @property
    def workloads(self) -> dict[str, Workload]:
        """What multipliers are measured on, by name, the default workload first."""
        return {name: name for name in WORKLOADS} | ({OWN: self.own} if self.own else {})

    @property
    def described(self) -> dict[str, str]:
        """What each of :attr:`workloads` is, and what units alone are measured on."""
        return WORKLOADS | UNIT_WORKLOADS | ({OWN: self.own.summary} if self.own else {})

    @property
    def stated(self) -> dict[str, object]:
        """Everything in it, in a form that can be written down."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "own": self.own.digest if self.own else None,
        }


class MismatchError(RuntimeError):
    """A netlist that does not do what the model says; the text names the first operands."""
