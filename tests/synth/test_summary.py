"""Results over several formats, as README.md and docs/results.md show them."""

import re
from functools import partial

import pytest

from lmul_pe.synth.report.section import Results
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.summary import BEGIN, END, main, readme_text, results_sections
from tests.synth.small_report import multipliers_alone, small_report


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


def rows(*reports):
    """The README's table by format, each line as its cells."""
    text = readme_text(Results(reports, reports))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(line) for line in cells}) == 1
    return {line[0]: line[1:] for line in cells if set("".join(line)) != {"-", ":"}}


def test_a_line_for_each_format_and_a_figure_to_a_cell(results):
    found = rows(*results.reports)
    assert list(found) == ["format", "e4m3", "bf16"]
    assert all(cell.count("%") == 1 for line in list(found.values())[1:] for cell in line)


def test_the_figures_of_the_table(report):
    # Medians: 45 of 200 fJ and 18 of 80 um2, both at 600 ps; the dot product of four with aligned
    # sums, 121 for the 301 fJ of the MAC and for the 271 of the same with conventional products; an
    # array 201 of 351 fJ, each with clock and leakage.
    assert rows(report)["bf16"] == ["77.5 %", "77.5 %", "59.8 %", "55.4 %", "42.7 %", "4.0 %"]


def test_multipliers_alone_leave_the_cells_of_units_empty(report):
    assert rows(multipliers_alone(report))["bf16"] == ["77.5 %", "77.5 %", "", "", "", "4.0 %"]


def test_the_verdict_is_in_sentences(results):
    text = readme_text(results).replace("\N{NO-BREAK SPACE}", " ")
    assert text.startswith(
        "- At 45 nm, median over clocks from 1.05 to 2 times the smallest of both, a "
        "multiplication by L-Mul takes 78 % less energy than a conventional one in bf16, but 35 % "
        "more in e4m3.\n"
        "- An 8 x 8 array that sums in fp32 saves 43 % in bf16 and -6 % in e4m3 without a delay "
        "target, clock and leakage counted.\n"
        "- Instead of a conventional MAC with fp32 sums, a dot-product unit of L-Mul saves 17 % in "
        "e4m3 and 60 % in bf16.\n"
        "- The paper's 95 % for element-wise products holds nowhere: 78 % is the "
        "most, in lmul_bf16. The paper's "
        "80 % for dot products, like for like, holds nowhere: "
    )


def test_claims_that_hold_are_said_to():
    reports = tuple(small_report(format) for format in ("fp16", "fp32"))
    assert (
        "The paper's 95 % for element-wise products holds in fp16, fp32 and holds without clock "
        "and leakage in fp16." in readme_text(Results(reports, reports))
    )


def test_all_results_are_of_the_default_workload(results):
    tables = [table for each in results_sections(results) for table in each.tables]
    assert [table.name for table in tables] == [
        "verdicts",
        "savings",
        "split",
        "multipliers",
        "units",
        "ladder",
        "parts",
        "errors",
        "savings-by-clock",
    ]
    assert not any(column.name == "workload" for table in tables for column in table.columns)


def test_of_single_clocks_the_smallest_alone_stands_last(results):
    *_, last = results_sections(results)
    (table,) = last.tables
    assert {row["place"] for row in table.records()} == {"smallest clock"}
    # Three pairs of multipliers in each format.
    assert [row["clock_ps"] for row in table.records()] == [300.0] * 6


def test_only_the_place_for_results_changes(files, command, tmp_path):
    readme, page, plot = (tmp_path / name for name in ("README.md", "results.md", "plot.png"))
    # Further down the marks are text like any other.
    after = f"after, as {BEGIN} and {END} say\n"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\n{after}")
    done = command(*files, "--readme", readme, "--page", page, "--plot", plot)
    assert (done.returncode, done.stderr) == (0, "")
    assert readme.read_text() == f"before\n{BEGIN}\n{done.stdout}{END}\n{after}"
    assert page.read_text().startswith("# Results\n")
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_without_a_place_named_it_is_printed_alone(files, command, tmp_path):
    before = set(tmp_path.iterdir())
    assert command(*files).returncode == 0
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize("text", ["nothing here\n", f"{BEGIN}\n", f"{END}\n"])
def test_a_file_without_a_place_for_results_stays(files, command, tmp_path, text):
    readme = tmp_path / "README.md"
    readme.write_text(text)
    done = command(*files, "--readme", readme, "--plot", tmp_path / "plot.png")
    assert done.returncode == 2
    assert re.fullmatch(r"error: [^\n]*README.md has no place for results[^\n]*\n", done.stderr)
    assert readme.read_text() == text
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
