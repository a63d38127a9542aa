"""One configuration of a systolic array, verified: ``lmul-pe array --fmt e4m3``."""

from collections.abc import Iterator, Sequence

import click
import numpy as np
from rich.console import Console

from lmul_pe.model import KINDS, CycleCount, SystolicArray, cycles
from lmul_pe.model.command.run import (
    FAILED,
    LARGEST_SEED,
    Command,
    console,
    number,
    say,
    steps,
    verbose_option,
)
from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.model.command.unit_options import arrays_of, unit_options
from lmul_pe.sim.bench.products import WITHOUT_STALLS
from lmul_pe.sim.run.gemm import GemmRun, multiply
from lmul_pe.sim.run.runner import SimulationError
from lmul_pe.sim.run.simulators import SIMULATORS, simulator_named
from lmul_pe.sim.testbench.outcome import Outcome
from lmul_pe.sim.testbench.tile_cases import operands

LARGEST_SIDE = 4096
_KIND_WIDTH = max(map(len, KINDS))


def _print_table(
    output: Console, runs: dict[SystolicArray, GemmRun], shape: tuple[int, int, int]
) -> None:
    headings = [Heading("array"), Heading("stalls")]
    headings += [
        Heading(name, numbers=True)
        for name in ("cycles", "by formula", "busy", "compared", "mismatches")
    ]
    rows = []
    for array, gemm in runs.items():
        formula = cycles(array, *shape)
        for outcome in gemm.outcomes:
            plain = outcome.what == WITHOUT_STALLS
            rows.append(
                (
                    array.name,
                    "none" if plain else "on every stream",
                    f"{outcome.cycles:,}",
                    f"{formula.total:,}" if plain else "",
                    f"{_busy_percent(array, formula, outcome):.1f} %",
                    f"{outcome.count:,}",
                    f"{outcome.mismatches:,}",
                )
            )
    print_table(output, headings, rows)


def _busy_percent(array: SystolicArray, formula: CycleCount, outcome: Outcome) -> float:
    """How much of its time the array's units multiplied."""
    products = array.products_per_cycle
    return 100 * formula.busy / (outcome.cycles * products) if outcome.cycles else 0.0


def _verdict(
    runs: dict[SystolicArray, GemmRun], shape: tuple[int, int, int], simulator: str
) -> Iterator[str]:
    """Whether the products are right, and how long each array took without stalls."""
    wrong = sum(each.mismatches for gemm in runs.values() for each in gemm.outcomes)
    said = f"{wrong:,} mismatches with the model" if wrong else "bit for bit what the model gives"
    m, k, n = shape
    yield f"A {m} x {k} x {n} product in {simulator}: {said}"
    for array, gemm in runs.items():
        formula = cycles(array, *shape)
        (plain,) = (each for each in gemm.outcomes if each.what == WITHOUT_STALLS)
        by_formula = f"{formula.total:,} by the formula"
        if plain.cycles == formula.total:
            by_formula = "as by the formula"
        yield (
            f"  {array.multiplier.kind:<{_KIND_WIDTH}}  {plain.cycles:,} cycles, {by_formula}; "
            f"its units are {_busy_percent(array, formula, plain):.1f} % busy"
        )


def _faults(array: SystolicArray, gemm: GemmRun, shape: tuple[int, int, int]) -> Sequence[str]:
    """What is wrong, a line each."""
    faults = [f"{array.name}, {each.what}: {each.first}" for each in gemm.outcomes if each.first]
    measured = next(each.cycles for each in gemm.outcomes if each.what == WITHOUT_STALLS)
    expected = cycles(array, *shape).total
    # Partial sums that are not back in time make the array wait, which no formula counts.
    waits = array.partial and shape[1] > array.rows
    if measured != expected and not waits:
        faults.append(f"{array.name} took {measured} cycles, the formula says {expected}")
    return faults


@click.command(cls=Command)
@unit_options("array")
@click.option("--m", help="Rows of the product; three and a half of the array by default.")
@click.option("--k", help="Inner dimension; 64, or as many as one array of weights takes.")
@click.option("--n", help="Columns of the product; three and a half of the array by default.")
@click.option("--seed", default="1", show_default=True, help="Of everything random, 0 or more.")
@click.option(
    "--simulator",
    default=SIMULATORS[0],
    show_default=True,
    help=f"One of {', '.join(SIMULATORS)}.",
)
@verbose_option
def main(
    m: str | None,
    k: str | None,
    n: str | None,
    seed: str,
    simulator: str,
    verbose: bool,
    **options: str | None,
) -> int:
    """Multiply two matrices of random numbers on an array, against the bit-exact model.

    Both kinds of multiplier, unless --kind names one; without stalls, which gives the cycles, and
    with stalls on every stream.
    """
    arrays = arrays_of(options)
    first = arrays[0]
    # No multiple of the array, so that the last tiles are partial ones.
    deep = 64 if first.dataflow == "os" or first.partial else first.rows
    usual = {"m": first.rows * 7 // 2, "k": deep, "n": first.cols * 7 // 2}
    shape = tuple(
        usual[name] if text is None else number(name, text, 1, LARGEST_SIDE)
        for name, text in (("m", m), ("k", k), ("n", n))
    )
    assert len(shape) == 3
    chosen_seed = number("seed", seed, 0, LARGEST_SEED)
    for array in arrays:
        array.check_shape(*shape)
    chosen = simulator_named(simulator)
    pairs = {
        array: operands(array, shape, np.random.default_rng([chosen_seed, index]))
        for index, array in enumerate(arrays)
    }
    # The top-level module is beside the arrays, so that it has a name of its own.
    name = f"{first.name}_bench" if len(arrays) == 1 else f"{first.name}_and_exact"
    try:
        with steps(kept=verbose) as show:
            runs = multiply(name, pairs, chosen, seed=chosen_seed, report=show)
    except SimulationError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    if verbose:
        _print_table(console(), runs, shape)
    say(_verdict(runs, shape, chosen.name))
    faults = [fault for array, gemm in runs.items() for fault in _faults(array, gemm, shape)]
    for fault in faults:
        click.echo(f"mismatch: {fault}", err=True)
    return FAILED if faults else 0
