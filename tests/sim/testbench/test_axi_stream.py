"""Drivers, consumers and monitors against ports that are set by hand: each rule and each breach."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.testbench.axi_stream import (
    Beat,
    Clockwork,
    Consumer,
    Driver,
    FlagMonitor,
    Monitor,
    Stream,
)
from tests.sim.testbench.plain import Dut

UNIT = unit_named("lmul_e2m1_latency1")
ARRAY = unit_named("array_os_1x1_int4_int8")
BEATS = [Beat(value, value % 2) for value in range(1, 9)]


class Wires:
    """One stream whose ports a test sets itself."""

    def __init__(self, cycles, name="s_axis_ab"):
        self.dut = Dut(UNIT)
        self.clockwork = Clockwork(self.dut, self.dut.names)
        self.stream = Stream(self.dut, self.clockwork, f"{UNIT.name}_{name}")
        self.clockwork.start()
        self._cycles = cycles

    def cycle(self, **levels):
        """A cycle in which ``valid``, ``ready``, ``data``, ``last`` or ``rst`` are as stated."""
        for name, level in levels.items():
            port = self.dut.rst if name == "rst" else getattr(self.stream, name)
            port.value = level
        self._cycles(self.dut, 1)
        return self.stream.valid.level, self.stream.data.level, self.stream.last.level


@pytest.fixture
def wires(cycles):
    return Wires(cycles)


def test_a_clockwork_counts_edges_and_runs_what_was_added(wires):
    steps = []

    class Process:
        def step(self, levels):
            steps.append(levels[wires.clockwork.place(f"{UNIT.name}_s_axis_ab_tready")])

    process = Process()
    wires.cycle(ready=1)
    wires.clockwork.add(process)
    wires.cycle(ready=1)
    wires.cycle(ready=0)
    wires.clockwork.remove(process)
    wires.cycle(ready=1)
    assert (wires.clockwork.cycle, steps) == (4, ["1", "0"])


@pytest.mark.parametrize("stall", [0.0, 0.5, 0.9])
def test_a_driver_keeps_an_offer_until_it_is_taken_and_sends_each_beat_once(wires, stall):
    driver = Driver(wires.stream, BEATS, stall=stall, seed="1")
    driver.start()
    taken, offered, before = [], 0, None
    for cycle in range(400):
        ready = cycle % 3 == 0
        valid, data, last = wires.cycle(ready=int(ready))
        offered += valid == "1"
        if before is not None:
            assert (valid, data, last) == before
        before = (valid, data, last) if valid == "1" and not ready else None
        if valid == "1" and ready:
            taken.append(Beat(int(data, 2), int(last)))
    assert taken == BEATS
    assert (driver.sent, driver.left) == (len(BEATS), 0)
    assert wires.stream.valid.level == "0"


def test_without_stalls_a_driver_offers_in_every_cycle(wires):
    Driver(wires.stream, BEATS, stall=0.0, seed="1").start()
    levels = [wires.cycle(ready=1)[0] for _ in range(12)]
    assert "".join(levels) == "1" * 8 + "0" * 4


def test_what_is_not_offered_is_no_beat(wires):
    """Between offers data change at random: a design that looks at them gives itself away."""
    Driver(wires.stream, BEATS, stall=0.8, seed="3").start()
    idle = set()
    for _ in range(60):
        valid, data, _ = wires.cycle(ready=1)
        if valid == "0":
            idle.add(data)
    assert len(idle) > 10


def test_a_driver_does_not_count_what_is_taken_in_a_reset_and_sends_on_what_is_added(wires):
    driver = Driver(wires.stream, BEATS[:2], stall=0.0, seed="1")
    driver.start()
    wires.cycle(ready=1, rst=1)
    assert driver.sent == 0
    for _ in range(4):
        wires.cycle(ready=1, rst=0)
    assert (driver.sent, driver.left) == (2, 0)
    driver.extend(BEATS[2:4])
    assert driver.left == 2
    driver.stop()
    for _ in range(3):
        assert wires.cycle(ready=1)[0] == "0"
    assert driver.sent == 2


def readiness(wires, stall, count=600):
    consumer = Consumer(wires.stream, stall=stall, seed="1")
    consumer.start()
    levels = []
    for _ in range(count):
        wires.cycle()
        levels.append(wires.stream.ready.level)
    return consumer, levels


def test_a_consumer_is_ready_as_often_as_it_should_be_whatever_is_offered(wires):
    consumer, levels = readiness(wires, 0.3)
    assert 0.6 < levels.count("1") / len(levels) < 0.8
    consumer.stop()
    for _ in range(20):
        wires.cycle(valid=1)
        assert wires.stream.ready.level == "0"


@pytest.mark.parametrize(("stall", "level"), [(0.0, "1"), (1.0, "0")])
def test_a_consumer_that_never_or_always_stalls(wires, stall, level):
    assert set(readiness(wires, stall, 50)[1]) == {level}


class Watched:
    """A monitor with what it reports."""

    def __init__(self, wires):
        self.beats, self.faults = [], []
        self.monitor = Monitor(wires.stream, self.beats.append, self.faults.append)
        self.monitor.start()


OFFER = {"valid": 1, "data": 0x5A, "last": 1}


def test_a_monitor_reports_transfers_with_their_cycles_and_nothing_else(wires):
    watched = Watched(wires)
    wires.cycle(valid=0, ready=1, data=0x11, last=1)
    wires.cycle(**OFFER, ready=0)
    wires.cycle(ready=1)
    wires.cycle(data=0x5B, last=0, ready=1)
    wires.cycle(valid=0, ready=1)
    assert watched.beats == [Beat(0x5A, 1), Beat(0x5B, 0)]
    assert watched.monitor.cycles == [3, 4]
    assert watched.faults == []


@pytest.mark.parametrize(
    ("cycles_", "fault"),
    [
        ([{**OFFER, "ready": 0}, {"valid": 0}], "tvalid fell before tready in cycle 2"),
        ([{**OFFER, "ready": 0}, {"data": 0x5B}], "the offer changed before tready in cycle 2"),
        ([{**OFFER, "ready": 0}, {"last": 0}], "the offer changed before tready in cycle 2"),
        ([{**OFFER, "ready": 0}, {"data": 0x5B, "ready": 1}], "the offer changed before tready"),
        ([{**OFFER, "data": "0101x010"}], "tdata, tlast are 0101x010, 1 in cycle 1"),
        ([{**OFFER, "last": "z"}], "tdata, tlast are 01011010, z in cycle 1"),
        ([{"valid": "x", "ready": 1}], "tvalid is x in cycle 1"),
        ([{"valid": 0, "ready": "z"}], "tready is z in cycle 1"),
    ],
)
def test_each_breach_of_the_rules_is_one_fault(wires, cycles_, fault):
    watched = Watched(wires)
    for levels in cycles_:
        wires.cycle(**levels)
    (found,) = watched.faults
    assert found.startswith(fault)


def test_data_that_are_not_offered_may_be_unknown_and_a_reset_ends_an_offer(wires):
    watched = Watched(wires)
    wires.cycle(valid=0, ready=0, data="xxxxxxxx", last="x")
    wires.cycle(**OFFER)
    wires.cycle(valid=0, rst=1)
    wires.cycle(rst=0)
    # In a reset anything may stand anywhere.
    wires.cycle(valid="x", ready="x", rst=1)
    assert (watched.beats, watched.faults) == ([], [])


@pytest.mark.parametrize(
    ("levels", "fault", "level"),
    [
        ("0011", None, "1"),
        ("0000", None, "0"),
        ("0010", "overflow fell without a reset in cycle 6", "0"),
        ("1111", "overflow is set by a reset in cycle 3", "1"),
        ("00x0", "overflow is x in cycle 5", "0"),
    ],
)
def test_a_flag_begins_at_0_and_stays_set(cycles, levels, fault, level):
    dut = Dut(ARRAY)
    clockwork = Clockwork(dut, dut.names)
    clockwork.start()
    faults = []
    monitor = FlagMonitor(clockwork, ARRAY.name, "overflow", faults.append)
    monitor.start()
    flag = dut.ports[f"{ARRAY.name}_overflow"]
    dut.rst.value, flag.value = 1, "x"
    cycles(dut, 2)
    dut.rst.value = 0
    for each in levels:
        flag.value = each
        cycles(dut, 1)
    assert faults[:1] == ([] if fault is None else [fault])
    assert monitor.level == level


def test_a_flag_that_a_reset_left_set_is_told_by_who_begins_to_look_behind_it(cycles):
    dut = Dut(ARRAY)
    clockwork = Clockwork(dut, dut.names)
    clockwork.start()
    dut.rst.value = 1
    cycles(dut, 2)
    faults = []
    FlagMonitor(clockwork, ARRAY.name, "overflow", faults.append).start()
    dut.rst.value, dut.ports[f"{ARRAY.name}_overflow"].value = 0, 1
    cycles(dut, 1)
    assert faults == ["overflow is set by a reset in cycle 3"]
