"""Numbers in options, and how a run that cannot go on ends."""

import re

import click
import pytest

from lmul_pe.hw.export.yosys import YosysStopped
from lmul_pe.model import SpecificationError
from lmul_pe.synth.results.progress import measure_all, number, synthesis_progress
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings


@pytest.mark.parametrize(
    ("text", "kind", "value"), [("1", int, 1), ("64", int, 64), ("2.5", float, 2.5)]
)
def test_numbers(text, kind, value):
    assert number("size", text, 1, 64, kind) == value


@pytest.mark.parametrize(
    ("text", "kind", "noun"),
    [
        ("0", int, "an integer"),
        ("65", int, "an integer"),
        ("1.5", int, "an integer"),
        ("x", int, "an integer"),
        ("", float, "a number"),
        ("nan", float, "a number"),
        ("inf", float, "a number"),
        ("-1", float, "a number"),
    ],
)
def test_other_text_is_refused_with_its_range(text, kind, noun):
    words = f"^size {text!r} is not {noun} from 1 to 64$"
    with pytest.raises(SpecificationError, match=words):
        number("size", text, 1, 64, kind)


def test_long_text_is_cut():
    with pytest.raises(SpecificationError, match=f"^size '{'9' * 40}' is not"):
        number("size", "9" * 5000, 1, 64, int)


@pytest.mark.parametrize("error", [MismatchError("lmul_e4m3: 1, 2"), YosysStopped("stopped")])
def test_what_ends_a_run_is_an_error_of_the_command(error):
    def stopped():
        with synthesis_progress() as progress:
            progress("first", 2)
            raise error

    with pytest.raises(click.ClickException, match=re.escape(str(error))):
        stopped()


def test_nothing_to_measure_is_nothing(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert measure_all([], Conditions(tiny, Settings())) == []
