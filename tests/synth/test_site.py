"""The command of the page: what is read, what is made first, and how bad files are refused."""

import io
import json
import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from rich.console import Console

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.synth import energy, pipeline, site
from lmul_pe.synth.fpga.record import RECORD, Record, Use
from lmul_pe.synth.results.record import REPORT
from lmul_pe.synth.site import main, make_sources, read_results
from lmul_pe.synth.system.energy_report import FILE as LEDGER_FILE
from lmul_pe.synth.system.pipeline.served import profile_text
from lmul_pe.synth.system.unit import lmul_label
from tests.synth.small_report import small_report
from tests.synth.system.pipeline.small import profile as small_profile

E4M3, BF16, FP16 = map(format_named, ("e4m3", "bf16", "fp16"))


@pytest.fixture
def command(call, build, tmp_path, undrawn):
    """The command in the folder that has ``build``, without making anything first."""
    assert build == tmp_path / "build"
    return partial(call, main, "--out", tmp_path / "out")


def test_the_page_and_its_data_are_written(command, tmp_path):
    done = command("--as-is", "--formats", "bf16")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<code>make report FORMATS=bf16</code>" in page
    assert "lmul_<wbr>bf16" in page
    assert "lmul_<wbr>e4m3" not in page
    data = {path.name for path in (tmp_path / "out" / "data").iterdir()}
    assert {"report.json", "multipliers.csv", "savings.csv", "claims.csv", "curves.csv"} <= data
    assert "index.html" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--formats", "e4m4x"), r"error: [^\n]*e4m4x[^\n]*\n"),
        (("--formats", ""), r"error: no format is named[^\n]*\n"),
        (("--as-is", "--formats", "fp16"), r"error: there is no [^\n]*FMT=fp16`[^\n]*\n"),
    ],
)
def test_bad_input_is_one_clear_line(command, tmp_path, arguments, line):
    done = command(*arguments)
    assert done.returncode == 2
    assert re.fullmatch(line, done.stderr)
    assert not (tmp_path / "out" / "index.html").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 3}'])
@pytest.mark.parametrize(
    ("path", "command_line"),
    [
        ("synth/bf16/report.json", "make synth FMT=bf16"),
        ("curves/bf16.json", "lmul-pe curves --fmt bf16"),
    ],
)
def test_a_broken_file_is_one_clear_line(command, build, tmp_path, path, command_line, text):
    (build / path).write_text(text)
    done = command("--as-is", "--formats", "bf16")
    assert done.returncode == 2
    words = rf"error: [^\n]*{path} is no [^\n]* of this version: [^\n]*; `{command_line}` makes "
    assert re.fullmatch(words + r"it again\n", done.stderr)
    assert not (tmp_path / "out" / "index.html").exists()


def test_a_missing_field_is_named(command, build):
    path = build / "synth" / "bf16" / "report.json"
    path.write_text(path.read_text().replace('"glitch_percent"', '"other_percent"', 1))
    done = command("--as-is", "--formats", "bf16")
    assert done.returncode == 2
    assert "bf16/report.json is no report of this version: savings.0.saved.0." in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_report_without_multipliers_is_one_clear_line(command, build):
    path = build / "synth" / "bf16" / "report.json"
    document = json.loads(path.read_text())
    document["savings"] = [each for each in document["savings"] if each["level"] != "multiplier"]
    path.write_text(json.dumps(document))
    done = command("--as-is", "--formats", "bf16")
    assert done.returncode == 2
    assert "report.json has no multipliers" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_place_that_cannot_be_written_is_one_clear_line(call, build, tmp_path):
    (tmp_path / "file").write_text("")
    done = call(main, "--as-is", "--formats", "bf16", "--out", tmp_path / "file")
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*file[^\n]*\n", done.stderr)


def test_results_are_read_in_the_order_of_the_formats(build, results):
    found = read_results(build, [BF16, E4M3])
    assert found.formats == ("bf16", "e4m3")
    assert found.reports == results.reports[::-1]
    assert found.judged == found.reports
    assert found.curves == results.curves[::-1]


