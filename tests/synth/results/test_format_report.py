"""One real report: what it says follows from its own netlists, and from nothing else."""

import copy
import json
import re
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from lmul_pe.synth.results.format_report import COMPARED, design_name

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import Multiplier, format_named, relative_errors
from lmul_pe.synth.activity.energy import area_um2, dynamic_energy, glitch_energy, leakage_power_nw
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.netlists.netlist import read_netlist
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.streams import operands

FORMAT = format_named("e2m1")
LADDER = ["adder_e2m1", "lmul_e2m1_raw", "lmul_e2m1_zero", "lmul_e2m1"]
NAMES = [*LADDER, "lmul_e2m1_gradual", "exact_e2m1", "exact_e2m1_gradual"]
NAMED_AT_THE_TOP = ["schema", "format", "technology", "tools", "seed", "assumptions"]
NAMED_AT_THE_TOP += ["designs", "ladder", "savings", "sensitivity", "claims"]
NAMED_BY_DESIGN = ["name", "level", "kind", "gate_equivalents", "area_um2", "cells", "delay_ps"]
NAMED_BY_DESIGN += [
    "energy_fj",
    "energy_by_workload",
    "netlist",
    "workload",
    "least_area",
    "iso_delay",
]


@pytest.fixture(scope="module")
def report(run):
    return json.loads((run.report / "report.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator():
    path = files("lmul_pe.synth.results") / "report.schema.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    return jsonschema.Draft202012Validator(schema)


def recipes(report):
    """Every set of figures in the report: of least energy, the smallest, at an equal clock."""
    for design in report["designs"]:
        for each in (design, *design["iso_delay"]):
            yield design["name"], each
            yield design["name"], each["least_area"]


@pytest.fixture(scope="module")
def netlists(run, report, nangate45, tmp_path_factory):
    """The netlists that the report names, read from their Verilog by Yosys."""
    folder = tmp_path_factory.mktemp("netlists")
    (folder / "cells.lib").write_text(liberty_text(nangate45))
    found = {}
    commands = []
    for name, figures in recipes(report):
        file = figures["netlist"]
        found[file] = name
        commands += [
            "design -reset",
            "read_liberty -lib cells.lib",
            f"read_verilog {run.report / file}",
            f"hierarchy -check -top {name}",
            f"write_json {file}.json",
        ]
    run_yosys(commands, folder)
    return {
        file: read_netlist(json.loads((folder / f"{file}.json").read_text()), name)
        for file, name in found.items()
    }


def multiplier(name):
    kind, _, policy = name.replace("_e2m1", "").partition("_")
    policies = {
        "raw": {"guard": "raw"},
        "zero": {"guard": "zero"},
        "gradual": {"subnormals": "gradual"},
    }
    return Multiplier(kind, FORMAT, **policies.get(policy, {}))


def test_it_obeys_its_schema(report, validator):
    assert [error.message for error in validator.iter_errors(report)] == []


@pytest.mark.parametrize(
    "change",
    [
        *[lambda report, key=key: report["designs"][0].pop(key) for key in NAMED_BY_DESIGN],
        *[lambda report, key=key: report.pop(key) for key in NAMED_AT_THE_TOP],
        lambda report: report["designs"][0].update(extra=1),
        lambda report: report["designs"][0]["least_area"].update(extra=1),
        lambda report: report["designs"][0]["least_area"].pop("area_um2"),
        lambda report: report["designs"][0].update(level="chip"),
        lambda report: report["designs"][0].update(area_um2="11"),
        lambda report: report["designs"][0].update(netlist="../adder.v"),
        lambda report: report["designs"][0]["energy_fj"].update(total=1),
        lambda report: report["designs"][0]["energy_by_workload"].pop("normal"),
        lambda report: report["designs"][0]["checked"].update(mismatches=1),
        lambda report: report["designs"][0]["cells"].update(INV_X1=0),
        lambda report: report["savings"][0].pop("baseline"),
        lambda report: report["savings"][0].update(area_percent=101),
        lambda report: report["assumptions"].pop("voltage"),
        lambda report: report["assumptions"].pop("wire_ff_per_fanout"),
        lambda report: report["claims"]["verdicts"].clear(),
        lambda report: report.update(schema=1),
        lambda report: report["savings"][0].pop("total_energy_percent"),
        lambda report: report["savings"][0].pop("glitch_percent_by_workload"),
        lambda report: report["savings"][0]["iso_delay"][0].pop("clock_ps"),
        lambda report: report["designs"][0]["iso_delay"][0].pop("clock_ps"),
        lambda report: report["designs"][0]["iso_delay"][0]["registers"].pop("clock_fj"),
        lambda report: report["designs"][0]["energy_fj"].pop("glitch"),
        lambda report: report["sensitivity"][0].pop("wire_ff"),
        lambda report: report["left_out"].append("e2m1"),
        lambda report: report.pop("levels"),
        lambda report: report.update(designs=[]),
    ],
)
def test_the_schema_refuses_what_is_not_a_report(change, report, validator):
    changed = copy.deepcopy(report)
    change(changed)
    assert not validator.is_valid(changed)


def test_it_says_what_was_asked_for(report):
    assert report["format"] == "e2m1"
    assert report["technology"] == "nangate45"
    assert report["library"]["node_nm"] == 45
    assert report["library"]["gate_equivalent_um2"] == 0.798
    assert report["seed"] == 2024
    assert report["assumptions"]["pairs_per_workload"] == 2000
    assert report["assumptions"]["wire_ff_per_fanout"] == 0.5
    assert report["assumptions"]["voltage"] == 1.1
    assert [design["name"] for design in report["designs"]] == NAMES


def test_the_folder_holds_the_report_its_netlists_and_nothing_else(run, report):
    files = {figures["netlist"] for _, figures in recipes(report)}
    files |= {"report.json", "report.md", "comparison.png", "manifest.json"}
    assert {path.name for path in run.report.iterdir()} == files


def test_netlists_are_flat_verilog_of_library_cells(run, report, nangate45):
    for name, figures in recipes(report):
        text = (run.report / figures["netlist"]).read_text()
        assert re.findall(r"^module (\w+)\((.*)\);", text, flags=re.MULTILINE)[0][0] == name
        assert text.count("endmodule") == 1
        assert not re.search(r"\b(always|reg|initial|case|function)\b", text)
        # Assignments only rename: no operator stands in them.
        for assigned in re.findall(r"assign .* = (.*);", text):
            assert re.fullmatch(r"[\w\[\]:'{}, \\.]+", assigned)
        instances = re.findall(r"^  (\w+) (?:\w+|\\\S+) \($", text, flags=re.MULTILINE)
        assert set(instances) <= nangate45.cells.keys()
        assert len(instances) == sum(figures["cells"].values())


def test_netlists_give_the_reports_figures(netlists, report, nangate45):
    clocks = {}
    for design in report["designs"]:
        for each in (design, *design["iso_delay"]):
            clock = each.get("clock_ps", report["assumptions"]["clock_ps"])
            clocks |= {each["netlist"]: clock, each["least_area"]["netlist"]: clock}
    for name, figures in recipes(report):
        netlist = netlists[figures["netlist"]]
        assert {*netlist.inputs, *netlist.outputs} == {"a", "b", "y"}
        assert netlist.cell_counts == figures["cells"]
        assert area_um2(netlist, nangate45) == pytest.approx(figures["area_um2"], rel=1e-12)
        assert figures["gate_equivalents"] == pytest.approx(figures["area_um2"] / 0.798)
        path = critical_path(netlist, nangate45, 0.5)
        assert path.delay_ps == pytest.approx(figures["delay_ps"], rel=1e-9)
        assert figures["critical_path"][-1]["time_ps"] == figures["delay_ps"]
        # A set of figures and the smaller one in it have the clock of the set.
        clock = clocks[figures["netlist"]]
        leakage = leakage_power_nw(netlist, nangate45) * clock * 1e-6
        assert figures["energy_fj"]["leakage"] == pytest.approx(leakage, rel=1e-9)
        mask = 7 if name.startswith("adder") else 15
        for workload, energy in figures["energy_by_workload"].items():
            a, b = operands(workload, FORMAT, FORMAT, 2000, 2024)
            waveforms = evaluate(netlist, cell_functions(nangate45), {"a": a & mask, "b": b & mask})
            found = dynamic_energy(waveforms, nangate45, 0.5)
            assert energy["switching"] == pytest.approx(found.switching_fj, rel=1e-9)
            assert energy["internal"] == pytest.approx(found.internal_fj, rel=1e-9)
            assert energy["uncertainty"] == pytest.approx(found.uncertainty_fj, rel=1e-6)
            glitch = glitch_energy(
                transitions(netlist, nangate45, {"a": a & mask, "b": b & mask}, 0.5),
                netlist,
                nangate45,
                0.5,
            )
            assert energy["glitch"] == pytest.approx(glitch.total_fj, rel=1e-9)
            assert energy["glitch_uncertainty"] == pytest.approx(glitch.uncertainty_fj, rel=1e-6)


def test_netlists_compute_what_the_model_computes(netlists, report, nangate45):
    for name, figures in recipes(report):
        bits = 3 if name.startswith("adder") else 4
        a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**bits), np.arange(2**bits)))
        netlist = netlists[figures["netlist"]]
        found = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b}).output("y")
        expected = (a + b) % 8 if bits == 3 else multiplier(name).compute(a, b)
        np.testing.assert_array_equal(found, expected, err_msg=figures["netlist"])


