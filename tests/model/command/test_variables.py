import click
import pytest

from lmul_pe.model.command.variables import NAMES, options_of, take_names


@click.command()
@click.option("--fmt")
@click.option("--guard-bits")
@click.option("--partial", is_flag=True)
@click.argument("file")
def command(**options):
    pass


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [
        ({}, []),
        ({"FMT": "e4m3"}, ["--fmt=e4m3"]),
        ({"FMT": ""}, ["--fmt="]),
        ({"GUARD_BITS": "-4", "FMT": "a b"}, ["--fmt=a b", "--guard-bits=-4"]),
        ({"PARTIAL": "1"}, ["--partial"]),
        ({"PARTIAL": "0"}, []),
        ({"PARTIAL": ""}, []),
        ({"JOBS": "4", "FILE": "x", "fmt": "x"}, []),
    ],
)
def test_variables_become_the_options_of_their_names(environment, arguments):
    assert options_of(command, list(environment), environment) == arguments


def test_what_make_was_not_given_does_not_count():
    assert options_of(command, ["GUARD_BITS"], {"FMT": "e4m3", "GUARD_BITS": "4"}) == [
        "--guard-bits=4"
    ]


def test_names_are_for_one_command():
    environment = {NAMES: "FMT OUT"}
    assert take_names(environment) == ["FMT", "OUT"]
    assert take_names(environment) == []
