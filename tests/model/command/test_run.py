import sys

import click
import pytest
from click.testing import CliRunner

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import (
    Command,
    command_line,
    console,
    number,
    run,
    say,
    steps,
    verbose_option,
)


def end(command, monkeypatch, capsys, *arguments):
    """Status, standard output and standard error of a command."""
    monkeypatch.setattr(sys, "argv", ["command", *arguments])
    with pytest.raises(SystemExit) as ended:
        run(command)
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


def test_a_command_is_made_again_without_files_of_results_and_details(tmp_path, monkeypatch):
    @click.command(cls=Command)
    @click.argument("name")
    @click.option("--cycles", default=100)
    @click.option("--seed", default=1)
    @click.option("--fast", is_flag=True)
    @click.option("--json", type=OutputPath())
    @verbose_option
    @click.pass_context
    def command(context, **options):
        click.echo(command_line("time unit", context))

    monkeypatch.chdir(tmp_path)
    usual = ["--verbose", "--json", "out.json", "--cycles", "100", "a unit"]
    for words, made in ((usual, ""), ([*usual, "--seed", "7", "--fast"], " --seed 7 --fast")):
        done = CliRunner().invoke(command, words, catch_exceptions=False)
        assert done.output == f"lmul-pe time unit 'a unit'{made}\n"


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (SpecificationError("format 'x' is not known"), 2, "error: format 'x' is not known\n"),
        (SpecificationError("two\n  lines"), 2, "error: two lines\n"),
        (click.UsageError("give --table"), 2, "error: give --table\n"),
        (FileNotFoundError(2, "No such file", "a.npy"), 1, "error: a.npy: No such file\n"),
        (OSError("broken"), 1, "error: broken\n"),
        (click.exceptions.Abort(), 130, "error: interrupted\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
    ],
)
def test_errors_are_one_line(error, status, line, monkeypatch, capsys):
    @click.command()
    def failing():
        raise error

    code, out, err = end(failing, monkeypatch, capsys)
    assert code == status
    assert out == ""
    # An interruption ends the line that the terminal has begun.
    assert err.lstrip("\n") == line


def test_a_mistake_of_the_project_keeps_its_traceback(monkeypatch, capsys):
    @click.command()
    def failing():
        raise ZeroDivisionError

    monkeypatch.setattr(sys, "argv", ["command"])
    with pytest.raises(ZeroDivisionError):
        run(failing)


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (3, 3)])
def test_status(returned, status, monkeypatch, capsys):
    @click.command()
    def ending():
        click.echo("done")
        return returned

    assert end(ending, monkeypatch, capsys) == (status, "done\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "x"], "error: Invalid value for '--size': 'x' is not a valid integer.\n"),
        (["--sise", "1"], "--sise"),
        ([], "--size"),
        (["--size", "1", "more"], "more"),
    ],
)
def test_wrong_arguments(arguments, message, monkeypatch, capsys):
    @click.command()
    @click.option("--size", type=int, required=True)
    def command(size):
        click.echo(size)

    code, out, err = end(command, monkeypatch, capsys, *arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("text", ["", "-1", "x", "1.5", "8", "0", "9" * 30, "²", "9" * 5000])
def test_what_is_no_number_in_its_range_is_refused(text):
    with pytest.raises(SpecificationError, match=r"^rows '.{0,40}' is not an integer from 1 to 7$"):
        number("rows", text, 1, 7)


def test_a_number_in_its_range_is_taken():
    assert number("rows", "7", 1, 7) == 7
    assert number("load", "0.5", 0, 1, float) == 0.5
    with pytest.raises(SpecificationError, match=r"^load 'nan' is not a number from 0 to 1$"):
        number("load", "nan", 0, 1, float)


def test_sentences_fit_a_terminal_and_paths_stay_whole(capsys):
    path = "folder/" + "x" * 90
    say([f"what was found in {path} " + "word " * 20, "  an item " + "word " * 20])
    lines = capsys.readouterr().out.splitlines()
    assert f"  {path}" in lines
    assert max(len(line) for line in lines if path not in line) <= 80
    assert [line[:6] for line in lines[-2:]] == ["  an i", "    wo"]


@pytest.mark.parametrize("kept", [False, True])
def test_steps_stay_on_standard_error_if_asked_for(kept, capsys):
    with steps(kept) as show:
        show("building [1]")
        show("running")
    captured = capsys.readouterr()
    lines = [line.partition(" s  ")[2] for line in captured.err.splitlines()]
    assert (captured.out, lines) == ("", ["building [1]", "running"] if kept else [])


def test_what_goes_to_a_file_is_plain_text_of_a_terminals_width(capsys):
    console().print("[dim]a[0][/dim]", style="bold")
    assert capsys.readouterr().out == "[dim]a[0][/dim]\n"
    assert console().width == 80


def test_help_has_a_short_name(monkeypatch, capsys):
    @click.command(cls=Command)
    def helped():
        """What it does."""

    short, long = (end(helped, monkeypatch, capsys, option) for option in ("-h", "--help"))
    assert short == long
    assert long[0] == 0
    assert "What it does." in long[1]
