"""Components of Accelergy's library plug-in, read as its README says."""

from dataclasses import replace

import pytest

from lmul_pe.synth.system.components import HEADING, components
from tests.synth.small_report import (
    ADDER_FJ,
    CLOCK_FJ,
    ENERGY_FJ,
    LEAKAGE_FJ,
    small_report,
)


def rows_of(report):
    """Component to its rows, each a dictionary; comments and empty lines are nothing."""
    lines = [line.split("#")[0].strip() for line in components(report).splitlines()]
    found, heading = {}, []
    for line in filter(None, lines):
        if line.startswith("COMPONENT:"):
            name = line.split(":")[1].strip()
            found[name], heading = [], []
        elif not heading:
            heading = line.split(",")
        else:
            values = line.split(",")
            assert len(values) == len(heading)
            found[name].append(dict(zip(heading, values, strict=True)))
    return found


@pytest.fixture
def read():
    return rows_of(small_report("e4m3"))


def test_every_design_but_the_bare_adder_is_one(read):
    names = {f"lmul_pe_{each.name}" for each in small_report("e4m3").designs}
    assert set(read) == names - {"lmul_pe_adder_e4m3"}


def test_every_component_has_the_actions_that_the_plug_in_asks_for(read):
    for rows in read.values():
        assert list(rows[0]) == HEADING.split(",")
        actions = {action for row in rows for action in row["action"].split("|")}
        assert actions >= {"read", "write", "update", "leak"}


def test_figures_of_a_unit_are_for_one_multiplier(read):
    compute, leak, write = read["lmul_pe_array_os_8x8_exact_e4m3_fp32"]
    gates = ENERGY_FJ["e4m3"]["exact"] + ADDER_FJ["array"] + 10 + 20
    assert float(compute["energy"]) == pytest.approx((gates + CLOCK_FJ) / 1000)
    assert float(leak["energy"]) == pytest.approx(LEAKAGE_FJ / 1000)
    assert float(write["energy"]) == 0
    assert (compute["technology"], compute["width|datawidth"]) == ("45nm", "8")
    # Leakage is over the clock of the report, 8 ns; area is that of one of 64 elements.
    assert float(leak["global_cycle_seconds"]) == pytest.approx(8e-9)
    area = small_report("e4m3").design("array_os_8x8_exact_e4m3_fp32").area_um2
    assert float(compute["area"]) == pytest.approx(area / 64, rel=1e-5)


def test_a_unit_multiplies_and_sums(read):
    for name in ("mac_lmul_e4m3_fp32", "dot4_exact_e4m3_aligned", "array_ws_8x8_lmul_e4m3_fp32"):
        assert {"multiply", "mac"} < set(read[f"lmul_pe_{name}"][0]["action"].split("|"))


def test_a_multiplier_sums_nothing(read):
    actions = read["lmul_pe_exact_e4m3"][0]["action"].split("|")
    assert "multiply" in actions
    assert "mac" not in actions


def test_a_technology_of_no_stated_node_has_none():
    report = small_report("e4m3")
    unknown = replace(report, library=replace(report.library, node_nm=None))
    assert {row["technology"] for rows in rows_of(unknown).values() for row in rows} == {""}


def test_a_design_of_two_formats_has_the_width_of_the_first():
    report = small_report("e4m3")
    design = replace(report.design("exact_e4m3"), name="exact_e4m3_x_bf16")
    (rows,) = rows_of(replace(report, designs=(design,))).values()
    assert {row["width|datawidth"] for row in rows} == {"8"}


def test_provenance_is_said():
    first = components(small_report("e4m3")).splitlines()[0]
    assert "make synth FMT=e4m3" in first
    assert "2026-02-03" in first
