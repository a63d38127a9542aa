"""The frontier of time and energy of a training pipeline: ``make pipeline``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from lmul_pe.model import SpecificationError, SystolicArray, array_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.group import Group
from lmul_pe.model.command.paths import InputPath, NameOrInputPath, OutputPath
from lmul_pe.model.command.run import (
    Command,
    command_line,
    console,
    number,
    say,
    verbose_option,
)
from lmul_pe.model.command.table import Heading, print_table
from lmul_pe.model.extras import require

from .cells.library import BUILT_IN, load_technology
from .results.making import REPORT_FILE, array_folder
from .results.record import REPORT
from .results.store import BUILD
from .system.pipeline.candidates import FILTERS
from .system.pipeline.curve import CURVES
from .system.pipeline.own_arrays import (
    Laws,
    OperatingPoint,
    arrays_profile,
    arrays_work,
    measured_point,
    operating_points,
    waiting_powers_w,
)
from .system.pipeline.picture import frontier_picture, gantt_picture, readable
from .system.pipeline.pipeline_report import FILE as RECORD_FILE
from .system.pipeline.pipeline_report import PIPELINE, pipeline_report
from .system.pipeline.planning import Pipeline, Plans, critical
from .system.pipeline.profile import read_profile
from .system.pipeline.savings import (
    refuse_fast_straggler,
    savings,
    straggler_time_s,
    with_straggler,
)
from .system.pipeline.schedule import SCHEDULES
from .system.pipeline.served import (
    Served,
    frequencies_text,
    frontier_text,
    plan_text,
    profile_text,
    realised_text,
    write_plans,
)
from .system.transformer import transformer
from .workload.settings import Settings

FOLDER = BUILD / "pipeline"
ARRAYS = (
    "array_os_4x4_lmul_e4m3_fp32",
    "array_os_4x4_lmul_e4m3_fp32",
    "array_os_4x4_lmul_e4m3_fp32",
    "array_os_4x8_lmul_e4m3_fp32",
)
"""What is planned without a profile: the last stage has the vocabulary and is twice as large."""

MODEL = "smollm2-135m"
"""Whose layers are split over our own arrays."""

TOKENS = 128
STEPS = 100
"""Of the fastest instruction of our own arrays, where no step is given."""

_MOST = 10**6
_MOST_WATTS = 10**15
_DIGEST = 12
"""Hexadecimal digits that tell libraries apart."""
_MOST_MICROBATCHES = 10_000


@click.command("plan", cls=Command)
@click.argument("profile", type=InputPath(), required=False)
@click.option("--microbatches", default="12", show_default=True, help="Of an iteration.")
@click.option(
    "--waiting-watts",
    help="Power of an accelerator that waits, or a list, one each  [0; of own arrays: leakage].",
)
@click.option(
    "--step-ms",
    help="Unit of time of a plan  [1; of own arrays: a hundredth of the fastest instruction].",
)
@click.option(
    "--filter",
    default=FILTERS[0],
    show_default=True,
    help=f"{' or '.join(FILTERS)}: dominated frequencies go before or after the waiting power is "
    "subtracted.",
)
@click.option(
    "--schedule", default=next(iter(SCHEDULES)), show_default=True, help=", ".join(SCHEDULES) + "."
)
@click.option(
    "--chunks", default="1", show_default=True, help="Stages to an accelerator, if interleaved."
)
@click.option(
    "--curve",
    default=next(iter(CURVES)),
    show_default=True,
    help="Energy between profiled frequencies: fit (a exp(b t) + c) or hull (straight lines).",
)
@click.option("--straggler", help="Another pipeline takes so many times the fastest plan's time.")
@click.option(
    "--data-parallel", default="1", show_default=True, help="Pipelines, the straggler among them."
)
@click.option("--tensor-parallel", default="1", show_default=True, help="Accelerators to a stage.")
@click.option(
    "--out",
    type=OutputPath(),
    default=FOLDER / "frontier.csv",
    show_default=True,
    help="CSV of time_s and energy_j, planned, the slowest first.",
)
@click.option("--realised", type=OutputPath(), help="CSV of the same at profiled frequencies.")
@click.option("--plan", type=OutputPath(), help="JSON of one plan, with every frequency.")
@click.option("--frequencies", type=OutputPath(), help="CSV of the same plan's frequencies.")
@click.option(
    "--at-s",
    help="The plan: of least energy within so many seconds  [the straggler's, or fastest].",
)
@click.option("--plans", type=OutputPath(), help="Folder of all plans, for `pipeline next`.")
@click.option("--gantt", type=OutputPath(), help="PNG of the plan's schedule.")
@click.option("--picture", type=OutputPath(), help="PNG of the frontier.")
@click.option(
    "--record",
    type=OutputPath(),
    default=FOLDER / RECORD_FILE,
    show_default=True,
    help="JSON that `make report` shows, with the command.",
)
@click.option(
    "--certify", default="0", show_default=True, help="Check so many points by linear programming."
)
@verbose_option
def plan(
    profile: Path | None,
    microbatches: str,
    waiting_watts: str | None,
    step_ms: str | None,
    filter: str,
    schedule: str,
    chunks: str,
    curve: str,
    straggler: str | None,
    data_parallel: str,
    tensor_parallel: str,
    out: Path,
    realised: Path | None,
    plan: Path | None,
    frequencies: Path | None,
    at_s: str | None,
    plans: Path | None,
    gantt: Path | None,
    picture: Path | None,
    record: Path,
    certify: str,
    verbose: bool,
) -> None:
    """Frequencies for every instruction of a pipeline: least energy for each iteration time.

    PROFILE is a CSV file of stage, instruction, frequency, time in s and energy in J; without one,
    it is that of four of our own arrays.
    """
    count = number("microbatches", microbatches, 1, _MOST_MICROBATCHES)
    pieces = number("chunks", chunks, 1, 1000)
    pipelines = number("data-parallel copies", data_parallel, 1, _MOST)
    copies = number("tensor-parallel copies", tensor_parallel, 1, _MOST)
    checks = number("points to certify", certify, 0, _MOST)
    factor = None if straggler is None else number("straggler", straggler, 0, _MOST, float)
    if factor is not None:
        # Plans of many microbatches take minutes.
        refuse_fast_straggler(factor)
    within_s = None if at_s is None else number("time", at_s, 0, 10**9, float)
    power_w = _powers_w(waiting_watts)
    step_s = None if step_ms is None else _step_s(step_ms)
    pipeline = _pipeline(profile, count, power_w, step_s)
    pipeline = replace(pipeline, filter=filter, schedule=schedule, chunks=pieces, curve=curve)
    found = pipeline.plan()
    limit_s = None if factor is None else straggler_time_s(found, factor)
    point = _point(found, within_s if within_s is not None else limit_s)
    made_by = command_line("pipeline plan", click.get_current_context())
    files: list[tuple[Path | None, Callable[[], str | bytes]]] = [
        (out, lambda: frontier_text(found)),
        (realised, lambda: realised_text(found)),
        (plan, lambda: plan_text(found, point)),
        (frequencies, lambda: frequencies_text(found, point)),
        (gantt, lambda: gantt_picture(found, point)),
        (picture, lambda: frontier_picture(found, limit_s)),
        (record, lambda: PIPELINE.text(pipeline_report(found, made_by))),
    ]
    written = [(path, content) for path, content in files if path is not None]
    for path, content in written:
        write_whole(path, content())
    if plans is not None:
        write_plans(found, plans)
        say([f"{plans}: {len(found.frontier)} plans"])
    if verbose:
        _print_stages(found, point)
    say(_summary(found, point))
    if profile is not None and waiting_watts is None:
        say(["Waiting is taken to cost nothing: give --waiting-watts"])
    if factor is not None:
        say(_straggler(found, factor, pipelines, copies))
    if checks:
        say(_certified(found, checks))
    say([str(path) for path, _ in written])


@click.command("next", cls=Command)
@click.argument("plans", type=InputPath())
@click.option("--straggler-s", help="Its iteration time; without one, none is slower.")
@click.option("--plan", type=OutputPath(), required=True, help="JSON that a running loop reads.")
def next_plan(plans: Path, straggler_s: str | None, plan: Path) -> None:
    """The plan for a straggler that appears, or for none when it ends.

    PLANS is the folder that `lmul-pe pipeline plan --plans` wrote.
    """
    seconds = None if straggler_s is None else number("time", straggler_s, 0, 10**9, float)
    point = Served(plans).serve(seconds, plan)
    say([f"{plan}: plan {point}"])


@click.command("profile", cls=Command)
@click.option(
    "--arrays", default=" ".join(ARRAYS), show_default=True, help="One to a stage, blanks between."
)
@click.option("--tokens", default=str(TOKENS), show_default=True, help="Of a microbatch.")
@click.option(
    "--tech",
    type=NameOrInputPath(),
    multiple=True,
    default=BUILT_IN[:1],
    show_default=True,
    help=f"{', '.join(BUILT_IN)} or a Liberty file; once for each corner of another voltage.",
)
@click.option("--exponent", default=str(Laws.exponent), show_default=True, help="Of the delay law.")
@click.option(
    "--threshold", default=str(Laws.threshold), show_default=True, help="Of measured voltage."
)
@click.option("--lowest", default=str(Laws.lowest), show_default=True, help="Of measured voltage.")
@click.option("--points", default=str(Laws.points), show_default=True, help="Voltages.")
@click.option("--fixed-voltage", is_flag=True, help="The same frequencies at the full voltage.")
@click.option(
    "--out", type=OutputPath(), default=FOLDER / "profile.csv", show_default=True, help="CSV file."
)
def profile_arrays(
    arrays: str,
    tokens: str,
    tech: tuple[str, ...],
    exponent: str,
    threshold: str,
    lowest: str,
    points: str,
    fixed_voltage: bool,
    out: Path,
) -> None:
    """A profile of our own arrays, with a stage of SmolLM2-135M on each.

    Delay and energy are measured, or taken from an earlier measurement of the same array.
    """
    laws = Laws(
        number("exponent", exponent, 0, 10, float),
        number("threshold", threshold, 0, 1, float),
        number("lowest voltage", lowest, 0, 1, float),
        number("voltages", points, 0, 1000),
    )
    names = arrays.replace(",", " ").split()
    if not names:
        raise click.UsageError("no array is named: expected one to a stage")
    chosen = [array_named(name) for name in names]
    model, count = transformer(MODEL), number("tokens", tokens, 1, _MOST)
    # What cannot be is found before an array is measured, which takes a minute each.
    work = arrays_work(model, count, chosen)
    _refuse_corners(tech, fixed_voltage)
    measured = _measured(chosen, tech, laws, fixed_voltage)
    profile = arrays_profile(str(out), work, measured)
    write_whole(out, profile_text(profile))
    if len(tech) == 1 and not fixed_voltage:
        say([f"{laws.stated}."])
    watts = ",".join(f"{each:.4g}" for each in waiting_powers_w(measured))
    say([f"{out}: for `lmul-pe pipeline plan` with --waiting-watts {watts}"])


main = Group(
    {"plan": plan, "next": next_plan, "profile": profile_arrays},
    "Training pipelines: least energy for each iteration time.",
)


def _pipeline(
    path: Path | None, microbatches: int, power_w: tuple[float, ...] | None, step_s: float | None
) -> Pipeline:
    """What is planned: a profile, or our own arrays."""
    if path is not None:
        usual = Pipeline(read_profile(path), microbatches, power_w or (0.0,))
        return usual if step_s is None else replace(usual, step_s=step_s)
    laws = Laws()
    arrays = [array_named(name) for name in ARRAYS]
    work = arrays_work(transformer(MODEL), TOKENS, arrays)
    points = _measured(arrays, BUILT_IN[:1], laws)
    profile = arrays_profile("our own arrays", work, points)
    say([f"Four arrays, SmolLM2-135M, {TOKENS} tokens to a microbatch; {laws.stated}."])
    shortest_s = min(runs[0].time_s for runs in profile.runs.values())
    return Pipeline(
        profile, microbatches, power_w or waiting_powers_w(points), step_s or shortest_s / STEPS
    )


def _measured(
    arrays: Sequence[SystolicArray],
    libraries: Sequence[str],
    laws: Laws,
    fixed_voltage: bool = False,
) -> list[list[OperatingPoint]]:
    """The operating points of each array, which is measured once for each library."""
    found = {
        array: operating_points(
            [_corner(array, library) for library in libraries], laws, fixed_voltage
        )
        for array in dict.fromkeys(arrays)
    }
    return [found[array] for array in arrays]


def _refuse_corners(libraries: Sequence[str], fixed_voltage: bool) -> None:
    """Refuse a library that is given twice, and laws where corners are measured."""
    if fixed_voltage and len(libraries) > 1:
        raise SpecificationError(
            f"a fixed voltage for {len(libraries)} libraries of a voltage each: expected one "
            f"library, as {libraries[0]}"
        )
    seen: dict[str, str] = {}
    for library in libraries:
        digest = load_technology(library).digest
        if digest in seen:
            raise SpecificationError(
                f"library {library} is {seen[digest]} again: expected one for each corner, of "
                "another voltage"
            )
        seen[digest] = library


def _corner(array: SystolicArray, tech: str) -> OperatingPoint:
    """An array as measured with one library."""
    out = None
    if tech != BUILT_IN[0]:
        # Corners of a library may have one name.
        technology = load_technology(tech)
        out = BUILD / "array" / f"{array.name}_{technology.digest[:_DIGEST]}"
    command = f"lmul-pe pipeline profile --arrays {array.name} --tech {tech}"
    folder = array_folder([array], tech, Settings(), command, out)
    return measured_point(REPORT.read(folder / REPORT_FILE, command), array)


def _powers_w(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    words = text.replace(",", " ").split()
    if not words:
        raise SpecificationError("no waiting power is given: expected one in W, or one each")
    return tuple(number("waiting power", word, 0, _MOST_WATTS, float) for word in words)


def _step_s(text: str) -> float:
    step_ms = number("step", text, 0, 10**9, float)
    if not step_ms:
        raise SpecificationError(f"step {text!r} is no time: expected more than 0 ms, as 1")
    return float(step_ms) / 1000


def _point(plans: Plans, limit_s: float | None) -> int:
    """The fastest plan, or that of least energy within a time."""
    last = len(plans.frontier) - 1
    if limit_s is None:
        return last
    fastest_s = float(plans.frontier.time_s[last])
    if limit_s * (1 + 1e-12) < fastest_s:
        raise SpecificationError(
            f"no plan takes {limit_s:g} s: expected {fastest_s:g} s or more; the nearest is "
            f"{fastest_s:g}"
        )
    return plans.frontier.point_within(limit_s)


def _summary(plans: Plans, point: int) -> Iterator[str]:
    frontier, schedule = plans.frontier, plans.graph.schedule
    first, last, best = 0, len(frontier) - 1, frontier.best
    yield (
        f"{schedule.accelerators} accelerator{'s' * (schedule.accelerators > 1)}, "
        f"{plans.pipeline.microbatches} microbatch{'es' * (plans.pipeline.microbatches > 1)}, "
        f"{schedule.name}: {len(frontier)} plans, from {_at(plans, first)} to {_at(plans, last)}; "
        f"the least energy is {_at(plans, best)}"
    )
    if not plans.saves:
        yield (
            "Frequency alone, without voltage, saves nothing: no instruction takes less energy at "
            "a lower frequency than at its highest"
        )
    saved = savings(plans)
    # No sign where nothing is left of it.
    slower = round(saved.slower, 2) + 0.0
    yield (
        f"Without slowing down: {saved.intrinsic:.2f} % saved as planned, {saved.realised:.2f} % "
        f"at profiled frequencies, which take {slower:+.2f} % of time"
    )
    stages = plans.stages(point)
    pace = critical(stages)
    busy = 100 * pace.busy_s / pace.iteration_s
    reclaimed = sum(each.reclaimed_j for each in stages)
    yield (
        f"Accelerator {pace.accelerator} sets the pace, busy {busy:.1f} % of the time; computing "
        f"takes {readable(reclaimed)} J less by the plan of {_at(plans, point)}"
    )


def _at(plans: Plans, point: int) -> str:
    frontier = plans.frontier
    time_s, energy_j = (float(each[point]) for each in (frontier.time_s, frontier.energy_j))
    return f"{readable(time_s)} s and {readable(energy_j)} J"


def _straggler(plans: Plans, factor: float, pipelines: int, copies: int) -> Iterator[str]:
    limit_s = straggler_time_s(plans, factor)
    point = plans.frontier.point_within(limit_s)
    yield f"Beside a straggler of {limit_s:.4g} s: the plan of {_at(plans, point)}"
    if pipelines > 1:
        saved = with_straggler(plans, factor, pipelines)
        yield (
            f"{pipelines} pipelines of {plans.graph.schedule.accelerators * copies} accelerators, "
            f"one of them {factor:g} times slower, save {saved:.1f} % together"
        )


def _certified(plans: Plans, count: int) -> Iterator[str]:
    require("system", "a certificate by linear programming")
    from .system.pipeline.certificate import least_energy_j

    frontier = plans.frontier
    points = np.unique(np.linspace(0, len(frontier) - 1, count).astype(np.int64)).tolist()
    worst = max(
        abs(least_energy_j(frontier, point) / float(frontier.energy_j[point]) - 1)
        for point in points
    )
    yield (
        f"Linear programming (HiGHS) finds the same energy at {len(points)} points, within "
        f"{100 * worst:.1g} %"
    )


def _print_stages(plans: Plans, point: int) -> None:
    headings = [
        Heading("accelerator"),
        Heading("busy at full speed, s", numbers=True),
        Heading("slack, s", numbers=True),
        Heading("busy by the plan, s", numbers=True),
        Heading("computing at full speed, J", numbers=True),
        Heading("reclaimed, J", numbers=True),
    ]
    rows = [
        [
            str(each.accelerator),
            *(
                readable(value)
                for value in (
                    each.busy_s,
                    each.slack_s,
                    each.planned_busy_s,
                    each.energy_j,
                    each.reclaimed_j,
                )
            ),
        ]
        for each in plans.stages(point)
    ]
    print_table(console(), headings, rows, f"The plan of {_at(plans, point)}")
