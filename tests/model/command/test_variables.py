import click
import pytest

from lmul_pe.model import SpecificationError
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
        ({"FILE": "a b.csv", "FMT": "e4m3"}, ["--fmt=e4m3", "a b.csv"]),
        ({"PARTIAL": "1"}, ["--partial"]),
        ({"PARTIAL": "0"}, []),
        ({"PARTIAL": ""}, []),
        *(({"PARTIAL": yes}, ["--partial"]) for yes in ("yes", "true", "on", "TRUE", " 1")),
        *(({"PARTIAL": no}, []) for no in ("no", "false", "off", "False")),
    ],
)
def test_variables_become_the_options_of_their_names(environment, arguments):
    assert options_of(command, list(environment), environment=environment) == arguments


def test_what_make_was_not_given_does_not_count():
    environment = {"FMT": "e4m3", "GUARD_BITS": "4"}
    assert options_of(command, ["GUARD_BITS"], environment=environment) == ["--guard-bits=4"]


@pytest.mark.parametrize("value", ["maybe", "2", "nope", "-"])
def test_a_switch_is_on_or_off(value):
    with pytest.raises(SpecificationError, match=rf"^PARTIAL '{value}' is neither on nor off"):
        options_of(command, ["PARTIAL"], environment={"PARTIAL": value})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("PARTAIL", "PARTIAL"), ("fmt", "FMT"), ("GUARDBITS", "GUARD_BITS"), ("ZZZ", None)],
)
def test_what_no_option_is_named_after_is_refused(name, nearest):
    hint = rf"; did you mean '{nearest}'\?" if nearest else ""
    expected = rf"^variable '{name}' is not one of FMT, GUARD_BITS, PARTIAL, FILE{hint}$"
    with pytest.raises(SpecificationError, match=expected):
        options_of(command, ["FMT", name], environment={"FMT": "e4m3", name: "x"})


def test_what_another_command_of_the_target_takes_is_left_to_it():
    @click.command()
    @click.option("--tech")
    def other(**options):
        pass

    environment = {"FMT": "e4m3", "TECH": "asap7"}
    assert options_of(command, ["FMT", "TECH"], [other], environment) == ["--fmt=e4m3"]
    with pytest.raises(SpecificationError, match=r"PARTIAL, FILE, TECH; did you mean 'TECH'"):
        options_of(command, ["TECHS"], [other], {"TECHS": "x"})


def test_names_are_for_one_command():
    environment = {NAMES: "FMT OUT"}
    assert take_names(environment) == ["FMT", "OUT"]
    assert take_names(environment) == []
