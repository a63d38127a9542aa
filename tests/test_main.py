"""The command `lmul-pe`, and what all of its subcommands share."""

from importlib import import_module

import click
import pytest
from click.testing import CliRunner

import lmul_pe.synth.format
import lmul_pe.synth.power
from lmul_pe.__main__ import SUBCOMMANDS
from lmul_pe.model import SpecificationError
from lmul_pe.model.command.run import Command

WIDTH = 80


def commands(name):
    """A subcommand, or those of a group."""
    command = import_module(SUBCOMMANDS[name].module).main
    return [*command.commands.values()] if isinstance(command, click.Group) else [command]


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_is_one(name):
    assert all(isinstance(each, click.Command) and each.help for each in commands(name))


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_none_writes_over_its_inputs(name):
    assert all(isinstance(each, Command) for each in commands(name))


@pytest.mark.parametrize(
    "command",
    [import_module(each.module).main for each in SUBCOMMANDS.values()] + commands("pipeline"),
)
def test_help_fits_a_terminal(command):
    text = CliRunner().invoke(command, ["-h"], terminal_width=WIDTH).output
    assert [line for line in text.splitlines() if len(line) > WIDTH] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--saif-out", "x.v"],
        ["--simulation-out", "x.v"],
        ["--vcd", "x.vcd", "--saif-out", "x.vcd"],
        ["--saif", "x.saif", "--simulation-out", "x.saif"],
        ["--tech", "x.lib", "--saif-out", "x.lib"],
    ],
)
def test_power_reads_nothing_before_it_refuses_to_write_over_it(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("x.v", "x.vcd", "x.saif", "x.lib"):
        (tmp_path / name).write_text("precious")
    with pytest.raises(SpecificationError, match=r"which is read: expected another one$"):
        lmul_pe.synth.power.main(["--netlist", "x.v", *arguments], standalone_mode=False)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"precious"}


@pytest.mark.parametrize("levels", ["multiplier,mac", "multiplier mac", " multiplier, mac"])
def test_levels_stand_between_commas_or_blanks(levels, monkeypatch):
    def folder(format, tech, levels, *others):
        raise SpecificationError("+".join(levels))

    monkeypatch.setattr(lmul_pe.synth.format, "report_folder", folder)
    with pytest.raises(SpecificationError, match=r"^multiplier\+mac$"):
        lmul_pe.synth.format.main(["--fmt", "e4m3", "--levels", levels], standalone_mode=False)
