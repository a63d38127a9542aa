"""How much of a sweep runs when: a few in `make test`, more in CI, all in the long tests."""

import pytest


def some(values, quick, more=None, *, several=False):
    """All of ``values`` as parameters, the most telling first.

    The first ``quick`` of them run in `make test`, those up to ``more`` in CI as well, by default
    all, and what is left in the long tests.  With ``several`` each value is those of several
    parameters.
    """
    values = list(values)
    more = len(values) if more is None else more
    return [
        pytest.param(
            *(each if several else [each]),
            marks=[] if index < quick else pytest.mark.slow if index < more else pytest.mark.long,
        )
        for index, each in enumerate(values)
    ]
