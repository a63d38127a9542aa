"""A point: how fast it is, what makes it again, and what its key is of."""

from dataclasses import replace

import pytest

from lmul_pe.synth.sweep.point import settings_of
from tests.synth.sweep.points import point


@pytest.mark.parametrize(
    ("others", "words"),
    [
        ({}, "make sweep DESIGNS=lmul_e4m3"),
        ({"technology": "asap7"}, "make sweep DESIGNS=lmul_e4m3 TECH=asap7"),
        ({"technology": "my own.lib"}, "make sweep DESIGNS=lmul_e4m3 'TECH=my own.lib'"),
        (
            {"target_ps": 700.5, "effort": "full"},
            "make sweep DESIGNS=lmul_e4m3 CLOCKS_PS=700.5 EFFORT=full",
        ),
    ],
)
def test_a_point_says_what_measures_it_again(others, words):
    assert point(**others).command == words


def test_the_clock_is_that_asked_for_or_the_smallest():
    # Registers take 100 of 200 ps.
    assert point(delay=100.0).clock_ghz == 5.0
    assert point(delay=100.0, target_ps=400.0).clock_ghz == 2.5
    missed = point(target_ps=100.0, energy_fj=None)
    assert (missed.meets, missed.clock_ghz) == (False, 0.0)
    assert point(clock_ps=None).clock_ghz == 0.0


def test_figures_are_the_same_whenever_they_were_measured():
    one = point(seconds=3.0, measured_on="2026-01-01")
    assert one.figures == replace(one, seconds=9.0, measured_on="2026-02-02").figures
    assert one.figures != replace(one, energy_fj=11.0).figures
    assert one.version == 1


def test_the_clock_and_the_effort_are_settings():
    found = settings_of(700.0, "full")
    assert (found.clock_ps, found.effort) == (700.0, "full")
