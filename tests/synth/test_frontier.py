"""Multipliers of less error against their energy: which are compared, and which are the best."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import Multiplier, encode, format_named
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import distribution
from lmul_pe.synth import frontier
from lmul_pe.synth.frontier import FRONTIER, Frontier, Place, compared, frontiers_of, table, verdict
from lmul_pe.synth.mapping.known import Subject
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings


def place(kind, error, energy):
    return Place(f"lmul_{kind}", kind, error, -1.0, error + 1, 650.0, energy, 90.0, 450.0)


PLACES = (
    place("no offset", 4.0, 100.0),
    place("paper", 5.0, 101.0),
    place("table of 2 bits", 2.0, 140.0),
    place("table of 3 bits", 1.0, None),
    place("conventional", 1.5, 160.0),
)
FOUND = Frontier("inputs", "e4m3", "nangate45", "lmul-pe accuracy-cost", PLACES)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Frontiers in an empty folder, of places that are not measured; the formats of those made."""
    monkeypatch.chdir(tmp_path)
    formats = []

    def places(missing, conditions):
        formats.extend(format.name for format in missing)
        return [PLACES for _ in missing]

    monkeypatch.setattr(frontier, "_places", places)
    return formats


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        # Fitted to three bits or fewer, the constant is none.
        ("e2m1", ["no offset", "paper", "conventional"]),
        ("e5m2", ["no offset", "paper", "table of 2 bits", "conventional"]),
        ("e4m3", ["no offset", "paper", "table of 2 bits", "table of 3 bits", "conventional"]),
        (
            "bf16",
            ["no offset", "paper", "fitted"]
            + [f"table of {bits} bits" for bits in (2, 3, 4)]
            + ["conventional"],
        ),
    ],
)
def test_every_multiplier_once(name, kinds):
    assert list(compared(format_named(name))) == kinds


def test_the_constants_are_those_of_the_model():
    found = compared(format_named("bf16"))
    assert found["no offset"] == Multiplier("lmul", "bf16", offset=0)
    assert found["fitted"].offset == 7
    one = encode(np.array([1.0]), "bf16")
    assert found["conventional"](one, one) == one


def test_no_other_is_better_in_both():
    assert verdict(FOUND) == (
        "e4m3: of error and energy the best are conventional (1.5 %, 160 fJ), "
        "table of 2 bits (2 %, 140 fJ), no offset (4 %, 100 fJ)."
    )


def test_one_that_is_as_good_in_one_and_better_in_the_other_beats():
    def best(*others):
        found = replace(FOUND, places=(place("paper", 2.0, 100.0), *others))
        return verdict(found).count("%")

    assert best(place("fitted", 2.0, 101.0)) == best(place("fitted", 2.5, 100.0)) == 1
    # Equal ones stand side by side, and so do those of which each is better in something.
    assert best(place("fitted", 2.0, 100.0)) == best(place("fitted", 1.0, 200.0)) == 2


def test_a_chart_has_what_meets_the_clock():
    chart = frontier.chart(FOUND)
    assert (chart.name, chart.title) == ("frontier-e4m3", "e4m3, clock of 650 ps")
    assert "table of 2 bits: 2, 140" in chart.words
    assert "table of 3 bits" not in chart.words


def figures(energy_fj, area_um2, delay_ps):
    total = SimpleNamespace(with_glitches_fj=energy_fj)
    return SimpleNamespace(
        cost=SimpleNamespace(total=total),
        area_um2=area_um2,
        path=SimpleNamespace(delay_ps=delay_ps),
    )


def test_places_are_at_a_clock_that_the_slower_side_meets_with_ease(nangate45):
    e4m3 = format_named("e4m3")
    found = compared(e4m3)
    # L-Mul meets 300 ps and conventional 500; a table would be slower still, but sets no clock.
    fastest = {"paper": 300.0, "conventional": 500.0, "table of 2 bits": 900.0}
    clock_ps = 1.4 * 500.0
    measured = [
        SimpleNamespace(
            design=frontier._design(multiplier, words),
            fastest_ps=fastest.get(words),
            points=[
                SimpleNamespace(clock_ps=525.0, least_energy=figures(90.0, 9.0, 500.0)),
                SimpleNamespace(clock_ps=clock_ps, least_energy=figures(70.0, 7.98, 650.0)),
            ]
            if words != "no offset"
            else [],
            least_energy=figures(60.0, 3.99, 800.0),
        )
        for words, multiplier in found.items()
    ]
    conditions = Conditions(nangate45, Settings())
    places = frontier._placed(e4m3, found, measured, conditions)
    assert [each.kind for each in places] == list(found)
    assert {each.clock_ps for each in places} == {clock_ps}
    missed, met, *_ = places
    # In NANDs of 0.798 um2.
    assert (missed.glitch_fj, missed.delay_ps) == (None, 800.0)
    assert missed.gate_equivalents == pytest.approx(5.0)
    assert (met.glitch_fj, met.delay_ps) == (70.0, 650.0)
    assert met.gate_equivalents == pytest.approx(10.0)
    for each, multiplier in zip(places, found.values(), strict=True):
        exact, rounded = (
            distribution(multiplier, operands(kind, e4m3)) for kind in ("exact", "rounded")
        )
        assert each.mean_error == pytest.approx(100 * exact.mean)
        assert each.bias == pytest.approx(100 * exact.bias)
        assert each.rounded_error == pytest.approx(100 * rounded.mean)


