"""Key figures against those that were accepted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lmul_pe.synth.baseline
from lmul_pe.model.command.run import run
from lmul_pe.synth.baseline import Drift, drifts, entry, load_baseline, main, tolerance
from lmul_pe.synth.summary import BEGIN, END, summary_tables
from tests.synth.small_report import small_report

ROOT = Path(__file__).parents[2]


@pytest.fixture
def reports(tmp_path):
    return {format: small_report(format) for format in ("e4m3", "bf16")}


@pytest.fixture
def command(tmp_path, monkeypatch, capfd, reports):
    """The command in its own folder, with reports that take no synthesis."""

    def folder(format):
        made = tmp_path / "reports" / format.name
        made.mkdir(parents=True, exist_ok=True)
        (made / "report.json").write_text(json.dumps(reports[format.name]))
        return made

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(lmul_pe.synth.baseline, "report_folder", folder)
        monkeypatch.setattr(sys, "argv", ["baseline", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


def test_the_readme_shows_the_accepted_figures():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.split(BEGIN)[1].split(END)[0].strip()
    values = {
        format: {key: figure["value"] for key, figure in each["figures"].items()}
        for format, each in load_baseline(ROOT / "docs" / "baseline.json").items()
    }
    assert shown == summary_tables(values).strip()


def test_a_figure_says_where_it_comes_from(reports):
    found = entry(reports["e4m3"])
    assert found["command"] == "make synth FMT=e4m3"
    assert found["figures"]["area at equal delay of lmul"] == {
        "value": 30.0,
        "unit": "GE",
        "tolerance": 0.6,
        "from": "designs, lmul_e4m3: iso_delay.0.least_area.gate_equivalents",
    }
    assert found["figures"]["energy saved"] == {
        "value": 95.0,
        "unit": "%",
        "tolerance": 1.0,
        "from": "savings, lmul_e4m3: glitch_energy_percent",
    }


@pytest.mark.parametrize(
    ("value", "unit", "allowed"), [(1234.0, "fJ", 24.7), (0.5, "fJ", 0.01), (-9.0, "%", 1.0)]
)
def test_tolerances(value, unit, allowed):
    assert tolerance(value, unit) == allowed


def test_only_what_moved_beyond_its_tolerance_is_a_drift(reports):
    before = {"e4m3": entry(reports["e4m3"]), "bf16": entry(reports["bf16"])}
    point = reports["e4m3"]["designs"][2]["iso_delay"][0]
    point["least_area"]["gate_equivalents"] = 30.5
    point["energy_fj"]["glitch"] = 10.3
    after = {"e4m3": entry(reports["e4m3"])}
    key = "energy at equal delay of lmul"
    assert drifts(before, after) == [Drift("e4m3", key, "fJ", 10.0, 10.3, 0.2)]


def test_figures_that_come_and_go_are_drifts(reports):
    before = {"e4m3": entry(reports["e4m3"])}
    after = {"e4m3": entry(reports["e4m3"])}
    gone, come = "area at equal delay of lmul", "area at equal delay of exact"
    del after["e4m3"]["figures"][gone]
    del before["e4m3"]["figures"][come]
    found = {each.key: (each.accepted, each.now) for each in drifts(before, after)}
    assert found == {gone: (30.0, None), come: (None, 120.0)}
    assert len(drifts({}, after)) == len(after["e4m3"]["figures"])


def test_accepting_makes_the_comparison_pass(command, tmp_path):
    assert command("--formats", "e4m3 bf16").returncode == 1
    accepted = command("--formats", "e4m3 bf16", "--accept")
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert json.loads((tmp_path / "docs" / "baseline.json").read_text())["schema"] == 1
    done = command("--formats", "e4m3 bf16")
    assert (done.returncode, done.stderr) == (0, "")
    assert "of e4m3, bf16 are as accepted" in done.stdout


def test_a_drift_fails_with_both_numbers_and_how_to_accept_it(command, reports):
    command("--formats", "e4m3 bf16", "--accept")
    reports["e4m3"]["savings"][0]["area_percent"] = 53.5
    reports["e4m3"]["tools"]["pyosys"] = "0.71"
    done = command("--formats", "e4m3 bf16")
    assert done.returncode == 1
    (line,) = (line for line in done.stdout.splitlines() if "area saved " in line)
    assert line.split() == ["e4m3", "area", "saved", "50", "%", "53.5", "%", "±", "1"]
    assert "e4m3 was accepted with other tools: pyosys 0.70 -> 0.71" in done.stdout
    assert done.stderr.startswith("error: 1 of ")
    assert 'make baseline FORMATS="e4m3 bf16" ACCEPT=1' in done.stderr
    assert command("--formats", "bf16").returncode == 0


def test_accepting_some_formats_leaves_the_others(command, tmp_path, reports):
    command("--formats", "e4m3 bf16", "--accept")
    for report in reports.values():
        report["designs"][2]["iso_delay"][0]["clock_ps"] = 500.0
    command("--formats", "bf16", "--accept")
    formats = load_baseline(tmp_path / "docs" / "baseline.json")
    assert list(formats) == ["e4m3", "bf16"]
    clocks = [each["figures"]["clock"]["value"] for each in formats.values()]
    assert clocks == [200.0, 500.0]


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


def test_formats_are_needed(command):
    done = command("--formats", "")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
