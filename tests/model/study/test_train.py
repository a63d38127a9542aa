"""The command of training: it refuses before it works, and writes a report of its own."""

from pathlib import Path

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.study import train
from lmul_pe.model.study.part import Part, Piece, Section


def test_it_writes_its_own_report(tmp_path, monkeypatch, capsys, in_this_process):
    monkeypatch.chdir(tmp_path)
    part = Part(
        "digits",
        "Digits",
        float,
        ("model/format",),
        lambda formats: [Piece("fp32", lambda: 0.5)],
        lambda found: Section([f"half: {found['fp32']}."], ""),
    )
    monkeypatch.setattr(train, "PARTS", {"digits": part})
    train.main.main(["--parts", "digits"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "Digits: half: 0.5.",
        "build/train/report.md: all tables and pictures",
    ]
    report = Path("build/train/report.md").read_text()
    assert report.startswith("# Training\n\nMade by `make train PARTS=digits`.")


def test_an_unknown_part_is_refused_before_the_work(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpecificationError, match=r"part 'digit' is not one of.*'digits'"):
        train.main.main(["--parts", "digit"], standalone_mode=False)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_part_is_named_before_one_that_lacks_its_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lmul_pe.model.network.weights.find_spec", lambda name: None)
    with pytest.raises(SpecificationError, match="part 'digitz' is not one of"):
        train.main.main(["--parts", "quantised,digitz"], standalone_mode=False)


def test_results_go_where_they_are_asked_to(tmp_path, monkeypatch, capsys, in_this_process):
    monkeypatch.chdir(tmp_path)
    parts = {
        name: Part(
            name,
            name.title(),
            float,
            ("model/format",),
            lambda formats, name=name: [Piece(name, lambda: 0.5)],
            lambda found: Section(["first.", "second."], ""),
        )
        for name in ("digits", "experts")
    }
    monkeypatch.setattr(train, "PARTS", parts)
    train.main.main(["--out", "here"], standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "Digits: first.",
        "second.",
        "Experts: first.",
        "second.",
        "here/report.md: all tables and pictures",
    ]
    assert Path("here/report.md").read_text().startswith("# Training\n\nMade by `make train`.")
