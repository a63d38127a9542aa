"""The pictures of claims and of memory."""

from lmul_pe.synth.report.chart import drawing, lines, lines_words, log_axis, panel, title
from lmul_pe.synth.report.marks import marks_figure
from lmul_pe.synth.report.picture import Picture, picture
from lmul_pe.synth.results.page_data import PageData

from .answer import level_saving
from .figures import LEVELS


def claim_figure(data: PageData, claim: str, heading: str) -> Picture:
    """What the paper says, its own arithmetic, and what was measured, a row per format."""
    rows: dict[str, list[tuple[str, float]]] = {}
    claimed = {}
    for row in data.claims:
        if (row.claim, row.technology, row.workload) != (claim, data.technology, data.workload):
            continue
        saving = level_saving(data, row.format, row.level)
        if saving is None or (row.design, row.baseline) != (saving.design, saving.baseline):
            continue
        marks = rows.setdefault(row.format, [])
        if row.own_percent is not None and not marks:
            marks.append(("the paper's own arithmetic", row.own_percent))
        measured = row.saving_percent if row.level == "multiplier" else row.total_percent
        marks.append((f"measured: {LEVELS[row.level]}", measured))
        claimed["the paper says"] = row.claimed_percent
    return marks_figure(f"claim-{claim.split()[0]}", heading, rows, claimed)


def share_figure(data: PageData) -> Picture:
    """The share of the whole that the conventional multiplier has, by where operands come from."""
    rows = [
        row
        for row in data.memory
        if row.headline and (row.technology, row.dataflow) == (data.technology, "os")
    ]
    names = list(dict.fromkeys(row.memory for row in rows))
    series = {
        format: [
            (float(names.index(row.memory)), row.exact_multiplier_share_percent)
            for row in rows
            if row.format == format
        ]
        for format in data.formats
    }
    heading = "Share of the conventional multiplier in the whole"
    with drawing():
        figure, axis = panel(3.4)
        axis.set_ylim(0, 1.12 * max(value for each in series.values() for _, value in each))
        axis.set_xlim(-0.2, len(names) - 0.4)
        lines(axis, {format: points for format, points in series.items() if points})
        axis.set_xticks(range(len(names)), [name.replace(" ", "\n", 1) for name in names])
        axis.set_xlabel("operands from")
        axis.set_ylabel("% of the energy")
        axis.grid(axis="y")
        title(axis, heading)
        words = f"{heading}, in percent, by where operands come from. {lines_words(series, names)}."
        return picture("memory-share", words, figure)


def reuse_figure(data: PageData, memory: str) -> Picture:
    """What is saved in the whole by how often each fetched operand is used, a line per format."""
    series = {
        format: [
            (row.reuse, row.saving_percent)
            for row in data.reuses
            if row.headline
            and (row.technology, row.dataflow, row.memory, row.format)
            == (data.technology, "os", memory, format)
        ]
        for format in data.formats
    }
    series = {format: points for format, points in series.items() if points}
    most = max(at for points in series.values() for at, _ in points)
    values = [value for points in series.values() for _, value in points]
    heading = f"Saved in the whole, operands from {memory}"
    with drawing():
        figure, axis = panel(3.4)
        axis.set_xlim(0.8, most * 9)
        axis.set_ylim(min(0.0, min(values) - 2), 1.1 * max(values))
        log_axis(axis, "x")
        lines(axis, series)
        axis.set_xlabel("times that each fetched operand is used")
        axis.set_ylabel("% saved")
        axis.grid()
        title(axis, heading)
        said = "; ".join(
            f"{format}: {points[0][1]:.1f} at {points[0][0]:g} to {points[-1][1]:.1f} at "
            f"{points[-1][0]:g}"
            for format, points in series.items()
        )
        name = f"reuse-{memory.replace(' ', '-').lower()}"
        return picture(name, f"{heading}, in percent, by reuse. {said}.", figure)
