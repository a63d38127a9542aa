"""The largest array that fits, from the cells of three."""

import pytest

from lmul_pe.synth.fpga.largest import FEWEST_SIDES, Largest, extrapolated, largest_side
from lmul_pe.synth.fpga.record import Use


def taken(side):
    return Use(luts=7 + 3 * side + 11 * side**2, dsps=side**2)


def test_a_parabola_goes_through_three_arrays():
    known = {side: taken(side) for side in (1, 2, 3)}
    assert extrapolated(known, 10) == Use(luts=7 + 30 + 1100, dsps=100)


@pytest.mark.parametrize(
    ("holds", "side", "limit"),
    [
        # Nine tenths of 228 are 205.2, and 7 + 3 * 4 + 11 * 16 = 195.
        (Use(luts=228, dsps=1000), 4, "luts"),
        # Of 216, 194.4.
        (Use(luts=216, dsps=1000), 3, "luts"),
        (Use(luts=10**6, dsps=10), 3, "dsps"),
        (Use(luts=20, dsps=10), 0, "luts"),
        (Use(luts=10**6, dsps=10**6), 12, "size"),
    ],
)
def test_nine_tenths_of_every_resource_may_be_used(holds, side, limit):
    use = taken(side) if side else Use()
    assert largest_side(taken, holds, range(1, 13)) == Largest(side, use, limit)


@pytest.mark.parametrize(("tables", "side"), [(10, 9), (20, 18)])
def test_exactly_nine_tenths_may_be_used(tables, side):
    def one_a_row(side):
        return Use(luts=side)

    found = largest_side(one_a_row, Use(luts=tables), range(1, 129))
    assert found == Largest(side, Use(luts=side), "luts")


def test_no_array_is_synthesised_that_is_larger_than_the_fewest_sides():
    asked = []

    def use_of(side):
        asked.append(side)
        return taken(side)

    largest_side(use_of, Use(10**6, 10**6, 10**6, 10**6), range(1, 20))
    assert asked == list(range(1, FEWEST_SIDES + 1)) == [1, 2, 3]


def test_what_an_array_takes_is_never_below_nothing():
    line = {side: Use(luts=10 - 3 * side, dsps=side) for side in (1, 2, 3)}
    assert extrapolated(line, 4) == Use(dsps=4)
