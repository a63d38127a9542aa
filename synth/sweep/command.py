"""A space of designs measured, on this machine or on a cluster: ``make sweep``."""

import os
from collections.abc import Sequence
from pathlib import Path

import click
from distributed import Client

from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import InputPath, NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, console, number, say
from lmul_pe.synth.cells.library import BUILT_IN
from lmul_pe.synth.cluster.jobs import dask_cluster
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.results.store import BUILD
from lmul_pe.synth.workload.settings import EFFORTS

from .halving import RULE, dropped, promising, winners
from .page import page
from .point import source
from .space import Candidate, Enumerated, named_candidates, read_space
from .store import Store
from .sweeping import Sweep, estimates
from .table import FOLDER, TABLE, write_table

PAGE = "index.html"

EFFORT = next(iter(EFFORTS))

FIDELITIES = {
    "known": "every design by the recipes that are known to win",
    "halving": "every design estimated in generic gates, the promising half by known recipes, the "
    "frontier of those by all",
    "compared": "every design estimated and by known recipes: how many winners halving would have "
    "dropped",
}
"""How much is done for each design."""


@click.command(cls=Command)
@click.option("--space", type=InputPath(), help="A TOML file of lists, one to an axis.")
@click.option("--designs", help="In place of a space: designs by name, as mac_lmul_e4m3_fp32.")
@click.option("--levels", help=f"Those of the space that are wanted, of {', '.join(LEVELS)}.")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    help=f"Of designs by name: {', '.join(BUILT_IN)} or the path of a Liberty file.",
)
@click.option("--clocks-ps", help="Of designs by name: clocks in ps, with commas or blanks.")
@click.option(
    "--effort",
    type=click.Choice(list(EFFORTS)),
    default=EFFORT,
    show_default=True,
    help="quick: recipes that are known to win; full: all.",
)
@click.option(
    "--fidelity",
    default=next(iter(FIDELITIES)),
    show_default=True,
    help="; ".join(f"{name}: {words}" for name, words in FIDELITIES.items()) + ".",
)
@click.option("--cluster", help="Address of a Dask scheduler, as tcp://host:8786.")
@click.option("--workers", help="Worker processes here  [one to a processor].")
@click.option("--store", type=NameOrInputPath(), help="Folders of points measured elsewhere.")
@click.option("--count", is_flag=True, help="Say what there is to do, and do nothing.")
@click.option("--out", type=OutputPath(), help=f"Folder of the results  [{FOLDER}].")
def main(
    space: Path | None,
    designs: str | None,
    levels: str | None,
    tech: str | None,
    clocks_ps: str | None,
    effort: str,
    fidelity: str,
    cluster: str | None,
    workers: str | None,
    store: str | None,
    count: bool,
    out: Path | None,
) -> None:
    """Measure every design of a space, each once, and write a table of all."""
    if fidelity not in FIDELITIES:
        raise unknown_choice("fidelity", fidelity, FIDELITIES)
    if fidelity == "halving" and effort != EFFORT:
        raise click.UsageError("EFFORT is for FIDELITY=known: halving has efforts of its own")
    found = _enumerated(space, designs, levels, tech, clocks_ps)
    processes = None if workers is None else number("workers", workers, 1, 1024)
    folder = out or FOLDER
    store_of = Store(folder / "store", [Path(each) for each in names_in(store or "")])
    sweep = Sweep(found.candidates, effort, store_of)
    say(_before(found, sweep, processes or os.cpu_count() or 1))
    if count:
        return
    store_of.require_writable()
    cache = None if cluster else (BUILD / "cache").resolve()
    sweeps = [sweep]
    said: list[str] = []
    try:
        if sweep.missing or fidelity != "known":
            with dask_cluster(cluster, processes, source) as client:
                said += _run(client, found.candidates, sweeps, fidelity, cache)
    finally:
        # Whatever ended it, what is there can be looked at.
        points = [point for each in sweeps for point in each.points()]
        write_table(folder / TABLE, points)
        write_whole(folder / PAGE, page(points))
    say([*said, f"{len(points)} points: {folder / TABLE}, {folder / PAGE}"])
    failed = {name: why for each in sweeps for name, why in each.failed.items()}
    if failed:
        name, why = next(iter(failed.items()))
        raise click.ClickException(
            f"{len(failed)} designs could not be measured, the first {name}: {why}"
        )


def _run(
    client: Client,
    candidates: Sequence[Candidate],
    sweeps: list[Sweep],
    fidelity: str,
    cache: Path | None,
) -> list[str]:
    """Everything that ``fidelity`` asks for, and what it showed.

    Parameters
    ----------
    sweeps
        The one of all candidates; here become those that are measured.
    """

    def show(text: str) -> None:
        console(stderr=True).print(text, style="dim")

    (sweep,) = sweeps
    if fidelity == "known":
        sweep.run(client, cache, show)
        return []
    rough = estimates(candidates, sweep.store, client, cache)
    if fidelity == "compared":
        sweep.run(client, cache, show)
        lost, count = dropped(sweep.points(), rough)
        return [
            f"Halving would have dropped {len(lost)} of {count} designs on a frontier, "
            f"{100 * len(lost) / count:.0f} %{': ' if lost else ''}{', '.join(lost)}. It keeps, "
            f"{RULE}."
        ]
    kept = {each.design for each in promising(rough)}
    sweeps[0] = Sweep([each for each in candidates if each.name in kept], EFFORT, sweep.store)
    sweeps[0].run(client, cache, show)
    best = {each.design for each in winners(sweeps[0].points())}
    sweeps.append(Sweep([each for each in candidates if each.name in best], "full", sweep.store))
    sweeps[1].run(client, cache, show)
    return [
        f"{len(rough)} designs are estimated, {len(kept)} measured by known recipes, {len(best)} "
        f"by all: kept are, {RULE}; then the frontier."
    ]


def _enumerated(
    space: Path | None,
    designs: str | None,
    levels: str | None,
    tech: str | None,
    clocks_ps: str | None,
) -> Enumerated:
    if (space is None) == (designs is None):
        raise click.UsageError("expected SPACE, a TOML file, or DESIGNS, names: one of them")
    if designs is not None:
        clocks = [number("clock", each, 1, 1e6, float) for each in names_in(clocks_ps or "")]
        names = names_in(designs)
        if not names:
            raise click.UsageError("no design is named: expected one at least")
        return Enumerated(named_candidates(names, tech or BUILT_IN[0], clocks), 0, {})
    for given, name in ((tech, "TECH"), (clocks_ps, "CLOCKS_PS")):
        if given is not None:
            raise click.UsageError(f"{name} is for DESIGNS: a space has its own list of them")
    wanted = names_in(levels or "")
    for level in wanted:
        if level not in LEVELS:
            raise unknown_choice("level", level, LEVELS)
    assert space is not None
    return read_space(space, wanted).enumerated()


def _before(found: Enumerated, sweep: Sweep, workers: int) -> Sequence[str]:
    """What there is to do, before it begins."""
    total = sum(len(each.targets) for each in found.candidates)
    lines = [
        f"{len(found.candidates)} designs, {total} points: {total - sweep.missing_points} are "
        f"measured already, {sweep.missing_points} are to do."
    ]
    if found.excluded or found.impossible:
        reasons = sorted(found.impossible, key=lambda why: -found.impossible[why])
        lines.append(
            f"Left out: {found.excluded} points by exclusions, "
            f"{sum(found.impossible.values())} combinations that cannot be"
            + (f", as {reasons[0]}." if reasons else ".")
        )
    if sweep.missing:
        lines.append(sweep.estimate(workers))
    return lines
