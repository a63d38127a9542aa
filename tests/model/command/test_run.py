import io
import sys
from types import SimpleNamespace

import click
import numpy as np
import pytest
from click.testing import CliRunner

from lmul_pe.model import SpecificationError
from lmul_pe.model.command import run as run_module
from lmul_pe.model.command.paths import InputPath, OutputPath
from lmul_pe.model.command.run import (
    LARGEST_SEED,
    Command,
    command_line,
    console,
    number,
    run,
    say,
    steps,
    verbose_option,
)


class Terminal(io.StringIO):
    """What is written to it stays to be looked at."""

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 123 columns, in colour."""
    monkeypatch.setenv("COLUMNS", "123")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


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


@pytest.mark.parametrize(("words", "said"), [((), "False"), (("--verbose",), "True")])
def test_details_are_for_those_who_ask(words, said):
    @click.command()
    @verbose_option
    def command(verbose):
        click.echo(verbose)

    assert CliRunner().invoke(command, words).output == f"{said}\n"


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


def test_seeds_are_numbers_of_31_bits():
    assert np.iinfo(np.int32).max == LARGEST_SEED


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


def test_a_word_is_not_broken_at_a_hyphen(capsys):
    say(["x" * 75 + " bb-cc", "  item " + "x" * 68 + " bb-cc"])
    assert capsys.readouterr().out.splitlines() == [
        *("x" * 75, "  bb-cc"),
        *("  item " + "x" * 68, "    bb-cc"),
    ]


@pytest.mark.parametrize("kept", [False, True])
def test_steps_stay_on_standard_error_if_asked_for(kept, capsys):
    with steps(kept) as show:
        show("building [1]")
        show("running")
    captured = capsys.readouterr()
    lines = [line.partition(" s  ")[2] for line in captured.err.splitlines()]
    assert (captured.out, lines) == ("", ["building [1]", "running"] if kept else [])


def test_steps_have_the_seconds_since_the_first(monkeypatch, capsys):
    moments = iter([10.0, 12.25, 130.0])
    monkeypatch.setattr(run_module, "time", SimpleNamespace(monotonic=moments.__next__))
    with steps(kept=True) as show:
        show("building")
        show("running")
    assert capsys.readouterr().err == "  2.2 s  building\n120.0 s  running\n"


def test_a_terminal_shows_the_step_that_it_is_at(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal)
    with steps(kept=False) as show:
        show("running [fp32]")
    assert "running [fp32]" in terminal.getvalue()


@pytest.mark.parametrize(("stderr", "name"), [(False, "stdout"), (True, "stderr")])
def test_a_terminal_is_used_in_all_its_width_and_figures_have_no_colour(
    stderr, name, terminal, monkeypatch
):
    monkeypatch.setattr(sys, name, terminal)
    console(stderr=stderr).print("7 of 9 in 'x'")
    assert terminal.getvalue() == "7 of 9 in 'x'\n"
    assert (console(stderr=stderr).width, console(stderr=not stderr).width) == (123, 80)


def test_what_goes_to_a_file_is_plain_text_of_a_terminals_width(capsys):
    console().print("[dim]a[0][/dim]", style="bold")
    assert capsys.readouterr().out == "[dim]a[0][/dim]\n"
    assert console().width == 80


def test_a_command_writes_over_none_of_its_inputs(tmp_path, monkeypatch, capsys):
    @click.command(cls=Command)
    @click.option("--read", type=InputPath())
    @click.option("--out", type=OutputPath())
    def command(read, out):
        out.write_text("written")

    path = tmp_path / "x"
    path.write_text("before")
    code, _, err = end(command, monkeypatch, capsys, "--read", str(path), "--out", str(path))
    assert (code, path.read_text()) == (2, "before")
    assert "is the file of --read" in err


def test_help_has_a_short_name(monkeypatch, capsys):
    @click.command(cls=Command)
    def helped():
        """What it does."""

    short, long = (end(helped, monkeypatch, capsys, option) for option in ("-h", "--help"))
    assert short == long
    assert long[0] == 0
    assert "What it does." in long[1]
