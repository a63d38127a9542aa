"""Files of plans: what a training loop reads, and which plan it is given when."""

import csv
import json

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.planning import Pipeline
from lmul_pe.synth.system.pipeline.profile import Profile, read_profile
from lmul_pe.synth.system.pipeline.served import (
    Served,
    frequencies_text,
    frontier_text,
    plan_text,
    profile_text,
    realised_text,
    write_plans,
)
from tests.synth.system.pipeline.small import plans, profile


@pytest.fixture(scope="module")
def found():
    return plans(3, 4, step_s=0.001)


@pytest.fixture(scope="module")
def folder(found, tmp_path_factory):
    path = tmp_path_factory.mktemp("plans") / "all"
    write_plans(found, path)
    return path


def table(text):
    header, *rows = csv.reader(text.splitlines())
    return header, np.array(rows, float)


def test_the_frontier_has_two_columns_and_begins_with_the_slowest(found):
    header, rows = table(frontier_text(found))
    assert header == ["time_s", "energy_j"]
    assert (rows[:, 0] == found.frontier.time_s).all()
    assert (rows[:, 1] == found.frontier.energy_j).all()
    assert (np.diff(rows[:, 0]) < 0).all()


def test_realised_stands_beside_planned(found):
    header, rows = table(realised_text(found))
    assert header == ["time_s", "energy_j", "realised_time_s", "realised_energy_j"]
    last = found.realised(len(rows) - 1)
    assert rows[-1, 2:].tolist() == [last.iteration_s, last.iteration_j]


def test_a_plan_names_every_frequency_in_the_order_of_each_accelerator(found):
    content = json.loads(plan_text(found, 2))
    realised = found.realised(2)
    assert content["time_s"] == found.frontier.time_s[2]
    assert content["realised_energy_j"] == realised.iteration_j
    rows = [tuple(each) for row in content["frequencies"] for each in row]
    assert [len(row) for row in content["frequencies"]] == [8, 8, 8]
    assert rows == [
        (kind.stage, kind.instruction, microbatch, frequency)
        for (kind, microbatch), frequency in zip(
            found.graph.schedule.operations, realised.frequency, strict=True
        )
    ]
    header, *lines = csv.reader(frequencies_text(found, 2).splitlines())
    assert header == ["accelerator", "stage", "instruction", "microbatch", "frequency"]
    assert lines[0] == ["0", "0", "forward", "0", str(int(rows[0][3]))]
    assert len(lines) == len(rows)


def test_every_plan_is_a_file_beside_the_index(tmp_path):
    found = plans(2, 1, step_s=0.002)
    write_plans(found, tmp_path)
    points = range(len(found.frontier))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "frontier.csv": frontier_text(found),
        **{f"plan_{point:05d}.json": plan_text(found, point) for point in points},
    }


def test_half_a_megahertz_is_written_and_none_is_not():
    usual = profile(2)
    halves = {
        kind: tuple(run._replace(frequency=run.frequency + 0.5) for run in runs)
        for kind, runs in usual.runs.items()
    }
    last = len(plans(2, 1, step_s=0.002).frontier) - 1
    for runs, text in ((usual.runs, "1000"), (halves, "1000.5")):
        found = Pipeline(Profile("own", runs), 1, (80.0,), 0.002).plan()
        rows = list(csv.DictReader(frequencies_text(found, last).splitlines()))
        assert rows[0]["frequency"] == text
        (first, *_) = json.loads(plan_text(found, last))["frequencies"][0]
        assert str(first[3]) == text


def test_a_profile_comes_back(found, tmp_path):
    path = tmp_path / "profile.csv"
    path.write_text(profile_text(found.pipeline.profile))
    assert read_profile(path).runs == found.pipeline.profile.runs


def test_the_plan_for_each_straggler_is_that_of_the_frontier(found, folder):
    served = Served(folder)
    frontier = found.frontier
    assert served.point(None) == len(frontier) - 1
    for time_s in np.linspace(frontier.time_s[-1], 1.2 * frontier.time_s[0], 40):
        assert served.point(float(time_s)) == frontier.point_within(float(time_s))


def test_the_loop_reads_a_whole_plan_as_stragglers_come_and_go(found, folder, tmp_path):
    served, current = Served(folder), tmp_path / "current.json"
    for straggler_s in (None, 1.1 * served.fastest_s, None):
        point = served.serve(straggler_s, current)
        assert current.read_text() == plan_text(found, point)
    assert [path.name for path in tmp_path.iterdir()] == ["current.json"]


def test_a_straggler_is_not_faster(folder):
    with pytest.raises(SpecificationError, match=r"straggler of 0\.001 s is faster than the pip"):
        Served(folder).point(0.001)


@pytest.mark.parametrize(
    "text", ["", "time,energy\n1,2\n", "time_s,energy_j\n", "time_s,energy_j\nx,y\n"]
)
def test_what_is_no_frontier(tmp_path, text):
    (tmp_path / "frontier.csv").write_text(text)
    with pytest.raises(SpecificationError, match="is no frontier: expected the columns time_s,en"):
        Served(tmp_path)
