"""Sections have all that is there, and say what is not."""

from dataclasses import replace

import pytest
from lmul_pe.synth.report.sections.all import method, sections

from lmul_pe.synth.report.sections.measured import curves, parts, sensitivity
from lmul_pe.synth.report.sections.published import claims, memory, others


def test_sections_have_names_of_their_own_and_something_to_show(data):
    found = sections(data)
    assert len({section.name for section in found}) == len(found)
    assert all(section.tables and not section.missing for section in found)
    for section in found:
        for table in section.tables:
            assert table.rows, table.name
            for row in table.rows:
                assert len(table.cells(row)) == len(table.columns)


def test_conditions_that_all_formats_share_stand_once(data):
    (table,) = method(data).tables
    said = [(row["format"], row["value"]) for row in table.rows if row["what"] == "clock"]
    assert said == [
        ("e4m3", "8000 ps, by which leakage becomes energy"),
        ("bf16", "9000 ps, by which leakage becomes energy"),
    ]
    assert [row["format"] for row in table.rows if row["what"] == "supply"] == ["all"]


def test_parts_are_columns_of_every_unit(data):
    (table,) = parts(data).tables
    rows = {row["name"]: row for row in table.rows}
    assert len(rows) == 12
    row = rows["array_os_8x8_exact_bf16_fp32"]
    assert [row[part] for part in ("multiplier", "adder", "clock")] == [200.0, 40.0, 30.0]


def test_published_and_computed_columns_are_marked(data):
    (table,) = memory(data).tables
    origins = {column.field: column.origin for column in table.columns}
    assert origins["published_pj"] == "published"
    assert origins["exact_fj"] == ""
    assert origins["whole_percent"] == "computed"


def test_without_units_there_is_no_picture_of_their_parts(data):
    alone = [design for design in data.designs if design.level == "multiplier"]
    section = parts(replace(data, designs=tuple(alone), parts=()))
    assert (section.pictures, section.tables) == ([], [])
    assert "`make synth FMT=...`" in section.missing


@pytest.mark.parametrize(
    ("section", "command"),
    [
        (claims, "make claims"),
        (memory, "make claims"),
        (others, "make claims"),
        (curves, "lmul-pe curves"),
        (sensitivity, "make synth"),
    ],
)
def test_without_its_source_a_section_says_what_makes_it(bare, section, command):
    assert f"`{command}" in section(bare).missing
    assert not section(bare).tables
