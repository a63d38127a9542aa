"""The command that judges the claims, on reports in miniature."""

import csv
import io
import json
from dataclasses import replace
from functools import partial

import click
import pytest
from rich.console import Console

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.synth import claims
from lmul_pe.synth.claims import main, make_reports, print_claims, write_claims
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.results.scaling import SCALING, SCALING_FILE
from lmul_pe.synth.results.store import STAMP, is_current
from tests.synth.small_report import multipliers_alone, small_report
from tests.synth.small_scaling import small_scaling


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """What reports were asked for, which take no synthesis."""
    asked = []

    def folder(format, tech, levels=tuple(LEVELS), settings=None, out=None):
        wire = settings.wire_ff if settings else 0.0
        asked.append((format.name, tech, *((levels, str(out), wire) if wire else ())))
        made = tmp_path / "reports" / f"{format.name}_{tech}_{wire}"
        made.mkdir(parents=True, exist_ok=True)
        report = small_report(format.name, tech)
        assumptions = replace(report.assumptions, wire_ff_per_fanout=wire)
        report = replace(report, assumptions=assumptions)
        (made / "report.json").write_bytes(REPORT.text(report))
        return made

    monkeypatch.setattr(claims, "report_folder", folder)
    return asked


@pytest.fixture
def command(call, folders):
    """The command in its own folder."""
    return partial(call, main)


def test_every_format_in_every_technology_is_judged_and_written(command, folders, tmp_path):
    done = command("--formats", "fp16 bf16", "--techs", "nangate45 sky130hd")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "4/4 report of bf16 in sky130hd"
    assert folders == [
        ("fp16", "nangate45"),
        ("bf16", "nangate45"),
        ("fp16", "sky130hd"),
        ("bf16", "sky130hd"),
    ]
    folder = tmp_path / "build" / "claims"
    data = json.loads((folder / "claims.json").read_text())
    made_by = "make claims 'FORMATS=fp16 bf16' 'TECHS=nangate45 sky130hd'"
    assert data["command"] == made_by
    assert data["reports"][-1] == "make synth FMT=bf16 TECH=sky130hd"
    tables = data["tables"]
    assert {(row["format"], row["technology"]) for row in tables["claims"]} == {
        (format, tech) for format in ("fp16", "bf16") for tech in ("nangate45", "sky130hd")
    }
    # Memory is published for one of the two nodes alone.
    assert {row["technology"] for row in tables["memory"]} == {"nangate45"}
    assert {path.name for path in folder.iterdir()} == {
        "claims.md",
        "claims.json",
        STAMP,
        *(f"{name}.csv" for name in tables),
    }
    text = (folder / "claims.md").read_text()
    assert f"Made by `{made_by}`." in text
    assert "- `make synth FMT=bf16 TECH=sky130hd`" in text


def test_dot_products_are_there_with_wires_too(command, folders, tmp_path):
    done = command("--formats", "fp16", "--techs", "nangate45 asap7", "--wire-ff", "0 1")
    assert done.returncode == 0, done.stderr
    levels = ("multiplier", "mac", "dot")
    assert folders == [
        ("fp16", "nangate45"),
        ("fp16", "asap7"),
        ("fp16", "nangate45", levels, "build/synth/fp16_wire1", 1.0),
        ("fp16", "asap7", levels, "build/synth/fp16_asap7_wire1", 1.0),
    ]
    data = json.loads((tmp_path / "build" / "claims" / "claims.json").read_text())
    assert data["command"].endswith(" WIRE_FF=1")
    assert done.stderr.splitlines()[-2:] == [
        "report of fp16 in nangate45, 1 fF a pin",
        "report of fp16 in asap7, 1 fF a pin",
    ]
    rows = data["tables"]["split"]
    assert [(row["technology"], row["wire"]) for row in rows] == [
        ("nangate45", "0"),
        ("asap7", "0"),
        ("nangate45", "1"),
        ("asap7", "1"),
    ]
    # What is judged has none.
    assert len(data["tables"]["claims"]) == 2 * len(
        [row for row in data["tables"]["claims"] if row["technology"] == "asap7"]
    )