def test_reports_of_other_technologies_are_judged_and_not_shown(build):
    other = small_report("bf16", "asap7")
    (build / "synth" / "bf16_asap7").mkdir()
    (build / "synth" / "bf16_asap7" / "report.json").write_bytes(REPORT.text(other))
    found = read_results(build, [E4M3, BF16])
    assert {report.technology for report in found.reports} == {"nangate45"}
    assert other in found.judged
    assert len(found.judged) == 3


def test_curves_need_not_be_there(build):
    (build / "curves" / "e4m3.json").unlink()
    assert [each.format for each in read_results(build, [E4M3, BF16]).curves] == ["bf16"]


def test_a_broken_report_of_another_technology_names_its_command(build):
    (build / "synth" / "bf16_asap7").mkdir()
    (build / "synth" / "bf16_asap7" / "report.json").write_text("{}")
    with pytest.raises(SpecificationError, match="`make synth FMT=bf16 TECH=asap7` makes it again"):
        read_results(build, [BF16])


@pytest.fixture
def pages(monkeypatch):
    """Pages without content; by which commands they were made."""
    commands = []

    def files(results, command):
        commands.append(command)
        return {"index.html": b"a page"}

    monkeypatch.setattr(site, "page_files", files)
    return commands


def test_the_page_says_by_which_command_it_is_made(command, pages, monkeypatch, tmp_path):
    assert command("--as-is", "--formats", "bf16, bf16").returncode == 0
    monkeypatch.setattr(site, "FORMATS", ("bf16", "e4m3"))
    assert command("--as-is", "--formats", "bf16 e4m3").returncode == 0
    assert command("--as-is", "--formats", "e4m3 bf16").returncode == 0
    assert pages == ["make report FORMATS=bf16", "make report", "make report 'FORMATS=e4m3 bf16'"]
    assert (tmp_path / "out" / "index.html").read_text() == "a page"


def test_a_place_that_cannot_be_written_is_found_before_the_work(call, made, pages, tmp_path):
    (tmp_path / "file").write_text("")
    done = call(main, "--formats", "bf16", "--out", tmp_path / "file")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert (made, pages) == ([], [])


def test_ledgers_are_those_of_the_formats(build, monkeypatch):
    for format, name in (("bf16", "a"), ("e4m3", "b")):
        path = build / "energy" / name / LEDGER_FILE
        path.parent.mkdir(parents=True)
        path.write_text(format)

    def read(path, command):
        assert command == "make energy"
        unit = SimpleNamespace(label=lmul_label(path.read_text()))
        compared = SimpleNamespace(lmul=SimpleNamespace(unit=unit))
        return SimpleNamespace(compared=compared)

    monkeypatch.setattr(site, "ENERGY", SimpleNamespace(read=read))
    for format in (BF16, E4M3):
        (found,) = read_results(build, [format]).ledgers
        assert found.compared.lmul.unit.label == lmul_label(format.name)
    assert len(read_results(build, [BF16, E4M3]).ledgers) == 2


def test_a_pipeline_need_not_be_there_but_is_one(build):
    assert read_results(build, [BF16]).pipeline is None
    (build / "pipeline").mkdir()
    (build / "pipeline" / "pipeline.json").write_text("{")
    with pytest.raises(SpecificationError, match=r"is no pipeline of this version.*make pipeline"):
        read_results(build, [BF16])


def test_what_spoils_a_model_is_shown_where_it_was_studied(build, monkeypatch):
    class Studied:
        def __init__(self, accuracy, train):
            pass

        def least(self, format, kind, part):
            assert part == "attention"
            return format.name if kind == "lmul" else None

    monkeypatch.setattr(site, "Spoiled", Studied)
    assert read_results(build, [BF16, E4M3]).spoilt == {
        ("bf16", "lmul"): "bf16",
        ("e4m3", "lmul"): "e4m3",
    }


