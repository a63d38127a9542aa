"""A training pipeline: energy over the time of an iteration, and what accelerators give back."""

from matplotlib.axes import Axes

from lmul_pe.synth.report.chart import COLOURS, Chart, key_above, short
from lmul_pe.synth.report.section import Section
from lmul_pe.synth.report.table import AnyTable, Table, figures, words
from lmul_pe.synth.system import quantities as q
from lmul_pe.synth.system.pipeline.pipeline_report import PipelineReport, PlannedPoint
from lmul_pe.synth.system.pipeline.planning import StageUse, critical


def section(report: PipelineReport) -> Section:
    """The pipeline that was planned last."""
    accelerators = len(report.stages)
    saved, least = report.savings, report.points[report.least]
    return Section(
        "pipeline",
        "A pipeline, as slow as nobody notices",
        [
            f"{accelerators} accelerator{'s' * (accelerators > 1)}, {report.microbatches:,} "
            f"microbatch{'es' * (report.microbatches > 1)}, {report.schedule}, profile "
            f"`{report.profile}`: the fastest of {report.plans:,} plans takes "
            f"{saved.realised:.1f} % less energy than all at full speed, and "
            f"{saved.slower + 0.0:.2f} % more time.",
            f"{_pace(report)} Least energy: {short(least.energy_j)} J in {short(least.time_s)} s.",
        ],
        report.command,
        charts=[_chart(report)],
        tables=_tables(report),
    )


def _pace(report: PipelineReport) -> str:
    """Who sets it; who waits is the others, where there are any."""
    waiting = len(report.stages) - 1
    if not waiting:
        return "The only accelerator waits for none: whatever slows it down takes time."
    others = "the other waits for it, and" if waiting == 1 else "the others wait for it, and"
    accelerator = critical(report.stages).accelerator
    return f"Accelerator {accelerator} sets the pace; {others} may as well compute slowly."


def _chart(report: PipelineReport) -> Chart:
    """Planned, at profiled frequencies, and everything at full speed."""
    points, least = report.points, report.points[report.least]

    def draw(axis: Axes) -> None:
        axis.plot(
            [each.time_s for each in points],
            [each.energy_j for each in points],
            color=COLOURS["series-1"],
            label="planned",
        )
        axis.plot(
            [each.realised_s for each in points],
            [each.realised_j for each in points],
            ".",
            markersize=3,
            color=COLOURS["series-2"],
            label="at profiled frequencies",
        )
        for label, at, marker, colour in (
            ("full speed", (report.baseline_s, report.baseline_j), "^", "ink"),
            ("least energy", (least.time_s, least.energy_j), "o", "series-3"),
        ):
            axis.plot(*at, marker, color=COLOURS[colour], markersize=7, label=label)
        axis.set_xlabel("time of an iteration, s")
        axis.set_ylabel("energy of an iteration, J")
        axis.grid()
        key_above(axis, 2)

    title = "Energy of an iteration over its time"
    first, last = points[0], points[-1]
    return Chart(
        "pipeline-frontier",
        title,
        f"{title}: from {short(first.energy_j)} J in {short(first.time_s)} s to "
        f"{short(last.energy_j)} J in {short(last.time_s)} s; all at full speed "
        f"{short(report.baseline_j)} J in {short(report.baseline_s)} s.",
        draw,
        3.4,
        2,
    )


def _tables(report: PipelineReport) -> list[AnyTable]:
    stages: Table[StageUse] = Table(
        "pipeline-stages",
        "What each accelerator does in an iteration, at full speed and by the fastest plan. Slack: "
        "it waits.",
        (
            words("accelerator", lambda row: str(row.accelerator)),
            figures(q.number("busy_s", "busy", "s", "full speed"), lambda row: row.busy_s),
            figures(q.number("slack_s", "slack", "s", "full speed"), lambda row: row.slack_s),
            figures(
                q.number("planned_busy_s", "busy by the plan", "s", "fastest plan"),
                lambda row: row.planned_busy_s,
            ),
            figures(
                q.number("compute_j", "computing", "J", "full speed"), lambda row: row.energy_j
            ),
            figures(
                q.number("reclaimed_j", "reclaimed", "J", "fastest plan"),
                lambda row: row.reclaimed_j,
            ),
        ),
        report.stages,
    )
    frontier: Table[PlannedPoint] = Table(
        "pipeline-frontier",
        f"{len(report.points)} of {report.plans:,} plans, the slowest first.",
        (
            figures(q.number("time_s", "planned time", "s", ""), lambda row: row.time_s),
            figures(q.number("energy_j", "planned energy", "J", ""), lambda row: row.energy_j),
            figures(q.number("realised_s", "realised time", "s", ""), lambda row: row.realised_s),
            figures(q.number("realised_j", "realised energy", "J", ""), lambda row: row.realised_j),
        ),
        report.points,
    )
    return [stages, frontier]
