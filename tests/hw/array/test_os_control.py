"""The control of an output-stationary array by itself, under random stalls on every stream."""

import random
from dataclasses import dataclass, field

import pytest

from lmul_pe.hw.array.os_control import OsControl
from lmul_pe.hw.unit.loop import beat_layout
from lmul_pe.model import cycles, unit_named
from tests.hw.clocked import simulate
from tests.sweep import some

SHAPES = [
    # rows, columns, latency, finish latency
    (1, 1, 1, 0),
    (1, 4, 1, 1),
    (2, 3, 1, 0),
    (3, 1, 2, 2),
    (3, 2, 3, 6),
    (5, 2, 1, 1),
]
DEPTHS = [1, 4, 1, 1, 2, 7, 3, 1, 5, 1, 1, 2]


@dataclass
class Trace:
    """What happened, cycle by cycle; cycles with ``enable`` alone are counted by ``moved``."""

    cycle: list[int] = field(default_factory=list)
    taken: list[tuple[int, bool]] = field(default_factory=list)
    """Of every pair: how far the array had moved, and whether it was the last one of its tile."""
    beats: list[dict[str, int]] = field(default_factory=list)
    results: list[tuple[int, int, object]] = field(default_factory=list)
    """Of every result: how far the array had moved, ``last``, and what stood at the bottom."""
    faults: list[str] = field(default_factory=list)
    flags: list[tuple[int, int]] = field(default_factory=list)


def element_ends(word, latency):
    layout = beat_layout(latency)
    names = dict(layout).keys()
    values = {}
    for name in names:
        offset, width = layout[name].offset, layout[name].width
        values[name] = word >> offset & ((1 << width) - 1)
    return values


def run(shape, stalls, *, depths=DEPTHS, wrong=(), seed=1, pulses=None):
    """Send tiles of ``depths``; ``stalls`` are those of a, b and the results.

    ``wrong`` numbers pairs whose ``tlast`` differ.  The first column of elements is played here, as
    far as the control knows of it: each ends its sum as many cycles after the first element as its
    row says, and takes from above when ``shift`` says so.
    """
    rows, columns, latency, finish = shape
    dut = OsControl(
        rows, columns, latency=latency, finish_latency=finish, overflows=pulses is not None
    )
    lasts = [index == depth - 1 for depth in depths for index in range(depth)]
    trace = Trace()

    async def bench(context):
        choose = random.Random(seed)
        moved = cycle = sent = tiles = 0
        offering = {"a": False, "b": False}
        ending = {}
        finished: list[object] = [None] * rows
        # What leaves the bottom of the first column meets the others at the edge of the array.
        edge: list[object] = [None] * (columns - 1 + finish)
        waiting = None
        while len(trace.results) < rows * len(depths):
            assert cycle < 5000, "the control has stopped"
            for name, stall in zip("ab", stalls, strict=False):
                offering[name] = sent < len(lasts) and (offering[name] or choose.random() >= stall)
                context.set(getattr(dut, f"{name}_valid"), offering[name])
                last = sent < len(lasts) and lasts[sent]
                # What is not offered may be anything.
                level = last if offering[name] else choose.random() < 0.5
                flipped = name == "b" and sent in wrong and offering[name]
                context.set(getattr(dut, f"{name}_last"), level ^ flipped)
            if pulses is not None:
                context.set(dut.overflow_in, pulses.get(cycle, 0))
            context.set(dut.c_ready, 0)
            valid = context.get(dut.c_valid)
            ready = choose.random() >= stalls[2]
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
            both = offering["a"] and offering["b"]
            taken = [offering[name] and context.get(getattr(dut, f"{name}_ready")) for name in "ab"]
            beat = element_ends(context.get(dut.beat), latency)
            if taken[0] != taken[1] or (taken[0] and not (both and enable)):
                trace.faults.append("operands of one stream were taken alone")
            if beat["valid"] != taken[0]:
                trace.faults.append("the beat is not what is taken")
            bottom = edge[0] if edge else finished[-1]
            if valid and ready:
                trace.results.append((moved, offer[1], bottom))
            shift = context.get(dut.shift)
            if taken[0]:
                trace.taken.append((moved, lasts[sent]))
                trace.beats.append(beat)
                trace.cycle.append(cycle)
                if lasts[sent]:
                    # One cycle to the product's register, and the last one of the addition.
                    for row in range(rows):
                        ending.setdefault(moved + row + latency, []).append((row, (tiles, row)))
                    tiles += 1
                sent += 1
                offering = dict.fromkeys(offering, False)
            trace.flags.append(
                (
                    context.get(dut.protocol_error),
                    context.get(dut.overflow) if pulses is not None else 0,
                )
            )
            await context.tick()
            cycle += 1
            if not enable:
                continue
            edge = [*edge[1:], finished[-1]] if edge else edge
            above = [None, *finished[:-1]]
            ends = dict(ending.pop(moved, ()))
            finished = [
                ends.get(row, above[row] if shift >> row & 1 else finished[row])
                for row in range(rows)
            ]
            moved += 1

    simulate(dut, bench)
    return trace