def test_designs_have_recipes_of_their_kind_and_are_compared_with_their_format():
    for words, multiplier in compared(format_named("e4m3")).items():
        design = frontier._design(multiplier, words)
        kind = "exact" if words == "conventional" else "lmul"
        assert design.subject == Subject.of(kind, format_named("e4m3"))
        assert (design.summary, design.compared) == (words, "multiplier of e4m3")


def test_multipliers_of_all_formats_are_measured_together(monkeypatch, nangate45):
    asked = []

    def measure(designs, conditions):
        asked.append([each.name for each in designs])
        return [each.name for each in designs]

    monkeypatch.setattr(frontier, "measure_all", measure)
    monkeypatch.setattr(
        frontier, "_placed", lambda format, found, measured, _: (format.name, measured)
    )
    formats = [format_named("e2m1"), format_named("e5m2")]
    conditions = Conditions(nangate45, Settings())
    assert frontier._places(formats, conditions) == [
        ("e2m1", ["lmul_e2m1_offset0", "lmul_e2m1", "exact_e2m1"]),
        ("e5m2", ["lmul_e5m2_offset0", "lmul_e5m2", "table_e5m2", "exact_e5m2"]),
    ]
    assert len(asked) == 1
    assert frontier._places([], conditions) == []
    assert len(asked) == 1


def test_no_format_is_no_frontier(call):
    done = call(frontier.main, "--formats", " ")
    assert (done.returncode, done.stderr) == (
        2,
        "error: no format is named: expected one at least\n",
    )


def test_a_table_has_every_multiplier():
    rows = table([FOUND]).records()
    assert [row["kind"] for row in rows] == [each.kind for each in PLACES]
    assert rows[3]["glitch_fj"] is None
    assert rows[0]["mean_error"] == 4.0
    found = table([FOUND])
    assert "| `lmul_paper` |" in found.markdown()
    assert "| `e4m3` |" not in found.markdown()
    assert [each.name for each in found.columns if each.essential] == ["format"]
    assert [each.name for each in found.columns if each.choice] == ["format"]


def test_a_frontier_is_made_once(made, tmp_path):
    e2m1 = format_named("e2m1")
    first = frontiers_of([e2m1], "nangate45", tmp_path)
    assert frontiers_of([e2m1], "nangate45", tmp_path) == first
    assert made == ["e2m1"]
    e4m3 = format_named("e4m3")
    assert [each.format for each in frontiers_of([e4m3, e2m1], "nangate45", tmp_path)] == [
        "e4m3",
        "e2m1",
    ]
    assert made == ["e2m1", "e4m3"]
    frontiers_of([e2m1], "asap7", tmp_path)
    assert made == ["e2m1", "e4m3", "e2m1"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "cost_e2m1.json",
        "cost_e4m3.json",
        "cost_e2m1_asap7.json",
    }


def test_a_broken_file_is_made_again(made, tmp_path):
    e2m1 = format_named("e2m1")
    first = frontiers_of([e2m1], "nangate45", tmp_path)
    (tmp_path / "cost_e2m1.json").write_text("{}")
    assert frontiers_of([e2m1], "nangate45", tmp_path) == first
    assert [FRONTIER.read(tmp_path / "cost_e2m1.json", "again")] == first


def test_the_command_writes_tables_and_a_picture(made, tmp_path, capsys):
    frontier.main.main(["--formats", "e2m1,e4m3", "--out", "here"], standalone_mode=False)
    files = sorted(path.name for path in (tmp_path / "here").iterdir())
    assert files == [
        "cost_e2m1.json",
        "cost_e4m3.json",
        "frontier.csv",
        "frontier.md",
        "frontier.png",
    ]
    assert (tmp_path / "here" / "frontier.png").read_bytes().startswith(b"\x89PNG")
    assert "e4m3: of error and energy the best are" in " ".join(capsys.readouterr().out.split())


@pytest.mark.slow
def test_each_format_has_its_own_clock(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    formats = [format_named("e2m1"), format_named("e3m4")]
    together = frontiers_of(formats, "nangate45", tmp_path / "together")
    alone = [frontiers_of([each], "nangate45", tmp_path / "alone")[0] for each in formats]
    assert [each.places for each in together] == [each.places for each in alone]
    assert together[0].places[0].clock_ps < together[1].places[0].clock_ps
    assert all(each.places[0].glitch_fj is not None for each in together)
