"""What a bench inside the simulator is to do: a JSON file that an environment variable names."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.unit.names import Specification, specification_named

VARIABLE = "LMUL_PE_BENCH"


@dataclass(frozen=True)
class Configuration:
    """The parameters of a bench.

    Parameters
    ----------
    units
        Names of the units, which are those of their specifications.
    pairs
        Operand pairs of each combinational unit, where not every pair is taken.
    beats
        Transfers per stall pattern of each unit with streams.
    seed
        Of everything random.
    shuffled
        Whether operand pairs are taken in random order, which shows state where none may be.
    outcomes
        File to which the verdicts are added.
    operands
        File with the operands of given matrix products; None for the project's own cases.
    """

    units: list[str]
    pairs: int
    beats: int
    seed: int
    shuffled: bool
    outcomes: str
    operands: str | None = None

    @property
    def specifications(self) -> list[Specification]:
        return [specification_named(name) for name in self.units]

    def write(self, path: Path) -> None:
        """Write the configuration for :meth:`read`, which finds ``path`` in the environment."""
        write_whole(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls) -> "Configuration":
        return cls(**json.loads(Path(os.environ[VARIABLE]).read_text()))
