"""Resets at random moments, until one has come in every situation in which it can."""

from collections.abc import Callable, Mapping, Set

import numpy as np
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from .testbench import Bench

_ROUNDS, _MOST_ROUNDS = 16, 960
"""Resets: so many at a time, until all situations were met, and how many at most."""


async def reset_at_moments(
    dut: HierarchyObject,
    wanted: Mapping[Bench, Set[str]],
    start: Callable[[Bench, str], None],
    brief: int,
    random: np.random.Generator,
) -> None:
    """Start all benches and reset them, again and again.

    Parameters
    ----------
    wanted
        Of each bench the situations that are to be met.
    start
        Lets a bench send and take; its second argument names the part.
    brief
        Cycles within which a reset comes.
    random
        What the cycle of each reset is drawn from, after all that ``start`` draws.
    """
    done = 0
    while done < _MOST_ROUNDS and not all(
        each <= set(bench.met()) for bench, each in wanted.items()
    ):
        for index in range(done, done + _ROUNDS):
            for bench in wanted:
                start(bench, f"moment {index}")
            await ClockCycles(dut.clk, int(random.integers(1, brief)))
            dut.rst.value = 1
            await ClockCycles(dut.clk, 1)
            for bench in wanted:
                bench.scoreboard.restart()
                bench.stop()
            dut.rst.value = 0
        done += _ROUNDS
