"""The choice of block netlists at a clock, from blocks of round figures."""

import pytest

from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.measuring import unit_equal_clock
from lmul_pe.synth.measuring.unit_equal_clock import _Block, _least, _Timed
from lmul_pe.synth.workload.settings import Settings

FAST, SLOW, SLOWEST = (Recipe("gates", name) for name in ("fast", "slow", "slowest"))


@pytest.fixture
def unit(monkeypatch):
    """A large and a small block, one behind the other."""
    blocks = {
        "large": {FAST: _Block(10.0, 90.0), SLOW: _Block(20.0, 60.0), SLOWEST: _Block(40.0, 50.0)},
        "small": {FAST: _Block(5.0, 9.0), SLOW: _Block(15.0, 8.0)},
    }

    def path(unit, choice, technology, settings):
        return sum(unit.blocks[module][recipe].delay_ps for module, recipe in choice.items())

    monkeypatch.setattr(unit_equal_clock, "_path", path)
    return _Timed(None, {}, blocks)


AREAS = {"large": {FAST: 90.0, SLOW: 60.0, SLOWEST: 50.0}, "small": {FAST: 9.0, SLOW: 8.0}}


@pytest.mark.parametrize(
    ("clock_ps", "large", "small"),
    [
        (15, FAST, FAST),
        # The small block alone could be slow, but the large one comes first.
        (25, SLOW, FAST),
        (35, SLOW, SLOW),
        (45, SLOWEST, FAST),
        (99, SLOWEST, SLOW),
    ],
)
def test_the_largest_block_takes_what_the_clock_leaves(unit, clock_ps, large, small, tiny):
    assert _least(unit, AREAS, clock_ps, tiny, Settings()) == {"large": large, "small": small}


def test_what_costs_least_need_not_be_the_smallest(unit, tiny):
    energies = {"large": {FAST: 7.0, SLOW: 3.0, SLOWEST: 4.0}, "small": {FAST: 1.0, SLOW: 2.0}}
    assert _least(unit, energies, 99, tiny, Settings()) == {"large": SLOW, "small": FAST}


def test_what_is_too_slow_by_itself_needs_no_cost(unit, tiny):
    energies = {"large": {FAST: 7.0, SLOW: 3.0}, "small": {FAST: 2.0, SLOW: 1.0}}
    assert _least(unit, energies, 35, tiny, Settings()) == {"large": SLOW, "small": SLOW}
