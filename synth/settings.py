"""What a measurement depends on, and how it fails."""

from dataclasses import dataclass

from .workloads import WORKLOADS

DEFAULT_WORKLOAD = next(iter(WORKLOADS))


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
    """

    wire_ff: float = 0.0
    pairs: int = 16_384
    check_pairs: int = 65_536
    seed: int = 2024


class MismatchError(RuntimeError):
    """A netlist that does not do what the model says; the text names the first operands."""
