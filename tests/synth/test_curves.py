"""Curves against the clock: which clocks, what stands at each, and when they are made again."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lmul_pe.model import Multiplier, SpecificationError, format_named
from lmul_pe.synth import curves
from lmul_pe.synth.curves import curves_file
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.measuring.measure import Pipeline
from lmul_pe.synth.results.record import CURVES, Curve
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings

E2M1 = format_named("e2m1")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Curves in an empty folder, of designs that are not measured; the formats that were made."""
    monkeypatch.chdir(tmp_path)
    found = []

    def designs(format, conditions):
        found.append((format.name, conditions.technology.name))
        return (Curve("adder", "adder", ()),)

    monkeypatch.setattr(curves, "_curves", designs)
    return found


def test_they_are_made_once(made):
    path = curves_file(E2M1)
    assert str(path) == "build/curves/e2m1.json"
    found = CURVES.read(path, "make it")
    assert found.designs == (Curve("adder", "adder", ()),)
    assert (found.format, found.technology, found.workload) == ("e2m1", "nangate45", "normal")
    assert found.command == "lmul-pe curves --fmt e2m1 --tech nangate45"
    assert curves_file(E2M1) == path
    assert made == [("e2m1", "nangate45")]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"inputs": "of another time"}', '{"schema": 3}'])
def test_what_is_stale_or_broken_is_made_again(made, text):
    path = curves_file(E2M1)
    whole = path.read_text()
    path.write_text(text)
    assert curves_file(E2M1).read_text() == whole
    assert len(made) == 2


def test_curves_of_another_time_are_made_again(made):
    path = curves_file(E2M1)
    whole = path.read_bytes()
    path.write_bytes(CURVES.text(replace(CURVES.read(path, "make it"), inputs="of another time")))
    assert curves_file(E2M1).read_bytes() == whole
    assert len(made) == 2


def test_the_command_says_where_they_are(made, call):
    done = call(curves.main, "--fmt", "e2m1", "--tech", "asap7")
    assert (done.returncode, done.stdout) == (0, "build/curves/e2m1_asap7.json\n")
    assert made == [("e2m1", "asap7")]


@pytest.mark.parametrize(
    ("arguments", "named"), [(["--fmt", "e9"], "'e9'"), (["--fmt", "e2m1", "--tech", "x"], "'x'")]
)
def test_bad_input_is_one_clear_line(made, call, arguments, named):
    done = call(curves.main, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert named in done.stderr
    assert made == []


def test_other_technologies_have_files_of_their_own(made):
    assert str(curves_file(E2M1, "asap7")) == "build/curves/e2m1_asap7.json"
    with pytest.raises(SpecificationError, match="asap7"):
        curves_file(E2M1, "asap8")


def fastest(clock_ps, *free_ps):
    """A multiplier with its smallest clock, if it sets one, and those without a delay target."""
    area, energy = (SimpleNamespace(clock_ps=each) for each in free_ps)
    return SimpleNamespace(
        smallest_clock_ps=lambda: clock_ps,
        free=SimpleNamespace(least_area=area, least_energy=energy),
        netlists_between=lambda setters: ("between", setters),
    )


def test_clocks_grow_in_equal_ratios_to_where_none_has_to_hurry():
    pipeline = SimpleNamespace(
        measurements=[
            fastest(None, None, 50.0),
            fastest(100.0, 6400.0, 300.0),
            fastest(150.0, 900.0, 800.0),
        ]
    )
    # From 100 to 6400 ps in six steps, each twice the one before; 150 is the other's smallest.
    assert curves.curve_clocks(pipeline) == [100, 150, 200, 400, 800, 1600, 3200, 6400]


def test_netlists_between_the_smallest_clocks_are_made_for_all_three(monkeypatch, nangate45):
    done = []

    class Known:
        def __init__(self, designs, conditions, synthesis, progress):
            self.designs = [each.name for each in designs]
            self.measurements = [fastest(None, 1.0, 1.0), fastest(100.0, 1.0, 1.0)]

        def run(self):
            done.append("run")

        def add_netlists(self, wanted):
            done.append(wanted(self.measurements[0]))

    monkeypatch.setattr(curves, "Pipeline", Known)
    found = curves.curves_pipeline(E2M1, Conditions(nangate45, Settings()), lambda *_: None)
    assert found.designs == ["adder_e2m1", "lmul_e2m1", "exact_e2m1"]
    assert done == ["run", ("between", [100.0])]


def test_points_are_those_of_the_clocks(synthesis, nangate45):
    designs = [
        replace(
            multiplier_design(Multiplier(kind, "e2m1"), kind),
            scripts=("area",),
            structures=("cells",),
            timed={"sklansky": ("prefix-nf", "speed")},
        )
        for kind in ("lmul", "exact")
    ]
    settings = Settings(pairs=600, check_pairs=1000)
    pipeline = Pipeline(
        designs, Conditions(nangate45, settings), synthesis, lambda done, total: None
    )
    pipeline.run()
    measured = pipeline.measured()
    clocks = curves.curve_clocks(pipeline)
    assert clocks == sorted(clocks)
    assert clocks[0] == min(each.fastest_ps for each in measured)
    assert max(each.fastest_ps for each in measured) in clocks
    # At the last one nothing has to hurry.
    assert clocks[-1] == round(
        max(each.clock_ps for one in measured for each in (one.least_area, one.least_energy))
    )
    points = measured[1].points
    curve = curves._curve(pipeline.measurements[1], [point.clock_ps for point in points], nangate45)
    assert (curve.name, curve.kind) == ("exact_e2m1", "exact")
    shown, point = curve.points[0], points[0]
    assert [each.clock_ps for each in curve.points] == [each.clock_ps for each in points]
    assert shown.gate_equivalents == pytest.approx(point.least_area.area_um2 / 0.798)
    assert shown.glitch_fj == point.least_energy.cost.total.with_glitches_fj
    assert shown.delay_ps < shown.clock_ps
