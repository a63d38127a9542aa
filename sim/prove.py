"""Proofs that exported multipliers compute what the documentation says: ``make prove``."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import click

from lmul_pe.model import (
    CATALOG,
    DotProduct,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    format_named,
    multiplier_named,
    unit_named,
)
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.page import require_between, write_between
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.progress import progress_bar
from lmul_pe.model.command.run import FAILED, Command, say, verbose_option
from lmul_pe.model.unit.names import Unit

from .formal import additions as of_additions
from .formal import exact_additions as of_exact_sums
from .formal import streams as of_streams
from .formal import sums as of_sums
from .formal import windows as of_windows
from .formal.equivalence import Proof
from .formal.fed import Streaming
from .formal.kept import proof_of
from .formal.page import BEGIN, END, table
from .formal.reachability import StreamProof
from .formal.reference import check_kind
from .formal.statements import (
    CLAIMS,
    TOP,
    Statement,
    format_multipliers,
    mixed_multipliers,
    statements,
)
from .formal.workers import spread, worker_count

KEPT = Path("build/prove")
PARTS: Mapping[str, ModuleType] = {"exact sums": of_exact_sums, "windows": of_windows}
"""Of sums that are proved part by part: what is claimed of which units, and how it is proved."""
SECONDS, LONG_SECONDS = 60, 3600
"""What the solver is given for one proof, as a rule and with LONG=1."""


def chosen_multipliers(names: str, formats: str) -> list[Multiplier]:
    """Those of these names, or else all of these formats.

    Raises
    ------
    SpecificationError
        A name of none, or of a kind without a reference.
    """
    found = [multiplier_named(each) for each in names_in(names)]
    for each in found:
        check_kind(each)
    if not found:
        for format in dict.fromkeys(map(format_named, names_in(formats))):
            found += [*format_multipliers(format), *mixed_multipliers(format)]
    return found


def prove(seconds: int, statement: Statement) -> Proof:
    """What came of a statement about a multiplier; kept in :data:`KEPT`."""
    multiplier = multiplier_named(statement.subject)
    claim = CLAIMS[statement.claim]
    return proof_of(
        *claim.texts(multiplier),
        multiplier.name,
        seconds,
        KEPT,
        forgotten=multiplier.latency or None,
        sweeps=claim.is_hard(multiplier),
    )


def prove_addition(seconds: int, statement: Statement) -> Proof:
    """What came of a statement about an addition; kept in :data:`KEPT`."""
    first, second = of_additions.texts_of(statement)
    return proof_of(first, second, TOP, seconds, KEPT, sweeps=True)


def prove_part(kind: str, statement: Statement) -> Proof:
    """What came of a statement about a part of a unit; kept in :data:`KEPT`, but for those of
    trees, which take a fraction of a second.

    Parameters
    ----------
    kind
        One of :data:`PARTS`.
    """
    of = PARTS[kind]
    unit = of.check_unit(unit_named(statement.subject))
    if statement.claim == of.TREE:
        found: Proof = of.prove_tree(unit)
        return found
    first, second = of.texts_of(statement)
    cycles = of.read_cycles(unit) if statement.claim == of.READ else 0
    return proof_of(first, second, TOP, of.SECONDS, KEPT, forgotten=cycles or None, sweeps=True)


@click.command(cls=Command)
@click.option("--names", default="", help="Multipliers by name; all of the formats by default.")
@click.option(
    "--formats",
    help="With commas or blanks; by default every format of the catalogue with every other one.",
)
@click.option(
    "--long",
    "long",
    is_flag=True,
    help=f"All that is known to take long, too, and {LONG_SECONDS} s to a proof, not {SECONDS}.",
)
@click.option("--streams", is_flag=True, help="Of streams alone: of pipelines, sums and arrays.")
@click.option(
    "--sums", is_flag=True, help="Of results alone: every one of a stream, and of every sum."
)
@click.option(
    "--additions", is_flag=True, help="Of one addition of a float sum alone, whatever came before."
)
@click.option(
    "--exact-sums", is_flag=True, help="Of exact sums alone, part by part, whatever came before."
)
@click.option("--windows", is_flag=True, help="Of sums in a window alone, part by part, likewise.")
@click.option("--jobs", help="Proofs side by side; as many as processors by default.")
@click.option("--page", type=OutputPath(), help="Page whose table of proofs is made anew.")
@verbose_option
def main(
    names: str,
    formats: str | None,
    long: bool,
    streams: bool,
    sums: bool,
    additions: bool,
    exact_sums: bool,
    windows: bool,
    jobs: str | None,
    page: Path | None,
    verbose: bool,
) -> int:
    """Prove that exported multipliers are what the documentation says; proofs are kept."""
    if names and formats is not None:
        raise click.UsageError("names and formats are both given: expected one of them")
    alone = {
        "streams": streams,
        "sums": sums,
        "additions": additions,
        "exact sums": exact_sums,
        "windows": windows,
    }
    given = [name for name, wanted in alone.items() if wanted]
    if len(given) > 1:
        raise click.UsageError(f"{' and '.join(given)} are given: expected one of them")
    if (streams or exact_sums or windows) and (formats is not None or long):
        raise click.UsageError(f"of {given[0]}, neither formats nor long applies: leave them out")
    if given and formats is not None:
        raise click.UsageError(f"of {given[0]}, formats do not apply: expected names, or neither")
    workers = worker_count(jobs)
    if streams:
        return _prove_streams(names_in(names) or of_streams.UNITS, workers, page, verbose)
    if sums:
        return _prove_sums(names_in(names) or of_sums.UNITS, long, workers, page, verbose)
    KEPT.mkdir(parents=True, exist_ok=True)
    if additions:
        return _prove_additions(names_in(names) or of_additions.UNITS, long, workers, page, verbose)
    for kind in PARTS:
        if alone[kind]:
            return _prove_parts(kind, names_in(names), workers, page, verbose)
    multipliers = chosen_multipliers(names, " ".join(CATALOG) if formats is None else formats)
    if not multipliers:
        raise click.UsageError("no format is named: expected one at least")
    if page:
        require_between(page, BEGIN, END)
    # By name, one is wanted however long it takes.
    wanted = statements(multipliers, long=long or bool(names_in(names)))
    left_out = len(statements(multipliers, long=True)) - len(wanted)
    started = time.monotonic()
    seconds = LONG_SECONDS if long else SECONDS
    found = _prove_all(partial(prove, seconds), wanted, workers, verbose)
    if page:
        chosen = "" if formats is None else f"FORMATS={','.join(names_in(formats))}"
        command = _command(_names(names_in(names)), chosen, "LONG=1" if long else "")
        text = table(found, command)
        write_between(page, BEGIN, END, text)
    for claim in CLAIMS.values():
        counts = Counter(proof.proved for each, proof in found if each.claim == claim.name)
        if counts:
            say([f"{claim.sentence}: proved of {counts[True]} of {counts.total()}."])
    refuted = _refuted(found)
    say(
        [
            f"{len(found)} statements, {refuted} refuted, {left_out} left to LONG=1, "
            f"{time.monotonic() - started:.0f} s"
        ]
    )
    return FAILED if refuted else 0


def _refuted(found: Sequence[tuple[Statement, Proof]]) -> int:
    """How many are wrong; says which are, and which did not end."""
    refuted = 0
    for each, proof in found:
        if proof.proved:
            continue
        refuted += proof.ended
        what = "refuted" if proof.ended else f"not ended in {proof.seconds:.0f} s"
        shown = f", by {dict(proof.counterexample[-1].inputs)}" if proof.counterexample else ""
        click.echo(f"{what}: {each.name}{shown}", err=True)
    return refuted


def _prove_all(
    prove: Callable[[Statement], Proof], wanted: Sequence[Statement], jobs: int, verbose: bool
) -> list[tuple[Statement, Proof]]:
    found: dict[Statement, Proof] = {}
    with progress_bar() as progress:
        bar = progress.add_task("proofs", total=len(wanted))
        for statement, proof in spread(prove, wanted, jobs):
            found[statement] = proof
            progress.update(bar, advance=1, description=statement.name)
            if verbose:
                verdict = "proved" if proof.proved else "not proved"
                said = f"{statement.name}: {verdict}, {proof.method}, {proof.seconds:.1f} s"
                progress.console.print(said)
    return [(each, found[each]) for each in wanted]


def _command(*variables: str) -> str:
    """What a page says it was made by."""
    return shlex.join(["make", "prove", *filter(None, variables)])


def _names(names: Sequence[str], usual: Sequence[str] = ()) -> str:
    return "" if tuple(names) == tuple(usual) else f"NAMES={','.join(names)}"


def _with_streams(unit: Unit, expected: str = "a MAC or a dot product") -> Streaming:
    if isinstance(unit, Mac | DotProduct) or (isinstance(unit, Multiplier) and unit.latency):
        return unit
    raise SpecificationError(
        f"{unit.name} has no streams that are proved: expected a multiplier with registers, "
        f"{expected}"
    )


def _prove_streams(names: Sequence[str], jobs: int, page: Path | None, verbose: bool) -> int:
    units = [
        unit
        if isinstance(unit, SystolicArray)
        else _with_streams(unit, "a MAC, a dot product or an array")
        for unit in map(unit_named, names)
    ]
    if page:
        require_between(page, of_streams.BEGIN, of_streams.END)
    wanted = [(unit.name, claim) for unit in units for claim in of_streams.claims_about(unit)]
    found = _reached(_prove_stream, wanted, jobs, verbose)
    proofs = [
        (unit, claim, found[unit.name, claim])
        for unit in units
        for claim in of_streams.claims_about(unit)
    ]
    if page:
        command = _command("STREAMS=1", _names(names, of_streams.UNITS))
        write_between(page, of_streams.BEGIN, of_streams.END, of_streams.table(proofs, command))
    for unit, claim, proof in proofs:
        _report(f"{unit.name}, {of_streams.claims_about(unit)[claim]}", proof)
    proved = sum(proof.proved for _, _, proof in proofs)
    say([f"Streams of {len(units)} units: {proved} of {len(proofs)} claims proved."])
    return FAILED if any(proof.refuted for _, _, proof in proofs) else 0


def _prove_sums(
    names: Sequence[str], long: bool, jobs: int, page: Path | None, verbose: bool
) -> int:
    units = [_with_streams(unit_named(name)) for name in names]
    for unit in units:
        of_sums.sum_reference(unit)
    if page:
        require_between(page, of_sums.BEGIN, of_sums.END)
    seconds = LONG_SECONDS if long else SECONDS
    found = _reached(_prove_sum, [(unit.name, seconds) for unit in units], jobs, verbose)
    proofs = [(unit, found[unit.name, seconds]) for unit in units]
    if page:
        command = _command("SUMS=1", _names(names, of_sums.UNITS), "LONG=1" if long else "")
        write_between(page, of_sums.BEGIN, of_sums.END, of_sums.table(proofs, command))
    for unit, proof in proofs:
        _report(f"{unit.name}, every result is right", proof)
    proved = sum(proof.proved for _, proof in proofs)
    say([f"Results of {len(units)} units: proved of {proved}."])
    return FAILED if any(proof.refuted for _, proof in proofs) else 0


def _prove_additions(
    names: Sequence[str], long: bool, jobs: int, page: Path | None, verbose: bool
) -> int:
    units = []
    for unit in map(unit_named, names):
        if not isinstance(unit, Mac):
            raise SpecificationError(
                f"{unit.name} has no additions that are proved: expected a MAC"
            )
        units.append(unit)
    if page:
        require_between(page, of_additions.BEGIN, of_additions.END)
    seconds = LONG_SECONDS if long else of_additions.SECONDS
    wanted = of_additions.statements(units, long=long)
    found = _prove_all(partial(prove_addition, seconds), wanted, jobs, verbose)
    command = _command("ADDITIONS=1", _names(names, of_additions.UNITS), "LONG=1" if long else "")
    if page:
        text = of_additions.table(found, command)
        write_between(page, of_additions.BEGIN, of_additions.END, text)
    return _claims_said(f"Additions of {len(units)} units", found)


def _claims_said(what: str, found: Sequence[tuple[Statement, Proof]]) -> int:
    """How many claims about something are proved, and which are not; the exit status."""
    refuted = _refuted(found)
    proved = sum(proof.proved for _, proof in found)
    say([f"{what}: {proved} of {len(found)} claims proved."])
    return FAILED if refuted else 0


def _prove_parts(
    kind: str, names: Sequence[str], jobs: int, page: Path | None, verbose: bool
) -> int:
    of = PARTS[kind]
    units = [of.check_unit(unit_named(name)) for name in names or of.UNITS]
    if page:
        require_between(page, of.BEGIN, of.END)
    found = _prove_all(partial(prove_part, kind), of.statements(units), jobs, verbose)
    if page:
        variable = f"{kind.upper().replace(' ', '_')}=1"
        command = _command(variable, _names(names or of.UNITS, of.UNITS))
        write_between(page, of.BEGIN, of.END, of.table(found, command))
    return _claims_said(f"{kind.capitalize()} of {len(units)} units", found)


Wanted = TypeVar("Wanted", tuple[str, str], tuple[str, int])


def _reached(
    prove: Callable[[Wanted], StreamProof], wanted: Sequence[Wanted], jobs: int, verbose: bool
) -> dict[Wanted, StreamProof]:
    found: dict[Wanted, StreamProof] = {}
    with progress_bar() as progress:
        bar = progress.add_task("proofs", total=len(wanted))
        for each, proof in spread(prove, wanted, jobs):
            found[each] = proof
            progress.update(bar, advance=1, description=each[0])
            if verbose:
                progress.console.print(f"{each[0]}, {each[1]}: {proof}")
    return found


def _report(claim: str, proof: StreamProof) -> None:
    if proof.proved:
        return
    what = "refuted" if proof.refuted else f"not ended in {proof.seconds:.0f} s"
    known = f"; it holds for {proof.bound} cycles" if proof.bound else ""
    click.echo(f"{what}: {claim}{known}", err=True)


def _prove_stream(wanted: tuple[str, str]) -> StreamProof:
    name, claim = wanted
    return of_streams.prove_stream(unit_named(name), claim)


def _prove_sum(wanted: tuple[str, int]) -> StreamProof:
    name, seconds = wanted
    return of_sums.prove_sums(unit_named(name), seconds=seconds)
