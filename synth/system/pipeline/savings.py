"""What plans save: in one pipeline, and in several of which one is slower."""

from dataclasses import dataclass

import numpy as np

from lmul_pe.model import SpecificationError

from .planning import Plans


@dataclass(frozen=True)
class Savings:
    """Of one pipeline, in percent of what it takes at the highest frequencies.

    Parameters
    ----------
    intrinsic
        At the shortest planned time: planned energy against profiled energy, both with what
        accelerators take while they wait for as long as the plan says.  So counts Table 6 of
        Perseus (SOSP 2024).
    realised
        By the frequencies that the plan comes to, with the time that they take.
    slower
        By which share of the highest frequencies' time they take longer.
    """

    intrinsic: float
    realised: float
    slower: float


def savings(plans: Plans) -> Savings:
    """What the fastest plan saves."""
    last = len(plans.frontier) - 1
    realised, baseline = plans.realised(last), plans.baseline
    planned = float(plans.frontier.energy_j[last])
    return Savings(
        _percent(planned, _baseline_j(plans, float(plans.frontier.time_s[last]))),
        _percent(realised.iteration_j, baseline.iteration_j),
        -_percent(realised.iteration_s, baseline.iteration_s),
    )


def refuse_fast_straggler(straggler: float) -> None:
    """Refuse a factor that needs no plan to be wrong.

    Raises
    ------
    SpecificationError
        A straggler that is faster than the pipeline.
    """
    if not straggler >= 1:
        raise SpecificationError(
            f"straggler {straggler:g} is faster than the pipeline: expected 1 or more, times the "
            "time of its fastest plan; the nearest is 1"
        )


def straggler_time_s(plans: Plans, straggler: float) -> float:
    """The iteration time that a straggler dictates.

    Parameters
    ----------
    straggler
        How many times longer than the fastest plan it takes.

    Raises
    ------
    SpecificationError
        It is faster than the pipeline.
    """
    refuse_fast_straggler(straggler)
    return straggler * float(plans.frontier.time_s[-1])


def with_straggler(plans: Plans, straggler: float, pipelines: int) -> float:
    """What all pipelines together save, in percent, where one of them is slower.

    As the artefact of Perseus counts: the slow one takes ``straggler`` times the energy of its
    fastest plan; the others take the plan of least energy within its time and wait for the rest.
    Without plans, they run at the highest frequencies and wait.

    Parameters
    ----------
    pipelines
        Data-parallel copies, the straggler among them.

    Raises
    ------
    SpecificationError
        The straggler is faster than the pipeline, or there is no pipeline.
    """
    if pipelines < 1:
        raise SpecificationError(f"data-parallel copies {pipelines}: expected 1 at least")
    limit_s = straggler_time_s(plans, straggler)
    frontier = plans.frontier
    fastest_s, point = float(frontier.time_s[-1]), frontier.point_within(limit_s)
    others = pipelines - 1
    before = _baseline_j(plans, fastest_s) * (straggler + others)
    before += others * frontier.waiting_w * (limit_s - fastest_s)
    planned = float(frontier.energy_j[point])
    planned += frontier.waiting_w * (limit_s - float(frontier.time_s[point]))
    return _percent(float(frontier.energy_j[-1]) * straggler + others * planned, before)


def _baseline_j(plans: Plans, time_s: float) -> float:
    """Everything at the highest frequencies, in an iteration of ``time_s``."""
    baseline, waiting_w = plans.baseline, np.array(plans.realisation.waiting_w)
    meanwhile_j = waiting_w[plans.graph.accelerator_of] * baseline.time_s
    return float((baseline.energy_j - meanwhile_j).sum() + waiting_w.sum() * time_s)


def _percent(now: float, before: float) -> float:
    return 100 * (1 - now / before)
