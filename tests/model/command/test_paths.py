"""No output of a command is one of its inputs, or another output."""

import os

import click
import pytest
from click.testing import CliRunner

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.paths import InputPath, NameOrInputPath, OutputPath
from lmul_pe.model.command.run import Command


@click.command(cls=Command)
@click.argument("more", nargs=-1, type=InputPath())
@click.option("--netlist", type=InputPath())
@click.option("--tech", type=NameOrInputPath())
@click.option("--saif-out", type=OutputPath())
@click.option("--plot", type=OutputPath())
def command(saif_out, plot, **_):
    for path in filter(None, (saif_out, plot)):
        path.write_text("written")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two files, one of which has another name, too, and a link to it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.v").write_text("netlist")
    os.link("x.v", "hard.v")
    os.symlink("x.v", "soft.v")
    os.symlink(".", "here")
    return tmp_path


def end(*arguments):
    """The error that the command ends with, if any."""
    return CliRunner().invoke(command, arguments).exception


@pytest.mark.parametrize("path", ["x.v", "here/x.v", "hard.v", "soft.v"])
@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        ("--netlist", ["--netlist", "x.v"]),
        ("--tech", ["--tech", "x.v"]),
        ("--tech", ["--tech", "a.lib,x.v"]),
        ("more", ["y.v", "x.v"]),
    ],
)
def test_an_output_is_no_input(path, option, arguments, folder):
    error = end(*arguments, "--saif-out", path)
    assert isinstance(error, SpecificationError)
    assert str(error) == (
        f"--saif-out {path} is the file of {option}, which is read: expected another one"
    )
    assert (folder / "x.v").read_text() == "netlist"


@pytest.mark.parametrize("path", ["new", "here/new"])
def test_two_outputs_are_two_files(path, folder):
    error = end("--saif-out", "new", "--plot", path)
    assert str(error) == (
        f"--plot {path} is the file of --saif-out, which is written, too: expected another one"
    )
    assert not (folder / "new").exists()


def test_other_files_are_written(folder):
    assert (
        end("--netlist", "x.v", "--tech", "asap7", "--saif-out", "a", "--plot", "b", "x.v") is None
    )
    assert (folder / "a").read_text() == (folder / "b").read_text() == "written"
    assert (folder / "x.v").read_text() == "netlist"


@pytest.mark.parametrize("option", ["--netlist", "--plot"])
def test_an_empty_path_is_none(option):
    done = CliRunner().invoke(command, [option, ""])
    assert done.exit_code == 2
    assert "'' is no path: expected the name of a file or folder" in done.output
