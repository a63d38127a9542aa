"""What a cut leaves behind, against the conditions of an optimum."""

from itertools import product

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


def after(waits, durations):
    """When each operation ends that begins after those with lower numbers for which it waits."""
    ends = []
    for index, duration in enumerate(durations):
        ends.append(max((ends[each] for each in waits[index]), default=0) + duration)
    return ends


@pytest.mark.parametrize("seed", range(8))
def test_each_step_of_a_random_graph_costs_the_least_that_it_can(seed):
    random = np.random.default_rng(seed)
    count = 6
    waits = [[each for each in range(index) if random.random() < 0.4] for index in range(count)]
    pairs = [(first, index) for index, row in enumerate(waits) for first in row]
    ahead, behind = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    kind_of = random.integers(0, 3, count)
    least = random.integers(1, 4, 3)
    most = least + np.array([2, 1, 2])
    prices = np.array(
        [[0, *sorted(random.integers(1, 30, width), reverse=True)] for width in (2, 2, 2)]
    )
    prices[1, 2] = 0
    arcs = arcs_of(count, ahead, behind, kind_of, prices, least, most)
    duration = np.zeros(len(arcs.tail), np.int64)
    duration[:count] = most[kind_of]
    ends = np.array(after(waits, duration[:count]))
    slowest = int(ends.max())
    date = np.zeros(2 * count + 2, np.int64)
    date[1], date[2::2], date[3::2] = slowest, ends - duration[:count], ends
    state = State(date, duration, np.zeros_like(duration), np.zeros(3, np.int64))
    best = {}
    for plan in product(*(range(least[kind], most[kind] + 1) for kind in kind_of)):
        cost = sum(
            prices[kind, each + 1 - least[kind] :].sum()
            for kind, each in zip(kind_of, plan, strict=True)
        )
        time = max(after(waits, plan))
        best[time] = min(cost, best.get(time, cost))
    for steps in range(slowest - 1, min(best) - 1, -1):
        changed, ended = np.zeros(count, np.int64), np.zeros(1, np.int64)
        before = state.duration[:count].copy()
        assert shorten(arcs, state, 1, changed, ended) == 1
        now = state.duration[:count]
        moved = changed[: ended[0]]
        assert (now - before).tolist() == [
            int((moved == place).sum() - (moved == -place).sum()) for place in range(1, count + 1)
        ]
        assert max(after(waits, now)) == steps == state.date[1] - state.date[0]
        cost = sum(
            prices[kind, each + 1 - least[kind] :].sum()
            for kind, each in zip(kind_of, now, strict=True)
        )
        assert cost == min(each for time, each in best.items() if time <= steps)
        for index, kind in enumerate(kind_of):
            place = now[index] - least[kind]
            slower = prices[kind, place + 1] if now[index] < most[kind] else 0
            assert state.flow[index] >= slower
            if place:
                assert state.flow[index] <= prices[kind, place]


def test_it_stops_where_there_is_no_place_for_changes(pipeline):
    arcs, state = pipeline
    changed, ends = np.zeros(4, np.int64), np.zeros(3, np.int64)
    assert shorten(arcs, state, 3, changed, ends) == 1
    assert shorten(arcs, state, 2, changed, ends) == 1
    assert state.date[1] == 3


@pytest.mark.parametrize("first", [0, 2])
def test_what_was_shortened_gets_longer_where_its_neighbours_take_less(first):
    # 0, 1, 2 and 3 one after the other; 4 after 0, and 3 after 5.  1, 4 and 5 cannot be shortened.
    ahead, behind = np.array([0, 0, 1, 2, 5]), np.array([1, 4, 2, 3, 3])
    prices = np.array([[0, 9, 8, 6], [0] * 4, [0, 20, 4, 0], [0, 9, 7, 0], [0] * 4, [0] * 4])
    least, most = np.array([1, 3, 2, 1, 9, 9]), np.array([4, 3, 4, 3, 9, 9])
    # Whichever kind is numbered first.
    kind_of = (np.arange(6) - first) % 6
    by_kind = (np.roll(each, -first, axis=0) for each in (prices, least, most))
    arcs = arcs_of(6, ahead, behind, kind_of, *by_kind)
    duration = np.zeros(len(arcs.tail), np.int64)
    duration[:6] = most
    date = np.array([0, 14, 0, 4, 4, 7, 7, 11, 11, 14, 4, 13, 0, 9])
    state = State(date, duration, np.zeros_like(duration), np.zeros(3, np.int64))
    changed, ends = np.zeros(50, np.int64), np.zeros(3, np.int64)
    assert shorten(arcs, state, 3, changed, ends) == 3
    steps = [sorted(each.tolist()) for each in np.split(changed[: ends[-1]], ends[:-1])]
    # 4 of the third operation, 6 of the first; then all paths are as long, and what ends with 4
    # and begins with 5 gets shorter by the first and the last alone: 8 and 7, less the 4 of before.
    assert steps == [[-3], [-1], [-4, -1, 3]]
    assert state.duration[:6].tolist() == [2, 3, 4, 2, 9, 9]
    # 4 go through the middle, as many as it must; the others pass it on either side.
    assert state.flow[:6].tolist() == [8, 4, 4, 7, 4, 3]


def test_what_flows_in_the_middle_turns_to_both_sides():
    # 0, 1 and 2 one after the other; three more after 0, three more before 2, all as long.
    ahead, behind = np.array([0, 1, 0, 3, 4, 6, 7, 8]), np.array([1, 2, 3, 4, 5, 7, 8, 2])
    prices = np.array([[0, 6], [0, 100], [0, 7], *[[0, 0]] * 6])
    most = np.array([2, 2, 2, 1, 1, 2, 1, 1, 2])
    least = most - np.array([1] * 3 + [0] * 6)
    arcs = arcs_of(9, ahead, behind, np.arange(9), prices, least, most)
    duration = np.zeros(len(arcs.tail), np.int64)
    duration[:9] = most
    begins = np.array([0, 2, 4, 2, 3, 4, 0, 1, 2])
    date = np.array([0, 6, *np.column_stack((begins, begins + most)).ravel()])
    state = State(date, duration, np.zeros_like(duration), np.zeros(3, np.int64))
    changed, ends = np.zeros(9, np.int64), np.zeros(1, np.int64)
    assert shorten(arcs, state, 1, changed, ends) == 1
    assert changed[: ends[0]].tolist() == [-1, -3]
    # The way of three is filled first, by 6; but where the first and the last are shorter, the
    # middle has time to spare, and nothing flows there.
    assert state.flow[:9].tolist() == [6, 0, 7, 6, 6, 6, 7, 7, 7]


def test_work_is_counted(pipeline):
    arcs, state = pipeline
    shorten(arcs, state, 3, np.zeros(50, np.int64), np.zeros(3, np.int64))
    # Each step fills the short path and then the long one, and finds no third.  Every event has two
    # arcs.  A search for a path looks at those of all eight events; that which finds none, at those
    # of three, of five where the second operation is full, and of three.  The short path is found
    # after 14 looks, as the long one is tried first; the long one after 10, or 12 where it is full
    # in the middle.
    searches = 3 * (16 + 16) + 6 + 10 + 6
    assert state.work.tolist() == [3 * 3, searches + 3 * 14 + 10 + 12 + 10, 3 * 2]
