"""Faults planted in designs or in the source: do checks find them?  ``make mutate``."""

import shlex
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import click

from lmul_pe.model import Multiplier, SpecificationError
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.page import require_between, write_between
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.progress import progress_bar
from lmul_pe.model.command.run import FAILED, LARGEST_SEED, Command, number, say
from lmul_pe.model.unit.names import specification_named
from lmul_pe.sim.run.regression import format_macs
from lmul_pe.sim.run.runner import SimulationError

from .formal.workers import worker_count
from .mutation.line_tests import LineTests, line_tests
from .mutation.mutants import require_design
from .mutation.score import (
    BEGIN,
    END,
    SOURCE_BEGIN,
    SOURCE_END,
    left,
    score,
    source_table,
    table,
)
from .mutation.source import source_mutants
from .mutation.source_verdicts import LIVES, SLOWLY, SourceVerdict, source_verdicts
from .mutation.verdicts import EQUAL, KILLED, Verdict, verdicts

KEPT = Path("build/mutate")
MOST = 100_000
SECONDS = 60
"""Of tests that a mutant of the source meets."""
DESIGNS = (
    "lmul_e4m3 exact_e4m3 lmul_bf16 exact_bf16 mac_lmul_e4m3_fp32 mac_exact_e4m3_fp32 "
    "dot4_lmul_e4m3_fixed dot4_lmul_bf16_window array_os_2x2_lmul_e2m1_fixed/control "
    "array_ws_2x2_lmul_e2m1_fixed/control"
)
"""Of arrays what makes them arrays: their elements are those of the units before them."""


def chosen_designs(designs: str, formats: str) -> list[str]:
    """These designs, or all multipliers and MACs of these formats, as they are spelled in full.

    Raises
    ------
    SpecificationError
        A name of none, or an instance that it does not have.
    """
    if names_in(designs) and names_in(formats):
        raise click.UsageError("designs and formats are both given: expected one of them")
    found = []
    for each in names_in(designs):
        name, _, instance = each.partition("/")
        unit = specification_named(name).name
        design = f"{unit}/{instance}" if instance else unit
        require_design(design)
        found.append(design)
    for format in names_in(formats):
        units = [*(Multiplier(kind, format) for kind in ("lmul", "exact")), *format_macs(format)]
        found += [unit.name for unit in units]
    return list(dict.fromkeys(found))


def mutate_source(
    folders: Sequence[str], count: int, seed: int, seconds: int, jobs: int, page: Path | None
) -> int:
    """Plant faults in copies of the project's source, and run the tests that meet them.

    Raises
    ------
    SpecificationError
        No such source, or one without its tests.
    SimulationError
        Tests fail on the source as it is.
    """
    root = Path(__file__).resolve().parents[1]
    drawn = {folder: source_mutants(root, folder, count, seed) for folder in folders}
    if not (root / "tests").is_dir():
        raise SpecificationError(f"there are no tests in {root}: expected a checkout of the source")
    KEPT.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[SourceVerdict]] = {folder: [] for folder in folders}
    with progress_bar() as progress:

        @cache
        def tests() -> LineTests:
            bar = progress.add_task("which tests run a line", total=None)
            running = line_tests(root, jobs, KEPT)
            progress.update(bar, total=1, completed=1)
            return running

        for folder, mutants in drawn.items():
            bar = progress.add_task(folder, total=len(mutants))
            for verdict in source_verdicts(root, mutants, tests, KEPT, jobs, seconds):
                found[folder].append(verdict)
                place = f"{verdict.mutant.path}:{verdict.mutant.line}"
                progress.update(bar, advance=1, description=place)
                if verdict.outcome == LIVES:
                    progress.console.print(f"lives: {verdict.mutant.place}; {verdict.reason}")
            progress.update(bar, description=folder)
    if page:
        # Which sources, the rows say.
        words = ["make", "mutate", f"COUNT={count}", *([f"SEED={seed}"] if seed else [])]
        words += [f"SECONDS={seconds}"] if seconds != SECONDS else []
        write_between(page, SOURCE_BEGIN, SOURCE_END, source_table(found, shlex.join(words)))
    for folder, own in found.items():
        counts = Counter(verdict.outcome for verdict in own)
        say(
            [
                f"{folder}: {counts[KILLED]} of {len(own)} mutants killed, {counts[SLOWLY]} by "
                f"slow tests, {counts[EQUAL]} judged equal, {counts[LIVES]} live; {score(own)} of "
                "those not equal."
            ]
        )
    return 0


