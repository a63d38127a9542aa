"""Energy of a netlist from recorded activity: ``lmul-pe power``."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import InputPath, NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command, console, number, say, verbose_option
from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.synth.activity.energy import (
    FJ_OF_NW_PS,
    Activity,
    RecordedEnergy,
    leakage_power_nw,
    recorded_energy,
)
from lmul_pe.synth.cells.library import BUILT_IN, load_technology
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.interchange.own_operands import (
    SimulatedActivity,
    multiplier_activity,
    unit_activity,
)
from lmul_pe.synth.interchange.port_replay import replayed
from lmul_pe.synth.interchange.recording import annotate, scope_of
from lmul_pe.synth.interchange.saif import read_saif, saif_text
from lmul_pe.synth.interchange.vcd import read_vcd
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist, read_verilog
from lmul_pe.synth.interchange.verilog_writer import delayed_verilog
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError, Settings
from lmul_pe.synth.workload.streams import WORKLOADS

_LISTED = 10


@click.command(cls=Command)
@click.option("--netlist", type=InputPath(), required=True, help="Structural Verilog.")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=BUILT_IN[0],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or the paths of Liberty files.",
)
@click.option("--top", help="Module, where the file has several.")
@click.option("--saif", type=InputPath(), help="Activity that a simulator recorded.")
@click.option("--vcd", type=InputPath(), help="Waveforms that a simulator recorded.")
@click.option("--scope", help="Instance of the netlist in the recording, as tb.dut.")
@click.option(
    "--replay",
    is_flag=True,
    help="Take only the ports from the VCD: that of the Verilog before synthesis will do.",
)
@click.option(
    "--workload",
    default=DEFAULT_WORKLOAD,
    show_default=True,
    help=f"Without a recording: {', '.join(WORKLOADS)}.",
)
@click.option(
    "--pairs", default=str(Settings.pairs), show_default=True, help="Without a recording."
)
@click.option("--seed", default=str(Settings.seed), show_default=True, help="Of the operands.")
@click.option("--functional", is_flag=True, help="Operands without glitches.")
@click.option("--clock-ps", help="Time of an operation; that of the clock where there is one.")
@click.option("--wire-ff", default="0", show_default=True, help="Wire load per driven pin, in fF.")
@click.option("--saif-out", type=OutputPath(), help="Write the activity as SAIF.")
@click.option(
    "--simulation-out", type=OutputPath(), help="Write the netlist with delays, for any simulator."
)
@verbose_option
def main(
    netlist: Path,
    tech: str,
    top: str | None,
    saif: Path | None,
    vcd: Path | None,
    scope: str | None,
    replay: bool,
    workload: str,
    pairs: str,
    seed: str,
    functional: bool,
    clock_ps: str | None,
    wire_ff: str,
    saif_out: Path | None,
    simulation_out: Path | None,
    verbose: bool,
) -> None:
    """Energy of a netlist whose nets do what a SAIF or VCD file says, or on our own operands."""
    if saif and vcd:
        raise click.UsageError("--saif and --vcd are both given: expected one of them")
    if replay and not vcd:
        raise click.UsageError("--replay is given without --vcd: expected one")
    if scope is not None and not (saif or vcd):
        raise click.UsageError("--scope is given without --saif or --vcd: expected one of them")
    technology = load_technology(tech).with_layout
    wire = number("wire load", wire_ff, 0, 1000, float)
    clock = number("clock period", clock_ps, 1, 10**9, float) if clock_ps is not None else None
    count = number("number of pairs", pairs, 2, 10_000_000, int)
    start = number("seed", seed, 0, 2**63 - 1, int)
    named = read_verilog(netlist, technology, top)
    delayed = delayed_verilog(named, technology, wire) if simulation_out else ""
    missing: tuple[str, ...] = ()
    activity: Activity
    if saif or vcd:
        recording = read_saif(saif) if saif else read_vcd(vcd or Path())
        found = scope_of(recording, named, scope)
        source = f"{saif or vcd}, scope {found}"
        if replay and vcd:
            result = replayed(named, technology, vcd, found, wire, glitches=not functional)
            activity = result.activity
            clock = clock or activity.duration_ps / (result.operations - 1)
            source += (
                f", inputs replayed, outputs as recorded {result.agreeing} times of "
                f"{result.operations}"
            )
        else:
            activity, missing = annotate(recording, named, found)
    else:
        if clock is None:
            clock = _rounded_up(critical_path(named.netlist, technology, wire).delay_ps)
        try:
            activity, source = _own_activity(
                named.netlist, technology, workload, count, start, clock, wire, functional
            )
        except SpecificationError as error:
            if saif_out or not simulation_out:
                raise
            write_whole(simulation_out, delayed)
            say([f"no energy: {error}", str(simulation_out)])
            return
    if simulation_out:
        write_whole(simulation_out, delayed)
    if saif_out:
        write_whole(saif_out, saif_text(named, activity, source))
    _print(named, technology, activity, missing, source, clock, wire, verbose)
    say(str(path) for path in (saif_out, simulation_out) if path)


def _own_activity(
    netlist: Netlist,
    technology: Technology,
    workload: str,
    pairs: int,
    seed: int,
    clock_ps: float,
    wire_ff: float,
    functional: bool,
) -> tuple[Activity, str]:
    """The activity of a netlist on our own operands, and what they are."""
    if netlist.registers:
        try:
            activity = unit_activity(netlist, technology, workload, seed, clock_ps)
        except MismatchError as error:
            raise click.ClickException(str(error)) from None
        return activity, f"{workload} operands in streams, without glitches"
    activity = multiplier_activity(
        netlist, technology, workload, pairs, seed, clock_ps, wire_ff, glitches=not functional
    )
    how = "without glitches" if functional else "with glitches"
    return activity, f"{pairs} {workload} operand pairs, {how}"


def _rounded_up(delay_ps: float) -> float:
    """The least whole number of 100 ps in which a netlist settles."""
    return max(100.0, math.ceil(delay_ps / 100) * 100.0)


def _print(
    named: NamedNetlist,
    technology: Technology,
    activity: Activity,
    missing: tuple[str, ...],
    source: str,
    clock_ps: float | None,
    wire_ff: float,
    verbose: bool,
) -> None:
    netlist = named.netlist
    result = recorded_energy(netlist, technology, activity, wire_ff)
    passive_nw = sum(
        count * technology.passive[cell].leakage_nw
        for cell, count in named.passive.items()
        if cell in technology.passive
    )
    if isinstance(activity, SimulatedActivity):
        cells_nw, leaking = activity.leakage_nw, "by the states that each cell is in"
    else:
        cells_nw, leaking = leakage_power_nw(netlist, technology), "the mean of each cell's states"
    if not any(technology.cells[cell].leakage_states for cell in netlist.cell_counts):
        leaking = "one value for each cell, as the library has no states"
    result = replace(
        result, leakage_fj=(cells_nw + passive_nw) * activity.duration_ps * FJ_OF_NW_PS
    )
    operations, what = _operations(result, activity.duration_ps, clock_ps)
    _print_energy(netlist.name, technology, result, activity.duration_ps, operations, what)
    known = len(activity.toggles)
    share = 100 * known / (known + len(missing))
    annotated = f"nets annotated: {known} of {known + len(missing)}, {share:.1f} %"
    say([f"activity: {source}", annotated, f"leakage: {leaking}"])
    if verbose:
        say(_details(named, technology, activity, operations, what, wire_ff))
    if missing:
        more = f" and {len(missing) - _LISTED} more" if len(missing) > _LISTED else ""
        say([f"without activity, counted as still: {', '.join(missing[:_LISTED])}{more}"])
        if all(name.startswith("_") for name in missing):
            say(["Verilator records names that begin with _ with --trace-underscore"])
    path_ps = critical_path(netlist, technology, wire_ff).delay_ps
    if operations and activity.duration_ps / operations < path_ps:
        say(
            [
                f"warning: {activity.duration_ps / operations:g} ps per {what} are less than the "
                f"slowest path of {path_ps:.0f} ps"
            ]
        )


def _print_energy(
    name: str,
    technology: Technology,
    result: RecordedEnergy,
    duration_ps: float,
    operations: float | None,
    what: str,
) -> None:
    headings = [Heading("energy")]
    if operations:
        headings.append(Heading(f"fJ per {what}", numbers=True))
    headings += [Heading("fJ in all", numbers=True), Heading("uW", numbers=True)]
    energies = {
        "net switching": result.switching_fj,
        "internal": result.internal_fj,
        "clock": result.clock_fj,
        "leakage": result.leakage_fj,
        "total": result.total_fj,
    }
    rows = []
    for part, energy in energies.items():
        per = [f"{energy / operations:.2f}"] if operations else []
        # fJ per ps are mW.
        rows.append([part, *per, f"{energy:.0f}", f"{energy / duration_ps * 1e3:.2f}"])
    total = result.total_fj
    said = f"{total / operations:.2f} fJ per {what}" if operations else f"{total:.0f} fJ in all"
    title = f"{name} on {technology.name}: {said}, {total / duration_ps * 1e3:.2f} uW"
    print_table(console(), headings, rows, title)


def _details(
    named: NamedNetlist,
    technology: Technology,
    activity: Activity,
    operations: float | None,
    what: str,
    wire_ff: float,
) -> Iterator[str]:
    """What is assumed, and what of the netlist or the library does not count."""
    if named.passive:
        listed = ", ".join(f"{count} {cell}" for cell, count in named.passive.items())
        yield f"cells without logic, of which only leakage counts: {listed}"
    for note in technology.notes[:_LISTED]:
        yield f"{technology.name}: {note}"
    if len(technology.notes) > _LISTED:
        yield f"{technology.name}: and {len(technology.notes) - _LISTED} more of these"
    duration = activity.duration_ps
    time = f"{duration / operations:g} ps per {what}" if operations else "no clock given"
    yield (
        f"assumptions: {technology.voltage:g} V, {technology.temperature:g} C, wire load "
        f"{wire_ff:g} fF per driven pin, no load at output ports, {duration:g} ps recorded, "
        f"{time}, cells as at an input slew of {technology.input_slew_ps:g} ps"
    )


def _operations(
    result: RecordedEnergy, duration_ps: float, clock_ps: float | None
) -> tuple[float | None, str]:
    """How many operations there were, and what one is called."""
    if result.cycles:
        return result.cycles, "clock cycle"
    if clock_ps is not None:
        return duration_ps / clock_ps, "operation"
    return None, ""
