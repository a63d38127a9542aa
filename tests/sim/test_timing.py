"""The command `lmul-pe timing`."""

import sys

import pytest

from lmul_pe.model.command.run import run
from lmul_pe.sim.timing import SCENES, main
from tests.docs.document import DOCS


def test_the_committed_diagrams_are_those_of_the_simulation(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["timing", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        run(main)
    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / f"{name}.svg") for name in SCENES]
    page = (DOCS / "interfaces.md").read_text(encoding="utf-8")
    for name in SCENES:
        text = (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert (DOCS / "timing" / f"{name}.svg").read_text(encoding="utf-8") == text
        assert f"(timing/{name}.svg)" in page
