"""The test bench of one unit, around designs in plain Python: right ones, and wrong in one way."""

import asyncio
import re
from collections import deque
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.testbench import testbench
from lmul_pe.sim.testbench.axi_stream import Beat, Clockwork
from lmul_pe.sim.testbench.configuration import VARIABLE, Configuration
from lmul_pe.sim.testbench.outcome import read_outcomes
from tests.sim.testbench.plain import Design, Dut, multiplies

UNIT = unit_named("lmul_e2m1_latency1")
BEATS = [Beat(value * 7 % 256, int(value % 4 == 3)) for value in range(40)]
WRONG = r"a=0x\w b=0x\w: expected 0x\w, got 0x\w"


class Bench:
    """A test bench around a design, running."""

    def __init__(self, cycles, make=Design, unit=UNIT, react=None):
        self.dut = Dut(unit)
        self.design = make(self.dut, unit, react or multiplies(unit))
        clockwork = Clockwork(self.dut, self.dut.names)
        self.bench = testbench.Testbench(self.dut, clockwork, unit, 40, seed=1)
        self.bench.silence()
        clockwork.start()
        self._cycles = cycles
        self.reset()
        self.bench.watch()

    def pass_cycles(self, count):
        self._cycles(self.dut, count)

    def reset(self):
        self.dut.rst.value = 1
        self.pass_cycles(2)
        self.dut.rst.value = 0

    def faults(self, stalls=(0.0, 0.0), count=600):
        self.bench.start({"s_axis_ab": BEATS}, stalls, "here")
        self.pass_cycles(count)
        self.bench.finish("here")
        return self.bench.scoreboard.faults


@pytest.mark.parametrize("stalls", [(0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.8, 0.8)])
def test_a_right_design_has_no_faults_under_any_stalls(cycles, stalls):
    running = Bench(cycles)
    assert running.faults(stalls) == []
    outcome = running.bench.outcome("stalls", running.bench.cycles)
    assert (outcome.unit, outcome.what) == (UNIT.name, "stalls")
    assert (outcome.count, outcome.mismatches, outcome.first) == (40, 0, None)
    # The design answers in the next cycle.
    assert (outcome.cycles == 41) == (stalls == (0.0, 0.0))


class Wrong(Design):
    """Another product for one pair."""

    def offer(self):
        valid, data, last = super().offer()
        return valid, data ^ (self.cycle == 20), last


class Lost(Design):
    """One result less."""

    def edge(self):
        super().edge()
        if self.cycle == 20 and self.results:
            self.results.popleft()


class Doubled(Design):
    """One result twice."""

    def edge(self):
        super().edge()
        if self.cycle == 20 and self.results:
            self.results.append(self.results[-1])


class Swapped(Design):
    """Two results in the wrong order."""

    def edge(self):
        super().edge()
        if self.cycle > 20 and len(self.results) > 2:
            self.results[1], self.results[2] = self.results[2], self.results[1]


class Unmarked(Design):
    """Never a ``tlast``."""

    def offer(self):
        valid, data, _ = super().offer()
        return valid, data, 0


class Restless(Design):
    """An offer that changes while it waits."""

    def offer(self):
        valid, data, last = super().offer()
        return valid, data ^ (self.cycle % 2), last


class Shy(Design):
    """An offer that is taken back."""

    def offer(self):
        valid, data, last = super().offer()
        return valid and self.cycle % 2, data, last


class Deaf(Design):
    """Takes nothing."""

    def drive(self):
        super().drive()
        self.port("s_axis_ab", "tready").value = 0


class Unknown(Design):
    """An offer of unknown bits."""

    def offer(self):
        valid, data, last = super().offer()
        return valid, "xxxx" if valid else data, last


@pytest.mark.parametrize(
    ("design", "stalls", "fault"),
    [
        (Wrong, (0.0, 0.0), WRONG),
        (Lost, (0.0, 0.7), WRONG),
        (Doubled, (0.0, 0.7), WRONG),
        (Swapped, (0.0, 0.7), WRONG),
        (Unmarked, (0.0, 0.0), r".*: expected tlast 1, got 0"),
        (Restless, (0.0, 0.7), r"the offer changed before tready in cycle \d+"),
        (Shy, (0.0, 0.7), r"tvalid fell before tready in cycle \d+"),
        (Deaf, (0.0, 0.0), r"took 0 beats, then none, here"),
        (Unknown, (0.0, 0.0), r"tdata, tlast are xxxx, [01] in cycle \d+"),
    ],
)
def test_a_design_that_is_wrong_in_one_way_has_its_fault(cycles, design, stalls, fault):
    faults = Bench(cycles, design).faults(stalls)
    assert any(re.fullmatch(fault, each) for each in faults), faults


