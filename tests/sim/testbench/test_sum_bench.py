"""The bench of units with one stream in: what it sends, and what it knows of their timing."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.testbench.axi_stream import Beat, Clockwork
from lmul_pe.sim.testbench.sum_bench import INPUT, SumBench
from tests.sim.testbench.plain import Design, Dut, multiplies


def bench_of(name, count=120):
    unit = unit_named(name)
    dut = Dut(unit)
    return dut, SumBench(dut, Clockwork(dut, dut.names), unit, count, seed=1)


@pytest.mark.parametrize(
    ("name", "latency", "capacity"),
    [
        ("lmul_e4m3_latency1", 1, 1),
        ("exact_fp16_latency4", 4, 4),
        # A product's register, the sum, and a cycle to read a register out.
        ("mac_lmul_e4m3_fp32", 2, 2),
        ("mac_lmul_e4m3_fixed", 3, 3),
        ("mac_int8_int32", 2, 2),
        # Two cycles of addition; two partial sums that meet in the same adder.
        ("mac_lmul_e4m3_fp32_latency2", 5, None),
        # Three cycles of addition; three partial sums in two levels.
        ("mac_lmul_e4m3_fp32_latency3", 1 + 3 + 6, None),
        # Five products in three levels.
        ("dot5_lmul_e4m3_fp32", 1 + 3 + 1, None),
        ("dot4_lmul_e4m3_bf16_latency2", 1 + 2 * 2 + 2 + 2, None),
        ("dot4_exact_e4m3_aligned", 2, 2),
        ("dot4_lmul_e4m3_fixed", 3, 3),
        # A cycle in which products are held.
        ("dot4_lmul_e4m3_latency1_fixed", 4, 4),
    ],
)
def test_latency_and_room_are_those_of_the_structure(name, latency, capacity):
    _, bench = bench_of(name)
    assert (bench.latency, bench.capacity) == (latency, capacity)


def test_beats_of_a_multiplier_are_pairs_with_a_last_here_and_there():
    _, bench = bench_of("lmul_e4m3_latency1", 2000)
    beats = bench.beats("here")
    assert len(beats) == 2000
    lasts = sum(beat.last for beat in beats)
    assert 400 < lasts < 600
    assert len({beat.data & 0xFF for beat in beats}) > 200
    assert beats == bench.beats("here")
    assert beats != bench.beats("there")


@pytest.mark.parametrize("name", ["mac_lmul_e4m3_fp32", "dot3_int8_int32"])
def test_beats_of_sums_end_with_a_last(name):
    _, bench = bench_of(name)
    for short in (False, True):
        beats = bench.beats("here", short=short)
        lengths = [0]
        for beat in beats:
            lengths[-1] += 1
            if beat.last:
                lengths.append(0)
        assert lengths.pop() == 0
        assert len(beats) >= 120
        assert 1 < max(lengths) <= 3 if short else 3 < max(lengths) <= 64
        assert len(set(lengths)) > 2
    assert bench.beats("here") == bench.beats("here", short=False)


def test_sums_are_packed_beat_by_beat():
    _, bench = bench_of("dot2_int8_int32")
    a, b = bench.ports[INPUT].unpack([0x04030201, 0x08070605])
    assert bench.sum_beats([(a.ravel(), b.ravel()), (a[:1].ravel(), b[:1].ravel())]) == [
        Beat(0x04030201, 0),
        Beat(0x08070605, 1),
        Beat(0x04030201, 1),
    ]


def test_a_run_sends_mixed_beats_unless_it_is_given_others(cycles):
    unit = unit_named("lmul_e2m1_latency1")
    dut, bench = bench_of(unit.name, 50)
    Design(dut, unit, multiplies(unit))
    bench.silence()
    bench.watch()
    bench.received.stream.clockwork.start()
    sent = []
    bench.accepted[INPUT]._on_beat = lambda beat: (sent.append(beat), bench.scoreboard.accept(beat))
    bench.run((0.2, 0.2), "mixed")
    cycles(dut, 200)
    bench.finish("mixed")
    assert sent == bench.beats("mixed")
    bench.run((0.0, 0.0), "given", sent[:3])
    cycles(dut, 20)
    bench.finish("given")
    assert sent[50:] == sent[:3]
    assert (bench.scoreboard.faults, bench.scoreboard.compared) == ([], 53)


def test_the_stream_of_operands_is_the_only_one_in():
    for name in ("lmul_e4m3_latency1", "mac_int8_int32", "dot3_lmul_e4m3_fixed"):
        inputs = [port.name for port in ports_of(unit_named(name)) if port.is_input]
        assert inputs == [INPUT]
