"""The command that judges the claims, on reports in miniature."""

import csv
import io
import json
import subprocess
import sys

import pytest

import lmul_pe.synth.claims
from lmul_pe.model.command.run import run
from lmul_pe.synth.claims import csv_text, main
from tests.synth.small_report import small_report


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """The command in its own folder, with reports that take no synthesis."""
    nodes = {"nangate45": 45, "asap7": 7, "sky130hd": 130}

    def folder(format, tech):
        made = tmp_path / "reports" / f"{format.name}_{tech}"
        made.mkdir(parents=True, exist_ok=True)
        report = small_report(format.name, tech, nodes[tech])
        (made / "report.json").write_text(json.dumps(report))
        return made

    def finished(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(lmul_pe.synth.claims, "report_folder", folder)
        monkeypatch.setattr(sys, "argv", ["claims", *arguments])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


def test_it_prints_and_writes_what_it_finds(command, tmp_path):
    done = command("--formats", "e4m3 bf16", "--techs", "nangate45 sky130hd")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "build" / "claims"
    data = json.loads((folder / "claims.json").read_text())
    assert {(row["format"], row["technology"]) for row in data["claims"]} == {
        (format, tech) for format in ("e4m3", "bf16") for tech in ("nangate45", "sky130hd")
    }
    assert {row["technology"] for row in data["memory"]} == {"nangate45"}
    text = (folder / "claims.md").read_text()
    assert "Made by `make claims 'FORMATS=e4m3 bf16' 'TECHS=nangate45 sky130hd'`." in text
    assert "- `make synth FMT=bf16 TECH=sky130hd`" in text
    assert "leakage for lmul_e4m3 (96.0 %" in text
    row = "| e4m3 | nangate45 | multiplier | lmul_e4m3 | conventional | normal | 95 | 88.0 | 96.0 |"
    assert row in text
    assert "no figure" in text
    rows = list(csv.DictReader(io.StringIO((folder / "claims.csv").read_text())))
    assert len(rows) == len(data["claims"])
    assert rows[0]["measured.obtained"] == "with glitches"
    assert float(rows[0]["measured.saving_percent"]) == pytest.approx(96.0)
    assert float(rows[0]["paper_percent.product"]) == pytest.approx(88.0)
    assert float(rows[0]["unconstrained.saving_percent"]) == pytest.approx(95.0)
    assert "holds nowhere" in done.stdout
    assert "uniform" not in done.stdout.split("Holds when")[0]


def test_parameters_of_memory_reach_it(command, tmp_path):
    done = command("--formats", "e4m3", "--techs", "asap7", "--side", "32", "--target", "20")
    assert done.returncode == 0
    data = json.loads((tmp_path / "build" / "claims" / "claims.json").read_text())
    (row, *_) = data["memory"]
    assert row["product"] == [32, 32, 32]
    assert row["computed"]["target_percent"] == 20
    assert "SIDE=32 TARGET=20" in (tmp_path / "build" / "claims" / "claims.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--formats", "e4m4x"), "e4m4x"),
        (("--formats", " "), "no format is named"),
        (("--techs", ""), "no technology is named"),
        (("--target", "0"), "target '0' is not a number from 1 to 99"),
        (("--side", "x"), "side 'x' is not an integer"),
    ],
)
def test_what_cannot_be_is_one_clear_line(command, tmp_path, arguments, words):
    done = command(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "build").exists()


def test_csv_has_nested_fields_by_their_path():
    text = csv_text(
        [{"a": 1, "b": {"c": 2, "d": {"e": "x"}}, "list": [1]}, {"a": 3, "b": None, "f": None}]
    )
    assert text == "a,b.c,b.d.e,f\n1,2,x,\n3,,,\n"