def test_a_result_too_many_comes_out_though_nothing_went_in(cycles):
    def react(waiting, results):
        multiplies(UNIT)(waiting, results)
        if running.design.cycle == 300:
            results.append(Beat(5, 0))

    running = Bench(cycles, react=react)
    assert running.faults() == ["y=0x5 came out though nothing went in"]


def test_a_silent_bench_offers_nothing_and_takes_nothing(cycles):
    running = Bench(cycles, react=lambda waiting, results: results.append(Beat(5, 1)))
    running.pass_cycles(20)
    assert not running.design.waiting["s_axis_ab"]
    assert (running.bench.scoreboard.pending, running.bench.scoreboard.faults) == (0, [])
    assert len(running.design.results) == running.design.cycle - 2
    for signal in ("tvalid", "tdata", "tlast"):
        assert int(running.design.port("s_axis_ab", signal).value, 2) == 0


@pytest.mark.parametrize("stop", [lambda bench: bench.stop(), lambda bench: bench.finish("here")])
def test_a_bench_that_has_stopped_offers_nothing_and_takes_nothing(cycles, stop):
    running = Bench(cycles)
    bench, port = running.bench, running.design.port
    bench.start({"s_axis_ab": BEATS}, (0.0, 0.0), "here")
    assert bench.cycles == 0
    running.pass_cycles(10)
    stop(bench)
    for _ in range(20):
        running.pass_cycles(1)
        assert port("s_axis_ab", "tvalid").level == port("m_axis_y", "tready").level == "0"


class Slow(Design):
    """Takes a beat in every three hundredth cycle."""

    def drive(self):
        super().drive()
        self.port("s_axis_ab", "tready").value = int(self.cycle % 300 == 299)


@pytest.mark.parametrize(
    ("design", "least", "most", "faults"),
    [
        (Design, 41, 100, []),
        (Slow, 39 * 300, 41 * 300, []),
        (Deaf, 400, 500, ["took 0 beats, then none, here"]),
    ],
)
def test_all_is_waited_for_that_still_moves(design, least, most, faults, cycles, monkeypatch):
    running = Bench(cycles, design)
    before = running.design.cycle

    async def pass_cycles(clk, count):
        running.pass_cycles(count)
        assert running.design.cycle - before <= most

    monkeypatch.setattr(testbench, "ClockCycles", pass_cycles)
    running.bench.start({"s_axis_ab": BEATS}, (0.0, 0.0), "here")
    asyncio.run(testbench.drain(running.dut, [running.bench]))
    assert running.design.cycle - before >= least
    running.bench.finish("here")
    assert running.bench.scoreboard.faults == faults


def test_left_and_idle_tell_what_is_still_to_come(cycles):
    running = Bench(cycles)
    bench = running.bench
    bench.start({"s_axis_ab": BEATS}, (0.0, 1.0), "here")
    assert (bench.left, bench.idle) == (40, False)
    running.pass_cycles(60)
    # All went in, and none came out.
    assert bench.cycles == 0
    assert (bench.left, bench.scoreboard.pending, bench.idle) == (0, 40, False)
    bench.consumer.stop()
    bench.consume(0.0, "here")
    running.pass_cycles(60)
    assert (bench.scoreboard.pending, bench.idle) == (0, True)
    bench.finish("here")
    assert bench.scoreboard.faults == []


class Stubborn(Design):
    """A reset that leaves the results where they are."""

    def reset(self):
        kept = getattr(self, "results", deque())
        super().reset()
        self.results = kept


def test_what_was_inside_at_a_reset_must_not_come_out(cycles):
    for design, expected in ((Design, 0), (Stubborn, 40)):
        running = Bench(cycles, design)
        bench = running.bench
        bench.start({"s_axis_ab": BEATS}, (0.0, 1.0), "before")
        running.pass_cycles(60)
        bench.stop()
        running.reset()
        bench.scoreboard.restart()
        bench.consume(0.0, "after")
        running.pass_cycles(80)
        bench.stop()
        bench.finish("after")
        assert len(bench.scoreboard.faults) == expected


