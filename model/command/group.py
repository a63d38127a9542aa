"""A command of commands, each of which is imported when it is used."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NamedTuple

import click

from lmul_pe.model.choices import unknown_choice

from .variables import options_of, take_names


class Subcommand(NamedTuple):
    """A command that is the ``main`` of a module."""

    module: str
    summary: str
    beside: tuple[str, ...] = ()
    """Other subcommands that the same target of ``make`` runs."""


class Group(click.Group):
    """Commands by name, which take the variables of ``make`` as options."""

    def __init__(self, commands: Mapping[str, click.Command], help: str):
        super().__init__(
            commands=dict(commands),
            help=help,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    @property
    def names(self) -> list[str]:
        """Of all commands, in the order in which they are listed."""
        return list(self.commands)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self.names

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in self.names:
            raise unknown_choice("command", cmd_name, self.names)
        return self.commands[cmd_name]

    def beside(self, ctx: click.Context, name: str) -> Iterator[click.Command]:
        """Other commands that the same target of ``make`` runs."""
        return iter(())

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            raise click.UsageError(f"no command is given: expected one of {', '.join(self.names)}")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        command = self.get_command(ctx, args[0])
        if isinstance(command, Group):
            # Variables are for the command that it is asked for.
            return args[0], command, args[1:]
        given = options_of(command, take_names(), self.beside(ctx, args[0]))
        return args[0], command, [*given, *args[1:]]


class LazyGroup(Group):
    """Subcommands by name; one that is not used need not be installed."""

    def __init__(self, subcommands: Mapping[str, Subcommand], help: str):
        super().__init__({}, help)
        self._subcommands = subcommands

    @property
    def names(self) -> list[str]:
        return list(self._subcommands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        if cmd_name not in self._subcommands:
            raise unknown_choice("command", cmd_name, self._subcommands)
        command: click.Command = import_module(self._subcommands[cmd_name].module).main
        return command

    def beside(self, ctx: click.Context, name: str) -> Iterator[click.Command]:
        return (self.get_command(ctx, each) for each in self._subcommands[name].beside)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.summary) for name, each in self._subcommands.items()])
