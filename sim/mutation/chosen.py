"""Which mutant is on, in a process that tests source with switches.

It stands beside the project in copies of it, as :data:`NAME`: what is tested there imports it, and
so do processes that tests start, which learn from the environment.
"""

import os

NAME = "chosen_mutant"
VARIABLE = "CHOSEN_MUTANT"
NONE = -1

_chosen = int(os.environ.get(VARIABLE, NONE))
_reached: set[int] = set()


def choose(number: int) -> None:
    """Turn one on, here and in what is started from here."""
    global _chosen
    _chosen = number
    os.environ[VARIABLE] = str(number)


def is_chosen(number: int) -> bool:
    """What a switch asks."""
    if _chosen == NONE:
        _reached.add(number)
    return number == _chosen


def reached() -> set[int]:
    """The switches that were asked since this was asked last, while none was on."""
    found = {*_reached}
    _reached.clear()
    return found