def test_the_smallest_and_the_one_of_least_energy_are_that(report):
    for design in report["designs"]:
        least = design["least_area"]
        assert least["area_um2"] <= design["area_um2"]
        assert design["energy_fj"]["glitch"] <= least["energy_fj"]["glitch"]
        assert (design["netlist"] == least["netlist"]) == (design["recipe"] == least["recipe"])
        structure, _, script = design["recipe"].partition("/")
        assert structure in report["recipes"]["structures"]
        assert script in report["recipes"]["scripts"]


def test_energies_are_sums_and_stand_where_they_belong(report):
    for _, figures in recipes(report):
        for energy in figures["energy_by_workload"].values():
            assert energy["functional"] == pytest.approx(energy["switching"] + energy["internal"])
        normal = figures["energy_by_workload"][figures["workload"]]
        assert normal["uncertainty"] < 0.1 * normal["functional"]
        assert figures["energy_fj"]["functional"] == normal["functional"]
        assert figures["energy_fj"]["glitch"] == normal["glitch"]


def test_the_clock_is_the_slowest_designs(report):
    slowest = max(design["delay_ps"] for design in report["designs"])
    assert report["assumptions"]["clock_ps"] == slowest


def test_every_design_was_checked_on_every_pair(report):
    for design in report["designs"]:
        assert design["checked"] == {"pairs": 256, "every_pair": True, "mismatches": 0}


