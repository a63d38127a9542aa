"""A run with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click

from lmul_pe.hw.export.yosys import YosysStopped
from lmul_pe.model.command.progress import progress_bar
from lmul_pe.synth.design.design import Design
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.measuring.measure import measure
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError

from .store import BUILD


@contextmanager
def synthesis_progress() -> Iterator[Callable[[str, int], None]]:
    """A progress bar on standard error, by a function that takes what is done, and the total.

    Raises
    ------
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    # Children of a process that has threads may find their locks taken.
    with progress_bar(transient=True, auto_refresh=False) as progress:
        task = progress.add_task("synthesis", total=None)
        try:
            yield lambda done, total: progress.update(
                task, advance=1, total=total, description=done, refresh=True
            )
        except (MismatchError, YosysStopped) as error:
            raise click.ClickException(str(error)) from None


def measure_all(designs: Sequence[Design], conditions: Conditions) -> list[Measured]:
    """Figures of all ``designs``, with a progress bar.

    Raises
    ------
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    with synthesis_progress() as progress:
        return measure(designs, conditions, Synthesis(BUILD / "cache"), progress)