def test_growth_is_judged_where_it_was_measured(command, tmp_path):
    folder = tmp_path / "build" / "scaling_asap7"
    folder.mkdir(parents=True)
    (folder / SCALING_FILE).write_bytes(SCALING.text(small_scaling("asap7")))
    done = command("--formats", "fp16", "--techs", "nangate45 asap7")
    said = " ".join(done.stdout.split())
    assert "The paper's O(n) instead of O(n^2) in asap7 holds in gates, area, energy." in said
    assert len(done.stdout.splitlines()) <= 8
    data = json.loads((tmp_path / "build" / "claims" / "claims.json").read_text())
    rows = data["tables"]["scaling-verdicts"]
    assert [(row["technology"], row["cost"], row["verdict"]) for row in rows] == [
        ("asap7", cost, "holds") for cost in ("gates", "area", "energy")
    ]


def test_tables_are_the_same_as_json_and_csv(command, tmp_path):
    command("--formats", "fp16", "--techs", "nangate45")
    folder = tmp_path / "build" / "claims"
    tables = json.loads((folder / "claims.json").read_text())["tables"]
    for name, rows in tables.items():
        read = list(csv.DictReader(io.StringIO((folder / f"{name}.csv").read_text())))
        assert [
            {key: "" if value is None else str(value) for key, value in row.items()} for row in rows
        ] == read, name
    (row,) = (
        row
        for row in tables["claims"]
        if (row["design"], row["baseline"], row["workload"])
        == ("lmul_fp16", "exact_fp16", "normal")
    )
    # 3.6 of 100, 13.6 of 110; without a target 4 of 100. The paper says 0.05 of 1.1 pJ.
    assert row["glitch_percent"] == pytest.approx(96.4)
    assert row["total_percent"] == pytest.approx(100 * (1 - 13.6 / 110))
    assert row["free_percent"] == pytest.approx(96.0)
    assert row["own_percent"] == pytest.approx(100 * (1 - 0.05 / 1.1))
    assert (row["claimed_percent"], row["clocks"]) == (95.0, "315 to 600")
    assert row["verdict"] == "holds without clock and leakage"


def test_the_terminal_has_of_each_level_what_saves_most_and_where_claims_hold(command):
    printed = command("--formats", "fp16 bf16", "--techs", "nangate45", "--verbose").stdout
    table, said = printed.split("Saved, in percent,")
    rows = [line.split() for line in table.splitlines() if "lmul_" in line]
    assert [row[0].rstrip(";") for row in rows] == [
        "lmul_fp16",
        "mac_lmul_fp16_fp32",
        "dot4_lmul_fp16_fp32",
        "array_os_8x8_lmul_fp16_fp32",
        "lmul_bf16",
        "mac_lmul_bf16_fp32",
        "dot4_lmul_bf16_fp32",
        "array_os_8x8_lmul_bf16_fp32",
    ]
    assert "the paper says 95.0 %; cells 96.4 %; total 87.6 %" in table
    said = " ".join(said.split())
    assert "element-wise, 95 %: holds for lmul_fp16_gradual (96.0 %" in said
    assert "dot product, 80 %: holds nowhere: the largest saving is" in said
    # Only like designs are spoken of.
    assert "bare adder" not in said


def test_the_verdict_is_a_few_lines_that_fit_a_terminal(command):
    printed = command("--formats", "fp16 bf16", "--techs", "nangate45").stdout.splitlines()
    assert len(printed) <= 8
    assert max(map(len, printed)) <= 80
    said = " ".join(" ".join(printed).split())
    assert said.startswith("The paper's 95 % for element-wise products holds in fp16")
    assert "The paper's 80 % for dot products, like for like, holds nowhere: " in said
    assert "Judged on fp16, bf16 in nangate45:" in said
    assert printed[-1].startswith("build/claims: claims.md")
    more = command("--formats", "fp16 bf16", "--techs", "nangate45", "--verbose").stdout
    assert more.splitlines()[-len(printed) :] == printed


def test_parameters_of_memory_reach_it(command, tmp_path):
    done = command("--formats", "bf16", "--techs", "asap7", "--side", "32", "--target", "20")
    assert done.returncode == 0
    text = (tmp_path / "build" / "claims" / "claims.md").read_text()
    assert "SIDE=32 TARGET=20" in text
    assert "32 x 32 matrices" in text
    assert "for 20 % in the whole" in text