def test_savings_follow_from_the_designs(report):
    designs = {design["name"]: design for design in report["designs"]}
    pairs = [(saving["design"], saving["baseline"]) for saving in report["savings"]]
    assert pairs == [
        ("lmul_e2m1", "exact_e2m1"),
        ("lmul_e2m1_gradual", "exact_e2m1_gradual"),
        ("lmul_e2m1", "exact_e2m1_gradual"),
        ("lmul_e2m1_raw", "exact_e2m1"),
        ("adder_e2m1", "exact_e2m1"),
    ]
    for saving in report["savings"]:
        now, before = designs[saving["design"]], designs[saving["baseline"]]

        def saved(key, now=now, before=before):
            return pytest.approx(100 * (before[key] - now[key]) / before[key])

        assert saving["delay_percent"] == saved("delay_ps")
        assert saving["area_percent"] == saved("area_um2", now["least_area"], before["least_area"])
        for workload, percent in saving["energy_percent"].items():
            assert percent == saved(
                "functional",
                now["energy_by_workload"][workload],
                before["energy_by_workload"][workload],
            )
        assert saving["glitch_energy_percent"] == saved(
            "glitch", now["energy_fj"], before["energy_fj"]
        )
        for workload, percent in saving["glitch_percent_by_workload"].items():
            assert percent == saved(
                "glitch",
                now["energy_by_workload"][workload],
                before["energy_by_workload"][workload],
            )
        with_leakage = [
            each["energy_fj"]["glitch"] + each["energy_fj"]["leakage"] for each in (now, before)
        ]
        assert saving["total_energy_percent"] == pytest.approx(
            100 * (1 - with_leakage[0] / with_leakage[1])
        )


def test_points_meet_the_clock_that_both_sides_can_meet(report):
    designs = {design["name"]: design for design in report["designs"]}
    clock = max(designs[name]["fastest_ps"] for name in ("lmul_e2m1", "exact_e2m1"))
    for design in report["designs"]:
        for point in design["iso_delay"]:
            quickest = max(point["smallest_clock_ps"], point["least_area"]["smallest_clock_ps"])
            assert quickest <= point["clock_ps"]
            assert point["least_area"]["area_um2"] <= point["area_um2"]
            # The clock holds registers beside the logic.
            assert point["delay_ps"] < point["smallest_clock_ps"]
    for name in ("adder_e2m1", "lmul_e2m1", "exact_e2m1"):
        assert [point["clock_ps"] for point in designs[name]["iso_delay"]] == [clock, 1.25 * clock]


