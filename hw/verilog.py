"""Stand-alone Verilog of a design: ``lmul-pe verilog``."""

from pathlib import Path

import click

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.project import version
from lmul_pe.model.command.run import Command
from lmul_pe.model.command.unit_options import (
    UNITS,
    stated_options,
    unit_of,
    unit_options,
)
from lmul_pe.model.unit.names import Specification


def header(specification: Specification) -> str:
    """The comment at the top of an exported file: what it is, and how to make it again."""
    options = stated_options(specification)
    stated = " ".join(f"{name.upper()}={value}" for name, value in options.items())
    return (
        f"{specification.name}: lmul-pe {version()}\n"
        f"make verilog {stated}\n"
        "This file is its user's to use freely."
    )


@click.command(cls=Command)
@click.option("--unit", default="mul", show_default=True, help=f"One of {', '.join(UNITS)}.")
@unit_options(*UNITS)
@click.option(
    "--out",
    type=OutputPath(),
    default=Path("build/verilog"),
    show_default=True,
    help="Folder of the file.",
)
def main(unit: str, out: Path, **options: str | None) -> None:
    """Write one design as one Verilog-2001 file of its own name."""
    specification = unit_of(unit, options)
    path = out / f"{specification.name}.v"
    write_whole(path, exported_verilog(specification, header(specification)))
    click.echo(path)