@pytest.mark.parametrize(("told", "faults"), [(1, []), (0, ["overflow is 0, expected 1, here"])])
def test_flags_must_be_what_the_streams_made_them(told, faults, cycles):
    unit = unit_named("mac_int4_int8")
    # -8 * -8, three times, is 192: beyond eight bits.
    operands = [Beat(0x88, 0), Beat(0x88, 0), Beat(0x88, 1)]

    def react(waiting, results):
        beats = waiting["s_axis_ab"]
        if beats and beats[-1].last:
            beats.clear()
            results.append(Beat(192, 1))
            running.design.flags["overflow"] = told

    running = Bench(cycles, unit=unit, react=react)
    running.bench.start({"s_axis_ab": operands}, (0.0, 0.0), "here")
    running.pass_cycles(20)
    running.bench.finish("here")
    assert running.bench.scoreboard.faults == faults


def test_an_outcome_says_how_long_its_bench_has_run(cycles, monkeypatch):
    clock = iter([1000.0, 1002.5])
    monkeypatch.setattr(testbench, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    dut = Dut(UNIT)
    bench = testbench.Testbench(dut, Clockwork(dut, dut.names), UNIT, 40, seed=1)
    assert bench.outcome("here").seconds == 2.5


def test_everything_random_depends_on_seed_and_part_alone(cycles):
    bench = Bench(cycles).bench

    def numbers(part):
        return bench.random(part).integers(0, 2**30, 4).tolist()

    assert numbers("a") == numbers("a")
    assert numbers("a") != numbers("b")
    assert numbers("a") == np.random.default_rng([1, ord("a")]).integers(0, 2**30, 4).tolist()


def test_a_bench_begins_behind_a_reset_with_every_unit_silent(cycles, monkeypatch, tmp_path):
    other = unit_named("exact_e2m1_latency2")
    Configuration([UNIT.name, other.name], 0, 17, 5, False, "none").write(tmp_path / "bench.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "bench.json"))
    dut = Dut(UNIT, other)
    for port in dut.ports.values():
        port.value = "x" * len(port)
    seen = []

    async def pass_cycles(clk, count):
        assert clk is dut.clk
        for _ in range(count):
            cycles(dut, 1)
            seen.append(dut.levels.level)

    monkeypatch.setattr(testbench, "ClockCycles", pass_cycles)
    started = []
    clock = SimpleNamespace(start=lambda: started.append(True))
    monkeypatch.setattr(testbench, "Clock", lambda clk, period, unit: clock)
    (bench,) = asyncio.run(testbench.begin(dut, lambda harness: [UNIT], testbench.Testbench))
    assert started == [True]
    assert (bench.specification, bench.count, bench.ports.keys()) == (
        UNIT,
        17,
        {"s_axis_ab", "m_axis_y"},
    )
    assert bench.random("a").integers(0, 99, 5).tolist() == (
        np.random.default_rng([5, ord("a")]).integers(0, 99, 5).tolist()
    )
    assert seen
    assert {levels[dut.names.index("rst")] for levels in seen} == {"1"}
    cycles(dut, 1)
    assert dut.rst.level == "0"
    for unit in (UNIT, other):
        inputs = [f"s_axis_ab_{signal}" for signal in ("tvalid", "tdata", "tlast")]
        for name in (*inputs, "m_axis_y_tready"):
            assert int(dut.ports[f"{unit.name}_{name}"].level, 2) == 0
    # It looks from the reset on: what the output is now is still unknown.
    assert bench.scoreboard.faults == [
        "tready is x in cycle 3",
        "tvalid is x in cycle 3",
    ]


def test_the_verdict_is_left_for_the_caller_and_a_fault_fails_the_test(
    cycles, monkeypatch, tmp_path
):
    bench = Bench(cycles).bench
    path = tmp_path / "outcomes.jsonl"
    configuration = Configuration([UNIT.name], 0, 40, 1, False, str(path))
    configuration.write(tmp_path / "bench.json")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "bench.json"))
    testbench.conclude([bench], "first")
    bench.scoreboard.fault("something")
    with pytest.raises(AssertionError, match=f"^{UNIT.name}: something"):
        testbench.conclude([bench], "second")
    first, second = (replace(each, seconds=0.0) for each in read_outcomes(path))
    assert (first.what, first.mismatches, first.first) == ("first", 0, None)
    assert (second.what, second.mismatches, second.first) == ("second", 1, "something")