def test_savings_at_an_equal_clock_follow_from_the_points(report):
    designs = {design["name"]: design for design in report["designs"]}
    first = report["savings"][0]
    now, before = (designs[first[side]]["iso_delay"][0] for side in ("design", "baseline"))
    saved, relaxed = first["iso_delay"]
    assert relaxed["clock_ps"] == designs[first["design"]]["iso_delay"][1]["clock_ps"]
    assert saved["clock_ps"] == now["clock_ps"] == before["clock_ps"]
    assert saved["glitch_energy_percent"] == pytest.approx(
        100 * (1 - now["energy_fj"]["glitch"] / before["energy_fj"]["glitch"])
    )

    def whole(point):
        around = point["registers"]
        return (
            point["energy_fj"]["glitch"]
            + point["energy_fj"]["leakage"]
            + around["clock_fj"]
            + around["data_fj"]
            + around["leakage_fj"]
        )

    assert saved["total_energy_percent"] == pytest.approx(100 * (1 - whole(now) / whole(before)))
    # Twelve bits, the same ones on both sides, but other results.
    assert now["registers"]["bits"] == before["registers"]["bits"] == 12
    assert now["registers"]["clock_fj"] == before["registers"]["clock_fj"]


def test_the_ladder_names_designs(report):
    assert report["ladder"] == LADDER


def test_wire_and_slew_are_varied_for_both(report):
    for name in ("lmul_e2m1", "exact_e2m1"):
        rows = [row for row in report["sensitivity"] if row["design"] == name]
        assert len({(row["wire_ff"], row["input_slew_ps"]) for row in rows}) == len(rows) == 5
        assert {row["wire_ff"] for row in rows} == {0, 0.5, 2}
        wires = [row["glitch_fj"] for row in rows[:3]]
        assert wires == sorted(wires)


def test_multiples_of_the_adder_follow_from_the_designs(report):
    adder = report["designs"][0]
    for design in report["designs"]:
        area = design["least_area"]["area_um2"] / adder["least_area"]["area_um2"]
        energy, glitch = (
            design["energy_fj"][key] / adder["energy_fj"][key] for key in ("functional", "glitch")
        )
        assert design["over_adder"] == {
            "area": pytest.approx(area),
            "energy": pytest.approx(energy),
            "glitch": pytest.approx(glitch),
        }
        assert design["energy_fj"]["glitch"] > design["energy_fj"]["functional"]


def test_the_claim_is_set_beside_what_was_measured(report):
    (verdict,) = report["claims"]["verdicts"]
    saving = report["savings"][0]
    assert (verdict["design"], verdict["baseline"]) == (saving["design"], saving["baseline"])
    assert verdict["measured_percent"] == saving["glitch_energy_percent"]
    assert verdict["verdict"] == ("holds" if verdict["measured_percent"] >= 95 else "does not hold")
    assert f"{verdict['measured_percent']:.1f} %" in verdict["text"]


def test_published_figures_stand_apart_from_measured_ones(report):
    published = report["claims"]["published"]
    assert "nothing measured" in published["obtained"]
    percents = [round(claim["saving_percent"], 1) for claim in published["savings"]]
    assert percents == [97.3, 95.5, 78.3, 70.0, 19.1]
    assert [claim["printed"] for claim in published["gate_counts"]] == [
        584,
        325,
        296,
        256,
        157,
        201,
    ]


def test_the_error_is_that_of_every_pair_of_mantissas(report):
    errors = relative_errors(1, 1)
    error = report["claims"]["error"]
    assert error["mean"] == pytest.approx(abs(errors).mean())
    assert error["mean"] == pytest.approx(0.375)
    assert (error["least"], error["greatest"]) == (errors.min(), errors.max())


def test_the_markdown_mentions_every_design_and_how_to_make_it_again(run, report):
    text = (run.report / "report.md").read_text()
    for name in NAMES:
        assert f"`{name}`" in text
    for design in report["designs"]:
        assert f"{design['least_area']['area_um2']:.4g}" in text
        assert f"{design['energy_fj']['functional']:.4g}" in text
    assert "`make synth FMT=e2m1 LEVELS=multiplier WIRE_FF=0.5 PAIRS=2000`" in text
    assert report["claims"]["verdicts"][0]["text"] in text
    assert "![area, energy and delay](comparison.png)" in text


def test_the_terminal_shows_every_design(run):
    for name in NAMES:
        assert name in run.printed
    assert "Every netlist was checked bit for bit" in run.printed


def test_roles_are_names_of_designs():
    assert design_name("lmul", FORMAT) == "lmul_e2m1"
    assert design_name("exact_gradual", FORMAT) == "exact_e2m1_gradual"
    for role, baseline, _ in COMPARED:
        assert {design_name(role, FORMAT), design_name(baseline, FORMAT)} <= set(NAMES)
