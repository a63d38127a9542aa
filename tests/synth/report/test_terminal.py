"""The verdict of a report fits eight lines of 80 columns, and says what the record holds."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from lmul_pe.synth.report.folder import verdicts
from lmul_pe.synth.report.terminal import array_verdict, print_tables, verdict
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.results.record import Cycles, SeedSaved
from tests.synth.small_report import (
    at_clock,
    multipliers_alone,
    small_array_report,
    small_report,
    with_designs,
)


@pytest.mark.parametrize("format", ["e4m3", "bf16", "fp16", "fp32"])
def test_it_fits_a_small_terminal(format):
    lines = verdict(small_report(format), f"build/synth/{format}")
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 80


def timed(report, *clocks_ps):
    """``report`` with all of a level's main units at these clocks, and its errors of two digits."""
    for level in ("mac", "dot", "array"):
        pair = report.pair(main_saving(report, level))
        for clock_ps in clocks_ps:
            pair = tuple(at_clock(each, clock_ps, clock_ps / 10_000) for each in pair)
        report = with_designs(report, *pair)
    error = replace(report.errors["lmul"], mean=0.147)
    return replace(report, errors={**report.errors, "lmul": error})


@pytest.mark.parametrize("format", ["e4m3", "fp32"])
def test_clocks_of_five_digits_fit_too(format):
    report = timed(small_report(format), 10_000.0, 10_500.0, 14_000.0, 20_000.0)
    slow = (
        replace(
            each, iso_delay=tuple(replace(p, clock_ps=100 * p.clock_ps) for p in each.iso_delay)
        )
        for each in report.multipliers
    )
    lines = verdict(with_designs(report, *slow), f"build/synth/{format}")
    assert len(lines) == 8
    assert max(map(len, lines)) <= 80
    assert "31,500 to 60,000 ps, gates, mean error 14.7 %" in lines[1]
    assert all("10,500 to 20,000 ps" in line for line in (lines[2], lines[4]))


def test_units_have_their_range_and_a_single_clock_has_none(report):
    # Times 1.05, 1.4 and 2 the energy of gates: 120 and 270 fJ, beside 31 of clock and leakage.
    saved = [100 * (1 - (120 * t + 31) / (270 * t + 31)) for t in (1.05, 1.4, 2)]
    least, median, greatest = sorted(saved)
    mac = verdict(timed(report, 10_000.0, 10_500.0, 14_000.0, 20_000.0), "here")[2]
    spread = f"({least:.0f} to {greatest:.0f})"
    assert mac == (
        f"  MAC           {median:.1f} % {spread:11} 10,500 to 20,000 ps, with clock and leakage"
    )
    alone = 100 * (1 - (2 * 120 + 31) / (2 * 270 + 31))
    (line,) = (each for each in verdict(timed(report, 20_000.0), "here") if "  MAC" in each)
    assert line == (f"  MAC           {alone:.1f} % {'':11} at 20,000 ps, with clock and leakage")


# L-Mul in a dot product for the conventional MAC, conventional products there for it, and the first
# for the second.
_DOT = ((50 + 71, 200 + 101), (200 + 71, 200 + 101), (50 + 71, 200 + 71))


def test_each_level_and_claim_has_its_line(report):
    # 45 of 200 fJ, the median, 60 of 200 and 52.5 of 300; of units what is left beside 101, 71 and
    # 151 fJ of the rest.
    mac, array = (100 * (1 - (50 + rest) / (200 + rest)) for rest in (101, 151))
    dot, unit, by_lmul = (100 * (1 - now / before) for now, before in _DOT)
    parts = f"{unit:.0f} % by the unit, then {by_lmul:.0f} % by L-Mul"
    assert verdict(report, "here") == [
        "bf16 in nangate45: energy saved by L-Mul, median over clocks (range)",
        "  multiplier    77.5 % (70 to 82)  315 to 600 ps, gates, mean error 4.0 %",
        f"  MAC           {mac:.1f} %             no delay target, with clock and leakage",
        f"  dot product   {dot:.1f} % for a MAC: {parts}",
        f"  8 x 8 array   {array:.1f} %             no delay target, with clock and leakage",
        "The paper's 95 % for element-wise products: does not hold",
        "The paper's 80 % for dot products: does not hold; unit for unit: does not hold",
        "here: report.md, report.json, pictures, netlists",
    ]


def over_seeds(report):
    """``report`` with headlines of three seeds, as wide as they get."""
    return replace(
        report,
        seeds=tuple(
            SeedSaved(level, "lmul", "exact", seed, percent, percent - 30)
            for level in ("multiplier", "mac")
            for seed, percent in ((1, -31.25), (2, -10.04), (3, -11.5))
        ),
    )


