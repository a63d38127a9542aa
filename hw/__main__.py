"""Stand-alone Verilog of a design: ``python -m hw``."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from model import KINDS, Multiplier, SpecificationError
from model.choices import unknown_choice
from model.command import run
from model.files import write_whole

from .export import component_of, verilog_text

UNITS = ("mul",)


def header(multiplier: Multiplier) -> str:
    """The comment at the top of an exported file: what it is, and how to make it again."""
    try:
        project = version("lmul-pe")
    except PackageNotFoundError:
        project = "(not installed)"
    options = {
        "KIND": multiplier.kind,
        "FMT": multiplier.format.name,
        "FMT_B": multiplier.format_b.name if multiplier.format_b != multiplier.format else None,
        "FMT_Y": multiplier.format_y.name if multiplier.format_y != multiplier.format else None,
        "CARRY": multiplier.carry,
        "OFFSET": multiplier.offset,
        "GUARD": multiplier.guard,
        "SUBNORMALS": multiplier.subnormals,
        "OVERFLOW": multiplier.overflow,
        "ROUNDING": multiplier.rounding,
        "LATENCY": multiplier.latency,
    }
    stated = " ".join(f"{name}={value}" for name, value in options.items() if value is not None)
    return (
        f"{multiplier.name}: lmul-pe {project}\n"
        f"make verilog UNIT=mul {stated}\n"
        "This file is its user's to use freely."
    )


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--unit", default="mul", show_default=True, help=f"One of {', '.join(UNITS)}.")
@click.option("--kind", default="lmul", show_default=True, help=f"One of {', '.join(KINDS)}.")
@click.option("--fmt", required=True, help="Format of a, as bf16 or e4m3.")
@click.option("--fmt-b", help="Format of b; that of a by default.")
@click.option("--fmt-y", help="Format of the result; that of a by default.")
@click.option("--latency", default="0", show_default=True, help="Register stages, 0 to 4.")
@click.option("--carry", help="integer (default) or equation; lmul only.")
@click.option("--offset", help="paper (default), none, or an integer in units of 2^-M; lmul only.")
@click.option("--guard", help="full (default) or raw; lmul only.")
@click.option("--subnormals", help="flush (default) or gradual.")
@click.option("--overflow", help="saturate, inf or nan; by default inf where there is one.")
@click.option("--rounding", help="rne (default) or rtz; exact only.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("build/verilog"),
    show_default=True,
    help="Folder of the file.",
)
def main(
    unit: str,
    kind: str,
    fmt: str,
    fmt_b: str | None,
    fmt_y: str | None,
    latency: str,
    out: Path,
    **policies: str | None,
) -> None:
    """Write one design as one Verilog-2001 file of its own name."""
    if unit not in UNITS:
        raise unknown_choice("unit", unit, UNITS)
    if not latency.lstrip("-").isdecimal():
        raise SpecificationError(f"latency {latency!r} is not an integer: expected 0 to 4")
    multiplier = Multiplier(kind, fmt, fmt_b, fmt_y, latency=int(latency), **policies)
    path = out / f"{multiplier.name}.v"
    text = verilog_text(component_of(multiplier), multiplier.name, header(multiplier))
    write_whole(path, text)
    click.echo(path)


if __name__ == "__main__":
    run(main)
