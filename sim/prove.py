"""Proofs that exported multipliers compute what the documentation says: ``make prove``."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lmul_pe.model import CATALOG, Multiplier, format_named, multiplier_named
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.run import FAILED, Command, console, number, say, verbose_option

from .formal.equivalence import Proof
from .formal.kept import proof_of
from .formal.statements import (
    CLAIMS,
    Statement,
    format_multipliers,
    mixed_multipliers,
    statements,
)
from .formal.workers import spread

KEPT = Path("build/prove")
SECONDS, LONG_SECONDS = 60, 3600
"""What a solver is given for one proof, as a rule and with LONG=1."""
MOST_JOBS = 1024


@dataclass(frozen=True)
class Task:
    """A statement as it goes to another process: by names."""

    multiplier: str
    claim: int
    seconds: int


def prove(folder: Path, task: Task) -> Proof:
    """The proof of a statement, or what came of the attempt; kept in ``folder``."""
    multiplier = multiplier_named(task.multiplier)
    first, second = CLAIMS[task.claim].texts(multiplier)
    return proof_of(first, second, multiplier.name, task.seconds, folder)


def chosen_multipliers(names: str, formats: str) -> list[Multiplier]:
    """Those of these names, or all of these formats.

    Raises
    ------
    SpecificationError
        A name that is none.
    """
    if names:
        return [multiplier_named(each) for each in names_in(names)]
    found = []
    for format in dict.fromkeys(map(format_named, names_in(formats))):
        found += [*format_multipliers(format), *mixed_multipliers(format)]
    return found


@click.command(cls=Command)
@click.option("--names", default="", help="Multipliers by name; all of the formats by default.")
@click.option(
    "--formats", default=" ".join(CATALOG), show_default=True, help="With commas or blanks."
)
@click.option(
    "--long", "long", is_flag=True, help=f"{LONG_SECONDS} s to a proof, and not {SECONDS}."
)
@click.option("--jobs", default="", help="Proofs side by side; as many as processors by default.")
@verbose_option
def main(names: str, formats: str, long: bool, jobs: str, verbose: bool) -> int:
    """Prove that exported multipliers are what the documentation says; proofs are kept."""
    workers = number("jobs", jobs, 1, MOST_JOBS) if jobs else os.cpu_count() or 1
    multipliers = chosen_multipliers(names, formats)
    if not multipliers:
        raise click.UsageError("no format is named: expected one at least")
    KEPT.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    found = _prove_all(statements(multipliers), LONG_SECONDS if long else SECONDS, workers, verbose)
    failed = [each for each, proof in found if proof.ended and not proof.proved]
    open_ = [each for each, proof in found if not proof.ended]
    for claim in CLAIMS:
        counts = Counter(proof.proved for each, proof in found if each.claim == claim)
        say([f"{claim.sentence}: proved of {counts[True]} of {counts.total()} multipliers"])
    for each in failed:
        click.echo(f"refuted: {each.name}", err=True)
    for each in open_:
        click.echo(f"not ended: {each.name}", err=True)
    say([f"{len(found)} statements, {time.monotonic() - started:.0f} s"])
    return FAILED if failed else 0


def _prove_all(
    wanted: Sequence[Statement], seconds: int, jobs: int, verbose: bool
) -> list[tuple[Statement, Proof]]:
    tasks = {
        Task(each.multiplier.name, CLAIMS.index(each.claim), seconds): each for each in wanted
    }
    found = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    output = console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=output) as progress:
        bar = progress.add_task("proofs", total=len(tasks))
        for task, proof in spread(partial(prove, KEPT), tasks, jobs):
            statement = tasks[task]
            found.append((statement, proof))
            progress.update(bar, advance=1, description=statement.name)
            if verbose:
                output.print(f"{statement.name}: {proof.proved}, {proof.seconds:.1f} s")
    return found
