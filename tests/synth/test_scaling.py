"""``make scaling``: bad input in one line, a small run, and what people read of it."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.synth import scaling as command
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.mapping.recipes import GENERIC
from lmul_pe.synth.measuring.multiplier import MultiplierMeasurement
from lmul_pe.synth.report.scaling import scaling_files, scaling_verdict
from lmul_pe.synth.report.sections.scaling import scaling_charts
from lmul_pe.synth.results.scaling import SCALING, SCALING_FILE, ScalingPoint
from lmul_pe.synth.results.store import STAMP
from lmul_pe.synth.workload.conditions import Conditions
from tests.synth.small_scaling import small_scaling, with_gates_alone


@pytest.fixture
def small(monkeypatch):
    """What is measured is known; the lines that were asked for."""
    asked = []

    def lines(level, exponent_bits, formats, conditions):
        asked.append((level, exponent_bits, [each.name for each in formats]))
        known = (each for each in small_scaling().lines if each.level == level)
        return [replace(each, exponent_bits=exponent_bits) for each in known]

    monkeypatch.setattr(command, "_lines", lines)
    return asked


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--mantissas", "1-4"], "mantissas '1-4' are 4 widths"),
        (["--mantissas", "1,x"], "'x' is not an integer from 1 to 52"),
        (["--mantissas", "0-9"], "'0' is not an integer from 1 to 52"),
        (["--mantissas", "9-5"], "'5' is not an integer from 9 to 52"),
        (["--mantissas", "40-53"], "'53' is not an integer from 40 to 52"),
        (["--mantissas", "1-4,52"], "are 4 widths up to 23, of which all costs are fitted"),
        (["--mantissas", "23-52"], "are 1 width up to 23, of which all costs are fitted"),
        (["--mantissas", "22-52"], "are 2 widths up to 23, of which all costs are fitted"),
        (
            ["--mantissas", "24-52", "--levels", "mac"],
            "mantissas '24-52' are too wide for the levels 'mac': expected up to 23, or multiplier "
            "alone",
        ),
        (["--exponents", "12"], "exponent '12' is not an integer from 2 to 11"),
        (["--exponents", ","], "no exponent is named"),
        (["--levels", "arrays"], "level 'arrays' is not one of multiplier, mac, dot"),
        (["--levels", ""], "level '' is not one of multiplier, mac, dot"),
        (["--tech", "nangate4"], "'nangate4'"),
        # No fault of the levels.
        (["--levels", "multiplier,mac", "--tech", "nangate4"], "'nangate4'"),
    ],
)
def test_bad_input_is_one_clear_line(small, call, arguments, named):
    done = call(command.main, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert named in done.stderr
    assert small == []


def test_it_is_made_once_and_whole(small, call, tmp_path):
    done = call(command.main, "--exponents", "5,8", "--mantissas", "1-3 5 8 12")
    assert done.returncode == 0, done.stderr
    widths = (1, 2, 3, 5, 8, 12)
    names = {e: [format_named(f"e{e}m{m}ieee").name for m in widths] for e in (5, 8)}
    assert small == [("multiplier", 5, names[5]), ("multiplier", 8, names[8])]
    assert "fp16" not in names[5]
    folder = tmp_path / "build" / "scaling"
    scaling = SCALING.read(folder / SCALING_FILE, "make scaling")
    assert scaling.command == "make scaling EXPONENTS=5,8 'MANTISSAS=1-3 5 8 12'"
    assert {path.name for path in folder.iterdir()} == {
        STAMP,
        "scaling.json",
        "scaling.md",
        "scaling.png",
        "scaling.csv",
        "scaling-verdicts.csv",
        "scaling-crossings.csv",
        "scaling-powers.csv",
    }
    again = call(command.main, "--exponents", "5,8", "--mantissas", "1-3 5 8 12")
    assert (again.stdout, len(small)) == (done.stdout, 2)
    lines = done.stdout.splitlines()
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 80


def test_tables_are_printed_on_demand(small, call):
    usual = call(command.main, "--exponents", "5", "--mantissas", "1-5")
    more = call(command.main, "--exponents", "5", "--mantissas", "1-5", "--verbose")
    assert more.stdout.endswith(usual.stdout)
    assert "from O(n^2) to O(n)" in more.stdout
    assert "from O(n^2) to O(n)" not in usual.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "make scaling"),
        (["--tech", "nangate45", "--exponents", "5 8"], "make scaling"),
        (
            ["--mantissas", "1-5", "--tech", "asap7", "--levels", "multiplier mac"],
            "make scaling MANTISSAS=1-5 TECH=asap7 'LEVELS=multiplier mac'",
        ),
    ],
)
def test_the_command_says_what_is_not_usual(call, monkeypatch, options, words):
    def asked(formats, levels, tech, command, out):
        raise SpecificationError(f"{list(formats)} {command}")

    monkeypatch.setattr(command, "scaling_folder", asked)
    assert call(command.main, *options).stderr == f"error: [5, 8] {words}\n"


def test_a_folder_that_cannot_be_written_is_found_before_the_work(small, call, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = call(command.main, "--mantissas", "1-5", "--out", "file")
    assert (done.returncode, done.stderr.count("\n"), small) == (1, 1, [])
    assert done.stderr.startswith("error: file")


def test_units_need_a_flip_flop(small, call, tmp_path, nangate45):
    gates = {name: cell for name, cell in nangate45.cells.items() if not cell.flip_flop}
    (tmp_path / "gates.lib").write_text(liberty_text(replace(nangate45, cells=gates)))
    options = ["--exponents", "5", "--mantissas", "1-5", "--tech", "gates.lib"]
    done = call(command.main, *options, "--levels", "mac")
    assert "has no plain flip-flop" in done.stderr
    assert (done.stderr.count("\n"), small) == (1, [])


def figures(energy_fj, clock_fj, area_um2, delay_ps):
    total = SimpleNamespace(with_glitches_fj=energy_fj, clock_fj=clock_fj)
    return SimpleNamespace(
        cost=SimpleNamespace(total=total),
        area_um2=area_um2,
        path=SimpleNamespace(delay_ps=delay_ps),
    )


def free():
    """What is measured without a delay target; a NAND has 0.798 um2."""
    return SimpleNamespace(
        least_energy=figures(50.0, 8.0, 9.0, 300.0),
        least_area=figures(70.0, 9.0, 7.98, 400.0),
        candidates=[
            SimpleNamespace(path=SimpleNamespace(delay_ps=each)) for each in (300.0, 290.0)
        ],
    )


def test_a_unit_has_energy_with_its_clock(nangate45):
    measurement = SimpleNamespace(
        design=SimpleNamespace(name="mac_lmul_e5m3_fp32"),
        conditions=Conditions(nangate45, command.SETTINGS),
        free=free(),
    )
    assert command._point(3, measurement) == ScalingPoint(
        3, "mac_lmul_e5m3_fp32", None, pytest.approx(10.0), 58.0, 300.0, None
    )
    assert command._as_fast_as_can_be(measurement) == ()


@pytest.mark.parametrize("bits", [23, 24])
def test_of_wide_multipliers_gates_are_counted_alone(nangate45, bits):
    _, design, _ = command.scaling_designs("multiplier", format_named(f"e8m{bits}ieee"))
    measurement = MultiplierMeasurement(design, Conditions(nangate45, command.SETTINGS))
    measurement.free = free()
    measurement.timed = [SimpleNamespace(path=SimpleNamespace(delay_ps=250.0))]
    counted = SimpleNamespace(netlist=SimpleNamespace(cell_counts={"$_AND_": 30, "$_XOR_": 12}))
    measurement.netlists[GENERIC] = {"generic": counted}
    whole = ScalingPoint(bits, design.name, 42, pytest.approx(10.0), 58.0, 300.0, 250.0)
    wide = bits > 23
    expected = ScalingPoint(bits, design.name, 42) if wide else whole
    assert command._point(bits, measurement) == expected
    assert bool(command._as_fast_as_can_be(measurement)) is not wide


def test_the_verdict_is_that_of_the_judge():
    first, heading, *costs = scaling_verdict(small_scaling())
    assert first.endswith("holds in gates, area, energy.")
    assert (
        heading == "multiplier, 5 exponent and 1 to 12 mantissa bits: power, L-Mul and conventional"
    )
    said = " ".join(costs[0].split())
    assert said == "gates 1.00 (1.00 to 1.00) 2.00 (2.00 to 2.00), less from 3.0"
    assert costs[3].endswith("less from nowhere")
    # Of other levels the energy alone, which grows by the same laws.
    (mac,) = costs[4:]
    said = " ".join(mac.split())
    assert said == "energy, mac 1.00 (1.00 to 1.00) 2.00 (2.00 to 2.00), less from 3.0"


def test_units_alone_have_pictures_of_their_own_and_no_verdict():
    whole = small_scaling()
    units = replace(whole, lines=tuple(each for each in whole.lines if each.level == "mac"))
    (chart,) = scaling_charts(units)
    assert chart.title == "Energy, MAC, 5 exponent bits"
    assert [each.title for each in scaling_charts(whole)] == [
        "Gates, multiplier, 5 exponent bits",
        "Energy, multiplier, 5 exponent bits",
        "Shortest delay, multiplier, 5 exponent bits",
        "Energy, MAC, 5 exponent bits",
    ]
    files = scaling_files(units)
    assert "scaling-verdicts.csv" not in files
    assert "The claim holds if" not in files["scaling.md"].decode()
    assert "scaling-verdicts.csv" in scaling_files(whole)


def test_tables_say_where_gates_alone_are():
    text = scaling_files(with_gates_alone(small_scaling(), 12))["scaling.md"].decode()
    assert "| bare adder" in text
    # 10 * 13 gates.
    assert "| multiplier | 12 | `adder_e5m12` | 130 |  |  |  |  |" in text


def test_wide_multipliers_are_mapped_once():
    wide, usual = (
        command.scaling_designs("multiplier", format_named(f"e8m{bits}ieee")) for bits in (52, 23)
    )
    assert {(each.structures, each.scripts, len(each.timed)) for each in wide} == {
        (("cells",), ("area",), 0)
    }
    assert {each.scripts for each in usual} == {("area", "flow", "twice")}
    assert {each.kind: each.structures for each in usual} == {
        "adder": ("gates", "cells"),
        "lmul": ("gates", "cells", "rows"),
        "exact": ("cells", "booth8"),
    }
    assert all(each.timed == {"sklansky": ("prefix-map", "speed")} for each in usual)
    assert not any(each.sets_clock for each in (*usual, *wide))


@pytest.mark.parametrize("level", ["mac", "dot"])
def test_wide_units_are_not_mapped_at_all(level):
    assert command.scaling_designs(level, format_named("e8m24ieee")) == []
    assert command.scaling_designs(level, format_named("e8m23ieee"))


def test_units_are_of_both_kinds_and_without_a_clock():
    format = format_named("e5m3ieee")
    (mac, _), (dot, _) = (command.scaling_designs(level, format) for level in ("mac", "dot"))
    assert (mac.name, mac.clocks) == ("mac_lmul_e5m3_fp32", "")
    assert (dot.name, dot.clocks) == ("dot16_lmul_e5m3_fixed", "")


@pytest.mark.long
def test_a_small_run_measures_what_it_fits(call, tmp_path):
    done = call(command.main, "--exponents", "2", "--mantissas", "1-5")
    assert done.returncode == 0, done.stderr
    scaling = SCALING.read(tmp_path / "build" / "scaling" / SCALING_FILE, "make scaling")
    assert [each.kind for each in scaling.lines] == ["adder", "lmul", "exact"]
    adder = scaling.line("multiplier", "adder", 2)
    # A ripple of full adders: one of five gates to a bit, and a path that is one cell longer.
    assert adder.growth["gates"].power == pytest.approx(1, abs=0.01)
    gates = [cost for _, cost in adder.costs("gates")]
    assert {later - sooner for sooner, later in pairwise(gates)} == {5}
    for line in scaling.lines:
        for point in line.points:
            assert point.fastest_ps <= point.delay_ps
