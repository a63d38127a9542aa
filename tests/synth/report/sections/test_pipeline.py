"""The pipeline on the page: what was planned, and the page whole where nothing was."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from lmul_pe.synth.report.chart import short
from lmul_pe.synth.report.sections.pipeline import section
from lmul_pe.synth.report.site import page_files, sections
from lmul_pe.synth.system.pipeline.pipeline_report import pipeline_report
from tests.synth.system.pipeline.small import plans

COMMAND = "lmul-pe pipeline plan small.csv"


@pytest.fixture(scope="module")
def found():
    return plans(stages=3, microbatches=4, step_s=0.001)


@pytest.fixture(scope="module")
def planned(found):
    return pipeline_report(found, COMMAND)


def test_points_are_those_of_the_frontier(found, planned):
    (_, frontier) = section(planned).tables
    rows = frontier.records()
    assert len(rows) == planned.plans == len(found.frontier)
    times = [row["time_s"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert rows[planned.least]["energy_j"] == min(row["energy_j"] for row in rows)
    # At full speed everything takes its energy and all wait for the rest at 80 W.
    fastest = [runs[0] for runs in found.pipeline.profile.runs.values()]
    computing = sum(run.energy_j for run in fastest)
    busy = sum(run.time_s for run in fastest)
    whole = 4 * computing + 80 * (3 * planned.baseline_s - 4 * busy)
    assert planned.baseline_j == pytest.approx(whole)


def test_what_is_planned_and_what_runs_are_drawn(planned):
    axis = Figure().subplots()
    (chart,) = section(planned).charts
    ends = [
        f"{short(joules)} J in {short(seconds)} s"
        for joules, seconds in (
            *((each.energy_j, each.time_s) for each in (planned.points[0], planned.points[-1])),
            (planned.baseline_j, planned.baseline_s),
        )
    ]
    assert chart.words == (
        f"{chart.title}: from {ends[0]} to {ends[1]}; all at full speed {ends[2]}."
    )
    assert chart.key_rows == 2
    chart.draw(axis)
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    least = planned.points[planned.least]
    assert (axis.get_xlabel(), axis.get_ylabel()) == (
        "time of an iteration, s",
        "energy of an iteration, J",
    )
    assert axis.xaxis.get_gridlines()[0].get_visible()
    key = axis.get_legend()
    assert ([text.get_text() for text in key.get_texts()], key._ncols) == (list(drawn), 2)
    assert drawn == {
        "planned": [[each.time_s, each.energy_j] for each in planned.points],
        "at profiled frequencies": [[each.realised_s, each.realised_j] for each in planned.points],
        "full speed": [[planned.baseline_s, planned.baseline_j]],
        "least energy": [[least.time_s, least.energy_j]],
    }


def test_slack_is_what_is_left_of_the_iteration(planned):
    stages, _ = section(planned).tables
    for row in stages.records():
        assert row["busy_s"] + row["slack_s"] == pytest.approx(planned.baseline_s)


def test_long_frontiers_are_thinned_out():
    long = plans(stages=2, microbatches=3, step_s=0.00001)
    thin = pipeline_report(long, COMMAND)
    assert thin.plans == len(long.frontier) > 200
    assert 200 <= len(thin.points) <= 201
    ends = [float(long.frontier.time_s[place]) for place in (0, -1, long.frontier.best)]
    assert [thin.points[place].time_s for place in (0, -1, thin.least)] == ends


def test_it_is_on_the_page_where_it_was_run(results, planned, undrawn):
    shown = replace(results, pipeline=planned)
    page = page_files(shown, "make report")
    text = page["index.html"].decode()
    assert f"<code>{COMMAND}</code>" in text
    assert "Accelerator 2 sets the pace" in text
    assert "data/pipeline-frontier.csv" in page
    assert "pipeline" in {each.name for each in sections(shown)}
    assert "pipeline" not in {each.name for each in sections(results)}


@pytest.mark.parametrize(
    ("stages", "microbatches", "counted", "waits"),
    [
        (1, 1, "1 accelerator, 1 microbatch, 1f1b", "The only accelerator waits for none"),
        (2, 3, "2 accelerators, 3 microbatches, 1f1b", "the other waits for it"),
        (3, 3, "3 accelerators, 3 microbatches, 1f1b", "the others wait for it"),
    ],
)
def test_words_are_those_of_so_many(stages, microbatches, counted, waits):
    found = plans(stages, microbatches)
    text = " ".join(section(pipeline_report(found, COMMAND)).words)
    assert text.startswith(counted)
    assert waits in text
