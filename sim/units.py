"""The regression of one format in a simulator: ``lmul-pe sim --fmt bf16``."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from lmul_pe.model import KINDS
from lmul_pe.model.command.page import require_between, write_between
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import (
    FAILED,
    LARGEST_SEED,
    Command,
    command_line,
    console,
    number,
    steps,
    verbose_option,
)
from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.sim.coverage.goals import goals, never_hit
from lmul_pe.sim.coverage.page import BEGIN, END, table
from lmul_pe.sim.run.regression import (
    PAIRS,
    check,
    format_arrays,
    format_macs,
    format_multipliers,
)
from lmul_pe.sim.run.runner import SimulationError
from lmul_pe.sim.run.simulators import SIMULATORS, simulator_named
from lmul_pe.sim.testbench.outcome import Outcome, hits_of

LARGEST_PAIRS = 2**31 - 1


def _print_table(output: Console, outcomes: Sequence[Outcome]) -> None:
    """One row per unit, the verdicts of its tests and runs put together.

    All units are simulated side by side, so that their times do not add up.
    """
    rows = []
    for unit in dict.fromkeys(outcome.unit for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.unit == unit]
        rows.append(
            (
                unit,
                ", ".join(dict.fromkeys(outcome.what for outcome in own)),
                f"{sum(outcome.count for outcome in own):,}",
                f"{sum(outcome.mismatches for outcome in own):,}",
                f"{sum(outcome.seconds for outcome in own):.1f}",
            )
        )
    figures = [Heading(name, numbers=True) for name in ("compared", "mismatches", "seconds")]
    print_table(output, [Heading("unit"), Heading("checked by"), *figures], rows)


@click.command(cls=Command)
@click.option("--fmt", required=True, help="Format, as bf16 or e4m3.")
@click.option("--kind", help=f"One of {', '.join(KINDS)}; all by default.")
@click.option(
    "--simulator",
    default=SIMULATORS[0],
    show_default=True,
    help=f"One of {', '.join(SIMULATORS)}.",
)
@click.option("--waves", is_flag=True, help="Record waveforms.")
@click.option("--seed", default="1", show_default=True, help="Of everything random, 0 or more.")
@click.option(
    "--pairs",
    default=str(PAIRS),
    show_default=True,
    help="Operand pairs per multiplier of more than 8 bits; at least all pairs of boundaries.",
)
@click.option("--page", type=OutputPath(), help="Page whose table of coverage is made anew.")
@verbose_option
@click.pass_context
def main(
    context: click.Context,
    fmt: str,
    kind: str | None,
    simulator: str,
    waves: bool,
    seed: str,
    pairs: str,
    page: Path | None,
    verbose: bool,
) -> int:
    """Check the exported units of one format against the bit-exact model.

    All situations that can arise have to: one that was never met fails the check.
    """
    if page:
        require_between(page, BEGIN, END)
    numbers = {
        "seed": number("seed", seed, 0, LARGEST_SEED),
        "pairs": number("pairs", pairs, 0, LARGEST_PAIRS),
    }
    kinds = tuple(KINDS) if kind is None else (kind,)
    multipliers = format_multipliers(fmt, kinds)
    units = [*multipliers, *format_macs(fmt, kinds), *format_arrays(fmt, kinds)]
    chosen = simulator_named(simulator)
    name = f"{multipliers[0].format.name}_units"
    if kind is not None:
        name = f"{kind}_{name}"
    started = time.monotonic()
    try:
        with steps(kept=verbose) as show:
            outcomes, waveforms = check(name, units, chosen, waves=waves, report=show, **numbers)
    except SimulationError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    if verbose:
        _print_table(console(), outcomes)
    for waveform in waveforms:
        click.echo(f"waveform: {waveform}")
    for outcome in outcomes:
        if outcome.mismatches:
            click.echo(f"mismatch: {outcome.unit}, {outcome.what}: {outcome.first}", err=True)
    hits = hits_of(outcomes)
    missed = never_hit(units, hits)
    if page:
        write_between(page, BEGIN, END, table(units, hits, command_line("sim", context)))
    for situation in missed:
        click.echo(f"never hit: {situation}", err=True)
    failed = sum(outcome.mismatches for outcome in outcomes)
    elapsed = time.monotonic() - started
    compared = sum(outcome.count for outcome in outcomes)
    wanted = len([situation for unit in units for situation in goals(unit)])
    click.echo(
        f"{len(units)} units, {failed} mismatches in {compared:,} comparisons, "
        f"{wanted - len(missed):,} of {wanted:,} situations met, "
        f"{chosen.name}, {elapsed:.0f} s, seed {seed}"
    )
    return FAILED if failed or missed else 0
