"""The table of known recipes: what is written, and that it leads to the same figures."""

import json
import sys
from types import SimpleNamespace

import pytest

from lmul_pe.model import Multiplier, format_named
from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth import recipes
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.known import Entry, Subject, entries_text, read_entries
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.workload.settings import Settings


def entry(format, script):
    return Entry(
        "nangate45",
        45,
        Subject("lmul", format, 3, 4),
        {"multiplier": {"free": [Recipe("gates", script)]}},
    )


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The command with runs that find ``area`` to win, and the table that it leaves."""
    table = tmp_path / "table.toml"
    monkeypatch.setattr(recipes, "TABLE", table)
    monkeypatch.setattr(
        recipes, "known_entries", lambda: (entry("e4m3", "flow"), entry("bf16", "flow"))
    )
    monkeypatch.setattr(recipes, "winners", lambda format, technology: [entry(format.name, "area")])

    def finished(*arguments):
        monkeypatch.setattr(sys, "argv", ["recipes", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_command(recipes.main)
        return ended.value.code, table

    return finished


def test_what_was_run_replaces_what_was_known_of_it(command, capfd):
    status, table = command("--formats", "e4m3 fp16")
    assert status == 0
    captured = capfd.readouterr()
    assert "3 designs" in captured.out
    assert captured.err.splitlines() == ["e4m3 in nangate45", "fp16 in nangate45"]
    assert read_entries(table.read_text()) == read_entries(
        entries_text([entry("e4m3", "area"), entry("bf16", "flow"), entry("fp16", "area")])
    )


def test_every_design_of_a_report_wins_and_its_curves_count_too(monkeypatch, nangate45):
    e2m1 = format_named("e2m1")
    done = []

    def won(script):
        return {"multiplier": {"free": [Recipe("gates", script)]}}

    class Known:
        def __init__(self, designs, conditions, synthesis, progress):
            assert conditions.settings == Settings(effort="full")
            self.designs = designs

        def run(self):
            done.append("run")
            self.measurements = [
                SimpleNamespace(won=lambda points: won("area"), taken=lambda points: {})
                for _ in self.designs
            ]

        def measured(self):
            return [SimpleNamespace(design=each, points=[]) for each in self.designs]

        def clocks_ps(self):
            return {}

    lmul = multiplier_design(Multiplier("lmul", "e2m1"), "")
    curve = SimpleNamespace(design=lmul, points=lambda clocks: [], won=lambda points: won("flow"))
    monkeypatch.setattr(recipes, "Pipeline", Known)
    monkeypatch.setattr(
        recipes, "curves_pipeline", lambda *_: SimpleNamespace(measurements=[curve])
    )
    monkeypatch.setattr(recipes, "curve_clocks", lambda curves: [100.0])
    found = {each.subject: each for each in recipes.winners(e2m1, nangate45)}
    assert done == ["run"]
    designs = [each for level in LEVELS.values() for each in level.designs(e2m1)[0]]
    assert found.keys() == {each.subject for each in designs}
    scripts = {
        subject: [recipe.script for recipe in each.known["multiplier"]["free"]]
        for subject, each in found.items()
    }
    assert set(scripts.pop(lmul.subject)) == {"area", "flow"}
    assert all(each == ["area"] for each in scripts.values())


@pytest.mark.parametrize(
    ("level", "clocks", "expected"),
    [
        # The smallest clock, and the band of a report: every other one is of the full effort.
        ("mac", (100.0, 105.0, 115.0, 125.0, 140.0, 160.0, 180.0, 200.0), (100, 105, 140, 200)),
        ("mac", (), ()),
        # At a clock of its own dot products are measured where that is asked for alone.
        ("dot", (100.0, 105.0, 140.0, 200.0), ()),
    ],
)
def test_a_report_has_some_of_the_points_of_a_full_one(level, clocks, expected):
    points = [SimpleNamespace(clock_ps=each) for each in clocks]
    # What the design does not meet is not there.
    measured = SimpleNamespace(design=SimpleNamespace(level=level), points=points[1:])
    found = recipes.reported_points(measured, clocks)
    assert tuple(each.clock_ps for each in found) == expected[1:]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--formats", ""], "no format is named"),
        (["--techs", " "], "no technology is named"),
        (["--formats", "e9"], "'e9'"),
        (["--techs", "nangate54"], "'nangate54'"),
    ],
)
def test_bad_input_is_one_clear_line(options, named, command, capfd):
    status, table = command(*options)
    assert status in (1, 2)
    captured = capfd.readouterr()
    assert named in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not table.exists()


def figures(value):
    """A report without what depends on which other netlists were made: names of cells, targets."""
    if isinstance(value, dict):
        left_out = ("instance", "recipe", "given_up")
        return {key: figures(each) for key, each in value.items() if key not in left_out}
    return [figures(each) for each in value] if isinstance(value, list) else value


@pytest.mark.long
def test_what_a_quick_run_reports_is_what_the_full_one_does(process, tmp_path):
    reports = []
    for effort in ("full", "quick"):
        done = process(tmp_path, "--fmt", "e4m3", "--effort", effort, "--out", effort)
        assert (done.returncode, done.stderr.strip()) == (0, "")
        reports.append(json.loads((tmp_path / effort / "report.json").read_text()))
    full, quick = reports
    assert "EFFORT=full" in full["command"]
    assert "EFFORT" not in quick["command"]
    whole = {design["name"]: design for design in full["designs"]}
    for design in quick["designs"]:
        known = whole[design["name"]]
        # The full run has more clocks, and gives them to dot products as well.
        points = {point["clock_ps"]: point for point in known["iso_delay"]}
        assert figures(design["iso_delay"]) == [
            figures(points[point["clock_ps"]]) for point in design["iso_delay"]
        ]
        clocked = {"iso_delay"} if design["iso_delay"] else {"iso_delay", "fastest_ps"}
        for each in (design, known):
            for name in clocked:
                each.pop(name)
        assert figures(design) == figures(known)
