"""Stand-alone Verilog of a design: ``lmul-pe verilog``."""

from pathlib import Path

import click

from lmul_pe.hw.arithmetic.architecture import STYLES
from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.vhdl import component_package
from lmul_pe.model.choices import unknown_choice
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

USUAL_STYLE = next(iter(STYLES))


def header(specification: Specification, style: str = USUAL_STYLE) -> str:
    """The comment at the top of an exported file: what it is, and how to make it again."""
    options = stated_options(specification)
    if style != USUAL_STYLE:
        options["style"] = style
    stated = " ".join(f"{name.upper()}={value}" for name, value in options.items())
    lines = [
        f"{specification.name}: lmul-pe {version()}",
        f"make verilog {stated}",
        "This file is its user's to use freely.",
    ]
    if options["kind"] == "lmul":
        lines.append('L-Mul: arXiv 2410.00907, whose authors state "Patent pending" (footnote 2).')
    return "\n".join(lines)


@click.command(cls=Command)
@click.option("--unit", default="mul", show_default=True, help=f"One of {', '.join(UNITS)}.")
@unit_options(*UNITS)
@click.option(
    "--style",
    default=USUAL_STYLE,
    show_default=True,
    help="How it is written, operators, which FPGAs make carry chains of, or gates.",
)
@click.option("--vhdl", is_flag=True, help="Write its VHDL component declaration as well.")
@click.option(
    "--out",
    type=OutputPath(),
    default=Path("build/verilog"),
    show_default=True,
    help="Folder of the file.",
)
def main(unit: str, style: str, vhdl: bool, out: Path, **options: str | None) -> None:
    """Write one design as one Verilog-2001 file of its own name."""
    if style not in STYLES:
        raise unknown_choice("style", style, STYLES)
    specification = unit_of(unit, options)
    text = exported_verilog(specification, header(specification, style), STYLES[style])
    path = out / f"{specification.name}.v"
    write_whole(path, text)
    click.echo(path)
    if vhdl:
        path = path.with_suffix(".vhd")
        write_whole(path, component_package(text, specification.name))
        click.echo(path)
