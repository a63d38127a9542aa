"""The results over several formats, as the README shows them."""

import re
from dataclasses import replace
from functools import partial

import pytest

from lmul_pe.synth.results.key_figures import key_figures
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.summary import BEGIN, END, main, summary_tables, summary_verdicts
from tests.synth.small_report import multipliers_alone, small_report, with_designs


@pytest.fixture
def command(call):
    """The command in the test's folder."""
    return partial(call, main)


@pytest.fixture
def files(tmp_path, results):
    """Files of reports of two formats."""
    paths = [tmp_path / f"{report.format}.json" for report in results.reports]
    for path, report in zip(paths, results.reports, strict=True):
        path.write_bytes(REPORT.text(report))
    return paths


def tables_of(*reports):
    """The lines of every table, each as its cells."""
    text = summary_tables({each.format: key_figures(each) for each in reports})
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        for table in text.strip().split("\n\n")
    ]


def test_there_is_a_line_for_each_format(results):
    tables = tables_of(*results.reports)
    assert len(tables) == 4
    for table in tables:
        assert [line[0] for line in table[2:]] == ["e4m3", "bf16"]
        assert len({len(line) for line in table}) == 1
        assert set("".join(table[1])) == {"-", ":"}


def test_multipliers_at_the_smallest_clock(report):
    assert tables_of(report)[0][2] == [
        *("bf16", "300", "250"),
        *("40", "80", "400", "80 %"),
        *("40", "100", "500", "80 %"),
        *("2.00", "2.50"),
    ]


def test_multipliers_that_hurry_less(report):
    assert tables_of(report)[1][2] == [
        "bf16",
        *("70 %", "70 %", "2.40", "3.00"),
        *("75 %", "75 %", "50 %", "2.00", "2.50"),
    ]


def test_units_area_energy_and_energy_with_clock(report):
    heading, _, line = tables_of(report)[2]
    found = dict(zip(heading[1:], line[1:], strict=True))
    assert found == {
        "equal clock: multiplier": "80, 80, 78",
        "multiply-accumulate, fp32": "38, 56, 50",
        "8 x 8 array, fp32": "38, 47, 43",
        "no target: multiplier": "75, 75, 75",
        "multiply-accumulate, fixed": "",
        "dot product of 4, aligned": "38, 62, 55",
    }
    # Units without an equal clock have none there: the second and third cell.
    assert line[1:4] == ["80, 80, 78", "", ""]


def test_parts_of_a_multiply_accumulate(report):
    assert tables_of(report)[3][2] == ["bf16", "270, 200, 40", "120, 50, 40", "82"]


def test_multipliers_alone_have_no_table_of_units(report):
    assert len(tables_of(multipliers_alone(report))) == 2


def test_a_format_without_units_has_no_line_there(results):
    first, second = results.reports
    tables = tables_of(multipliers_alone(first), second)
    assert [line[0] for line in tables[0][2:]] == ["e4m3", "bf16"]
    assert [line[0] for line in tables[2][2:]] == ["bf16"]


def test_a_figure_that_a_report_lacks_leaves_its_cell_empty(report):
    adder = replace(report.designs[0], iso_delay=())
    assert tables_of(with_designs(report, adder))[0][2][1:8] == [
        *("300", "250"),
        *("", "80", "400", "80 %"),
        "",
    ]


def test_small_energies_keep_two_digits():
    # Of fp16 the adder takes 2 * 2 fJ at the smallest clock.
    assert tables_of(small_report("fp16"))[0][2][7:9] == ["4", "8"]
    report = small_report()
    point = report.designs[0].iso_delay[0]
    point = replace(point, energy_fj=replace(point.energy_fj, glitch=1.4142))
    adder = replace(report.designs[0], iso_delay=(point, *report.designs[0].iso_delay[1:]))
    assert tables_of(with_designs(report, adder))[0][2][7] == "1.4"


def test_where_claims_hold_is_said_of_like_designs_on_the_default_workload(results):
    first, second = summary_verdicts(results.reports).splitlines()
    assert first == (
        "- element-wise, 95 %: holds nowhere: the largest saving is lmul_bf16 (80.0 %, nangate45, "
        "workload normal, with glitches, equal delay), 15.0 points short."
    )
    assert second.startswith("- dot product, 80 %: holds nowhere: the largest saving is dot4_lmul")


def test_only_the_place_for_results_changes(files, command, tmp_path):
    readme, plot = tmp_path / "README.md", tmp_path / "plot.png"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    done = command(*files, "--readme", readme, "--plot", plot)
    assert (done.returncode, done.stderr) == (0, "")
    assert readme.read_text() == f"before\n{BEGIN}\n{done.stdout}{END}\nafter\n"
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert "| bf16 | 300 |" in done.stdout
    assert "\n- element-wise, 95 %: holds nowhere" in done.stdout


def test_without_a_place_named_it_is_printed_alone(files, command, tmp_path):
    before = set(tmp_path.iterdir())
    assert command(*files).returncode == 0
    assert set(tmp_path.iterdir()) == before


def test_a_file_without_a_place_for_results_stays(files, command, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("nothing here\n")
    done = command(*files, "--readme", readme, "--plot", tmp_path / "plot.png")
    assert done.returncode == 2
    assert re.fullmatch(r"error: [^\n]*README.md has no place for results[^\n]*\n", done.stderr)
    assert readme.read_text() == "nothing here\n"
    assert not (tmp_path / "plot.png").exists()


def test_a_report_that_is_not_there_is_one_clear_line(command, tmp_path):
    done = command(tmp_path / "missing.json")
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*missing.json[^\n]*\n", done.stderr)


@pytest.mark.parametrize("text", ["{}", "garbage", '{"schema": 3}'])
def test_what_is_no_report_is_one_clear_line(command, tmp_path, text):
    (tmp_path / "report.json").write_text(text)
    done = command(tmp_path / "report.json")
    assert done.returncode == 2
    words = r"error: [^\n]*report.json is no report of this version: [^\n]*`make synth` makes it "
    assert re.fullmatch(words + r"again\n", done.stderr)


def test_no_report_is_a_mistake(command):
    assert (command().returncode, command().stderr.count("\n")) == (2, 1)
