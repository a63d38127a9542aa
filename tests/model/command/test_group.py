import re
import sys

import pytest
from click.testing import CliRunner

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.group import LazyGroup, Subcommand
from lmul_pe.model.command.variables import NAMES

GROUP = LazyGroup(
    {
        "there": Subcommand("a_module_of_a_command", "What is there."),
        "first": Subcommand("a_module_of_a_command", "What is first.", ("second",)),
        "second": Subcommand("another_module", "What is second.", ("first",)),
        "several": Subcommand("a_module_of_commands", "What are several."),
        "missing": Subcommand("a_module_that_there_is_not", "What is not."),
    },
    "Commands of the tests' own.",
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs the group with arguments."""
    (tmp_path / "a_module_of_a_command.py").write_text(
        "import click\n"
        "@click.command()\n"
        "@click.option('--fmt', default='none')\n"
        "def main(fmt):\n"
        "    click.echo(fmt)\n"
        "    return 3\n"
    )
    (tmp_path / "another_module.py").write_text(
        "import click\n"
        "@click.command()\n"
        "@click.option('--tech', default='none')\n"
        "def main(tech):\n"
        "    click.echo(tech)\n"
    )
    (tmp_path / "a_module_of_commands.py").write_text(
        "import click\n"
        "from lmul_pe.model.command.group import Group\n"
        "@click.command()\n"
        "@click.argument('file', required=False)\n"
        "@click.option('--fmt', default='none')\n"
        "def one(file, fmt):\n"
        "    click.echo(f'{file} {fmt}')\n"
        "main = Group({'one': one}, 'Several.')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in ("a_module_of_a_command", "another_module", "a_module_of_commands"):
        monkeypatch.delitem(sys.modules, module, raising=False)

    def invoke(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(GROUP, arguments, standalone_mode=False)

    return invoke


def test_only_what_is_used_is_imported(run):
    done = run("there", "--fmt", "e4m3")
    assert (done.output, done.return_value) == ("e4m3\n", 3)
    assert isinstance(run("missing").exception, ModuleNotFoundError)


def test_help_imports_nothing(run):
    text = run("--help").output
    assert re.search(r"there +What is there\.\n(?:.*\n)* +missing +What is not\.", text)
    assert "a_module_of_a_command" not in sys.modules


def test_a_group_says_what_it_is_for():
    group = LazyGroup({"one": Subcommand("a_module_of_a_command", "What is one.")}, "Some of them.")
    lines = CliRunner().invoke(group, ["-h"]).output.splitlines()
    assert "  Some of them." in lines
    assert "  one  What is one." in lines


def test_variables_of_make_give_options(run):
    assert run("there", FMT="bf16").output == "none\n"
    given = {NAMES: "FMT", "FMT": "bf16"}
    assert run("there", **given).output == "bf16\n"
    assert run("there", "--fmt", "e4m3", **given).output == "e4m3\n"


def test_variables_of_commands_that_make_runs_together_are_given_to_the_right_one(run):
    given = {NAMES: "FMT TECH", "FMT": "bf16", "TECH": "asap7"}
    assert run("first", **given).output == "bf16\n"
    assert run("second", **given).output == "asap7\n"
    assert str(run("there", **given).exception) == "variable 'TECH' is not one of FMT"
    assert str(run("first", **{NAMES: "TEHC"}).exception) == (
        "variable 'TEHC' is not one of FMT, TECH; did you mean 'TECH'?"
    )


def test_variables_go_to_the_command_within_a_group(run):
    given = {NAMES: "FMT FILE", "FMT": "bf16", "FILE": "a b.csv"}
    assert run("several", "one", **given).output == "a b.csv bf16\n"
    assert run("several", "one", "x.csv", "--fmt", "e4m3").output == "x.csv e4m3\n"
    assert str(run("several", "one", **{NAMES: "FTM"}).exception) == (
        "variable 'FTM' is not one of FILE, FMT; did you mean 'FMT'?"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["several"], r"^no command is given: expected one of one$"),
        (["several", "on"], r"^command 'on' is not one of one; did you mean 'one'\?$"),
        ([], r"^no command is given: expected one of there, first, second, several, missing$"),
        (
            ["ther"],
            r"^command 'ther' is not one of there, .*; did you mean 'there'\?$",
        ),
    ],
)
def test_what_is_no_command(run, arguments, message):
    error = run(*arguments).exception
    assert re.search(message, str(error))
    assert isinstance(error, SpecificationError) or "no command is given" in str(error)
