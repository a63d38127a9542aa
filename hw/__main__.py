"""Stand-alone Verilog of a design: ``python -m hw``."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from model import KINDS, FloatAccumulator, Mac, Multiplier, SpecificationError
from model.choices import unknown_choice
from model.command import NamedPath, run
from model.files import write_whole
from model.multiplier import LATENCIES

from .export import component_of, verilog_text

UNITS = ("mul", "mac")


def header(specification: Multiplier | Mac) -> str:
    """The comment at the top of an exported file: what it is, and how to make it again."""
    try:
        project = version("lmul-pe")
    except PackageNotFoundError:
        project = "(not installed)"
    options = _options(specification)
    stated = " ".join(f"{name}={value}" for name, value in options.items() if value is not None)
    return (
        f"{specification.name}: lmul-pe {project}\n"
        f"make verilog {stated}\n"
        "This file is its user's to use freely."
    )


def _options(specification: Multiplier | Mac) -> dict[str, object]:
    """The options of ``make verilog`` that give ``specification``; None for those left out."""
    if isinstance(specification, Multiplier):
        return {"UNIT": "mul", **_multiplier_options(specification)}
    # A product that is squeezed into no format has no policies of a result.
    unused = ("OVERFLOW", "ROUNDING", "GUARD", "LATENCY")
    options = _multiplier_options(specification.multiplier)
    return {
        "UNIT": "mac",
        **{name: value for name, value in options.items() if name not in unused},
        "ACC": specification.accumulator.format.name,
        "FUSED": 1 if specification.accumulator.fused else None,
    }


def _multiplier_options(multiplier: Multiplier) -> dict[str, object]:
    return {
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--unit", default="mul", show_default=True, help=f"One of {', '.join(UNITS)}.")
@click.option("--kind", default="lmul", show_default=True, help=f"One of {', '.join(KINDS)}.")
@click.option("--fmt", required=True, help="Format of a, as bf16 or e4m3.")
@click.option("--fmt-b", help="Format of b; that of a by default.")
@click.option("--fmt-y", help="Format of the result; that of a by default.")
@click.option("--latency", help="Register stages of a multiplier, 0 (default) to 4.")
@click.option("--carry", help="integer (default) or equation; lmul only.")
@click.option("--offset", help="paper (default), none, or an integer in units of 2^-M; lmul only.")
@click.option("--guard", help="full (default) or raw; lmul only.")
@click.option("--subnormals", help="flush (default) or gradual.")
@click.option("--overflow", help="saturate, inf or nan; by default inf where there is one.")
@click.option("--rounding", help="rne (default) or rtz; exact only.")
@click.option("--acc", help="Accumulator of a mac: a float format, fp32 by default.")
@click.option("--fused", is_flag=True, help="A mac's product enters its accumulator unrounded.")
@click.option(
    "--out",
    type=NamedPath(),
    default=Path("build/verilog"),
    show_default=True,
    help="Folder of the file.",
)
def main(
    unit: str,
    kind: str,
    fmt: str,
    fmt_b: str | None,
    acc: str | None,
    fused: bool,
    out: Path,
    **options: str | None,
) -> None:
    """Write one design as one Verilog-2001 file of its own name."""
    if unit not in UNITS:
        raise unknown_choice("unit", unit, UNITS)
    # What the unit has no use for is refused, not ignored.
    of_a_mac: dict[str, object] = {"acc": acc, "fused": fused or None}
    unused = of_a_mac if unit == "mul" else _of_a_result(options)
    for name, value in unused.items():
        if value is not None:
            raise SpecificationError(
                f"{name} {value!r} does not apply to unit {unit}; leave it out"
            )
    latency = _latency(options.pop("latency"))
    fmt_y = options.pop("fmt_y")
    specification: Multiplier | Mac
    specification = Multiplier(kind, fmt, fmt_b, fmt_y, latency=latency, **options)
    if unit == "mac":
        specification = Mac(
            specification, FloatAccumulator("fp32" if acc is None else acc, fused=fused)
        )
    path = out / f"{specification.name}.v"
    text = verilog_text(component_of(specification), specification.name, header(specification))
    write_whole(path, text)
    click.echo(path)


def _latency(text: str | None) -> int:
    try:
        return 0 if text is None else int(text)
    except ValueError:
        shown = text if text is None or len(text) < 20 else text[:20] + "..."
        raise SpecificationError(
            f"latency {shown!r} is not an integer: expected {LATENCIES[0]} to {LATENCIES[-1]}"
        ) from None


def _of_a_result(options: dict[str, str | None]) -> dict[str, object]:
    """The options that describe the result or the registers of a multiplier."""
    return {name: options[name] for name in ("fmt_y", "latency", "overflow", "rounding")}


if __name__ == "__main__":
    run(main)
