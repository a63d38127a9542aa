"""What L-Mul saves on operands of other seeds, by the netlists that those of the report chose."""

from collections.abc import Sequence
from dataclasses import replace

from lmul_pe.synth.measuring.measure import remeasured
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.workload.conditions import Conditions

from .compare import headline, main_saving, saving
from .progress import synthesis_progress
from .record import Report, Saved, Saving, SeedSaved
from .recording import design_record

SEEDS = 5
"""How many there are, that of the report among them."""
LEVELS = ("multiplier", "mac")
"""Those whose headline is measured on all."""


def seed_savings(
    report: Report, measured: Sequence[Measured], conditions: Conditions
) -> tuple[SeedSaved, ...]:
    """The headlines of multiplier and multiply-accumulate on operands of each seed.

    Those that rest on equal clocks; the seeds are that of the report and the next ones.

    Raises
    ------
    click.ClickException
        A netlist differs from the model.
    """
    known = {each.design.name: each for each in measured}
    mains = [
        main for level in LEVELS if (main := main_saving(report, level)) is not None and main.equal
    ]
    pairs = [known[name] for main in mains for name in (main.design, main.baseline)]
    settings = conditions.settings
    others = [
        replace(conditions, settings=replace(settings, seed=settings.seed + more))
        for more in range(1, SEEDS)
    ]
    with synthesis_progress() as progress:
        found = remeasured(pairs, others, progress)
    rows = []
    for place, main in enumerate(mains):
        rows.append(_row(main, settings.seed, headline(main)))
        for other, listed in zip(others, found, strict=True):
            own, baseline = (
                design_record(each, other.technology, report.assumptions.clock_ps, None)
                for each in listed[2 * place : 2 * place + 2]
            )
            saved = headline(saving(own, baseline, main.meaning))
            rows.append(_row(main, other.settings.seed, saved))
    return tuple(rows)


def _row(main: Saving, seed: int, saved: Saved) -> SeedSaved:
    return SeedSaved(
        main.level, main.design, main.baseline, seed, saved.glitch_percent, saved.total_percent
    )
