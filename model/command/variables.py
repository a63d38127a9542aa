"""The variables of ``make`` as options of a command.

Names and values come through the environment, so that no shell ever reads them, and only those
that were set on the command line of ``make`` count: others may be there for other programs.  What
was set there for nobody is refused, as it is misspelt or misunderstood.
"""

import os
from collections.abc import Iterable, Mapping, MutableMapping, Sequence

import click

from lmul_pe.model.choices import switched_on, unknown_choice

NAMES = "LMUL_PE_VARIABLES"
"""Environment variable with the names of those that ``make`` was given."""


def take_names(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """The names of the given variables; commands that this one starts are given none."""
    return environment.pop(NAMES, "").split()


def options_of(
    command: click.Command,
    names: Sequence[str],
    others: Iterable[click.Command] = (),
    environment: Mapping[str, str] = os.environ,
) -> list[str]:
    """The arguments that variables give ``command``: each is an option's name in capitals, or that
    of an argument without an option.

    A switch is set by what means yes; other options are set even to nothing, which they may refuse.

    Parameters
    ----------
    others
        Commands of the same target of ``make``, whose variables are left to them; looked at only
        for a variable that ``command`` has not.

    Raises
    ------
    SpecificationError
        A variable that no option is named after, or a switch that is neither on nor off.
    """
    options = _by_variable(command)
    unknown = [name for name in names if name not in options]
    if unknown:
        known = list(options)
        for other in others:
            known += [name for name in _by_variable(other) if name not in known]
        for name in unknown:
            if name not in known:
                raise unknown_choice("variable", name, known)
    arguments = []
    for name in options:
        if name not in names:
            continue
        option, value = options[name], environment.get(name, "")
        if not isinstance(option, click.Option):
            arguments.append(value)
        elif not option.is_flag:
            arguments.append(f"{option.opts[0]}={value}")
        elif switched_on(name, value):
            arguments.append(option.opts[0])
    return arguments


def _by_variable(command: click.Command) -> dict[str, click.Parameter]:
    return {each.name.upper(): each for each in command.params if each.name}
