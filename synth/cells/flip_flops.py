"""The flip-flop that stands where a netlist has none of its own: around it, or at its ports."""

from functools import cache

from .boolean import parse_function
from .technology import Cell, Technology, TechnologyError


@cache
def plain_flip_flop(technology: Technology) -> Cell:
    """The smallest flip-flop of ``technology`` that only takes a bit with a rising clock.

    Raises
    ------
    TechnologyError
        The library has none.
    """
    plain = [cell for cell in technology.cells.values() if _is_plain(cell)]
    if not plain:
        raise TechnologyError(
            f"library {technology.name} has no plain flip-flop: expected one with a rising clock, "
            "and without clear, preset or enable"
        )
    return min(plain, key=lambda cell: (cell.area_um2, cell.name))


def _is_plain(cell: Cell) -> bool:
    flip_flop = cell.flip_flop
    if flip_flop is None or flip_flop.clear or flip_flop.preset:
        return False
    state = parse_function(flip_flop.next_state).inputs
    clock = parse_function(flip_flop.clock)
    rises = clock.truth_table(clock.inputs) == 0b10
    return rises and len(state) == 1 and state[0] in cell.inputs
