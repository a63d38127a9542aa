"""The variables of ``make`` as options of a command.

Names and values come through the environment, so that no shell ever reads them, and only those
that were set on the command line of ``make`` count: others may be there for other programs.
"""

import os
from collections.abc import Mapping, MutableMapping

import click

NAMES = "LMUL_PE_VARIABLES"
"""Environment variable with the names of those that ``make`` was given."""


def take_names(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """The names of the given variables; commands that this one starts are given none."""
    return environment.pop(NAMES, "").split()


def options_of(
    command: click.Command, names: list[str], environment: Mapping[str, str] = os.environ
) -> list[str]:
    """The arguments that variables give ``command``: each is an option's name in capitals.

    A switch is set by anything but nothing and 0; other options are set even to nothing, which they
    may refuse.
    """
    arguments = []
    for option in command.params:
        name = (option.name or "").upper()
        if not isinstance(option, click.Option) or name not in names:
            continue
        value = environment.get(name, "")
        if not option.is_flag:
            arguments.append(f"{option.opts[0]}={value}")
        elif value not in ("", "0"):
            arguments.append(option.opts[0])
    return arguments
