"""Rows of the page are what the files hold; files that hold something else are refused."""

import pytest
from lmul_pe.synth.results.page_data import page_data
from lmul_pe.synth.results.sources import read_sources

from lmul_pe.model import SpecificationError


def test_rows_are_those_of_all_formats(data, expected):
    assert data.formats == expected.formats
    assert (data.technology, data.node_nm, data.workload) == ("nangate45", 45, "normal")
    assert {design.format for design in data.designs} == set(expected.formats)
    assert len(data.designs) == 2 * (6 + 6)


def test_a_field_that_is_missing_is_named(build, change):
    change("synth/bf16/report.json", lambda report: report["designs"][0].pop("energy_fj"))
    with pytest.raises(SpecificationError, match=r"bf16/report.json .*'energy_fj' missing"):
        page_data(read_sources(build, ["e4m3", "bf16"]))


@pytest.mark.parametrize("value", ["much", True, [1]])
def test_what_is_no_number_is_named(build, change, value):
    change("synth/bf16/report.json", lambda report: report["designs"][0].update(delay_ps=value))
    with pytest.raises(SpecificationError, match=r"bf16/report.json cannot be used: .* a number"):
        page_data(read_sources(build, ["e4m3", "bf16"]))


def test_claims_of_another_shape_are_refused(build, change):
    change("claims/claims.json", lambda claims: claims["claims"][0].pop("measured"))
    with pytest.raises(SpecificationError, match=r"claims.json .*'measured' missing.*make claims"):
        page_data(read_sources(build, ["e4m3", "bf16"]))


def test_two_technologies_are_not_one_page(build, change):
    change("synth/bf16/report.json", lambda report: report.update(technology="asap7"))
    with pytest.raises(SpecificationError, match=r"of asap7, .* of nangate45: expected one"):
        page_data(read_sources(build, ["e4m3", "bf16"]))


def test_what_is_not_there_is_empty(bare):
    for field in ("equal_delay", "curves", "claims", "verdicts", "memory", "sensitivity"):
        assert getattr(bare, field) == ()


def test_errors_stand_beside_energies(data, expected):
    energies = {(row.format, row.kind): row.energy_fj for row in data.errors}
    assert energies["bf16", "exact"] == expected.energies_fj["bf16"]["exact"]
    means = {(row.format, row.kind): row.mean for row in data.errors}
    assert means["bf16", "exact"] < means["bf16", "lmul"]