def test_a_report_that_is_not_there_names_its_command(build):
    words = r"there is no .*fp16/report.json: `make report` or `make synth FMT=fp16` makes it"
    with pytest.raises(SpecificationError, match=words):
        read_results(build, [FP16])


@pytest.fixture
def made(monkeypatch):
    """What was made, in order."""
    order = []
    monkeypatch.setattr(
        site,
        "make_reports",
        lambda formats, technologies, _: order.append(
            f"reports of {' '.join(map(str, formats))} in {' '.join(technologies)}"
        ),
    )
    monkeypatch.setattr(site, "curves_file", lambda format: order.append(f"curves of {format}"))
    return order


def test_reports_in_every_technology_are_made_first_then_curves(made):
    output = Console(file=io.StringIO())
    make_sources([E4M3, BF16], output)
    assert output.file.getvalue().splitlines() == ["1/2 curves of e4m3", "2/2 curves of bf16"]
    assert made == [
        "reports of e4m3 bf16 in nangate45 sky130hd asap7",
        "curves of e4m3",
        "curves of bf16",
    ]


def test_what_is_missing_is_made_unless_told_otherwise(command, made, tmp_path):
    assert command("--as-is", "--formats", "bf16").returncode == 0
    assert made == []
    assert command("--formats", "bf16").returncode == 0
    assert len(made) == 2


def test_a_source_that_cannot_be_made_ends_everything(command, monkeypatch, tmp_path):
    def stopped(*_):
        raise click.ClickException("Yosys was stopped")

    monkeypatch.setattr(site, "make_reports", stopped)
    done = command("--formats", "bf16")
    assert (done.returncode, done.stderr) == (2, "error: Yosys was stopped\n")
    assert not (tmp_path / "out" / "index.html").exists()


def test_the_default_formats_are_not_spelt_out(command, monkeypatch, tmp_path):
    monkeypatch.setattr(site, "FORMATS", ("e4m3", "bf16"))
    command("--as-is", "--formats", "e4m3 bf16")
    page = Path(tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<code>make report</code>" in page


@pytest.mark.slow
def test_ledgers_and_a_pipeline_are_shown_where_they_were_made(call, build, tmp_path):
    quick = ("--model", "smollm2-135m", "--context", "64")
    assert call(energy.main, *quick, "--fmt", "bf16").returncode == 0
    profile = tmp_path / "small.csv"
    profile.write_text(profile_text(small_profile(2)))
    assert call(pipeline.plan, profile, "--microbatches", "3").returncode == 0
    found = read_results(build, [BF16])
    (ledger,) = found.ledgers
    assert ledger.command == "lmul-pe energy --model smollm2-135m --fmt bf16 --context 64"
    assert found.pipeline.command == f"lmul-pe pipeline plan {profile} --microbatches 3"
    assert len(found.pipeline.stages) == 2
    # A format that is not shown.
    assert read_results(build, [E4M3]).ledgers == ()
    (build / "pipeline" / "pipeline.json").write_text("{")
    with pytest.raises(SpecificationError, match=r"is no pipeline of this version.*make pipeline"):
        read_results(build, [BF16])


def test_fpgas_are_shown_in_the_order_of_the_formats(build):
    (build / "fpga").mkdir()
    for format, part in (("bf16", "xc7"), ("e4m3", "xc7"), ("fp16", "xc7")):
        record = Record(format, part, "XYZ", Use(9), 0.9, {}, "make fpga", (), ())
        (build / "fpga" / f"{format}_{part}.json").write_bytes(RECORD.text(record))
    found = read_results(build, [E4M3, BF16]).fpga
    assert [each.format for each in found] == ["e4m3", "bf16"]
    (build / "fpga" / "bf16_xc7.json").write_text("{")
    with pytest.raises(
        SpecificationError, match=r"no record of an FPGA of this version.*make fpga"
    ):
        read_results(build, [BF16])
