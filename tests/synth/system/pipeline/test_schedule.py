"""Schedules against the figures of the papers that they come from, and against closed formulas."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.graph import graph_of
from lmul_pe.synth.system.pipeline.profile import BACKWARD, FORWARD
from lmul_pe.synth.system.pipeline.schedule import SCHEDULES, schedule_named
from tests.synth.system.pipeline.small import longest

LETTERS = {"forward": "F", "backward": "B", "recomputation": "R", "forward_backward": "X"}


def rows(schedule):
    """Each accelerator's operations: an instruction's letter, and its microbatch."""
    return [
        " ".join(f"{LETTERS[kind.instruction]}{microbatch}" for kind, microbatch in row)
        for row in schedule.order
    ]


def test_1f1b_is_that_of_pipedream_flush():
    # Narayanan et al., "Memory-Efficient Pipeline-Parallel DNN Training", figure 2.
    assert rows(schedule_named("1f1b", 3, 4)) == [
        "F0 F1 F2 B0 F3 B1 B2 B3",
        "F0 F1 B0 F2 B1 F3 B2 B3",
        "F0 B0 F1 B1 F2 B2 F3 B3",
    ]


def test_gpipe_goes_back_from_the_last_microbatch():
    # Huang et al., "GPipe", figure 2c.
    assert rows(schedule_named("gpipe", 2, 3)) == ["F0 F1 F2 B2 B1 B0"] * 2


def test_early_recomputation_fills_the_bubble():
    # Lai et al., "Merak": the last stage has no bubble before a backward.
    assert rows(schedule_named("early-recomputation", 3, 4)) == [
        "F0 F1 F2 X0 F3 X1 R2 B2 R3 B3",
        "F0 F1 X0 F2 X1 F3 X2 R3 B3",
        "F0 X0 F1 X1 F2 X2 F3 X3",
    ]


def test_interleaved_is_that_of_megatron():
    # Narayanan et al., SC 2021, figure 4: four devices, two chunks, the first device.
    first = schedule_named("interleaved", 8, 8, 2).order[0]
    said = " ".join(
        f"{LETTERS[kind.instruction]}{microbatch + 1}{'ab'[kind.stage // 4]}"
        for kind, microbatch in first
    )
    assert said == (
        "F1a F2a F3a F4a F1b F2b F3b F4b F5a F6a F7a B1b F8a B2b F5b B3b F6b B4b F7b B1a F8b B2a "
        "B3a B4a B5b B6b B7b B8b B5a B6a B7a B8a"
    )


def test_interleaved_of_as_many_microbatches_as_accelerators_is_all_forward_first():
    # Megatron-LM: without a second round there is nothing to take turns with.
    assert rows(schedule_named("interleaved", 4, 2, 2)) == ["F0 F1 F0 F1 B0 B1 B0 B1"] * 2


SIZES = [(1, 1), (2, 1), (4, 2), (4, 4), (6, 9), (8, 24)]


@pytest.mark.parametrize(
    ("name", "stages", "microbatches", "chunks"),
    [
        *((name, *size, 1) for name in SCHEDULES if name != "interleaved" for size in SIZES),
        *(("interleaved", *sizes) for sizes in ((2, 1, 2), (4, 2, 2), (6, 4, 3), (8, 24, 2))),
    ],
)
def test_everything_runs_once_and_nothing_waits_for_itself(name, stages, microbatches, chunks):
    schedule = schedule_named(name, stages, microbatches, chunks)
    done = [
        (kind.stage, kind.instruction == FORWARD, microbatch)
        for kind, microbatch in schedule.operations
        if kind.instruction != "recomputation"
    ]
    assert sorted(done) == [
        (stage, forward, microbatch)
        for stage in range(stages)
        for forward in (False, True)
        for microbatch in range(microbatches)
    ]
    assert len(graph_of(schedule).order) == len(schedule.operations)


@pytest.mark.parametrize(
    ("name", "chunks", "expected"),
    [
        # (m + p - 1)(f + b), of the papers on GPipe and on 1F1B.
        ("gpipe", 1, (12 + 4 - 1) * (2 + 5)),
        ("1f1b", 1, (12 + 4 - 1) * (2 + 5)),
        # The bubble is as long as one chunk's forward and backward, p - 1 times.
        ("interleaved", 3, (12 * 3 + 4 - 1) * (2 + 5)),
    ],
)
def test_time_of_even_stages(name, chunks, expected):
    schedule = schedule_named(name, 4 * chunks, 12, chunks)
    durations = [2 if kind.instruction == FORWARD else 5 for kind, _ in schedule.operations]
    assert longest(schedule, durations) == expected


def test_backward_waits_for_the_stage_behind():
    schedule = schedule_named("early-recomputation", 3, 4)
    operations = schedule.operations
    pairs = {
        (str(operations[first]), str(operations[then])) for first, then in schedule.dependencies()
    }
    assert (
        "forward_backward of stage 2, microbatch 3",
        "backward of stage 1, microbatch 3",
    ) in pairs
    assert ("forward of stage 1, microbatch 0", "forward of stage 2, microbatch 0") in pairs
    assert not any(
        BACKWARD in first and "recomputation" in then and first[-1] == then[-1]
        for first, then in pairs
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1f2b", 4, 8), "schedule '1f2b' is not one of 1f1b, .*; did you mean '1f1b'?"),
        (("1f1b", 4, 0), "microbatches 0: expected 1 at least"),
        (("gpipe", 4, 8, 2), "chunks 2: only the schedule interleaved has several"),
        (("interleaved", 8, 8, 3), "that divide the 8 stages; the nearest is 2"),
        (("interleaved", 8, 8, 1), "that divide the 8 stages; the nearest is 2"),
        (("interleaved", 8, 8, 7), "that divide the 8 stages; the nearest is 8"),
        (("interleaved", 1, 8, 2), "one stage cannot be shared"),
        (("interleaved", 8, 3, 2), "needs a multiple of the 4 accelerators; the nearest is 4"),
        (("interleaved", 8, 9, 2), "needs a multiple of the 4 accelerators; the nearest is 8"),
    ],
)
def test_what_cannot_be(arguments, message):
    with pytest.raises(SpecificationError, match=message.replace("?", r"\?")):
        schedule_named(*arguments)
