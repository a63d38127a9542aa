"""The Makefile: which flags reach the commands, and that values never reach the shell as code."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAMES = (
    "UNIT",
    "KIND",
    "FMT",
    "ACC",
    "OUT",
    "SEED",
    "PAIRS",
    "TECH",
    "WAVES",
    "LATENCY",
    "FUSED",
    "LEVELS",
    "WIRE_FF",
    "CLOCK_PS",
    "WORKLOAD",
)

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def recipe(*words: str, **environment: str) -> str:
    """The commands that ``make`` would run, apart from the environment's installation."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    clean.pop("MAKEFLAGS", None)
    done = subprocess.run(
        ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/.installed", *words],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_only_what_is_set_becomes_a_flag():
    words = (
        recipe("synth", "FMT=e4m3").split("-m lmul_pe.synth.format")[1].replace("\\", "").split()
    )
    assert words == ["--fmt", '"$FMT"']


def test_a_variable_set_to_nothing_is_passed_on_to_be_refused():
    assert '--kind "$KIND"' in recipe("verilog", "FMT=e4m3", "KIND=")


def test_variables_of_the_environment_count():
    assert '--fmt "$FMT"' in recipe("synth", FMT="bf16")


def test_values_stay_out_of_the_shell():
    assert "touch" not in recipe("verilog", "FMT=e4m3;touch x", "OUT=a b")


@pytest.mark.parametrize(("value", "given"), [("1", True), ("0", False), ("", False)])
def test_switches(value, given):
    assert ("--waves" in recipe("sim", "FMT=e4m3", f"WAVES={value}")) is given


@pytest.mark.parametrize(
    "target",
    [
        "synth",
        "power",
        "claims",
        "report",
        "baseline",
        "verilog",
        "sim",
        "test",
        "test-long",
        "bench",
    ],
)
def test_help_names_every_target(target):
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert f"\n  {target} " in listed
