"""The command `lmul-pe`."""

from importlib import import_module

import click
import pytest

from lmul_pe.__main__ import SUBCOMMANDS


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_is_one(name):
    command = import_module(SUBCOMMANDS[name].module).main
    assert isinstance(command, click.Command)
    assert command.help
