"""Stand-alone Verilog of a design: ``lmul-pe verilog``."""

from pathlib import Path

import click

from lmul_pe.hw.arithmetic.architecture import STYLES
from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.vhdl import component_package
from lmul_pe.hw.wrapper.export import BUSES, wrapped_verilog
from lmul_pe.hw.wrapper.fusesoc import core_text
from lmul_pe.hw.wrapper.testbench import bench_text
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
    verilog_command,
)
from lmul_pe.model.unit.names import Specification

USUAL_STYLE = next(iter(STYLES))


def header(specification: Specification, style: str = USUAL_STYLE, bus: str | None = None) -> str:
    """The comment at the top of an exported file: what it is, and how to make it again."""
    options = stated_options(specification)
    if style != USUAL_STYLE:
        options["style"] = style
    if bus is not None:
        options["bus"] = bus
    lines = [
        f"{specification.name}: lmul-pe {version()}",
        verilog_command(options),
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
@click.option("--bus", help=f"Around a unit with streams: {', '.join(BUSES)}.")
@click.option("--vhdl", is_flag=True, help="Write its VHDL component declaration as well.")
@click.option("--fusesoc", is_flag=True, help="Write a FuseSoC core and a test bench as well.")
@click.option(
    "--out",
    type=OutputPath(),
    default=Path("build/verilog"),
    show_default=True,
    help="Folder of the file.",
)
def main(
    unit: str,
    style: str,
    bus: str | None,
    vhdl: bool,
    fusesoc: bool,
    out: Path,
    **options: str | None,
) -> None:
    """Write one design as one Verilog-2001 file of its own name."""
    if style not in STYLES:
        raise unknown_choice("style", style, STYLES)
    specification = unit_of(unit, options)
    comment = header(specification, style, bus)
    module = specification.name
    if bus is None:
        text = exported_verilog(specification, comment, STYLES[style])
    else:
        module, text = wrapped_verilog(specification, bus, comment, STYLES[style])
    files = {f"{module}.v": text}
    if vhdl:
        files[f"{module}.vhd"] = component_package(text, module)
    if fusesoc:
        if bus is None:
            files[f"{module}_tb.sv"] = bench_text(specification, comment)
        files[f"{module}.core"] = core_text(module, tested=bus is None)
    for name, content in files.items():
        write_whole(out / name, content)
        click.echo(out / name)
