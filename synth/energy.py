"""Where the energy of a whole model goes, and what L-Mul saves of it: ``make energy``."""

from pathlib import Path

import click

from lmul_pe.model import FloatFormat, SpecificationError, format_named
from lmul_pe.model.choices import unknown_choice
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import NameOrInputPath, OutputPath
from lmul_pe.model.command.run import (
    Command,
    command_line,
    console,
    number,
    say,
    verbose_option,
)

from .cells.library import BUILT_IN as TECHNOLOGIES
from .cells.library import load_technology
from .design.design import Design
from .design.levels import LEVELS
from .report.chart import png
from .report.folder import read_report
from .report.markdown import markdown
from .report.section import Section
from .report.sections import energy as section
from .report.table import csv_files
from .results.making import REPORT_FILE, build_name, report_folder
from .results.record import RecordFile, Report
from .results.store import BUILD, inputs_digest, require_writable, write_folder
from .system.component_models import component_models
from .system.components import components
from .system.energy_report import ENERGY, energy_report
from .system.energy_report import FILE as LEDGER_FILE
from .system.examples import Example, examples
from .system.ledger import BUFFER_KB, MOST, Compared, Threshold, compared, machine, thresholds
from .system.levers import Lever, Setting, levers
from .system.operations import EVERYWHERE, PHASES, Counts, Lora, Run, counts
from .system.transformer import BUILT_IN, transformer
from .system.unit import comparison
from .workload.settings import Settings

LORA_TARGETS = {"attention": Lora(1).targets, "everywhere": EVERYWHERE}


EXAMPLES = "examples"
LEVERS = "levers"
COMPONENTS = "components"
EXAMPLES_FILE = RecordFile(tuple[Example, ...], "list of examples")


@click.command(cls=Command)
@click.argument("what", required=False)
@click.option(
    "--model",
    type=NameOrInputPath(),
    default="llama-3.1-8b",
    show_default=True,
    help=f"{', '.join(BUILT_IN)}, or a file: TOML, or config.json of Hugging Face.",
)
@click.option("--fmt", default="e4m3", show_default=True, help="Of operands, weights and cache.")
@click.option("--phase", default="decode", show_default=True, help=f"{', '.join(PHASES)}.")
@click.option("--batch", default="1", show_default=True, help="Sequences at once.")
@click.option("--context", default="2048", show_default=True, help="Tokens of a sequence.")
@click.option("--recompute", is_flag=True, help="Training computes layers again.")
@click.option("--lora-rank", help="Training of adapters of this rank alone.")
@click.option("--lora-targets", help="attention (queries and values) or everywhere  [attention].")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    default=TECHNOLOGIES[0],
    show_default=True,
    help=f"{', '.join(TECHNOLOGIES)} or the path of a Liberty file.",
)
@click.option("--unit", help="A measured unit with L-Mul  [the output-stationary array].")
@click.option("--dram", default="hbm2", show_default=True, help="hbm2, gddr6, ddr.")
@click.option(
    "--buffer-kb", default=f"{BUFFER_KB:g}", show_default=True, help="Between memory and units."
)
@click.option("--multipliers", help="That work at once  [those of a published chip].")
@click.option("--gb-per-s", help="Of the memory  [of a published chip].")
@click.option("--idle-watts", help="Of the chip while it waits  [a published range].")
@click.option("--pue", help="What the building takes over what the chip does  [a published range].")
@click.option("--out", type=OutputPath(), help="Folder of the result  [build/energy/NAME].")
@verbose_option
def main(
    what: str | None,
    model: str,
    fmt: str,
    phase: str,
    batch: str,
    context: str,
    recompute: bool,
    lora_rank: str | None,
    lora_targets: str | None,
    tech: str,
    unit: str | None,
    dram: str,
    buffer_kb: str,
    multipliers: str | None,
    gb_per_s: str | None,
    idle_watts: str | None,
    pue: str | None,
    out: Path | None,
    verbose: bool,
) -> None:
    """Where the energy of a language model goes, from the multiplier to the meter.

    Units are measured, and made first where they are missing; all else is published.  With
    `examples`: sentences about the energy of such models, reckoned again.  With `components`: the
    measured designs of FMT as a table for Accelergy and Timeloop, and for hwcomponents.  With
    `levers`: what each of quantisation, pruning and others saves of a run, the trap in it, and what
    it spoils.
    """
    if what not in (None, EXAMPLES, COMPONENTS, LEVERS):
        raise unknown_choice("argument", what, (EXAMPLES, COMPONENTS, LEVERS))
    described = transformer(model)
    format = format_named(fmt)
    run = Run(
        phase,
        number("batch", batch, 1, MOST),
        number("context", context, 1, MOST),
        recompute,
        _lora(lora_rank, lora_targets),
    )
    counted = counts(described, run)
    technology = load_technology(tech)
    size = number("buffer", buffer_kb, 0, 2**30, float)
    # What cannot be is found before hours of work.
    around = machine(
        technology.node_nm,
        technology.name,
        dram,
        size,
        None if multipliers is None else number("multipliers", multipliers, 1, 2**40),
        None if gb_per_s is None else number("GB/s", gb_per_s, 1, 10**9, float),
        None if idle_watts is None else number("idle power", idle_watts, 0, 10**6, float),
        None if pue is None else number("PUE", pue, 1, 10, float),
    )
    more = unit is not None and what in (None, LEVERS) and not _design(unit, format).usual
    if out:
        require_writable(out)
    command = command_line("energy", click.get_current_context())
    if what == COMPONENTS:
        report = unit_report(format, tech)
        text = components(report)
        folder = out or BUILD / "energy" / COMPONENTS
        path = folder / f"lmul_pe_{build_name(format, technology)}.csv"
        write_whole(path, text)
        models = path.with_suffix(".py")
        write_whole(models, component_models(report))
        say(
            [
                f"{path}: {text.count('COMPONENT:')} components for Accelergy's library plug-in",
                f"{models}: the same for hwcomponents",
            ]
        )
        return
    if what == EXAMPLES:
        found = examples(lambda name: unit_report(format_named(name), tech), around)
        write_examples(out or BUILD / "energy" / EXAMPLES, found, command, verbose)
        return
    report = unit_report(format, tech, more)
    if unit and more and not report.design(unit):
        raise SpecificationError(
            f"the report of {report.format} in {report.technology} has no {unit}: "
            f"`{report.command} ALL_UNITS=1` makes one that has it"
        )
    units = comparison(report, lambda name: unit_report(format_named(name), tech, more), unit)
    ledgers = compared(counted, units, around)
    rows = thresholds(described, run, units, around)
    pulled = levers(Setting(described, run, units, around, report))
    folder = out or BUILD / "energy" / _name(format, technology.name, counted, unit)
    write(folder, ledgers, rows, pulled, command)
    shown = section.tables(ledgers, rows, pulled) if verbose else []
    if what == LEVERS and not verbose:
        shown = [section.levers_table(pulled)]
    for table in shown:
        table.print(console())
        console().print()
    say(section.verdict(ledgers, rows, str(folder)))


