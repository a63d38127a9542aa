"""One real report of every level: it takes two minutes to make."""

import json
import re
from importlib.resources import files

import jsonschema
import pytest
from lmul_pe.synth.report.plots import levels_plot
from lmul_pe.synth.results.levels import unit_savings
from lmul_pe.synth.results.page_data import page_data
from lmul_pe.synth.results.sources import read_sources

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.results.compare import total_energy
from tests.synth.report.markdown_tables import assert_whole, tables

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def report(levels_run):
    return json.loads((levels_run.report / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def units(report):
    return [design for design in report["designs"] if design["level"] != "multiplier"]


def test_the_report_of_all_levels_obeys_the_schema(report):
    schema = json.loads((files("lmul_pe.synth.results") / "report.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(report)] == []


def test_all_levels_are_there(report):
    assert {design["level"] for design in report["designs"]} == {
        "multiplier",
        "mac",
        "dot",
        "array",
    }


def test_parts_are_the_whole(units):
    for design in units:
        for figures in (design, design["least_area"]):
            parts = figures["parts"].values()
            assert sum(part["area_um2"] for part in parts) == pytest.approx(figures["area_um2"])
            for share in ("area_share", "functional_share", "energy_share"):
                assert sum(part[share] for part in parts) == pytest.approx(1)
            for what, key in (("functional_fj", "functional"), ("clock_fj", "clock")):
                total = sum(part[what] for part in parts)
                assert total == pytest.approx(figures["energy_fj"][key])
            assert [part["clock_fj"] > 0 for part in parts] == [False, False, True, False]


def test_savings_follow_from_the_units(report, units):
    savings = [each for each in report["savings"] if each["level"] != "multiplier"]
    assert savings == unit_savings(units)
    designs = {design["name"]: design for design in units}
    for each in savings:
        now, before = designs[each["design"]], designs[each["baseline"]]
        assert (now["kind"], before["kind"]) == ("lmul", "exact")
        assert now["compared"] == before["compared"]
        assert each["total_energy_percent"] == pytest.approx(
            100 * (1 - total_energy(now) / total_energy(before))
        )


def test_the_sampling_is_good_enough(units):
    for design in units:
        energy = design["energy_by_workload"]["normal"]
        assert energy["uncertainty"] < 0.06 * energy["functional"]
        assert energy["functional"] == pytest.approx(energy["switching"] + energy["internal"])


def test_smallest_and_least_energy(units):
    for design in units:
        least = design["least_area"]
        assert least["area_um2"] <= design["area_um2"]
        assert design["energy_fj"]["glitch"] <= least["energy_fj"]["glitch"] * (1 + 1e-9)


def test_units_with_floating_point_sums_have_a_point_at_an_equal_clock(units):
    timed = {design["name"]: design for design in units if design["iso_delay"]}
    assert set(timed) == {
        f"{unit}_{kind}_e2m1_fp32" for unit in ("mac", "array_os_8x8") for kind in ("lmul", "exact")
    }
    for unit in ("mac", "array_os_8x8"):
        points = [timed[f"{unit}_{kind}_e2m1_fp32"]["iso_delay"] for kind in ("lmul", "exact")]
        (clock,) = {point["clock_ps"] for each in points for point in each}
        # One of the two cannot be any faster.
        assert max(point["delay_ps"] for each in points for point in each) <= clock
        # Being quick costs area.
        for kind in ("lmul", "exact"):
            design = timed[f"{unit}_{kind}_e2m1_fp32"]
            assert design["iso_delay"][0]["area_um2"] > design["least_area"]["area_um2"]
            assert clock < design["least_area"]["delay_ps"]


def test_netlists_hold_the_cells_that_are_counted(levels_run, report, nangate45, tmp_path):
    units = [each for each in report["designs"] if each["level"] in ("mac", "dot")]
    units.append(next(each for each in report["designs"] if each["level"] == "array"))
    (tmp_path / "cells.lib").write_text(liberty_text(nangate45))
    commands = []
    for design in units:
        commands += [
            "design -reset",
            "read_liberty -lib cells.lib",
            f"read_verilog {levels_run.report / design['netlist']}",
            f"hierarchy -check -top {design['name']}",
            "flatten -noscopeinfo",
            f"write_json {design['name']}.json",
        ]
    run_yosys(commands, tmp_path)
    for design in units:
        content = json.loads((tmp_path / f"{design['name']}.json").read_text())
        cells = {}
        for cell in content["modules"][design["name"]]["cells"].values():
            cells[cell["type"]] = cells.get(cell["type"], 0) + 1
        assert cells == design["cells"]
        text = (levels_run.report / design["netlist"]).read_text()
        assert not re.search(r"\b(always|reg|initial|case|function)\b", text)
        assert (text.count("endmodule") == 1) == (design["level"] != "array")


def test_everything_is_said(levels_run, report, units):
    text = (levels_run.report / "report.md").read_text()
    for words in (text, " ".join(levels_run.printed.split())):
        for design in units:
            assert design["name"] in words
        for sentence in [
            *report["levels"],
            *(each["text"] for each in report["claims"]["verdicts"]),
        ]:
            assert sentence in words
    assert "![savings by level, and the parts of the units](levels.png)" in text
    assert "`make synth FMT=e2m1 PAIRS=2000`" in text
    assert len(report["claims"]["verdicts"]) == 3


def test_the_picture_is_that_of_the_report(levels_run, report):
    assert (levels_run.report / "levels.png").read_bytes() == levels_plot(report)


def test_the_tables_of_the_text_are_tables(levels_run):
    text = (levels_run.report / "report.md").read_text()
    assert len(tables(text)) >= 6
    assert_whole(text)


def test_the_page_can_show_the_report(levels_run, report):
    data = page_data(read_sources(levels_run.folder / "build", ["e2m1"]))
    assert [design.name for design in data.designs] == [
        design["name"] for design in report["designs"]
    ]
    assert len(data.savings) == len(report["savings"])