def test_seeds_have_a_line_where_there_are_several(report):
    plain, lines = verdict(report, "here"), verdict(over_seeds(report), "here")
    (line,) = set(lines) - set(plain)
    # Of the multiplier the energy of gates, of the MAC all.
    assert line == (
        "Over 3 seeds: multiplier -11.5 % (-31.2 to -10.0), MAC -41.5 % (-61.2 to -40.0)"
    )
    assert [each for each in lines if each != line] == plain
    assert len(line) <= 80


def test_multipliers_alone_have_no_line_of_units(report):
    lines = verdict(multipliers_alone(report), "here")
    assert [line.split()[0] for line in lines] == ["bf16", "multiplier", "The", "here:"]


def test_an_array_has_what_is_saved_and_what_each_kind_takes(report):
    designs = tuple(each for each in report.units if each.level == "array")[:2]
    savings = tuple(each for each in report.savings if each.level == "array")[:1]
    lines = array_verdict(replace(report, designs=designs, savings=savings), "here")
    # 50 of 200 fJ, and beside both 151 of the rest; the areas are those of the units.
    saved = 100 * (1 - (50 + 151) / (200 + 151))
    lmul, exact = (each.least_area for each in designs[:2])
    area = 100 * (1 - lmul.area_um2 / exact.area_um2)
    less = f"{area:.1f} % less area, {saved:.1f} % less energy with clock"
    assert lines[0] == "lmul products in a array, in nangate45"
    assert lines[1] == f"  no delay target: L-Mul takes {less}"
    assert lines[2].startswith("  L-Mul         ")
    assert "201 fJ per multiply-accumulate" in lines[2]
    assert "351 fJ per multiply-accumulate" in lines[3]
    assert lines[-1] == "here: report.md, report.json, netlists"
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("area", "energy", "words"),
    [
        (0.0, -8.94, "0.0 % less area, 8.9 % more energy"),
        (-0.46, 0.46, "0.5 % more area, 0.5 % less energy"),
    ],
)
def test_an_array_at_a_clock_may_lose(area, energy, words):
    report = small_array_report()
    (saving,) = report.savings
    saved = replace(saving.free, clock_ps=900.0, area_percent=area, total_percent=energy)
    lines = array_verdict(replace(report, savings=(replace(saving, saved=(saved,)),)), "here")
    assert lines[1] == f"  at 900 ps: L-Mul takes {words} with clock"


def test_a_claim_that_holds_at_some_levels_names_all():
    report = small_report("fp32")
    changed = tuple(
        replace(saving, saved=(replace(saving.free, glitch_percent=60.0, total_percent=50.0),))
        if saving.level == "mac"
        else saving
        for saving in report.savings
    )
    *_, line, _ = verdict(replace(report, savings=changed), "here")
    assert line == (
        "The paper's 80 % for dot products: does not hold, holds (mac, dot, array); unit for unit: "
        "holds"
    )


def test_tables_have_titles_and_stand_apart_before_what_the_judge_says(report):
    output = Console(file=io.StringIO(), width=500, force_terminal=True, color_system="standard")
    print_tables(report, output)
    coloured = output.file.getvalue().splitlines()
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in coloured]
    empty = [place for place, line in enumerate(lines) if not line]
    titles = [lines[0], *(lines[place + 1] for place in empty[:-1])]
    assert titles == ["bf16 multipliers in nangate45", "bf16 units in nangate45", "Saved by L-Mul"]
    assert len(empty) == 3
    # As plain text, without a figure in another colour.
    assert coloured[empty[-1] + 1 :] == verdicts(report)
    alone = Console(file=io.StringIO(), width=500)
    print_tables(replace(multipliers_alone(report), savings=()), alone)
    said = alone.file.getvalue()
    assert "bf16 multipliers" in said
    assert "units" not in said
    assert "Saved" not in said


def test_tables_are_followed_by_the_cycles_of_each_array(report):
    output = Console(file=io.StringIO(), width=200)
    cycles = (Cycles("array_a", 256, 128, 64, 270_000, 0.97), Cycles("array_b", 1, 2, 3, 40, 0.5))
    print_tables(replace(report, cycles=cycles), output)
    lines = output.file.getvalue().splitlines()
    first = lines.index(
        "array_a: a 256 x 128 x 64 product takes 270,000 cycles and keeps the units 97.0 % busy."
    )
    assert lines[first + 1] == (
        "array_b: a 1 x 2 x 3 product takes 40 cycles and keeps the units 50.0 % busy."
    )
    assert any("mac_lmul_bf16_fp32" in line for line in lines[:first])
