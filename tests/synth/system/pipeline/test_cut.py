"""What a cut leaves behind, against the conditions of an optimum."""

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.cut import State, arcs_of, shorten

# Two operations one after the other, beside a third: 0 -> 1, and 2.
KINDS = np.array([0, 1, 2])
LEAST, MOST = np.array([1, 1, 2]), np.array([3, 2, 5])
PRICES = np.array([[0, 40, 10, 0], [0, 25, 0, 0], [0, 8, 4, 1]])


@pytest.fixture
def pipeline():
    ahead, behind = np.array([0]), np.array([1])
    arcs = arcs_of(3, ahead, behind, KINDS, PRICES, LEAST, MOST)
    duration = np.zeros(len(arcs.tail), np.int64)
    duration[:3] = MOST
    date = np.array([0, 5, 0, 3, 3, 5, 0, 5])
    return arcs, State(date, duration, np.zeros_like(duration), np.zeros(3, np.int64))


def test_each_step_takes_the_cheapest_of_each_path(pipeline):
    arcs, state = pipeline
    changed, ends = np.zeros(50, np.int64), np.zeros(3, np.int64)
    assert shorten(arcs, state, 3, changed, ends) == 3
    steps = np.split(changed[: ends[-1]], ends[:-1])
    # 10 and 1; then 25 is cheaper than 40, with 4; then 40 with 8.
    assert [sorted(each.tolist()) for each in steps] == [[-3, -1], [-3, -2], [-3, -1]]
    assert state.duration[:3].tolist() == [1, 1, 2]
    assert state.date[1] - state.date[0] == 2


def test_the_flow_keeps_its_bounds_and_goes_through_tight_arcs_alone(pipeline):
    arcs, state = pipeline
    for _ in range(3):
        shorten(arcs, state, 1, np.zeros(50, np.int64), np.zeros(1, np.int64))
        balance = np.zeros(len(state.date), np.int64)
        np.add.at(balance, arcs.head, state.flow)
        np.subtract.at(balance, arcs.tail, state.flow)
        assert not balance[2:].any()
        slack = state.date[arcs.head] - state.date[arcs.tail] - state.duration
        assert (slack >= 0).all()
        assert not state.flow[slack > 0].any()
        for arc in range(3):
            place = state.duration[arc] - LEAST[arc]
            slower = PRICES[arc, place + 1] if state.duration[arc] < MOST[arc] else 0
            assert state.flow[arc] >= slower
            if place:
                assert state.flow[arc] <= PRICES[arc, place]


def test_it_stops_where_there_is_no_place_for_changes(pipeline):
    arcs, state = pipeline
    changed, ends = np.zeros(4, np.int64), np.zeros(3, np.int64)
    assert shorten(arcs, state, 3, changed, ends) == 1
    assert shorten(arcs, state, 2, changed, ends) == 1
    assert state.date[1] == 3


def test_work_is_counted(pipeline):
    arcs, state = pipeline
    shorten(arcs, state, 3, np.zeros(50, np.int64), np.zeros(3, np.int64))
    searches, _, paths = state.work
    # Each step fills the short path and then the long one, and finds no third.
    assert (searches, paths) == (3 * 3, 3 * 2)
