"""What a dot-product unit saves, in two parts."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections.split import split, split_everywhere, split_sentence
from tests.synth.small_report import multipliers_alone, small_report, with_designs


def test_the_whole_stands_before_its_parts():
    reports = tuple(small_report(format) for format in ("e4m3", "bf16"))
    verdict, *_ = split(Results(reports, reports)).words
    # Conventional MACs take 301 fJ; see the table of the summary for the other figures.
    assert verdict.replace("\N{NO-BREAK SPACE}", " ") == (
        "Instead of a conventional MAC with fp32 sums, a dot-product unit of L-Mul saves 17 % in "
        "e4m3 and 60 % in bf16. Of that its way to sum alone saves 25 % in e4m3 and 10 % in bf16; "
        "L-Mul saves -11 % in e4m3 and 55 % in bf16 of what is left."
    )


def test_without_units_it_says_what_would_measure_them():
    alone = multipliers_alone(small_report())
    for found in (split(Results((), ())), split(Results((alone,))), split_everywhere([alone])):
        assert (list(found.words), list(found.charts)) == ([], [])
        assert found.missing == "make synth with LEVELS=mac,dot"
        assert [table.name for table in found.tables] == ["split"]
    assert split_sentence(Results((alone,))) == ""


@pytest.fixture
def timed(report):
    """The MAC at four clocks, the dot product with L-Mul at two of them, with conventional products
    at the last, and one of int8 at none; each with the netlists of a multiplier."""
    points = {kind: report.design(f"{kind}_bf16").iso_delay for kind in ("lmul", "exact")}
    changed = [replace(report.design("mac_exact_bf16_fp32"), iso_delay=points["exact"])]
    for kind, count in (("lmul", 2), ("exact", 1)):
        few = points[kind][-count:]
        design = report.design(f"dot4_{kind}_bf16_aligned")
        changed.append(replace(design, iso_delay=few, fastest_ps=few[0].clock_ps - 1))
    integer = replace(
        report.design("mac_int8_int32"), name="dot4_int8_int32", level="dot", fastest_ps=650.0
    )
    found = with_designs(report, *changed)
    return replace(found, designs=(*found.designs, integer))


def test_units_stand_beside_the_mac_with_and_without_a_delay_target(timed):
    section = split(Results((timed,)))
    assert section.missing == split_everywhere([timed]).missing == ""
    assert len(section.charts) == 1
    assert len(split_everywhere([timed]).tables) == 2
    free, clocked = section.tables
    (row,) = free.records()
    names = ("mac_fj", "exact_fj", "lmul_fj", "int8_fj")
    assert [row[name] for name in names] == [301, 271, 121, 113]
    rows = clocked.records()
    assert [(row["clock_ps"], row["clock_times"]) for row in rows] == [
        (300.0, 1.0),
        (315.0, 1.05),
        (420.0, 1.4),
        (600.0, 2.0),
    ]
    # 2.5, 1.5, once and once 200 fJ; 1.2 and 0.9 times 50; leakage and registers around.
    assert [[row[name] for name in names] for row in rows] == [
        [510, None, None, None],
        [310, None, None, None],
        [210, None, 70, None],
        [210, 210, 55, None],
    ]
    conventional, lmul, int8 = (
        f"{name} (meets {clock_ps} ps)"
        for name, clock_ps in (("conventional", 599), ("L-Mul", 419), ("int8", 650))
    )
    assert [row["missed"] for row in rows] == [
        f"{conventional}, {lmul} and {int8}",
        f"{conventional}, {lmul} and {int8}",
        f"{conventional} and {int8}",
        int8,
    ]
    for table in (free, clocked):
        assert [column.name for column in table.columns if column.choice] == [
            "format",
            "technology",
            "wire",
        ]
        assert [column.name for column in table.columns if column.code] == ["design"]


def test_without_int8_there_is_no_figure_of_it(timed):
    without = replace(timed, designs=timed.designs[:-1])
    free, clocked = split(Results((without,))).tables
    assert free.records()[0]["int8_fj"] is None
    assert clocked.records()[-1]["missed"] == ""
    assert "int8" not in split(Results((without,))).charts[0].words
