"""A gate: what passes, where tiles end, and what stays outside."""

import random

import pytest

from lmul_pe.hw.wrapper.gate import Gate
from tests.hw.clocked import simulate


@pytest.mark.parametrize("rest", [0.0, 0.5])
def test_as_many_beats_pass_as_a_run_has(rest):
    gate = Gate()
    found = []

    async def bench(context):
        choose = random.Random(1)
        context.set(gate.i_valid, 1)
        for beats, tiles in ((3, 2), (1, 1), (1, 4), (2, 1)):
            context.set(gate.beats, beats)
            context.set(gate.tiles, tiles)
            context.set(gate.o_ready, 1)
            assert not context.get(gate.o_valid)
            assert not context.get(gate.i_ready)
            context.set(gate.open, 1)
            await context.tick()
            context.set(gate.open, 0)
            lasts = []
            for _ in range(60):
                context.set(gate.i_valid, choose.random() >= rest)
                context.set(gate.o_ready, choose.random() >= rest)
                if context.get(gate.o_valid) and context.get(gate.o_ready):
                    assert context.get(gate.i_ready)
                    lasts.append(context.get(gate.o_last))
                await context.tick()
            found.append(lasts)

    simulate(gate, bench)
    assert found == [[0, 0, 1] * 2, [1], [1] * 4, [0, 1]]


def test_a_closed_gate_forgets_where_it_was():
    gate = Gate()
    found = []

    async def bench(context):
        for port in (gate.i_valid, gate.o_ready, gate.open):
            context.set(port, 1)
        context.set(gate.beats, 3)
        context.set(gate.tiles, 1)
        await context.tick()
        context.set(gate.open, 0)
        await context.tick()
        context.set(gate.close, 1)
        await context.tick()
        context.set(gate.close, 0)
        assert not context.get(gate.o_valid)
        context.set(gate.open, 1)
        await context.tick()
        context.set(gate.open, 0)
        for _ in range(4):
            found.append((context.get(gate.o_valid), context.get(gate.o_last)))
            await context.tick()

    simulate(gate, bench)
    assert [last for valid, last in found if valid] == [0, 0, 1]
