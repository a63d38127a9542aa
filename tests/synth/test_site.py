"""The command, without making anything first."""

import re
import subprocess
import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.synth.site import main


@pytest.fixture
def command(build, monkeypatch, capfd):
    """The command where ``build`` is the folder of everything made."""

    def finished(*arguments):
        monkeypatch.setattr("lmul_pe.synth.site.BUILD", build)
        monkeypatch.setattr(sys, "argv", ["page", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run(main)
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code, captured.out, captured.err)

    return finished


def test_the_page_and_its_data_are_written(command, tmp_path):
    done = command("--as-is", "--formats", "bf16", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<code>make report FORMATS=bf16</code>" in page
    assert (tmp_path / "out" / "data" / "designs.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--formats", "e4m4x"), r"error: [^\n]*e4m4x[^\n]*\n"),
        (("--formats", ""), r"error: no format is named[^\n]*\n"),
        (
            ("--as-is", "--formats", "fp16"),
            r"error: there is no [^\n]*FMT=fp16`[^\n]*\n",
        ),
    ],
)
def test_bad_input_is_one_clear_line(command, tmp_path, arguments, line):
    done = command("--out", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert re.fullmatch(line, done.stderr)
    assert not (tmp_path / "out" / "index.html").exists()


def test_a_broken_report_is_one_clear_line(command, build, tmp_path):
    (build / "synth" / "bf16" / "report.json").write_text("{")
    done = command("--as-is", "--formats", "bf16", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert re.fullmatch(r"error: [^\n]*bf16/report.json cannot be used: [^\n]*\n", done.stderr)


def test_a_place_that_cannot_be_written_is_one_clear_line(command, tmp_path):
    (tmp_path / "file").write_text("")
    done = command("--as-is", "--formats", "bf16", "--out", tmp_path / "file")
    assert done.returncode == 1
    assert re.fullmatch(r"error: [^\n]*file[^\n]*\n", done.stderr)
