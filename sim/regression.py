"""Which units are checked together: one format's, or the whole catalogue's."""

from collections.abc import Callable, Sequence
from pathlib import Path

from model import CATALOG, KINDS, Multiplier
from model.multiplier import LATENCIES

from .harness import Unit
from .outcome import Outcome
from .runner import BUILD, Bench, run_bench
from .simulators import Simulator

NARROW_BITS = 8
PAIRS = 50_000
BEATS = 150


def narrow_multipliers() -> list[Multiplier]:
    """Both kinds of every catalogued format whose operand pairs can all be tried."""
    formats = [format for format in CATALOG.values() if format.width <= NARROW_BITS]
    return [Multiplier(kind, format) for format in formats for kind in KINDS]


def wide_multipliers() -> list[Multiplier]:
    """Both kinds of every other catalogued format."""
    formats = [format for format in CATALOG.values() if format.width > NARROW_BITS]
    return [Multiplier(kind, format) for format in formats for kind in KINDS]


def format_multipliers(format: str, kinds: Sequence[str] = tuple(KINDS)) -> list[Multiplier]:
    """The units of one format: every policy of note, and every latency.

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
            units.append(Multiplier(kind, format, guard="raw"))
            units.append(Multiplier(kind, format, carry="equation"))
        units += [Multiplier(kind, format, latency=latency) for latency in latencies]
    return units


def check(
    name: str,
    multipliers: Sequence[Multiplier],
    simulator: Simulator,
    *,
    pairs: int = PAIRS,
    beats: int = BEATS,
    seed: int = 1,
    build: Path = BUILD,
    waves: bool = False,
    report: Callable[[str], None] = lambda text: None,
) -> tuple[list[Outcome], list[Path]]:
    """Export ``multipliers``, build them as ``name`` and check them against the model.

    Parameters, results and errors are those of :func:`~sim.runner.run_bench`.
    """
    report(f"exporting {len(multipliers)} units as Verilog")
    bench = Bench(name, [Unit.exported(multiplier) for multiplier in multipliers])
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
