"""Which units are checked together: one format's, or the whole catalogue's."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from lmul_pe.model import (
    CATALOG,
    KINDS,
    FloatAccumulator,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
)
from lmul_pe.model.multiplier.policies import LATENCIES, UNGUARDED
from lmul_pe.model.unit.array import DATAFLOWS
from lmul_pe.model.unit.names import Specification
from lmul_pe.sim.testbench.harness import Unit
from lmul_pe.sim.testbench.outcome import Outcome

from .runner import BUILD, Bench, run_bench
from .simulators import Simulator

NARROW_BITS = 8
PAIRS = 50_000
BEATS = 150
ARRAY_SIDE = 2


def narrow_multipliers() -> list[Multiplier]:
    """Both kinds of every catalogued format whose operand pairs can all be tried."""
    formats = [format for format in CATALOG.values() if format.width <= NARROW_BITS]
    return [Multiplier(kind, format) for format in formats for kind in KINDS]


def wide_multipliers() -> list[Multiplier]:
    """Both kinds of every other catalogued format."""
    formats = [format for format in CATALOG.values() if format.width > NARROW_BITS]
    return [Multiplier(kind, format) for format in formats for kind in KINDS]


def format_multipliers(format: str, kinds: Sequence[str] = tuple(KINDS)) -> list[Multiplier]:
    """The multipliers of one format: every policy of note, and every latency.

    Raises
    ------
    SpecificationError
        No such format or kind.
    """
    units: list[Multiplier] = []
    latencies = [latency for latency in LATENCIES if latency]
    for kind in kinds:
        units.append(Multiplier(kind, format))
        units.append(Multiplier(kind, format, subnormals="gradual"))
        if kind == "lmul":
            units += [Multiplier(kind, format, guard=guard) for guard in UNGUARDED]
            units.append(Multiplier(kind, format, carry="equation"))
        units += [Multiplier(kind, format, latency=latency) for latency in latencies]
    return units


def format_macs(format: str, kinds: Sequence[str] = tuple(KINDS)) -> list[Mac]:
    """The multiply-accumulate units of one format, with fp32 sums.

    Raises
    ------
    SpecificationError
        No such format or kind.
    """
    macs = []
    for kind in kinds:
        multiplier = Multiplier(kind, format)
        # An exact product can be too wide to be added; its multipliers are checked all the same.
        with suppress(SpecificationError):
            macs.append(Mac(multiplier, FloatAccumulator("fp32")))
    return macs


def format_arrays(format: str, kinds: Sequence[str] = tuple(KINDS)) -> list[SystolicArray]:
    """A small array of each dataflow, with fp32 sums; the weight-stationary one takes sums, too.

    Raises
    ------
    SpecificationError
        No such format or kind.
    """
    return [
        SystolicArray(
            mac.multiplier,
            mac.accumulator,
            rows=ARRAY_SIDE,
            cols=ARRAY_SIDE,
            dataflow=dataflow,
            partial=dataflow == "ws",
        )
        for mac in format_macs(format, kinds)
        for dataflow in DATAFLOWS
    ]


def check(
    name: str,
    specifications: Sequence[Specification],
    simulator: Simulator,
    *,
    pairs: int = PAIRS,
    beats: int = BEATS,
    seed: int = 1,
    build: Path = BUILD,
    waves: bool = False,
    report: Callable[[str], None] = lambda text: None,
) -> tuple[list[Outcome], list[Path]]:
    """Export ``specifications``, build them as ``name`` and check them against the model.

    Parameters, results and errors are those of :func:`~.runner.run_bench`.
    """
    report(f"exporting {len(specifications)} units as Verilog")
    bench = Bench(name, [Unit.exported(each) for each in specifications])
    return run_bench(
        bench,
        simulator,
        pairs=pairs,
        beats=beats,
        seed=seed,
        build=build,
        waves=waves,
        report=report,
    )