def test_the_folder_can_be_chosen(command, tmp_path):
    assert command("--formats", "bf16", "--techs", "nangate45", "--out", "mine").returncode == 0
    assert (tmp_path / "mine" / "claims.md").exists()
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--formats", "e4m4x"), "e4m4x"),
        (("--formats", " "), "no format is named"),
        (("--techs", ""), "no technology is named"),
        *(
            (("--target", text), f"target {text!r} is not a number from 1 to 99")
            for text in ("0", "99.5")
        ),
        *(
            (("--side", text), f"side {text!r} is not an integer from 1 to 1048576")
            for text in ("x", "0", "1048577")
        ),
        *(
            (("--wire-ff", text), f"wire load {text.split()[-1]!r} is not a number from 0 to 1000")
            for text in ("-1", "1 1000.5")
        ),
        (("--out", ""), "'' is no path"),
        # Found before the first report is made.
        (("--techs", "nangate45 nangate54"), "nangate54"),
    ],
)
def test_what_cannot_be_is_one_clear_line(command, folders, tmp_path, arguments, words):
    done = command(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert (folders, list(tmp_path.iterdir())) == ([], [])


def test_a_folder_that_cannot_be_written_is_found_before_the_work(command, folders, tmp_path):
    (tmp_path / "file").write_text("mine")
    done = command("--formats", "bf16", "--out", "file")
    assert (done.returncode, done.stderr.count("\n"), folders) == (1, 1, [])
    assert done.stderr.startswith("error: file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_report_that_cannot_be_made_ends_everything(call, monkeypatch, tmp_path):
    def stopped(format, tech):
        raise click.ClickException("Yosys was stopped")

    monkeypatch.setattr(claims, "report_folder", stopped)
    done = call(main, "--formats", "bf16")
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == ["error: Yosys was stopped"]
    assert not (tmp_path / "build" / "claims").exists()


def test_a_report_that_is_none_names_what_makes_it(folders, tmp_path, monkeypatch):
    real = claims.report_folder

    def broken(format, tech):
        folder = real(format, tech)
        (folder / "report.json").write_text("{}")
        return folder

    monkeypatch.setattr(claims, "report_folder", broken)
    with pytest.raises(SpecificationError, match="`make synth FMT=bf16 TECH=asap7` makes it again"):
        make_reports([format_named("bf16")], ["asap7"], Console(quiet=True))


def test_the_folder_is_whole_and_what_was_there_goes(report, tmp_path):
    reports = (report,)
    write_claims(tmp_path / "claims", reports, "make claims", 256, 10)
    before = {path.name: path.read_bytes() for path in (tmp_path / "claims").iterdir()}
    write_claims(tmp_path / "claims", reports, "make claims", 256, 10)
    assert {path.name: path.read_bytes() for path in (tmp_path / "claims").iterdir()} == before
    inputs = json.loads(before[STAMP])["inputs"]
    assert is_current(tmp_path / "claims", inputs)
    write_claims(tmp_path / "claims", (multipliers_alone(report),), "make claims", 256, 10)
    assert "memory.csv" in before
    assert not (tmp_path / "claims" / "memory.csv").exists()


def test_what_saves_most_is_shown_wherever_it_stands(report):
    console = Console(file=io.StringIO(), width=160)
    # With gradual underflow it is 75 % in place of 77.5.
    print_claims((replace(report, savings=report.savings[::-1]),), console)
    rows = [line.split()[0] for line in console.file.getvalue().splitlines() if "lmul_" in line]
    assert "lmul_bf16" in rows
    assert "lmul_bf16_gradual" not in rows


def test_the_verdict_is_on_like_designs_and_then_on_growth(report):
    briefs = [
        "The paper's 95 % for element-wise products holds nowhere: 82 % is the most, in lmul_bf16.",
        "The paper's 80 % for dot products, like for like, holds nowhere: 62 % is the most, in "
        "dot4_lmul_bf16_fp32.",
    ]
    last = (
        "Judged on bf16 in nangate45: designs of like features, energy with glitches, medians over "
        "equal clocks where those were measured."
    )
    assert claims.verdict((report,)) == [*briefs, last]


def test_several_technologies_are_told_apart_in_the_terminal(report):
    console = Console(file=io.StringIO(), width=160)
    print_claims((report, small_report("bf16", "asap7")), console)
    rows = [line.split()[:2] for line in console.file.getvalue().splitlines()]
    assert ["nangate45", "lmul_bf16"] in rows
    assert ["asap7", "lmul_bf16"] in rows
