"""The saving of dot-product units in two parts, by hand."""

from dataclasses import replace

import pytest

from lmul_pe.synth.results.split import best_split, clocked_splits, splits
from tests.synth.small_report import multipliers_alone, with_designs

# What takes its share in a MAC beside the multiplier, and in a dot product.
MAC, DOT = 101, 71


def test_both_parts_make_the_whole(report):
    (split,) = splits(report)
    assert [each.name for each in (split.mac, split.exact, split.lmul)] == [
        "mac_exact_bf16_fp32",
        "dot4_exact_bf16_aligned",
        "dot4_lmul_bf16_aligned",
    ]
    assert split.integer is None
    assert split.sum_length == 64
    assert split.whole_percent == pytest.approx(100 * (1 - (50 + DOT) / (200 + MAC)))
    assert split.unit_percent == pytest.approx(100 * (1 - (200 + DOT) / (200 + MAC)))
    assert split.lmul_percent == pytest.approx(100 * (1 - (50 + DOT) / (200 + DOT)))
    left = [1 - each / 100 for each in (split.unit_percent, split.lmul_percent)]
    assert 1 - split.whole_percent / 100 == pytest.approx(left[0] * left[1])


def test_long_sums_are_set_against_the_mac_that_does_not_know_them(report):
    long = {}
    for name, energy in (("dot4_lmul_bf16_aligned", 60.0), ("dot4_exact_bf16_aligned", 180.0)):
        design = report.design(name)
        (normal,) = design.energy_by_workload.values()
        more = {**design.energy_by_workload, "long_sums": replace(normal, glitch=energy)}
        long[name] = replace(design, energy_by_workload=more)
    first, second = splits(with_designs(report, *long.values()))
    assert (first.sum_length, second.sum_length) == (64, 512)
    rest = first.total_fj(first.lmul) - first.lmul.energy_fj.glitch
    assert second.total_fj(second.lmul) == 60 + rest
    assert second.total_fj(second.mac) == first.total_fj(first.mac) == 200 + MAC


def test_a_unit_of_int8_stands_beside_one_of_as_many_lanes(report):
    integer = replace(report.design("dot4_exact_bf16_aligned"), name="dot4_int8_int32", kind="int")
    wide = replace(integer, name="dot8_int8_int32")
    found = replace(report, designs=(*report.designs, wide, integer))
    assert best_split(found).integer.name == "dot4_int8_int32"


def test_without_a_mac_or_a_dot_product_there_is_none(report):
    macs = tuple(each for each in report.designs if each.level != "mac")
    assert splits(replace(report, designs=macs)) == ()
    assert best_split(multipliers_alone(report)) is None


def at_clocks(report):
    """The MAC at four clocks, and dot products at some of them: L-Mul at two, the conventional one
    at the last alone.  Each has the points of a multiplier with its products."""
    points = {kind: report.design(f"{kind}_bf16").iso_delay for kind in ("lmul", "exact")}
    found = [replace(report.design("mac_exact_bf16_fp32"), iso_delay=points["exact"])]
    for kind, count in (("lmul", 2), ("exact", 1)):
        few = points[kind][-count:]
        design = report.design(f"dot4_{kind}_bf16_aligned")
        found.append(replace(design, iso_delay=few, fastest_ps=few[0].clock_ps - 1))
    return with_designs(report, *found)


def test_at_the_clocks_of_the_mac_units_are_there_that_meet_them(report):
    found = clocked_splits(at_clocks(report))
    assert [each.clock_ps for each in found] == [300, 315, 420, 600]
    assert [each.times for each in found] == [1, 1.05, 1.4, 2]
    assert [each.lmul is None for each in found] == [True, True, False, False]
    assert [each.exact is None for each in found] == [True, True, True, False]
    assert {each.integer for each in found} == {None}
    assert [each.whole_percent is None for each in found] == [True, True, False, False]
    assert [each.unit_percent is None for each in found] == [True, True, True, False]
    assert [each.lmul_percent is None for each in found] == [True, True, True, False]
    last = found[-1]
    # The conventional unit has the netlists of the MAC: all is saved by L-Mul.
    assert last.unit_percent == pytest.approx(0)
    assert last.whole_percent == last.lmul_percent
    lmul, mac = (report.design(f"{kind}_bf16").iso_delay[-1] for kind in ("lmul", "exact"))
    assert last.whole_percent == pytest.approx(100 * (1 - lmul.total_fj() / mac.total_fj()))


def test_units_that_were_measured_at_no_clock_are_not_there(report):
    assert clocked_splits(report) == ()
    points = report.design("exact_bf16").iso_delay
    mac = replace(report.design("mac_exact_bf16_fp32"), iso_delay=points)
    assert clocked_splits(with_designs(report, mac)) == ()


def test_at_clocks_a_unit_stands_once_whatever_its_workloads(report):
    timed = at_clocks(report)
    more = [
        replace(each, energy_by_workload={"normal": each.interval, "long_sums": each.interval})
        for each in timed.units
        if each.compared == "dot product of 4 with aligned sums"
    ]
    long = with_designs(timed, *more)
    assert len(splits(long)) == 2
    assert [each.clock_ps for each in clocked_splits(long)] == [300, 315, 420, 600]
