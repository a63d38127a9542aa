"""Key figures against those that were accepted."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from lmul_pe.model.command.run import console
from lmul_pe.synth import baseline
from lmul_pe.synth.baseline import (
    BASELINE,
    AcceptedFigure,
    Baseline,
    Drift,
    accepted_from,
    drifts,
    load_baseline,
    main,
    print_drifts,
    tolerance,
)
from lmul_pe.synth.results.making import FORMATS
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.summary import BEGIN, END
from tests.synth.small_report import small_report, with_designs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reports():
    return {format: small_report(format) for format in ("e4m3", "bf16")}


@pytest.fixture
def command(call, tmp_path, monkeypatch, reports):
    """The command in its own folder, with reports that take no synthesis."""

    def folder(format):
        made = tmp_path / "reports" / format.name
        made.mkdir(parents=True, exist_ok=True)
        (made / "report.json").write_bytes(REPORT.text(reports[format.name]))
        return made

    monkeypatch.setattr(baseline, "report_folder", folder)
    return partial(call, main)


def moved(report, name="lmul_bf16", area=1.0, energy=1.0):
    """``report`` with other figures of a design at its smallest clock."""
    design = report.design(name)
    point = design.iso_delay[0]
    smallest = point.least_area
    smallest = replace(smallest, gate_equivalents=area * smallest.gate_equivalents)
    spent = replace(point.energy_fj, glitch=energy * point.energy_fj.glitch)
    point = replace(point, least_area=smallest, energy_fj=spent)
    return with_designs(report, replace(design, iso_delay=(point, *design.iso_delay[1:])))


def cells(text):
    """The rows of its tables."""
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines()]


def test_the_readme_shows_the_medians_and_the_accepted_figures_are_in_their_range():
    text = (ROOT / "README.md").read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    shown = {row[0]: row[1:6] for row in cells(text) if len(row) == 7}
    results = {}
    for row in cells((ROOT / "docs" / "results.md").read_text(encoding="utf-8")):
        if len(row) == 10:
            # The first row of a pair is that of the medians.
            results.setdefault((row[1], row[2]), row[3:])
    accepted = load_baseline(ROOT / "docs" / "baseline.json")
    assert accepted.keys() < shown.keys()
    for format, each in accepted.items():
        energy, area, _, _, array = shown[format]
        _, _, _, cell, cell_range, _, cell_area = results[f"lmul_{format}", f"exact_{format}"]
        names = (f"array_os_8x8_{kind}_{format}_fp32" for kind in ("lmul", "exact"))
        _, total, total_range, *_ = results[tuple(names)]
        assert (energy, area, array) == (cell, cell_area, total)
        for over, key in (
            (cell_range, "energy saved at the middle clock"),
            (
                total_range,
                "energy with clock and leakage saved at the middle clock, 8 x 8 array, fp32",
            ),
        ):
            # The middle clock is one of those in the range.
            least, greatest = map(float, over.split(" to "))
            assert least - 0.06 <= each.figures[key].value <= greatest + 0.06


def test_a_figure_says_where_it_comes_from(report):
    found = accepted_from(report)
    assert found.command == "make synth FMT=bf16"
    assert (found.technology, found.tools) == ("nangate45", {"amaranth": "0.5", "pyosys": "0.70"})
    assert found.figures["area at equal delay of lmul"] == AcceptedFigure(
        80.0, "GE", 1.6, "lmul_bf16: area_ge"
    )
    assert found.figures["energy saved"] == AcceptedFigure(
        75.0, "%", 1.0, "lmul_bf16: glitch_percent"
    )


@pytest.mark.parametrize(
    ("value", "unit", "allowed"), [(1234.0, "fJ", 24.7), (0.5, "fJ", 0.01), (-9.0, "%", 1.0)]
)
def test_tolerances(value, unit, allowed):
    assert tolerance(value, unit) == allowed


def test_only_what_moved_beyond_its_tolerance_is_a_drift(report):
    before = {"e4m3": accepted_from(small_report("e4m3")), "bf16": accepted_from(report)}
    after = {"bf16": accepted_from(moved(report, area=1.015, energy=1.03))}
    key = "energy at equal delay of lmul"
    assert drifts(before, after) == [Drift("bf16", key, "fJ", 100.0, 103.0, 2.0)]
    assert drifts(before, before) == []


def test_a_figure_may_move_by_just_its_tolerance(report):
    whole = accepted_from(report)

    def with_value(value):
        return {"bf16": replace(whole, figures={"area": AcceptedFigure(value, "GE", 2.0, "here")})}

    for value in (98.0, 102.0):
        assert drifts(with_value(100.0), with_value(value)) == []
    for value in (97.75, 102.25):
        assert drifts(with_value(100.0), with_value(value)) == [
            Drift("bf16", "area", "GE", 100.0, value, 2.0)
        ]


def test_a_figure_that_is_not_there_is_printed_as_none(capsys):
    found = [
        Drift("bf16", "area", "GE", None, 12.5, 0.25),
        Drift("bf16", "energy", "fJ", 3.0, None, 0.06),
    ]
    print_drifts(console(), found)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[-2:] == [
        ["bf16", "area", "none", "12.5", "GE", "±", "0.25"],
        ["bf16", "energy", "3", "fJ", "none", "±", "0.06"],
    ]


def test_figures_that_come_and_go_are_drifts(report):
    whole = accepted_from(report)
    gone, come = "area at equal delay of lmul", "area at equal delay of exact"

    def without(key):
        figures = {name: each for name, each in whole.figures.items() if name != key}
        return {"bf16": replace(whole, figures=figures)}

    found = {each.key: (each.accepted, each.now) for each in drifts(without(come), without(gone))}
    assert found == {gone: (80.0, None), come: (None, 400.0)}
    assert len(drifts({}, {"bf16": whole})) == len(whole.figures)


def test_what_is_written_is_what_is_read(report, tmp_path):
    path = tmp_path / "baseline.json"
    path.write_bytes(BASELINE.text(Baseline({"bf16": accepted_from(report)})))
    assert load_baseline(path) == {"bf16": accepted_from(report)}
    content = json.loads(path.read_text())
    assert content["schema"] == 1
    assert content["formats"]["bf16"]["figures"]["clock"] == {
        "value": 300.0,
        "unit": "ps",
        "tolerance": 6.0,
        "from": "lmul_bf16: clock_ps",
    }
    assert load_baseline(tmp_path / "none.json") == {}


def test_accepting_makes_the_comparison_pass(command, tmp_path):
    assert command("--formats", "e4m3 bf16").returncode == 1
    accepted = command("--formats", "e4m3 bf16", "--accept")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert "docs/baseline.json is to be committed" in accepted.stdout
    assert list(load_baseline(tmp_path / "docs" / "baseline.json")) == ["e4m3", "bf16"]
    done = command("--formats", "e4m3 bf16")
    assert (done.returncode, done.stderr) == (0, "")
    assert "of e4m3, bf16 are as accepted" in done.stdout


def test_a_drift_fails_with_both_numbers_and_how_to_accept_it(command, reports):
    command("--formats", "e4m3 bf16", "--accept")
    changed = moved(reports["e4m3"], "lmul_e4m3", area=1.05)
    reports["e4m3"] = replace(changed, tools={**changed.tools, "pyosys": "0.71"})
    done = command("--formats", "e4m3 bf16")
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if line.strip().startswith("e4m3  "))
    assert line.split() == [
        *("e4m3", "area", "at", "equal", "delay", "of", "lmul"),
        *("80", "GE", "84", "GE", "±", "1.6"),
    ]
    assert "e4m3 was accepted with other tools: pyosys 0.70 -> 0.71" in done.stdout
    assert done.stderr.startswith("error: 1 of ")
    assert 'make baseline FORMATS="e4m3 bf16" ACCEPT=1' in done.stderr
    assert command("--formats", "bf16").returncode == 0


def test_accepting_some_formats_leaves_the_others(command, tmp_path, reports):
    command("--formats", "e4m3 bf16", "--accept")
    for format, report in reports.items():
        reports[format] = moved(report, f"lmul_{format}", area=2.0)
    command("--formats", "bf16", "--accept")
    formats = load_baseline(tmp_path / "docs" / "baseline.json")
    assert list(formats) == ["e4m3", "bf16"]
    areas = [each.figures["area at equal delay of lmul"].value for each in formats.values()]
    assert areas == [80.0, 160.0]


@pytest.mark.parametrize("content", ["garbage", "[]", '{"formats": {"e4m3": {}}}', "{}"])
@pytest.mark.parametrize("accept", [[], ["--accept"]])
def test_a_file_that_is_no_baseline_is_one_clear_line_and_stays(command, tmp_path, content, accept):
    path = tmp_path / "other.json"
    path.write_text(content)
    done = command("--formats", "e4m3", "--file", "other.json", *accept)
    assert done.returncode == 2
    assert done.stderr.startswith("error: other.json is no baseline")
    assert done.stderr.count("\n") == 1
    assert path.read_text() == content


@pytest.mark.parametrize(("formats", "named"), [("", "no format is named"), ("e9", "'e9'")])
def test_bad_formats_are_one_clear_line(command, formats, named):
    done = command("--formats", formats)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert named in done.stderr


def test_the_help_says_what_is_compared_with_what_by_default(command):
    said = " ".join(command("--help").stdout.split())
    assert f"[default: {' '.join(FORMATS)}]" in said
    assert "The baseline. [default: docs/baseline.json]" in said
