"""The control of a weight-stationary array by itself, under random stalls on every stream."""

import random
from dataclasses import dataclass, field

import pytest

from lmul_pe.hw.array.ws_control import WsControl
from lmul_pe.model import cycles, unit_named
from tests.hw.clocked import simulate
from tests.sweep import some

SHAPES = [
    # rows, columns, latency, finish latency
    (1, 1, 1, 0),
    (1, 4, 1, 1),
    (2, 3, 1, 0),
    (4, 1, 1, 1),
    (3, 2, 3, 0),
]
USES = [1, 3, 1, 1, 7, 2, 1, 9, 1, 2]
"""Beats of a for which each set of weights is used."""


@dataclass
class Trace:
    """What happened; ``moved`` counts the cycles with ``enable``."""

    taken: list[tuple[int, int, bool]] = field(default_factory=list)
    """Of every beat of a: the cycle, how far the array had moved, and its ``tlast``."""
    loaded: list[int] = field(default_factory=list)
    """The cycle of every beat of weights."""
    results: list[tuple[int, int, int]] = field(default_factory=list)
    """Of every result: the cycle, how far the array had moved, and its ``tlast``."""
    begins: list[tuple[int, int]] = field(default_factory=list)
    """How far the array had moved, and which columns began a sum, in cycles with ``enable``."""
    faults: list[str] = field(default_factory=list)
    flags: list[tuple[int, int]] = field(default_factory=list)


def run(shape, stalls, *, uses=USES, sets=None, wrong=(), partial=True, seed=1, pulses=None):
    """Send sets of weights and the beats that use them.

    ``stalls`` are those of w, a, p and the results.  ``sets`` gives the beats of each set, by
    default as many as there are rows; ``wrong`` numbers beats of a whose partner in p has another
    ``tlast``.  The elements are played here, as far as the control knows of them: a chain of
    weights that ``load`` moves up, and beats that come a row later by ``latency``, a column by one.
    """
    rows, columns, latency, finish = shape
    dut = WsControl(
        rows,
        columns,
        latency=latency,
        finish_latency=finish,
        partial=partial,
        overflows=pulses is not None,
    )
    sizes = sets or [rows] * len(uses)
    weights = [
        (number, row, row == size - 1) for number, size in enumerate(sizes) for row in range(size)
    ]
    beats = [
        (number, index == count - 1) for number, count in enumerate(uses) for index in range(count)
    ]
    streams = {"w": [last for *_, last in weights], "a": [last for _, last in beats]}
    if partial:
        streams["p"] = [last ^ (index in wrong) for index, (_, last) in enumerate(beats)]
    trace = Trace()

    async def bench(context):
        choose = random.Random(seed)
        moved = cycle = 0
        sent = dict.fromkeys(streams, 0)
        offering = dict.fromkeys(streams, False)
        following = [[None] * columns for _ in range(rows)]
        using = [[None] * columns for _ in range(rows)]
        passing = []
        waiting = None
        while len(trace.results) < len(beats):
            assert cycle < 5000, "the control has stopped"
            for name, stall in zip(streams, stalls, strict=False):
                more = sent[name] < len(streams[name])
                offering[name] = more and (offering[name] or choose.random() >= stall)
                context.set(getattr(dut, f"{name}_valid"), offering[name])
                last = streams[name][sent[name]] if offering[name] else choose.random() < 0.5
                context.set(getattr(dut, f"{name}_last"), last)
            if pulses is not None:
                context.set(dut.overflow_in, pulses.get(cycle, 0))
            context.set(dut.c_ready, 0)
            valid = context.get(dut.c_valid)
            ready = choose.random() >= stalls[-1]
            context.set(dut.c_ready, ready)
            if context.get(dut.c_valid) != valid:
                trace.faults.append("valid waits for ready")
            enable = context.get(dut.enable)
            if enable != (not valid or ready):
                trace.faults.append("the array moves, or stands, without a reason")
            offer = (valid, context.get(dut.c_last))
            if waiting is not None and offer != waiting:
                trace.faults.append("an offer changed before it was taken")
            waiting = offer if valid and not ready else None
            taken = {
                name: offering[name] and bool(context.get(getattr(dut, f"{name}_ready")))
                for name in streams
            }
            used = taken["a"]
            if partial and taken["p"] != used:
                trace.faults.append("operands of one stream were taken alone")
            if used and not enable:
                trace.faults.append("something was taken by an array that stands")
            beat_valid, change = context.get(dut.beat) & 1, context.get(dut.beat) >> 1
            load = context.get(dut.load)
            if (beat_valid, load) != (used, taken["w"]):
                trace.faults.append("the array is not told what is taken")
            if valid and ready:
                trace.results.append((cycle, moved, offer[1]))
            if pulses is not None and partial and enable:
                trace.begins.append((moved, context.get(dut.begins)))
            trace.flags.append(
                (
                    context.get(dut.protocol_error),
                    context.get(dut.overflow) if pulses is not None else 0,
                )
            )
            number = beats[sent["a"]][0] if used else None
            if used:
                trace.taken.append((cycle, moved, beats[sent["a"]][1]))
            if taken["w"]:
                trace.loaded.append(cycle)
            if enable:
                passing.append((moved, used, number, change))
            # What meets an element in this cycle multiplies by the weight that is there.
            changes = []
            for row in range(rows):
                for column in range(columns):
                    for at, is_beat, own, changed in passing:
                        if not enable or at + row * latency + column != moved:
                            continue
                        if is_beat and sizes[own] == rows and using[row][column] != (own, row):
                            trace.faults.append(
                                f"beat of set {own} met {using[row][column]} in row {row}, "
                                f"column {column}"
                            )
                        if changed:
                            changes.append((row, column, following[row][column]))
            await context.tick()
            if load:
                entering = weights[sent["w"]][:2]
                following = [*following[1:], [entering] * columns]
            for row, column, weight in changes:
                using[row][column] = weight
            for name in streams:
                sent[name] += taken[name]
                offering[name] &= not taken[name]
            cycle += 1
            moved += enable
            passing = [each for each in passing if each[0] + rows * latency + columns > moved]

    simulate(dut, bench)
    return trace


