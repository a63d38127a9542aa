"""Where reports are, and which command makes them; `test_main.py` makes one."""

from pathlib import Path

import pytest
from lmul_pe.synth.results.levels import LEVELS

import lmul_pe.synth.results.making
from lmul_pe.model import format_named
from lmul_pe.synth.results.making import report_command, report_folder
from lmul_pe.synth.workload.settings import Settings

E4M3 = format_named("e4m3")


@pytest.mark.parametrize(
    ("tech", "levels", "settings", "command"),
    [
        ("nangate45", LEVELS[1:], Settings(), "make synth FMT=e4m3"),
        ("asap7", ["mac"], Settings(), "make synth FMT=e4m3 TECH=asap7 LEVELS=multiplier,mac"),
        (
            "my cells.lib",
            LEVELS[1:],
            Settings(wire_ff=0.5, seed=1, clock_ps=750.0),
            "make synth FMT=e4m3 'TECH=my cells.lib' WIRE_FF=0.5 SEED=1 CLOCK_PS=750",
        ),
    ],
)
def test_the_command_names_what_is_not_usual(tech, levels, settings, command):
    assert report_command(E4M3, tech, levels, settings) == command


@pytest.mark.parametrize(
    ("tech", "folder"), [("nangate45", "build/synth/e4m3"), ("asap7", "build/synth/e4m3_asap7")]
)
def test_a_current_report_is_not_made_again(tech, folder, monkeypatch):
    asked = []
    monkeypatch.setattr(lmul_pe.synth.results.making, "measure_all", None)
    monkeypatch.setattr(
        lmul_pe.synth.results.making, "is_current", lambda path, _: asked.append(path) or True
    )
    assert report_folder(E4M3, tech) == Path(folder)
    assert asked == [Path(folder)]
