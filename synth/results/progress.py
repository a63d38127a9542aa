"""What the commands of this package share: where they build, and a run with a progress bar."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lmul_pe.hw.export.yosys import YosysStopped
from lmul_pe.model import FloatFormat
from lmul_pe.synth.cells.technology import BUILT_IN, Technology
from lmul_pe.synth.design.designs import Design
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.measuring.measure import Measured, measure
from lmul_pe.synth.measuring.unit import MeasuredUnit
from lmul_pe.synth.workload.settings import MismatchError, Settings

BUILD = Path("build")


def build_name(format: FloatFormat, technology: Technology) -> str:
    """Under which name results are kept: the format, and the technology if not the default."""
    # A library names itself as it likes.
    library = re.sub(r"[^\w.-]", "_", technology.name)
    return format.name if library == BUILT_IN[0] else f"{format.name}_{library}"


@contextmanager
def synthesis_progress() -> Iterator[Callable[[str, int], None]]:
    """A progress bar on standard error, by a function that takes what is done, and the total.

    Raises
    ------
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("synthesis", total=None)
        try:
            yield lambda done, total: progress.update(
                task, advance=1, total=total, description=done
            )
        except (MismatchError, YosysStopped) as error:
            raise click.ClickException(str(error)) from None


def measure_all(
    designs: Sequence[Design | UnitDesign], technology: Technology, settings: Settings
) -> list[Measured | MeasuredUnit]:
    """Figures of all ``designs``, with a progress bar.

    Raises
    ------
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    with synthesis_progress() as progress:
        return measure(designs, technology, Synthesis(BUILD / "cache"), settings, progress)
