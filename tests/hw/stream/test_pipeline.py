"""Elastic pipelines: nothing lost, nothing late, nothing invented."""

import numpy as np
import pytest
from amaranth.hdl import Const
from amaranth.sim import Simulator

from lmul_pe.hw.multiplier.component import pipelined_multiplier
from lmul_pe.hw.stream.pipeline import Pipeline
from lmul_pe.model import Multiplier
from tests.sweep import some


def increments(count):
    """Stages of which each adds one to ``a``; a constant travels beside it."""

    def stage(m, values):
        return {"a": (values["a"] + 1)[:8], "constant": Const(1, 1)}

    def last(m, values):
        return {"y": (values["a"] + 1)[:8]}

    return [stage] * (count - 1) + [last]


def simulated(pipeline, beats, offered, taken, cycles):
    """Beats accepted and delivered, with the cycle of each, and faults of the streams.

    ``offered`` and ``taken`` tell for each cycle whether a beat is there, and whether one is
    wanted.  A beat once offered stays until it is taken, as a stream demands.
    """
    accepted, delivered, faults = [], [], []

    async def bench(context):
        waiting = list(beats)
        offering = False
        held = None
        for cycle in range(cycles):
            offering = bool(waiting) and (offering or offered[cycle])
            context.set(pipeline.i.valid, offering)
            if offering:
                context.set(pipeline.i.payload, waiting[0])
            context.set(pipeline.o.ready, False)
            valid = context.get(pipeline.o.valid)
            context.set(pipeline.o.ready, taken[cycle])
            if context.get(pipeline.o.valid) != valid:
                faults.append(f"cycle {cycle}: valid depends on ready")
            beat = (context.get(pipeline.o.payload.y), context.get(pipeline.o.payload.last))
            if held is not None and (not valid or beat != held):
                faults.append(f"cycle {cycle}: a beat was not held until it was taken")
            held = beat if valid and not taken[cycle] else None
            if offering and context.get(pipeline.i.ready):
                accepted.append((cycle, waiting.pop(0)))
                offering = False
            if valid and taken[cycle]:
                delivered.append((cycle, beat))
            await context.tick()

    simulator = Simulator(pipeline)
    simulator.add_clock(1e-9)
    simulator.add_testbench(bench)
    simulator.run()
    return accepted, delivered, faults


BEATS = [{"a": value, "last": value % 3 == 0} for value in range(40)]


def expected(stages):
    return [((beat["a"] + stages) % 256, int(beat["last"])) for beat in BEATS]


@pytest.fixture(params=some([(1, 1), (2, 4), (3, 2), (1, 3), (2, 1), (3, 1), (3, 3), (3, 4)], 3))
def shape(request):
    """Stages and latency."""
    return request.param


def pipeline_of(stages, latency):
    return Pipeline(increments(stages), inputs={"a": 8}, output_bits=8, latency=latency)


def test_full_throughput_at_the_stated_latency(shape):
    stages, latency = shape
    always = [True] * 80
    accepted, delivered, faults = simulated(pipeline_of(*shape), BEATS, always, always, 80)
    assert faults == []
    assert [cycle for cycle, _ in accepted] == list(range(len(BEATS)))
    assert [cycle for cycle, _ in delivered] == [latency + index for index in range(len(BEATS))]
    assert [beat for _, beat in delivered] == expected(stages)


@pytest.mark.parametrize("seed", some(range(3), 1))
def test_random_pauses_lose_nothing(shape, seed):
    stages, _ = shape
    random = np.random.default_rng(seed)
    offered, taken = (
        (random.random(400) < share).tolist() for share in random.uniform(0.2, 0.9, size=2)
    )
    _, delivered, faults = simulated(pipeline_of(*shape), BEATS, offered, taken, 400)
    assert faults == []
    assert [beat for _, beat in delivered] == expected(stages)


def test_a_stopped_pipeline_fills_up_and_then_refuses(shape):
    stages, latency = shape
    taken = [False] * 20 + [True] * 80
    accepted, delivered, faults = simulated(pipeline_of(*shape), BEATS, [True] * 100, taken, 100)
    assert faults == []
    assert sum(cycle < 20 for cycle, _ in accepted) == latency
    assert [beat for _, beat in delivered] == expected(stages)
    # Nothing is lost to the stop: a beat leaves in every cycle from then on.
    assert [cycle for cycle, _ in delivered] == [20 + index for index in range(len(BEATS))]


def test_a_bubble_closes_up_while_the_output_waits():
    # Two beats with a gap between them, into two registers that are not emptied.
    offered = [True, False, False, True, *[False] * 10]
    accepted, _, faults = simulated(pipeline_of(2, 2), BEATS[:2], offered, [False] * 14, 14)
    assert faults == []
    assert [cycle for cycle, _ in accepted] == [0, 3]


@pytest.mark.parametrize("kind", ["lmul", "exact"])
@pytest.mark.parametrize("latency", some([2, 1, 3, 4], 1))
@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
def test_multipliers_of_any_latency_give_the_same_products(kind, latency, subnormals):
    multiplier = Multiplier(kind, "e2m1", subnormals=subnormals, latency=latency)
    pairs = [(a, b) for a in range(16) for b in range(16)]
    beats = [{"a": a, "b": b, "last": a == b} for a, b in pairs]
    always = [True] * 270
    _, delivered, faults = simulated(pipelined_multiplier(multiplier), beats, always, always, 270)
    table = multiplier.table()
    assert faults == []
    assert [beat for _, beat in delivered] == [(int(table[a, b]), a == b) for a, b in pairs]
