"""Numbers in options, and how a run that cannot go on ends."""

import re

import click
import pytest

from lmul_pe.hw.export.yosys import YosysStopped
from lmul_pe.synth.results.progress import measure_all, synthesis_progress
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings


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
