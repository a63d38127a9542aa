"""The bench of arrays: tiles as beats, and matrix products whose partial sums come back."""

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.testbench.array_bench import ArrayBench
from lmul_pe.sim.testbench.axi_stream import Beat, Clockwork
from tests.sim.testbench.plain import Design, Dut

OS = unit_named("array_os_1x1_int8_int32")
WS = unit_named("array_ws_1x1_int8_int32_partial")
MASK = 2**32 - 1


def signed(word, bits=8):
    return word - (word >> bits - 1 << bits)


def adds_tiles(wrong=0):
    """An output-stationary array of one element; ``wrong`` is added to each of its sums."""
    begun = []

    def react(waiting, results):
        while all(waiting.values()):
            a, b = (beats.popleft() for beats in waiting.values())
            begun.append(signed(a.data) * signed(b.data))
            if a.last:
                results.append(Beat(sum(begun) + wrong & MASK, 1))
                begun.clear()

    return react


def uses_weights(wrong=0):
    """A weight-stationary array of one element, to whose sums partial ones are added."""

    def react(waiting, results):
        weights = waiting["s_axis_w"]
        while weights and waiting["s_axis_a"] and waiting["s_axis_p"]:
            a, p = (waiting[name].popleft() for name in ("s_axis_a", "s_axis_p"))
            total = signed(p.data, 32) + signed(a.data) * signed(weights[0].data)
            results.append(Beat(total + wrong & MASK, a.last))
            if a.last:
                weights.popleft()

    return react


class Running:
    def __init__(self, array, react, cycles, make=Design):
        self.dut = Dut(array)
        self.design = make(self.dut, array, react)
        clockwork = Clockwork(self.dut, self.dut.names)
        self.bench = ArrayBench(self.dut, clockwork, array, 40, seed=1)
        self.bench.silence()
        clockwork.start()
        self.bench.watch()
        self._cycles = cycles

    def pass_cycles(self, count):
        self._cycles(self.dut, count)


def test_tiles_become_beats_with_a_last_at_their_end(cycles):
    bench = Running(OS, adds_tiles(), cycles).bench
    codes = np.array([[1], [2]], np.uint8)
    tiles = [{"a": codes, "b": codes + 2}, {"a": codes[:1], "b": codes[1:]}]
    assert bench.beats_of(tiles) == {
        "s_axis_a": [Beat(1, 0), Beat(2, 1), Beat(1, 1)],
        "s_axis_b": [Beat(3, 0), Beat(4, 1), Beat(2, 1)],
    }
    assert bench.beats_of([]) == {"s_axis_a": [], "s_axis_b": []}


def matrices(shape, seed):
    m, k, n = shape
    random = np.random.default_rng(seed)
    return (random.integers(0, 256, size=size, dtype=np.uint8) for size in ((m, k), (k, n)))


@pytest.mark.parametrize("stalls", [(0.0, 0.0), (0.4, 0.4)])
@pytest.mark.parametrize(
    ("array", "react"), [(OS, adds_tiles), (WS, uses_weights)], ids=["os", "ws"]
)
def test_a_product_comes_out_tile_by_tile(array, react, stalls, cycles):
    running = Running(array, react(), cycles)
    bench = running.bench
    # Deeper than a weight-stationary array of one row: sums must come back and go in again.
    a, b = matrices((3, 5, 2), 1)
    bench.begin_product(a, b, stalls, "here")
    running.pass_cycles(20)
    assert bench.product(a, b) is None
    running.pass_cycles(400)
    bench.finish("here")
    np.testing.assert_array_equal(
        bench.product(a, b).astype(np.int32), a.view(np.int8).astype(np.int32) @ b.view(np.int8)
    )
    assert bench.scoreboard.faults == []
    assert bench.scoreboard.compared == (6 if array is OS else 30)


def test_partial_sums_are_sent_only_once_they_are_back(cycles):
    running = Running(WS, uses_weights(), cycles)
    bench = running.bench
    a, b = matrices((1, 3, 1), 2)
    bench.begin_product(a, b, (0.0, 1.0), "here")
    # Nothing is taken from the output: the first sum begins with +0, and no other can.
    running.pass_cycles(40)
    assert bench.drivers["s_axis_p"].sent == 1
    assert bench.scoreboard.pending == 1
    bench.consumer.stop()
    bench.consume(0.0, "here")
    running.pass_cycles(40)
    bench.finish("here")
    assert bench.drivers["s_axis_p"].sent == 3
    assert bench.scoreboard.faults == []


@pytest.mark.parametrize(
    ("array", "react"), [(OS, adds_tiles), (WS, uses_weights)], ids=["os", "ws"]
)
def test_a_wrong_product_is_told_by_its_place(array, react, cycles):
    running = Running(array, react(wrong=1), cycles)
    bench = running.bench
    a, b = (np.ones((2, 2), np.uint8) for _ in "ab")
    bench.begin_product(a, b, (0.0, 0.0), "here")
    running.pass_cycles(100)
    # Every sum is one too many; in ws those that begin with another one, two.
    got = 3 if array is OS else 4
    bench.product(a, b)
    assert bench.scoreboard.faults == [f"product, row 0, column 0: expected 0x2, got {got:#x}"]


def test_tiles_that_are_no_product_leave_none_behind(cycles):
    running = Running(OS, adds_tiles(), cycles)
    bench = running.bench
    a, b = matrices((1, 2, 1), 3)
    bench.begin_product(a, b, (0.0, 0.0), "product")
    running.pass_cycles(30)
    bench.finish("product")
    bench.begin_tiles([{"a": a.T, "b": b}], (0.0, 0.0), "tiles")
    running.pass_cycles(30)
    bench.finish("tiles")
    assert (bench.scoreboard.faults, bench.scoreboard.compared) == ([], 2)
    with pytest.raises(AssertionError):
        bench.product(a, b)


def test_of_several_streams_it_is_told_which_one_was_not_taken(cycles):
    class HalfDeaf(Design):
        def drive(self):
            super().drive()
            self.port("s_axis_b", "tready").value = 0

    running = Running(OS, adds_tiles(), cycles, HalfDeaf)
    running.bench.begin_tiles([{"a": np.uint8([[1]]), "b": np.uint8([[2]])}], (0.0, 0.0), "here")
    running.pass_cycles(30)
    running.bench.finish("here")
    assert running.bench.scoreboard.faults == ["took 0 beats of s_axis_b, then none, here"]
