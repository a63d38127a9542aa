"""The results over several formats, as the README shows them."""

import re
import subprocess
import sys

import pytest

from lmul_pe.model.command.run import run as run_command
from lmul_pe.synth.summary import BEGIN, END, key_figures, main, summary_tables
from tests.synth.small_report import small_report


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


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_there_is_a_line_for_each_format():
    reports = [small_report(), small_report("bf16")]
    tables = summary_tables({each["format"]: key_figures(each) for each in reports}).split("\n\n")
    table, other, levels, parts = tables
    lines = table.splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    assert cells(lines[2]) == [
        "e4m3",
        "200",
        "150",
        *("16", "30", "120", "75 %"),
        *("8", "10", "250", "96 %"),
        *("2.00", "1.25"),
    ]
    # The report has no relaxed clock.
    assert cells(other.splitlines()[2])[:8] == ["e4m3", *[""] * 4, "50 %", "95 %", "80 %"]
    assert cells(lines[3])[0] == "bf16"
    lines = levels.splitlines()
    assert len(lines) == 4
    assert len({line.count("|") for line in lines}) == 1
    # Area, energy, and with clock and leakage; there are no such dot products.
    assert cells(lines[2])[4:] == ["50, 95, 60", "20, 69, 64", "", "", "0, 38, 50"]
    # Savings at an equal clock stand before.
    assert cells(lines[2])[:4] == ["e4m3", "75, 96, 80", "", ""]
    assert cells(lines[0])[1] == "equal clock: multiplier"
    # A unit's own multiplier and adder; there is none of integers.
    assert cells(parts.splitlines()[2]) == ["e4m3", "130, 100, 20", "40, 10, 20", ""]


def test_multipliers_alone_have_no_table_of_levels():
    report = small_report()
    report["savings"] = [each for each in report["savings"] if each["level"] == "multiplier"]
    assert "8 x 8" not in summary_tables({"e4m3": key_figures(report)})


def test_a_figure_that_a_report_lacks_leaves_its_cell_empty():
    report = small_report()
    report["designs"][0]["iso_delay"] = []
    assert "area at equal delay of adder" not in key_figures(report)
    line = summary_tables({"e4m3": key_figures(report)}).splitlines()[2]
    assert cells(line)[1:5] == ["200", "150", "", "30"]


def test_a_fixed_window_is_found_by_the_beginning_of_its_name():
    report = small_report()
    design = "mac_lmul_e4m3_fixed_msb40_lsbm40"
    report["savings"].append({**report["savings"][2], "design": design, "area_percent": 30.0})
    *_, levels, _ = summary_tables({"e4m3": key_figures(report)}).split("\n\n")
    cell = cells(levels.splitlines()[-1])[6]
    assert cell == "30, 69, 64"


def test_small_energies_keep_two_digits():
    report = small_report()
    report["designs"][0]["iso_delay"][0]["energy_fj"]["glitch"] = 1.4142
    assert " 1.4 |" in summary_tables({"e4m3": key_figures(report)})


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