@click.command(cls=Command)
@click.option("--sources", default="", help="Folders or files of the source, as sim/testbench.")
@click.option("--designs", default="", help=f"By name, with commas or blanks; {DESIGNS} if none.")
@click.option("--formats", default="", help="All multipliers and MACs of these formats instead.")
@click.option("--count", default="200", show_default=True, help="Mutants of each design.")
@click.option("--seed", default="0", show_default=True, help="Of which ones they are.")
@click.option("--seconds", help=f"Of tests that a mutant of the source meets; {SECONDS} if none.")
@click.option("--jobs", help="Processes side by side; as many as processors by default.")
@click.option("--page", type=OutputPath(), help="Page whose table of mutants is made anew.")
def main(
    sources: str,
    designs: str,
    formats: str,
    count: str,
    seed: str,
    seconds: str | None,
    jobs: str | None,
    page: Path | None,
) -> int:
    """Plant faults in exported designs, and see which of them the checks find; all is kept."""
    workers = worker_count(jobs)
    many, drawn = number("count", count, 1, MOST), number("seed", seed, 0, LARGEST_SEED)
    if sources:
        if names_in(designs) or names_in(formats):
            raise click.UsageError("with sources, neither designs nor formats apply")
        if page:
            require_between(page, SOURCE_BEGIN, SOURCE_END)
        try:
            enough = SECONDS if seconds is None else number("seconds", seconds, 1, 3600)
            return mutate_source(names_in(sources), many, drawn, enough, workers, page)
        except SimulationError as error:
            click.echo(f"error: {error}", err=True)
            return FAILED
    if seconds is not None:
        raise click.UsageError("seconds apply to mutants of sources only")
    if not names_in(designs) and not names_in(formats):
        designs = DESIGNS
    names = chosen_designs(designs, formats)
    if page:
        require_between(page, BEGIN, END)
    KEPT.mkdir(parents=True, exist_ok=True)
    found: list[Sequence[Verdict]] = []
    try:
        with progress_bar() as progress:
            for name in names:
                bar = progress.add_task(name, total=many)

                def show(done: int, what: str, bar: int = bar) -> None:
                    progress.update(bar, advance=done, description=what)

                found.append(verdicts(name, many, drawn, KEPT, workers, show))
                progress.update(bar, total=len(found[-1]), description=name)
    except SimulationError as error:
        click.echo(f"error: {error}", err=True)
        return FAILED
    if page:
        words = ["make", "mutate"]
        words += [f"FORMATS={','.join(names_in(formats))}"] if names_in(formats) else []
        if names_in(designs) and designs != DESIGNS:
            words.append(f"DESIGNS={','.join(names)}")
        words += [f"COUNT={many}", *([f"SEED={drawn}"] if drawn else [])]
        write_between(page, BEGIN, END, table(found, shlex.join(words)))
    for own in found:
        counts = Counter(verdict.outcome for verdict in own)
        say(
            [
                f"{own[0].mutant.design}: {counts[KILLED]} of {len(own)} mutants killed, "
                f"{counts[EQUAL]} proved equal, {len(left(own))} left; "
                f"{score(own)} of those not equal."
            ]
        )
        for verdict in left(own):
            click.echo(f"{verdict.outcome}: {verdict.number} {verdict.mutant.place}", err=True)
            click.echo(f"  {verdict.reason}", err=True)
    return 0