def _design(unit: str, format: FloatFormat) -> Design:
    """The unit of that name, of those that a report of the format may have."""
    known = {
        design.name: design
        for level in LEVELS.values()
        if level.name != "multiplier"
        for design in level.designs(format)[0]
        if design.kind == "lmul"
    }
    if unit not in known:
        raise unknown_choice("unit", unit, known)
    return known[unit]


def _name(format: FloatFormat, technology: str, counted: Counts, unit: str | None) -> str:
    """Of the folder: the model, the format, the run, and the unit where one is named."""
    run = counted.run
    words = [counted.model.name, format.name, technology, run.phase]
    words += [f"b{run.batch}", f"c{run.context}"]
    if run.recompute:
        words.append("recompute")
    if run.lora:
        words.append(f"lora{run.lora.rank}x{len(run.lora.targets)}")
    return "_".join([*words, unit] if unit else words)


def _lora(rank: str | None, targets: str | None) -> Lora | None:
    if rank is None:
        if targets is not None:
            raise SpecificationError(
                f"targets {targets!r} are of no adapters: expected a rank of them, too"
            )
        return None
    chosen = targets or next(iter(LORA_TARGETS))
    if chosen not in LORA_TARGETS:
        raise unknown_choice("targets", chosen, LORA_TARGETS)
    return Lora(number("rank", rank, 1, 2**20), LORA_TARGETS[chosen])


def unit_report(format: FloatFormat, tech: str, all_units: bool = False) -> Report:
    """The report of a format as it stands, with its command and day; made where there is none.

    Parameters
    ----------
    all_units
        Whether one that is made has :attr:`~.settings.Settings.all_units`.

    Raises
    ------
    SpecificationError, OSError, click.ClickException
        As :func:`~.making.report_folder` and :func:`~.folder.read_report`.
    """
    folder = BUILD / "synth" / build_name(format, load_technology(tech))
    if not (folder / REPORT_FILE).exists():
        console(stderr=True).print(f"measuring {format} in {tech}, once", style="dim")
        folder = report_folder(format, tech, settings=Settings(all_units=all_units))
    return read_report(folder, f"make synth FMT={format} TECH={tech}")


def write(
    folder: Path,
    found: Compared,
    rows: tuple[Threshold, ...],
    pulled: tuple[Lever, ...],
    command: str,
) -> None:
    """Markdown, JSON, the picture, and a CSV file of each table.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    drawn = section.charts(found)
    tables = section.tables(found, rows, pulled)
    text = markdown(
        f"{found.counted.model.name}, {found.counted.run.phase}: where the energy goes",
        section.verdict(found, rows, str(folder))[:-1],
        [section.section(found, rows, pulled, command)],
        command,
        {"energy.png": "; ".join(chart.words for chart in drawn)},
    )
    record = energy_report(command, found, rows, pulled)
    files = {
        "energy.md": text.encode(),
        LEDGER_FILE: ENERGY.text(record),
        "energy.png": png(drawn),
        **csv_files(tables),
    }
    write_folder(folder, inputs_digest({"command": command}), files)


def write_examples(folder: Path, found: tuple[Example, ...], command: str, verbose: bool) -> None:
    """Markdown and JSON of the examples; in the terminal what the ledger says of each.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    sections = [
        Section(
            each.name,
            each.name,
            [
                each.claim,
                f"Arithmetic: {each.arithmetic}",
                f"Assumes: {each.assumes}",
                f"Ours: {each.ours}",
            ],
            command,
        )
        for each in found
    ]
    files = {
        "examples.md": markdown("Worked examples", [], sections, command).encode(),
        "examples.json": EXAMPLES_FILE.text(found),
    }
    write_folder(folder, inputs_digest({"command": command}), files)
    for each in found:
        say([f"{each.name}: {each.claim}"] if verbose else [])
        if verbose:
            say([f"  {text}" for text in (each.arithmetic, each.assumes, each.ours)])
    said = [] if verbose else [f"{len(found)} sentences: {', '.join(x.name for x in found)}"]
    say([*said, f"{folder}: examples.md, examples.json"])
