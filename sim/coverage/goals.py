"""Which situations a regression has to meet, and which of them it has not."""

from collections.abc import Iterable, Mapping
from functools import cache

from lmul_pe.model import DotProduct, Mac, Multiplier, SystolicArray
from lmul_pe.model.unit.names import Specification

from .products import possible_products
from .streams import possible_in_streams
from .sums import possible_in_sums
from .tiles import possible_in_tiles


@cache
def goals(specification: Specification) -> frozenset[str]:
    """The situations that the benches of a unit have to meet."""
    if isinstance(specification, Multiplier) and not specification.latency:
        return frozenset(possible_products(specification))
    if isinstance(specification, SystolicArray):
        return frozenset(possible_in_tiles(specification))
    assert isinstance(specification, Multiplier | Mac | DotProduct)
    found = possible_in_streams(specification)
    if isinstance(specification, Mac | DotProduct):
        found |= possible_in_sums(specification)
    return frozenset(found)


def never_hit(
    specifications: Iterable[Specification], hits: Mapping[str, Mapping[str, int]]
) -> list[str]:
    """The situations that a regression has not met, each with the unit's name.

    Parameters
    ----------
    specifications
        The units that were run.
    hits
        How often each situation arose, by the unit's name.
    """
    return [
        f"{each.name}, {name}"
        for each in specifications
        for name in sorted(goals(each).difference(hits.get(each.name, ())))
    ]
