"""Reports on disk: made once, and what a real one says follows from its own netlists alone."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import (
    Multiplier,
    SpecificationError,
    array_named,
    cycles,
    format_named,
    relative_errors,
    unit_named,
)
from lmul_pe.synth.activity.energy import area_um2, dynamic_energy, glitch_energy
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.design.design import LeftOut
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.design.multipliers import MultiplierDesign
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.measuring.registered import Registers
from lmul_pe.synth.netlists.netlist import Instance, Netlist, read_netlist
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.results import making
from lmul_pe.synth.results.making import array_folder, build_name, report_command, report_folder
from lmul_pe.synth.results.record import REPORT, SeedSaved
from lmul_pe.synth.results.store import RENDERED, write_folder
from lmul_pe.synth.workload.settings import Settings
from lmul_pe.synth.workload.streams import CodeStream, operands
from tests.synth.results import measured_by_hand as by_hand

E4M3 = format_named("e4m3")
FORMAT = format_named("e2m1")
LADDER = ("adder_e2m1", "lmul_e2m1_raw", "lmul_e2m1_zero", "lmul_e2m1")
NAMES = [*LADDER, "lmul_e2m1_gradual", "exact_e2m1", "exact_e2m1_gradual"]
ARRAYS = tuple(array_named(f"array_os_2x3_{kind}_e2m1_fp32") for kind in ("lmul", "exact"))
COMMAND = "lmul-pe array-cost --fmt e2m1"


@pytest.mark.parametrize(
    ("tech", "levels", "settings", "command"),
    [
        ("nangate45", LEVELS, Settings(timed_dots=True), "make synth FMT=e4m3 TIMED_DOTS=1"),
        ("nangate45", LEVELS, Settings(held_dots=True), "make synth FMT=e4m3 HELD_DOTS=1"),
        (
            "nangate45",
            LEVELS,
            Settings(effort="full", timed_dots=True, all_units=True),
            "make synth FMT=e4m3 EFFORT=full",
        ),
        ("nangate45", LEVELS, Settings(all_units=True), "make synth FMT=e4m3 ALL_UNITS=1"),
        ("nangate45", LEVELS, Settings(), "make synth FMT=e4m3"),
        (
            "asap7",
            ["multiplier", "mac"],
            Settings(),
            "make synth FMT=e4m3 TECH=asap7 LEVELS=multiplier,mac",
        ),
        (
            "my cells.lib",
            LEVELS,
            Settings(wire_ff=0.5, seed=1, clock_ps=750.0),
            "make synth FMT=e4m3 'TECH=my cells.lib' WIRE_FF=0.5 SEED=1 CLOCK_PS=750",
        ),
        (
            "nangate45",
            LEVELS,
            Settings(pairs=2000, own=CodeStream("my pairs.npy", np.zeros((2, 2), np.uint64), "0")),
            "make synth FMT=e4m3 PAIRS=2000 'WORKLOAD=my pairs.npy'",
        ),
    ],
)
def test_the_command_names_what_is_not_usual(tech, levels, settings, command):
    assert report_command(E4M3, tech, list(levels), settings) == command


@pytest.mark.parametrize(
    ("library", "name"),
    [("nangate45", "e4m3"), ("asap7", "e4m3_asap7"), ("../my cells", "e4m3_.._my_cells")],
)
def test_results_of_other_libraries_have_names_of_their_own(library, name, tiny):
    assert build_name(E4M3, replace(tiny, name=library)) == name


@pytest.mark.parametrize(
    ("tech", "folder"), [("nangate45", "build/synth/e4m3"), ("asap7", "build/synth/e4m3_asap7")]
)
def test_a_current_report_is_not_made_again(tech, folder, monkeypatch):
    asked = []
    monkeypatch.setattr(making, "measure_all", None)
    monkeypatch.setattr(making, "is_current", lambda path, _: asked.append(path) or True)
    assert report_folder(E4M3, tech) == Path(folder)
    assert asked == [Path(folder)]


def test_an_unknown_technology_is_refused_before_any_folder_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecificationError, match="asap8"):
        report_folder(E4M3, "asap8")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "with_all", "as_reported"),
    [
        (Settings(), False, True),
        (Settings(all_units=True), True, True),
        (Settings(effort="full"), True, False),
        (Settings(timed_dots=True), False, False),
        (Settings(wire_ff=1.0), False, False),
    ],
)
def test_usual_reports_have_what_is_compared_first(settings, with_all, as_reported, tmp_path):
    asked = []

    def measure(designs, conditions):
        asked.append(({design.name for design in designs}, conditions.reported))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        report_folder(E4M3, settings=settings, out=tmp_path / "out", measure=measure)
    ((names, reported),) = asked
    assert names >= {"lmul_e4m3", "mac_lmul_e4m3_fixed", "dot16_lmul_e4m3_fixed"}
    more = {"mac_exact_e4m3_aligned", "dot4_lmul_e4m3_fp32", "dot4_int8_int32"}
    assert names & more == (more if with_all else set())
    assert reported is as_reported


ONE_GATE = Netlist(
    "one",
    {"a": (2, 3, 4, 5), "b": (6, 7, 8, 9)},
    {"y": (10,)},
    (Instance("g", "NAND2_X1", {"A1": 2, "A2": 6}, {"ZN": 10}),),
)
"""Of operands of e2m1."""


class ByHand:
    """What measures designs: the bare adder and units take the usual energy, others twice that,
    the conventional multiplier at 400 ps by a netlist of its own for its area."""

    def __init__(self):
        self.asked = []

    def __call__(self, designs, conditions):
        self.asked.append((designs, conditions))
        return [self.measured(design) for design in designs]

    def measured(self, design):
        if not isinstance(design, MultiplierDesign):
            return by_hand.unit(design)
        scale = 1.0 if design.kind == "adder" else 2.0
        around = Registers(bits=12, area_um2=20.0, leakage_nw=1.0, clock_fj=6.0, data_fj=2.0)
        point = by_hand.point(400.0, scale, around)
        if design.name == "exact_e2m1":
            point = replace(point, least_area=by_hand.figures(scale=scale / 2, recipe="gates/flow"))
        found = by_hand.multiplier(design, scale, [point])
        return replace(found, least_energy=replace(found.least_energy, netlist=ONE_GATE))

    @property
    def names(self):
        return [[design.name for design in designs] for designs, _ in self.asked]


@pytest.fixture
def by_levels(tmp_path):
    """A function that makes a report without a synthesis: the report, what was asked, and where."""

    def made(levels=tuple(LEVELS), **settings):
        measure, out = ByHand(), tmp_path / "out"
        folder = report_folder(
            FORMAT, levels=levels, settings=Settings(pairs=64, **settings), out=out, measure=measure
        )
        assert folder == out
        return REPORT.read(folder / "report.json", "make synth"), measure, folder

    return made


def test_a_report_holds_what_was_measured_of_every_design(by_levels):
    report, measure, folder = by_levels()
    (names,) = measure.names
    assert [design.name for design in report.designs] == names
    assert len(names) == len(set(names))
    assert {design.level for design in report.designs} == set(LEVELS)
    assert (report.ladder, report.left_out, report.seeds) == (LADDER, (), ())
    assert report.without_clock_gates == ()
    assert report.assumptions.units.endswith("clock without a tree, no clock gating")
    # Against the bare adder.
    assert {each.over_adder.area for each in report.multipliers} == {0.5 / 0.5, 2.0}
    point = report.design("exact_e2m1").iso_delay[0]
    assert (folder / point.netlist).read_text() == "// cells/area 2.0\n"
    assert (folder / point.least_area.netlist).read_text() == "// gates/flow 1.0\n"
    # Of what is compared first, at three wire loads and two more slews.
    assert [row.design for row in report.sensitivity] == ["one"] * 2 * 5


def test_the_multiplier_is_there_whatever_is_asked_for(by_levels):
    report, _, _ = by_levels(["mac"])
    assert [level for level in LEVELS if any(each.level == level for each in report.designs)] == [
        "multiplier",
        "mac",
    ]
    assert report.command == "make synth FMT=e2m1 LEVELS=multiplier,mac PAIRS=64"


def test_units_are_measured_without_clock_gates_too(by_levels):
    report, measure, _ = by_levels(clock_gates=True)
    every, units = measure.names
    assert units == [name for name in every if name.startswith(("mac", "dot", "array"))]
    assert [conditions.settings.clock_gates for _, conditions in measure.asked] == [True, False]
    assert [each.design for each in report.without_clock_gates] == units
    assert report.assumptions.units.endswith(
        "a clock gate where 4 register bits or more have one enable"
    )


def test_multipliers_have_no_clock_to_gate(by_levels):
    report, measure, _ = by_levels(["multiplier"], clock_gates=True)
    assert (len(measure.asked), report.without_clock_gates) == (1, ())


def test_dot_products_are_at_clocks_and_hold_products_where_that_is_asked_for(by_levels):
    def of(**settings):
        _, measure, _ = by_levels(**settings)
        ((designs, _),) = measure.asked
        assert len({each.name for each in designs}) == len(designs)
        dots = {each.name: bool(each.clocks) for each in designs if each.level == "dot"}
        assert any(each.clocks for each in designs if each.level == "mac")
        return dots

    usual, timed, held = of(), of(timed_dots=True), of(timed_dots=True, held_dots=True)
    assert set(usual.values()) == {False}
    assert timed == dict.fromkeys(usual, True)
    both = {f"dot16_{kind}_e2m1_latency1_fixed" for kind in ("lmul", "exact")}
    assert held == timed | dict.fromkeys(both, True)


def test_seeds_are_measured_where_every_recipe_is_tried(by_levels, monkeypatch):
    row = SeedSaved("multiplier", "lmul_e2m1", "exact_e2m1", 7, 1.0, 2.0)
    monkeypatch.setattr(making, "seed_savings", lambda report, measured, conditions: (row,))
    assert by_levels(["multiplier"], effort="full")[0].seeds == (row,)
    assert by_levels(["multiplier"])[0].seeds == ()


def test_what_cannot_be_and_what_is_not_counted_is_left_out(by_levels, monkeypatch, nangate45):
    noted = replace(nangate45, notes=("no tables", "no states"))
    monkeypatch.setattr(making, "load_technology", lambda tech: noted)
    refused = LeftOut("mac", "too wide")
    level = SimpleNamespace(designs=lambda format: ([], [refused]))
    monkeypatch.setitem(LEVELS, "mac", level)
    report, _, _ = by_levels(["mac"])
    assert report.left_out == (refused, LeftOut("library", "no tables; no states"))


def test_a_folder_that_cannot_be_written_is_an_error_before_anything_is_measured(tmp_path):
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(FileExistsError):
        report_folder(FORMAT, out=tmp_path / "out", measure=None)
    with pytest.raises(FileExistsError):
        folder_of_arrays(out=tmp_path / "out")


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """How often arrays were measured, in an empty folder, without a synthesis."""
    monkeypatch.chdir(tmp_path)
    found = []

    def measure(designs, conditions):
        found.append([design.name for design in designs])
        return [by_hand.unit(design, scale) for scale, design in enumerate(designs, start=1)]

    monkeypatch.setattr(making, "measure_all", measure)
    return found


def folder_of_arrays(settings=None, out=None):
    return array_folder(ARRAYS, "nangate45", settings or Settings(), COMMAND, out)


def test_a_report_of_arrays(measured):
    folder = folder_of_arrays()
    names = [array.name for array in ARRAYS]
    assert (folder, measured) == (Path("build/array") / names[0], [names])
    report = REPORT.read(folder / "report.json", COMMAND)
    assert (report.command, report.format, report.technology) == (COMMAND, "e2m1", "nangate45")
    assert [design.name for design in report.designs] == names
    ((design, baseline),) = ((each.design, each.baseline) for each in report.savings)
    assert (design, baseline) == tuple(names)
    # The second array was given twice the energy, and is the slower one.
    assert report.savings[0].free.glitch_percent == pytest.approx(50.0)
    assert report.assumptions.clock_ps == 200.0
    for array, counted in zip(ARRAYS, report.cycles, strict=True):
        expected = cycles(array, 256, 256, 256)
        assert (counted.m, counted.k, counted.n) == (256, 256, 256)
        assert (counted.cycles, counted.utilisation) == (expected.total, expected.utilisation)
    for design in report.designs:
        assert (folder / design.netlist).read_text().startswith("// cells/area")


@pytest.mark.parametrize(
    ("more", "clock_ps"),
    [
        ([], 100.0),
        (["mac_exact_e2m1_fixed"], 200.0),
        # Not every report has these, and totals are to be the same beside them.
        (["mac_exact_e2m1_aligned"], 100.0),
        (["dot4_exact_e2m1_fp32"], 100.0),
        (["mac_exact_e2m1_aligned", "array_os_8x8_lmul_e2m1_fp32"], 300.0),
    ],
)
def test_leakage_is_by_the_slowest_design_that_every_report_has(more, clock_ps):
    designs = [unit_design(unit_named(name)) for name in ("mac_lmul_e2m1_fp32", *more)]
    measured = [by_hand.unit(design, scale) for scale, design in enumerate(designs, start=1)]
    assert making._common_clock(measured) == clock_ps


def test_leakage_of_what_no_report_has_is_by_the_slowest_of_all():
    names = [f"array_os_2x3_{kind}_e2m1_aligned" for kind in ("lmul", "exact")]
    designs = [unit_design(unit_named(name)) for name in names]
    measured = [by_hand.unit(design, scale) for scale, design in enumerate(designs, start=1)]
    assert making._common_clock(measured) == 200.0


def test_weights_without_partial_sums_stay_for_one_tile():
    array = array_named("array_ws_4x2_lmul_e2m1_fp32")
    assert making._cycles(array).k == 4
    assert making._cycles(array_named("array_ws_4x2_lmul_e2m1_fp32_partial")).k == 256


def test_an_array_alone_has_a_report(measured):
    folder = array_folder(ARRAYS[:1], "nangate45", Settings(), COMMAND, None)
    report = REPORT.read(folder / "report.json", COMMAND)
    assert (report.format, report.savings, len(report.cycles)) == ("e2m1", (), 1)


def test_arrays_are_measured_once(measured):
    first = (folder_of_arrays() / "report.json").read_bytes()
    assert (folder_of_arrays() / "report.json").read_bytes() == first
    assert len(measured) == 1


def test_other_settings_and_a_broken_netlist_are_measured_again(measured):
    folder = folder_of_arrays()
    folder_of_arrays(Settings(seed=7))
    assert len(measured) == 2
    netlist = folder / f"{ARRAYS[0].name}.v"
    whole = netlist.read_text()
    netlist.write_text(whole[:-1])
    folder_of_arrays(Settings(seed=7))
    assert len(measured) == 3
    assert netlist.read_text() == whole


def test_what_was_rendered_from_an_earlier_record_goes(measured):
    folder = folder_of_arrays()
    write_folder(folder, "earlier", {"report.md": b"earlier"}, RENDERED)
    (folder / "notes.txt").write_text("mine")
    folder_of_arrays(Settings(seed=7))
    assert not (folder / "report.md").exists()
    assert not (folder / RENDERED).exists()
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_run_that_ends_early_leaves_nothing(measured, monkeypatch, tmp_path):
    def ended(designs, conditions):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "measure_all", ended)
    with pytest.raises(KeyboardInterrupt):
        folder_of_arrays(out=tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


# One real report of the multipliers of e2m1.


@pytest.fixture(scope="module")
def made(run):
    return REPORT.read(run.report / "report.json", "make synth")


def all_figures(report):
    """Every set of figures in the report: of least energy, the smallest, at an equal clock."""
    for design in report.designs:
        for each in (design, *design.iso_delay):
            yield design.name, each
            yield design.name, each.least_area


def read_netlists(report, folder, technology, place):
    """The netlists that a report names, read from their Verilog by Yosys."""
    (place / "cells.lib").write_text(liberty_text(technology))
    names = {figures.netlist: name for name, figures in all_figures(report)}
    commands = []
    for file, name in names.items():
        commands += [
            "design -reset",
            "read_liberty -lib cells.lib",
            f"read_verilog {folder / file}",
            f"hierarchy -check -top {name}",
            "flatten -noscopeinfo",
            f"write_json {file}.json",
        ]
    run_yosys(commands, place)
    return {file: json.loads((place / f"{file}.json").read_text()) for file in names}


@pytest.fixture(scope="module")
def netlists(run, made, nangate45, tmp_path_factory):
    place = tmp_path_factory.mktemp("netlists")
    read = read_netlists(made, run.report, nangate45, place)
    names = {figures.netlist: name for name, figures in all_figures(made)}
    return {file: read_netlist(content, names[file]) for file, content in read.items()}


def multiplier(name):
    kind, _, policy = name.replace("_e2m1", "").partition("_")
    policies = {
        "raw": {"guard": "raw"},
        "zero": {"guard": "zero"},
        "gradual": {"subnormals": "gradual"},
    }
    return Multiplier(kind, FORMAT, **policies.get(policy, {}))


def test_it_says_what_was_asked_for(made):
    assert (made.format, made.technology, made.seed) == ("e2m1", "nangate45", 2024)
    assert (made.library.node_nm, made.library.gate_equivalent_um2) == (45, 0.798)
    assert made.assumptions.pairs_per_workload == 2000
    assert made.assumptions.wire_ff_per_fanout == 0.5
    assert made.assumptions.voltage == 1.1
    assert made.command == "make synth FMT=e2m1 LEVELS=multiplier WIRE_FF=0.5 PAIRS=2000"
    assert [design.name for design in made.designs] == NAMES
    assert made.ladder == LADDER
    assert made.cycles == ()
    # Those are measured where every recipe is tried.
    assert made.seeds == ()


def test_the_folder_holds_the_report_its_netlists_and_nothing_else(run, made):
    files = {figures.netlist for _, figures in all_figures(made)}
    files |= {"report.json", "manifest.json", "report.md", "comparison.png", "rendered.json"}
    assert {path.name for path in run.report.iterdir()} == files


def test_netlists_are_flat_verilog_of_library_cells(run, made, nangate45):
    for name, figures in all_figures(made):
        text = (run.report / figures.netlist).read_text()
        assert re.findall(r"^module (\w+)\((.*)\);", text, flags=re.MULTILINE)[0][0] == name
        assert text.count("endmodule") == 1
        assert not re.search(r"\b(always|reg|initial|case|function)\b", text)
        # Assignments only rename: no operator stands in them.
        for assigned in re.findall(r"assign .* = (.*);", text):
            assert re.fullmatch(r"[\w\[\]:'{}, \\.]+", assigned)
        instances = re.findall(r"^  (\w+) (?:\w+|\\\S+) \($", text, flags=re.MULTILINE)
        assert set(instances) <= nangate45.cells.keys()
        assert len(instances) == sum(figures.cells.values())


def test_netlists_give_the_reports_figures(netlists, made, nangate45):
    clocks = {}
    for design in made.designs:
        for each in (design, *design.iso_delay):
            clock_ps = getattr(each, "clock_ps", made.assumptions.clock_ps)
            # A set of figures and the smaller one in it have the clock of the set.
            clocks |= {each.netlist: clock_ps, each.least_area.netlist: clock_ps}
    for name, figures in all_figures(made):
        netlist = netlists[figures.netlist]
        assert {*netlist.inputs, *netlist.outputs} == {"a", "b", "y"}
        assert netlist.cell_counts == figures.cells
        assert area_um2(netlist, nangate45) == pytest.approx(figures.area_um2, rel=1e-12)
        assert figures.gate_equivalents == pytest.approx(figures.area_um2 / 0.798)
        path = critical_path(netlist, nangate45, 0.5)
        assert path.delay_ps == pytest.approx(figures.delay_ps, rel=1e-9)
        assert figures.critical_path[-1].time_ps == figures.delay_ps
        mask = 7 if name.startswith("adder") else 15
        codes = operands("normal", FORMAT, FORMAT, 2000, 2024)
        inputs = dict(zip("ab", (each & mask for each in codes), strict=True))
        states = evaluate(netlist, cell_functions(nangate45), inputs).sample
        leakage = leakages_nw(netlist, nangate45, states).sum() * clocks[figures.netlist] * 1e-6
        assert figures.energy_fj.leakage == pytest.approx(leakage, rel=1e-9)
        for workload, energy in figures.energy_by_workload.items():
            a, b = operands(workload, FORMAT, FORMAT, 2000, 2024)
            stream = {"a": a & mask, "b": b & mask}
            found = dynamic_energy(
                evaluate(netlist, cell_functions(nangate45), stream), nangate45, 0.5
            )
            assert energy.switching == pytest.approx(found.switching_fj, rel=1e-9)
            assert energy.internal == pytest.approx(found.internal_fj, rel=1e-9)
            assert energy.uncertainty == pytest.approx(found.uncertainty_fj, rel=1e-6)
            glitch = glitch_energy(
                transitions(netlist, nangate45, stream, 0.5), netlist, nangate45, 0.5
            )
            assert energy.glitch == pytest.approx(glitch.total_fj, rel=1e-9)
            assert energy.glitch_uncertainty == pytest.approx(glitch.uncertainty_fj, rel=1e-6)


def test_netlists_compute_what_the_model_computes(netlists, made, nangate45):
    for name, figures in all_figures(made):
        bits = 3 if name.startswith("adder") else 4
        a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**bits), np.arange(2**bits)))
        netlist = netlists[figures.netlist]
        found = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b}).output("y")
        expected = (a + b) % 8 if bits == 3 else multiplier(name).compute(a, b)
        np.testing.assert_array_equal(found, expected, err_msg=figures.netlist)


def test_the_smallest_and_the_one_of_least_energy_are_that(made):
    for design in made.designs:
        least = design.least_area
        assert least.area_um2 <= design.area_um2
        assert design.energy_fj.glitch <= least.energy_fj.glitch
        assert (design.netlist == least.netlist) == (design.recipe == least.recipe)
        structure, _, script = design.recipe.partition("/")
        assert structure in made.recipes.structures
        assert script in made.recipes.scripts


def test_energies_are_sums_and_stand_where_they_belong(made):
    for _, figures in all_figures(made):
        for energy in figures.energy_by_workload.values():
            assert energy.functional == pytest.approx(energy.switching + energy.internal)
        normal = figures.energy_by_workload["normal"]
        assert figures.workload == "normal"
        assert normal.uncertainty < 0.1 * normal.functional
        assert figures.energy_fj.functional == normal.functional
        assert figures.energy_fj.glitch == normal.glitch
    for design in made.designs:
        assert design.energy_fj.glitch > design.energy_fj.functional


def test_the_clock_is_the_slowest_designs(made):
    assert made.assumptions.clock_ps == max(
        figures.delay_ps for design in made.designs for figures in (design, design.least_area)
    )


def test_every_design_was_checked_on_every_pair(made):
    assert {(each.checked.pairs, each.checked.every_pair) for each in made.designs} == {(256, True)}


def test_savings_follow_from_the_designs(made):
    designs = {design.name: design for design in made.designs}
    assert [(saving.design, saving.baseline) for saving in made.savings] == [
        ("lmul_e2m1", "exact_e2m1"),
        ("lmul_e2m1_gradual", "exact_e2m1_gradual"),
        ("lmul_e2m1", "exact_e2m1_gradual"),
        ("lmul_e2m1_raw", "exact_e2m1"),
        ("adder_e2m1", "exact_e2m1"),
    ]
    for saving in made.savings:
        for saved in saving.saved:
            now, before = (
                design if saved.clock_ps is None else design.at(saved.clock_ps)
                for design in (designs[saving.design], designs[saving.baseline])
            )
            both = [
                (now.least_area.area_um2, before.least_area.area_um2, saved.area_percent),
                (now.delay_ps, before.delay_ps, saved.delay_percent),
            ]
            own, other = (each.energy_by_workload[saved.workload] for each in (now, before))
            both += [
                (own.functional, other.functional, saved.functional_percent),
                (own.glitch, other.glitch, saved.glitch_percent),
            ]
            whole = [
                energy.glitch + figures.energy_fj.leakage + around(figures)
                for energy, figures in ((own, now), (other, before))
            ]
            both.append((*whole, saved.total_percent))
            for less, more, percent in both:
                assert percent == pytest.approx(100 * (more - less) / more)


def around(figures):
    """Energy of the registers around a point; nothing without a delay target."""
    registers = getattr(figures, "registers", None)
    return registers.clock_fj + registers.data_fj + registers.leakage_fj if registers else 0.0


def test_points_meet_the_clock_that_both_sides_can_meet(made):
    clock_ps = max(made.design(name).fastest_ps for name in ("lmul_e2m1", "exact_e2m1"))
    for design in made.designs:
        for point in design.iso_delay:
            quickest = max(point.smallest_clock_ps, point.least_area.smallest_clock_ps)
            assert quickest <= point.clock_ps
            assert point.least_area.area_um2 <= point.area_um2
            # The clock holds registers beside the logic.
            assert point.delay_ps < point.smallest_clock_ps
    for name in ("adder_e2m1", "lmul_e2m1", "exact_e2m1"):
        points = made.design(name).iso_delay
        assert [point.clock_ps for point in points] == [
            clock_ps,
            *(clock_ps * times for times in (1.05, 1.4, 2.0)),
        ]


def test_registers_are_the_same_on_both_sides(made):
    now, before = (made.design(name).iso_delay[0] for name in ("lmul_e2m1", "exact_e2m1"))
    # Twelve bits, the same ones on both sides, but other results.
    assert now.registers.bits == before.registers.bits == 12
    assert now.registers.clock_fj == before.registers.clock_fj


def test_wire_and_slew_are_varied_for_both(made):
    for name in ("lmul_e2m1", "exact_e2m1"):
        rows = [row for row in made.sensitivity if row.design == name]
        assert len({(row.wire_ff, row.input_slew_ps) for row in rows}) == len(rows) == 5
        assert {row.wire_ff for row in rows} == {0, 0.5, 2}
        wires = [row.glitch_fj for row in rows[:3]]
        assert wires == sorted(wires)
    assert len(made.sensitivity) == 10


def test_multiples_of_the_adder_follow_from_the_designs(made):
    adder = made.designs[0]
    for design in made.designs:
        for at, floor in [(design, adder), *zip(design.iso_delay, adder.iso_delay, strict=False)]:
            over = at.over_adder
            if over is None or getattr(at, "clock_ps", 0) != getattr(floor, "clock_ps", 0):
                continue
            assert over.area == pytest.approx(at.least_area.area_um2 / floor.least_area.area_um2)
            assert over.energy == pytest.approx(
                at.energy_fj.functional / floor.energy_fj.functional
            )
            assert over.glitch == pytest.approx(at.energy_fj.glitch / floor.energy_fj.glitch)
        assert design.over_adder


def test_the_error_is_that_of_every_pair_of_mantissas(made):
    errors = relative_errors(1, 1)
    found = made.errors["lmul"]
    assert found.mean == pytest.approx(abs(errors).mean())
    assert found.mean == pytest.approx(0.375)
    assert (found.least, found.greatest) == (errors.min(), errors.max())


# One real report of every level of e2m1: it takes two minutes to make.


@pytest.fixture(scope="module")
def all_levels(levels_run):
    return REPORT.read(levels_run.report / "report.json", "make synth")


@pytest.mark.long
def test_all_levels_are_there(all_levels):
    assert list(dict.fromkeys(design.level for design in all_levels.designs)) == [
        "multiplier",
        "mac",
        "dot",
        "array",
    ]


@pytest.mark.long
def test_parts_are_the_whole(all_levels):
    for design in all_levels.units:
        for figures in (design, design.least_area):
            parts = figures.parts.values()
            energy = figures.energy_fj
            assert sum(part.area_um2 for part in parts) == pytest.approx(figures.area_um2)
            assert sum(part.functional_fj for part in parts) == pytest.approx(energy.functional)
            assert sum(part.glitch_fj for part in parts) == pytest.approx(energy.glitch)
            assert sum(part.clock_fj for part in parts) == pytest.approx(energy.clock)
            assert [part.clock_fj > 0 for part in parts] == [False, False, True, False]
        energy = design.interval
        assert energy.uncertainty < 0.06 * energy.functional
        assert energy.functional == pytest.approx(energy.switching + energy.internal)
        assert design.least_area.area_um2 <= design.area_um2
        assert design.energy_fj.glitch <= design.least_area.energy_fj.glitch * (1 + 1e-9)


@pytest.mark.long
def test_savings_of_units_are_against_the_like_unit(all_levels):
    compared = [each for each in all_levels.savings if each.level != "multiplier"]
    assert len(compared) == sum(design.kind == "lmul" for design in all_levels.units)
    for each in compared:
        now, before = all_levels.pair(each)
        assert (now.kind, before.kind, now.compared) == ("lmul", "exact", before.compared)
        whole = [
            design.energy_fj.glitch + design.energy_fj.clock + design.energy_fj.leakage
            for design in (now, before)
        ]
        assert each.free.total_percent == pytest.approx(100 * (1 - whole[0] / whole[1]))


@pytest.mark.long
def test_units_with_floating_point_sums_have_a_point_at_an_equal_clock(all_levels):
    timed = {design.name: design for design in all_levels.units if design.iso_delay}
    assert set(timed) == {
        f"{unit}_{kind}_e2m1_fp32" for unit in ("mac", "array_os_8x8") for kind in ("lmul", "exact")
    }
    for unit in ("mac", "array_os_8x8"):
        points = [timed[f"{unit}_{kind}_e2m1_fp32"].iso_delay for kind in ("lmul", "exact")]
        own, other = ([point.clock_ps for point in each] for each in points)
        clock_ps = own[0]
        assert own == other == [clock_ps, *(clock_ps * times for times in (1.05, 1.4, 2.0))]
        for each in points:
            assert all(point.delay_ps <= point.clock_ps for point in each)
        # Being quick costs area.
        for kind in ("lmul", "exact"):
            design = timed[f"{unit}_{kind}_e2m1_fp32"]
            assert design.iso_delay[0].area_um2 > design.least_area.area_um2
            assert clock_ps < design.least_area.delay_ps


@pytest.mark.long
def test_netlists_of_units_hold_the_cells_that_are_counted(
    levels_run, all_levels, nangate45, tmp_path
):
    units = [each for each in all_levels.units if each.level != "array"]
    units.append(next(each for each in all_levels.units if each.level == "array"))
    units = [replace(each, iso_delay=(), least_area=each) for each in units]
    read = read_netlists(
        replace(all_levels, designs=tuple(units)), levels_run.report, nangate45, tmp_path
    )
    for design in units:
        counted = {}
        for cell in read[design.netlist]["modules"][design.name]["cells"].values():
            counted[cell["type"]] = counted.get(cell["type"], 0) + 1
        assert counted == design.cells
        text = (levels_run.report / design.netlist).read_text()
        assert not re.search(r"\b(always|reg|initial|case|function)\b", text)
        assert (text.count("endmodule") == 1) == (design.level != "array")


def test_what_has_registers_needs_a_flip_flop(nangate45, tmp_path):
    cells = {name: cell for name, cell in nangate45.cells.items() if not cell.flip_flop}
    path = tmp_path / "own.lib"
    path.write_text(liberty_text(replace(nangate45, cells=cells)))
    message = "library nangate45 has no plain flip-flop: .* multipliers alone need none"
    with pytest.raises(SpecificationError, match=message):
        report_folder(FORMAT, str(path), ["multiplier", "mac"], out=tmp_path / "out")
    with pytest.raises(SpecificationError, match=message):
        array_folder(ARRAYS, str(path), Settings(), COMMAND, tmp_path / "out")
    assert not (tmp_path / "out").exists()
