"""Matrix products through the hardware of arrays: built, run and held against the model."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lmul_pe.model import SystolicArray
from lmul_pe.model.format.codec import Codes
from lmul_pe.sim.bench.products import RESULTS, WITHOUT_STALLS
from lmul_pe.sim.testbench.harness import Unit
from lmul_pe.sim.testbench.outcome import Outcome

from .runner import BUILD, Bench, run_bench
from .simulators import Simulator


@dataclass(frozen=True)
class GemmRun:
    """What came of one product on one array.

    Parameters
    ----------
    product
        Codes of the result; None if it is not complete.
    outcomes
        Of the run without stalls, which has the cycles, and of the one with stalls.
    """

    product: Codes | None
    outcomes: list[Outcome]

    @property
    def cycles(self) -> int:
        """Of the run without stalls; 0 if it broke off."""
        return sum(each.cycles or 0 for each in self.outcomes if each.what == WITHOUT_STALLS)

    @property
    def faults(self) -> list[str]:
        """The first mismatch of each run that has any."""
        return [each.first for each in self.outcomes if each.first]


def multiply(
    name: str,
    operands: Mapping[SystolicArray, tuple[Codes, Codes]],
    simulator: Simulator,
    *,
    seed: int = 1,
    build: Path = BUILD,
    report: Callable[[str], None] = lambda text: None,
) -> dict[SystolicArray, GemmRun]:
    """Multiply two matrices on each array, side by side in one simulation.

    Raises
    ------
    SpecificationError
        Matrices that an array cannot multiply.
    SimulationError
        A build failed, or a run broke off.
    """
    for array, (a, b) in operands.items():
        array.check_shape(a.shape[0], a.shape[1], b.shape[1])
    report(f"exporting {len(operands)} arrays as Verilog")
    units = [Unit.exported(array) for array in operands]
    bench = Bench(name, units, {array.name: pair for array, pair in operands.items()})
    # One draw of what nobody sets: here a design is shown at work, not searched for faults.
    once = dataclasses.replace(simulator, seeds=simulator.seeds[:1])
    outcomes, _ = run_bench(bench, once, pairs=0, beats=0, seed=seed, build=build, report=report)
    path = build / name / once.name / f"run{once.seeds[0]}" / RESULTS
    found = dict(np.load(path)) if path.is_file() else {}
    return {
        array: GemmRun(
            found.get(array.name), [each for each in outcomes if each.unit == array.name]
        )
        for array in operands
    }
