"""The results over several formats, as the README shows them."""

import json
import re
import subprocess
import sys

import pytest

from model.command import run as run_command
from synth.summary import BEGIN, END, levels_table, main, summary_table


@pytest.fixture
def report(run):
    return run.report / "report.json"


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command without the price of a process."""

    def finished(*arguments):
        monkeypatch.setattr(sys, "argv", ["summary", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run_command(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


def test_there_is_a_line_for_each_format(report):
    content = json.loads(report.read_text())
    lines = summary_table([content, content]).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    designs = {design["name"]: design for design in content["designs"]}
    saving = content["savings"][0]
    names = ("adder_e2m1", "lmul_e2m1", "exact_e2m1")
    assert cells == [
        "e2m1",
        *(f"{designs[name]['least_area']['gate_equivalents']:.0f}" for name in names),
        f"{saving['area_percent']:.0f} %",
        *(f"{designs[name]['energy_fj']['functional']:.0f}" for name in names),
        f"{saving['energy_percent']['normal']:.0f} %",
        f"{saving['glitch_energy_percent']:.0f} %",
        *(f"{designs[name]['delay_ps']:.0f}" for name in names),
    ]


def test_what_is_left_at_each_level_has_a_line_for_each_format(levels_run):
    content = json.loads((levels_run.report / "report.json").read_text())
    lines = levels_table([content, content]).splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    cells = [cell.strip() for cell in lines[2].strip("|").split("|")]
    savings = {saving["design"]: saving for saving in reversed(content["savings"])}
    names = ["lmul_e2m1", "mac_lmul_e2m1_fp32", "mac_lmul_e2m1_fixed", "dot4_lmul_e2m1_aligned"]
    expected = [
        f"{savings[name]['area_percent']:.0f}, {savings[name]['energy_percent']['normal']:.0f}, "
        f"{savings[name]['total_energy_percent']:.0f}"
        for name in [*names, "array_os_8x8_lmul_e2m1_fp32"]
    ]
    assert cells == ["e2m1", *expected]
    multipliers = [each for each in content["savings"] if each["level"] == "multiplier"]
    assert levels_table([{**content, "savings": multipliers}]) == ""


def test_small_energies_keep_two_digits(report):
    content = json.loads(report.read_text())
    for design in content["designs"]:
        design["energy_fj"]["functional"] = 1.4142
    assert " 1.4 |" in summary_table([content])


def test_what_is_no_report_is_refused(command, tmp_path):
    empty = tmp_path / "report.json"
    empty.write_text("{}")
    done = command(empty)
    assert done.returncode == 2
    assert "is no report" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_the_place_for_results_changes(report, command, tmp_path):
    readme, plot = tmp_path / "README.md", tmp_path / "plot.png"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    done = command(report, "--readme", readme, "--plot", plot)
    assert (done.returncode, done.stderr) == (0, "")
    assert readme.read_text() == f"before\n{BEGIN}\n{done.stdout}{END}\nafter\n"
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_file_without_a_place_for_results_stays(report, command, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("nothing here\n")
    done = command(report, "--readme", readme)
    assert done.returncode == 2
    assert re.fullmatch(r"error: [^\n]*README.md has no place for results[^\n]*\n", done.stderr)
    assert readme.read_text() == "nothing here\n"


def test_a_report_that_is_not_there_is_one_clear_line(command, tmp_path):
    done = command(tmp_path / "missing.json")
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*missing.json[^\n]*\n", done.stderr)


def test_a_report_that_is_garbage_is_one_clear_line(command, tmp_path):
    (tmp_path / "garbage.json").write_text("garbage")
    done = command(tmp_path / "garbage.json")
    assert done.returncode != 0
    assert re.fullmatch(r"error: [^\n]*garbage.json[^\n]*\n", done.stderr)
