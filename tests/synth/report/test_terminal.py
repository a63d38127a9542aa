"""Text for people: every figure with its unit, nothing left undefined."""

import copy
import io
import json

import pytest
from jinja2 import UndefinedError
from lmul_pe.synth.report.terminal import markdown, print_report
from rich.console import Console

from tests.synth.report.markdown_tables import assert_whole, tables


@pytest.fixture
def report(run):
    return json.loads((run.report / "report.json").read_text(encoding="utf-8"))


def printed(report, width=200):
    console = Console(file=io.StringIO(), width=width)
    print_report(report, console)
    return console.file.getvalue()


def test_tables_are_tables(report):
    text = markdown(report, "make synth")
    assert len(tables(text)) >= 4
    assert_whole(text)


def test_a_figure_that_is_missing_is_an_error(report):
    del report["designs"][0]["least_area"]["area_um2"]
    with pytest.raises(UndefinedError):
        markdown(report, "make synth")


def test_the_command_is_quoted_as_given(report):
    assert "Made by `make synth FMT=e2m1 SEED=7`" in markdown(report, "make synth FMT=e2m1 SEED=7")


def test_reports_without_an_error_have_no_section_for_it(report):
    assert "## Error of the product" in markdown(report, "make synth")
    report["claims"]["error"] = None
    assert "## Error of the product" not in markdown(report, "make synth")


def test_the_terminal_has_a_row_for_each_design_and_each_saving(report):
    text = printed(report)
    for design in report["designs"]:
        (row, *_) = (line for line in text.splitlines() if f" {design['name']} " in line)
        assert f"{design['least_area']['gate_equivalents']:.1f}" in row
        assert f"{design['delay_ps']:.0f}" in row
    for saving in report["savings"]:
        assert any(
            saving["design"] in line
            and saving["baseline"] in line
            and f"{saving['area_percent']:.1f}" in line
            for line in text.splitlines()
        )
    assert "on every operand pair" in text
    assert "1.1 V" in text


def test_a_check_on_a_sample_says_so(report):
    changed = copy.deepcopy(report)
    for design in changed["designs"]:
        design["checked"] = {"pairs": 65536, "every_pair": False, "mismatches": 0}
    assert "on 65,536 operand pairs" in printed(changed)
    assert "65,536 pairs" in markdown(changed, "make synth")


@pytest.mark.parametrize("width", [40, 80, 200])
def test_names_are_never_cut_to_nothing(width, report):
    assert "lmul_e2m1" in printed(report, width)