STALLS = [(0, 0, 0), (0.7, 0, 0), (0, 0.6, 0), (0, 0, 0.8), (0.4, 0.4, 0.4)]


@pytest.mark.parametrize("stalls", some(STALLS[::-1], 2), ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_every_row_of_every_tile_leaves_once_in_its_order(shape, stalls):
    rows, columns, latency, finish = shape
    trace = run(shape, stalls)
    assert trace.faults == []
    assert [last for _, last in trace.taken] == [
        index == depth - 1 for depth in DEPTHS for index in range(depth)
    ]
    # The bottom element computes row 0.
    assert [what for _, _, what in trace.results] == [
        (tile, row) for tile in range(len(DEPTHS)) for row in reversed(range(rows))
    ]
    assert [last for _, last, _ in trace.results] == [
        int(row == rows - 1) for _ in DEPTHS for row in range(rows)
    ]
    ends = [moved for moved, last in trace.taken if last]
    assert [moved for moved, _, _ in trace.results] == [
        end + rows + latency + columns - 1 + finish + row for end in ends for row in range(rows)
    ]


@pytest.mark.parametrize("latency", [1, 2, 3, 4])
def test_partial_sums_take_turns_and_begin_empty(latency):
    trace = run((2, 2, latency, 0), (0.3, 0.3, 0.3))
    places = [place for depth in DEPTHS for place in range(depth)]
    assert [beat["fresh"] for beat in trace.beats] == [int(place < latency) for place in places]
    assert [beat["last"] for beat in trace.beats] == [int(last) for _, last in trace.taken]
    if latency > 1:
        assert [beat["slot"] for beat in trace.beats] == [place % latency for place in places]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("array_os_1x1_int8_int32", (1, 1, 1, 0)),
        ("array_os_3x2_lmul_e4m3_fixed", (3, 2, 1, 1)),
        ("array_os_4x3_lmul_e4m3_fp32_latency3", (4, 3, 3, 6)),
    ],
)
@pytest.mark.parametrize("depth", [1, 2, 3, 9])
def test_without_stalls_tiles_take_the_cycles_of_the_formula(name, shape, depth):
    rows, columns, *_ = shape
    trace = run(shape, (0, 0, 0), depths=[depth] * 4)
    assert trace.faults == []
    first = trace.taken[0][0]
    last = trace.results[-1][0]
    # Four tiles side by side.
    expected = cycles(unit_named(name), rows, depth, 4 * columns).total
    assert (first, last - first + 1) == (0, expected)


@pytest.mark.parametrize("wrong", [(), (0,), (5,), (27,), (3, 9)])
def test_a_protocol_error_is_set_behind_the_first_pair_that_disagrees_and_stays(wrong):
    trace = run((2, 3, 1, 0), (0.3, 0.3, 0.3), wrong=wrong)
    assert trace.faults == []
    errors = [error for error, _ in trace.flags]
    if not wrong:
        assert not any(errors)
        return
    since = trace.cycle[wrong[0]] + 1
    assert errors == [int(cycle >= since) for cycle in range(len(errors))]
    # The stream of a rules, and nothing is lost.
    assert len(trace.results) == 2 * len(DEPTHS)


def test_an_overflow_of_any_row_stays_set():
    for row in range(3):
        trace = run((3, 2, 1, 0), (0, 0, 0), pulses={9: 1 << row})
        found = [overflow for _, overflow in trace.flags]
        assert found == [int(cycle > 9) for cycle in range(len(found))]
    trace = run((3, 2, 1, 0), (0, 0, 0), pulses={})
    assert not any(overflow for _, overflow in trace.flags)