STALLS = [(0, 0, 0, 0), (0.8, 0, 0, 0), (0, 0.7, 0, 0), (0, 0, 0.7, 0), (0, 0, 0, 0.8), (0.4,) * 4]


@pytest.mark.parametrize("stalls", some(STALLS[::-1], 2), ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_beat_meets_its_weights_in_every_element(shape, stalls):
    rows, columns, latency, finish = shape
    trace = run(shape, stalls)
    assert trace.faults == []
    assert len(trace.loaded) == rows * len(USES)
    through = rows * latency + columns + finish
    assert [moved for _, moved, _ in trace.results] == [
        moved + through for _, moved, _ in trace.taken
    ]
    assert [last for *_, last in trace.results] == [int(last) for *_, last in trace.taken]
    assert not any(error for error, _ in trace.flags)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_without_partial_sums_there_is_no_third_stream(shape):
    trace = run(shape, (0.3, 0.3, 0.3), partial=False)
    assert trace.faults == []
    assert len(trace.results) == sum(USES)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("array_ws_1x1_int8_int32", (1, 1, 1, 0)),
        ("array_ws_3x2_lmul_e4m3_fixed", (3, 2, 1, 1)),
        ("array_ws_4x3_lmul_e4m3_fp32_latency3", (4, 3, 3, 0)),
    ],
)
@pytest.mark.parametrize("depth", [1, 4, 30])
def test_without_stalls_tiles_take_the_cycles_of_the_formula(name, shape, depth):
    rows, columns, *_ = shape
    trace = run(shape, (0, 0, 0), uses=[depth] * 4, partial=False)
    assert trace.faults == []
    expected = cycles(unit_named(name), depth, rows, 4 * columns).total
    # From the first beat taken, which is one of weights, to the last result.
    assert (trace.loaded[0], trace.results[-1][0] + 1) == (0, expected)


def test_weights_are_loaded_while_the_array_stands():
    """Nothing is taken from the output until the end; the next set goes in all the same."""
    trace = run((2, 2, 1, 0), (0, 0, 0, 0.99), uses=[1, 1, 1], partial=True, seed=3)
    assert trace.faults == []
    assert trace.loaded[3] < trace.results[0][0]


@pytest.mark.parametrize("wrong", [(), (0,), (6,), (25,), (4, 9)])
def test_a_pair_that_disagrees_sets_the_protocol_error_which_stays(wrong):
    trace = run((2, 3, 1, 0), (0.3,) * 4, wrong=wrong)
    assert trace.faults == []
    errors = [error for error, _ in trace.flags]
    since = trace.taken[wrong[0]][0] + 1 if wrong else len(errors)
    assert errors == [int(cycle >= since) for cycle in range(len(errors))]
    # The stream of a rules.
    assert [last for *_, last in trace.results] == [int(last) for *_, last in trace.taken]


@pytest.mark.parametrize(
    ("sizes", "guilty"),
    [
        # The beat that should have been the last, or that was it too early.
        ([3, 3, 3], None),
        ([3, 2, 3], 4),
        ([1, 3, 3], 0),
        ([3, 5, 3], 5),
        ([3, 3, 9], 8),
    ],
)
def test_a_wrong_number_of_weights_sets_the_protocol_error(sizes, guilty):
    """``tlast`` ends a set, whatever its size; what follows is used rightly again."""
    trace = run((3, 2, 1, 0), (0.3,) * 4, uses=[2, 4, 3], sets=sizes)
    assert trace.faults == []
    assert len(trace.loaded) == sum(sizes)
    errors = [error for error, _ in trace.flags]
    since = len(errors) if guilty is None else trace.loaded[guilty] + 1
    assert errors == [int(cycle >= since) for cycle in range(len(errors))]


def test_columns_begin_one_after_the_other():
    """What a column of sums begins with is looked at where a valid beat has come to it."""
    columns = 3
    trace = run((2, columns, 1, 0), (0.3,) * 4, pulses={})
    began = {moved + column + 1: set() for _, moved, _ in trace.taken for column in range(columns)}
    for _, moved, _ in trace.taken:
        for column in range(columns):
            began[moved + column + 1].add(column)
    for moved, begins in trace.begins:
        assert begins == sum(1 << column for column in began.get(moved, ()))


def test_an_overflow_of_any_row_stays_set():
    for row in range(3):
        trace = run((3, 2, 1, 0), (0,) * 4, pulses={12: 1 << row})
        found = [overflow for _, overflow in trace.flags]
        assert found == [int(cycle > 12) for cycle in range(len(found))]
