"""Multipliers of less error against their energy: which are compared, and which are the best."""

import numpy as np
import pytest

from lmul_pe.model import Multiplier, encode, format_named
from lmul_pe.synth import frontier
from lmul_pe.synth.frontier import FRONTIER, Frontier, Place, compared, frontiers_of, table, verdict


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


def test_a_table_has_every_multiplier():
    rows = table([FOUND]).records()
    assert [row["kind"] for row in rows] == [each.kind for each in PLACES]
    assert rows[3]["glitch_fj"] is None
    assert rows[0]["mean_error"] == 4.0


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
