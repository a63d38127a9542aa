"""Systolic arrays under cocotb: a covering set, and the cross of their parameters."""

import dataclasses
import itertools
import re

import numpy as np
import pytest

from lmul_pe.model import Schedule, unit_named
from lmul_pe.sim.bench import tiles
from lmul_pe.sim.bench.tiles import _shapes
from lmul_pe.sim.coverage.tiles import possible_resets_of_tiles
from lmul_pe.sim.run.regression import check
from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.testbench.array_bench import ArrayBench
from lmul_pe.sim.testbench.axi_stream import Beat, Clockwork
from lmul_pe.sim.testbench.tile_cases import plain_tiles
from tests.sim.testbench.plain import Dut, Later, Shy
from tests.sim.wrong_designs import assert_caught, edited, spoiled

TWICE = (
    "array_os_1x1_exact_fp32_fp32_latency4",
    "array_ws_3x5_lmul_e4m3_fp32_latency2_fold_partial",
    "array_os_8x1_lmul_e5m2_fixed_terms4",
)
"""Of each dataflow, and each sort of sum, one of which two runs are compared."""
ONCE = (
    "array_os_3x5_exact_e4m3_fixed_lanes4",
    "array_ws_1x1_lmul_fp16_fixed_partial",
    "array_os_1x8_lmul_bf16_fp32_latency2",
    "array_ws_1x8_exact_e5m2_bf16_partial",
    "array_ws_8x1_exact_e4m3_aligned",
    "array_os_3x5_exact_e4m3_bf16_latency3",
    "array_os_8x1_int8_int32_lanes3",
    "array_ws_3x5_int8_int16_partial",
)
SMALLEST = ("array_os_1x2_lmul_e2m1_e4m3_latency2", "array_ws_2x1_lmul_e2m1_fixed_fold_partial")
SMALL = (*TWICE, *ONCE)
LARGE = ("array_os_8x8_lmul_e4m3_fp32", "array_ws_8x8_lmul_e4m3_fp32_fold")
LARGEST = ("array_os_16x16_int8_int32",)
COVERED = (*SMALL, *LARGE, *LARGEST)

SIZES = ("1x1", "1x8", "8x1", "3x5", "8x8", "16x16")
FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")
ACCUMULATORS = (
    *("fp32", "bf16", "fixed", "aligned"),
    *("fp32_latency2", "bf16_latency3", "fp32_latency4"),
)
TESTS = {
    "8 stall patterns",
    "long tiles",
    "matrix products",
    "elasticity",
    "4 breaches of the protocol",
    "6 resets",
    "resets at any moment",
}


@pytest.mark.parametrize(
    "name",
    [
        "array_os_1x1_int8_int32",
        "array_os_2x3_lmul_e4m3_fp32",
        "array_os_4x2_lmul_e4m3_fp32",
        "array_ws_1x1_int8_int32",
        "array_ws_2x2_int8_int32",
        "array_ws_1x2_int8_int32_partial",
        "array_ws_2x1_int8_int32_partial",
        "array_ws_3x5_lmul_e4m3_fp32_partial",
        "array_ws_4x4_int8_int32_partial",
    ],
)
def test_products_are_of_one_tile_of_partial_ones_and_of_whole_ones(name):
    array = unit_named(name)
    one, partial, whole = _shapes(array)
    counts = []
    for m, k, n in (one, partial, whole):
        array.check_shape(m, k, n)
        a, b = np.zeros((m, k), np.uint8), np.zeros((k, n), np.uint8)
        counts.append(len(Schedule(array, a, b)))
    assert counts[0] == 1
    assert min(counts[1:]) > 1
    # Rows and columns of the product that an array has at a time, and what weights it holds.
    tiled = {"os": (array.rows, None, array.cols), "ws": (None, array.rows, array.cols)}
    for side, own in zip(partial, tiled[array.dataflow], strict=True):
        assert own in (None, 1) or side % own
    assert whole[0] % array.rows == whole[2] % array.cols == 0
    assert whole[1] <= array.rows


MASK = 2**32 - 1


def signed(word, bits=8):
    return word - (word >> bits - 1 << bits)


class Array(Later):
    """An array of one element; a result is on offer two cycles after its operands are taken."""

    def reset(self):
        super().reset()
        self.flags = dict.fromkeys(self.flags, 0)

    def offered(self, *streams):
        return all(self.port(name, "tvalid").level == "1" for name in streams)

    def give(self, results, total, last):
        self.flags["overflow"] |= not -(2**31) <= total < 2**31
        results.append(Beat(total & MASK, last))

    def disagrees(self, first, second):
        return first.last != second.last

    def take_together(self, goes, *streams):
        for name in streams:
            self.port(name, "tready").value = int(goes and self.offered(*streams))


class Os(Array):
    def reset(self):
        super().reset()
        self.sum = 0

    def drive(self):
        super().drive()
        self.take_together(self.takes(), "s_axis_a", "s_axis_b")

    def add(self, waiting, results):
        if not all(waiting.values()):
            return
        a, b = (beats.popleft() for beats in waiting.values())
        self.sum += signed(a.data) * signed(b.data)
        self.flags["protocol_error"] |= self.disagrees(a, b)
        if a.last:
            self.give(results, self.sum, 1)
            self.sum = 0


class Ws(Array):
    """Weights wait in a register of their own until those before have been used."""

    @property
    def operands(self):
        return self.streams[1:-1]

    def reset(self):
        super().reset()
        self.loading, self.next, self.weight, self.used = [], None, None, True

    def drive(self):
        super().drive()
        self.port("s_axis_w", "tready").value = int(self.next is None)
        ready = not self.used and self.weight is not None and self.takes()
        self.take_together(ready, *self.operands)

    def add(self, waiting, results):
        if waiting["s_axis_a"]:
            a, *partial = (waiting[name].popleft() for name in self.operands)
            for p in partial:
                self.flags["protocol_error"] |= self.disagrees(a, p)
            total = sum(signed(p.data, 32) for p in partial) + signed(a.data) * self.weight
            self.give(results, total, a.last)
            self.used = bool(a.last)
        if self.used and self.next is not None:
            self.weight, self.next, self.used = self.next, None, False
        if waiting["s_axis_w"]:
            beat = waiting["s_axis_w"].popleft()
            self.loading.append(beat)
            self.flags["protocol_error"] |= self.ill_sized(beat)
            if beat.last:
                self.next, self.loading = signed(beat.data), []

    def ill_sized(self, beat):
        return beat.last != (len(self.loading) == 1)


def array_of(kind):
    return lambda dut, unit: kind(dut, unit, lambda *beats: dut.designs[0].add(*beats))


ARRAYS = {
    "os": (unit_named("array_os_1x1_int8_int32"), Os),
    "ws": (unit_named("array_ws_1x1_int8_int32_partial"), Ws),
    "ws from zero": (unit_named("array_ws_1x1_int8_int32"), Ws),
}
BENCHES = {
    "8 stall patterns": tiles.stalls,
    "long tiles": tiles.depths,
    "matrix products": tiles.products,
    "elasticity": tiles.elasticity,
    "4 breaches of the protocol": tiles.protocol,
    "6 resets": tiles.resets,
    "resets at any moment": tiles.moments,
}


@pytest.mark.parametrize("dataflow", ARRAYS)
@pytest.mark.parametrize("what", BENCHES)
def test_a_right_array_has_no_faults(what, dataflow, benched):
    array, kind = ARRAYS[dataflow]
    outcome = benched(BENCHES[what], array, array_of(kind), beats=40)
    assert (outcome.what, outcome.first, outcome.mismatches) == (what, None, 0)
    assert outcome.count > 0
    # A result of a single element that stays is on offer before the next tile has begun.
    if what == "resets at any moment" and array.dataflow == "ws":
        assert possible_resets_of_tiles(array) <= set(outcome.hits)


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
@pytest.mark.parametrize("index", range(tiles.BREACHES))
def test_weights_that_break_the_protocol_are_one_too_few_or_too_many(rows, index):
    array = unit_named(f"array_ws_{rows}x1_int4_int8")
    dut = Dut(array)
    bench = ArrayBench(dut, Clockwork(dut, dut.names), array, 40, seed=1)
    sizes = [0]
    for beat in tiles._broken(bench, index)["s_axis_w"]:
        sizes[-1] += 1
        if beat.last:
            sizes.append(0)
    wrong = rows + 1 if index % 2 or rows == 1 else rows - 1
    assert sizes == [wrong, rows, 0]


def test_a_product_that_is_not_complete_is_told(benched, monkeypatch):
    monkeypatch.setattr(ArrayBench, "product", lambda bench, a, b: None)
    array, kind = ARRAYS["os"]
    outcome = benched(tiles.products, array, array_of(kind))
    assert outcome.first == "a product is not complete, in product 0 at stalls of 0.0"


@pytest.mark.parametrize("dataflow", ARRAYS)
def test_streams_that_agree_are_no_breach(dataflow, benched, monkeypatch):
    def agree(bench, index):
        return bench.beats_of(plain_tiles(bench.array, [4] * 2, bench.random("agree")))

    monkeypatch.setattr(tiles, "_broken", agree)
    array, kind = ARRAYS[dataflow]
    outcome = benched(tiles.protocol, array, array_of(kind))
    assert outcome.first == "the streams did not disagree behind breach 0 of the protocol"
    assert outcome.mismatches == 4


class Endless:
    """Takes operands without end."""

    room = 10_000


class Halting:
    """Takes operands in every other cycle at most."""

    def takes(self):
        return self.cycle % 2 and super().takes()


class Wrong:
    """Sums are one too many."""

    def give(self, results, total, last):
        super().give(results, total + 1, last)


class Silent:
    """Keeps the twentieth result and all that follow to itself."""

    given = 0

    def give(self, results, total, last):
        self.given += 1
        if self.given < 20:
            super().give(results, total, last)


class Stubborn:
    """A reset leaves results where they are."""

    def reset(self):
        kept, waited = getattr(self, "results", None), getattr(self, "waited", set())
        super().reset()
        self.results, self.waited = kept or self.results, waited


class Mindful:
    """A reset leaves the sum, or weights, where they are."""

    def reset(self):
        kept = {name: getattr(self, name, None) for name in ("sum", "weight", "used")}
        super().reset()
        for name, value in kept.items():
            if value is not None:
                setattr(self, name, value)


class Tired:
    """Takes nothing some cycles behind a reset that met a result."""

    met, since = False, 0

    def reset(self):
        self.met |= bool(getattr(self, "results", ()))
        self.since = self.cycle
        super().reset()

    def takes(self):
        return not (self.met and self.cycle > self.since + 60) and super().takes()


class Trusting:
    """Takes no notice of streams that disagree."""

    def disagrees(self, *beats):
        return False

    ill_sized = disagrees


class Careless:
    """Takes any number of weights for the right one."""

    def ill_sized(self, beat):
        return False


class Early:
    """Notices one end that is too early, of either stream, and none that is missing."""

    def disagrees(self, first, second):
        return first.last < second.last

    def ill_sized(self, beat):
        return beat.last > (len(self.loading) == 1)


class Missing:
    """Notices one end that is missing, and none that is too early."""

    def disagrees(self, first, second):
        return first.last > second.last

    def ill_sized(self, beat):
        return beat.last < (len(self.loading) == 1)


class Suspicious:
    """Streams disagree where they do not."""

    def disagrees(self, first, second):
        return True


class Offended:
    """Gives wrong results from the third one on behind streams that disagreed."""

    def reset(self):
        super().reset()
        self.behind = 0

    def give(self, results, total, last):
        self.behind += self.flags["protocol_error"]
        super().give(results, total + (self.behind > 2), last)


class Sulking:
    """Takes nothing any more behind two results of streams that disagreed."""

    given = 0

    def give(self, results, total, last):
        self.given = (self.given + 1) * self.flags["protocol_error"]
        super().give(results, total, last)

    def takes(self):
        return self.given < 2 and super().takes()


class Alarmed:
    """An overflow some cycles behind a reset, of nothing."""

    since = 0

    def reset(self):
        super().reset()
        self.since = self.cycle

    def edge(self):
        super().edge()
        if self.cycle == self.since + 30:
            self.flags["overflow"] = 1


class Marked:
    """A reset leaves flags set."""

    def reset(self):
        kept = dict(self.flags)
        super().reset()
        self.flags = kept


OS_NONE = "at stalls of {'s_axis_a': 0.0, 's_axis_b': 0.0, 'm_axis_c': 0.0}"
WS_NONE = "at stalls of {'s_axis_w': 0.0, 's_axis_a': 0.0, 's_axis_p': 0.0, 'm_axis_c': 0.0}"
BREACH = "4 breaches of the protocol"
ROW = r"row 0 of a tile of K = \d+, number 0: expected 0x\w+, got 0x\w+"
BEAT = r"beat 0 of weights number 0: expected 0x\w+, got 0x\w+"
LOST = r"\d+ of \d+ results never came out"
NOTHING = r"c=0x\w+ came out though nothing went in"


@pytest.mark.parametrize(
    ("fault", "dataflow", "what", "said"),
    [
        (Shy, "os", "elasticity", "tvalid waits for tready"),
        (Shy, "ws", "elasticity", "tvalid waits for tready"),
        (Endless, "os", "elasticity", "took without end though its results were not taken"),
        (
            Halting,
            "os",
            "matrix products",
            "a product of M, K, N = 3, 3, 3 took 55 cycles, expected 29",
        ),
        (
            Halting,
            "ws",
            "matrix products",
            "a product of M, K, N = 1, 1, 1 took 6 cycles, expected 5",
        ),
        *((Wrong, "os", what, ROW) for what in BENCHES if what != "resets at any moment"),
        *((Wrong, "ws", what, BEAT) for what in BENCHES),
        (Silent, "os", "8 stall patterns", LOST),
        (Silent, "os", "long tiles", LOST),
        (Silent, "os", "matrix products", LOST),
        (Silent, "os", "elasticity", LOST),
        (Stubborn, "os", "6 resets", NOTHING),
        (Stubborn, "ws", "6 resets", NOTHING),
        (Stubborn, "ws", "resets at any moment", NOTHING),
        (Mindful, "os", "6 resets", ROW),
        (Tired, "os", "6 resets", r"took \d beats of s_axis_a, then none, after reset 4"),
        (
            Trusting,
            "os",
            BREACH,
            "protocol_error is 0, expected 1, behind breach 0 of the protocol",
        ),
        (
            Trusting,
            "ws",
            BREACH,
            "protocol_error is 0, expected 1, behind breach 0 of the protocol",
        ),
        (
            Careless,
            "ws",
            BREACH,
            "protocol_error is 0, expected 1, behind breach 2 of the protocol",
        ),
        (
            Careless,
            "ws from zero",
            BREACH,
            "protocol_error is 0, expected 1, behind breach 0 of the protocol",
        ),
        (Early, "os", BREACH, "protocol_error is 0, expected 1, behind breach 1 of the protocol"),
        (Early, "ws", BREACH, "protocol_error is 0, expected 1, behind breach 1 of the protocol"),
        (Missing, "os", BREACH, "protocol_error is 0, expected 1, behind breach 0 of the protocol"),
        (Missing, "ws", BREACH, "protocol_error is 0, expected 1, behind breach 0 of the protocol"),
        (Offended, "os", BREACH, ROW),
        (
            Sulking,
            "os",
            BREACH,
            r"took 0 beats of s_axis_a, then none, behind breach 0 of the protocol",
        ),
        (Suspicious, "os", "8 stall patterns", f"protocol_error is 1, expected 0, {OS_NONE}"),
        (Suspicious, "ws", "8 stall patterns", f"protocol_error is 1, expected 0, {WS_NONE}"),
        (Alarmed, "os", "long tiles", "overflow is 1, expected 0, in long tiles at stalls of 0.0"),
        (
            Alarmed,
            "os",
            "matrix products",
            "overflow is 1, expected 0, in product 1 at stalls of 0.0",
        ),
        (Alarmed, "os", "elasticity", "overflow is 1, expected 0, after a stop"),
        (Alarmed, "os", "6 resets", "overflow is 1, expected 0, after reset 0"),
        (Marked, "os", BREACH, r"protocol_error is set by a reset in cycle \d+"),
    ],
)
def test_an_array_that_is_wrong_in_one_way_is_caught(fault, dataflow, what, said, benched):
    array, right = ARRAYS[dataflow]
    faulty = type("Faulty", (fault, right), {})
    outcome = benched(BENCHES[what], array, array_of(faulty), beats=40)
    assert re.fullmatch(said, outcome.first) or outcome.first == said


def assert_clean(outcomes, arrays):
    assert [outcome for outcome in outcomes if outcome.mismatches] == []
    assert {outcome.unit for outcome in outcomes} == {each.name for each in arrays}
    assert {outcome.what for outcome in outcomes} == TESTS
    assert all(outcome.count for outcome in outcomes)


def test_every_value_of_every_parameter_is_covered():
    arrays = list(map(unit_named, COVERED))
    assert {f"{each.rows}x{each.cols}" for each in arrays} == set(SIZES)
    assert {each.dataflow for each in arrays} == {"os", "ws"}
    assert {each.multiplier.kind for each in arrays} == {"lmul", "exact", "int"}
    assert {each.multiplier.format.name for each in arrays} == {*FORMATS, "int8"}
    sorts = {each.accumulator.name.removeprefix("bf16_").removeprefix("fp32_") for each in arrays}
    assert {"fp32", "bf16", "fixed", "aligned", "latency2", "latency3", "latency4"} < sorts
    assert {each.partial for each in arrays} == {True, False}
    assert {each.fold for each in arrays} == {"weight", None}


@pytest.mark.long
def test_covering_set_in_two_runs(verilator_simulator, tmp_path):
    arrays = list(map(unit_named, TWICE))
    outcomes, _ = check("arrays", arrays, verilator_simulator, beats=40, build=tmp_path)
    assert_clean(outcomes, arrays)


def test_a_small_array(quick_simulator, tmp_path):
    once = dataclasses.replace(quick_simulator, seeds=(1,))
    array = unit_named(SMALLEST[0])
    outcomes, _ = check("array", [array], once, beats=40, build=tmp_path)
    assert_clean(outcomes, [array])
    (moments,) = (each for each in outcomes if each.what == "resets at any moment")
    assert possible_resets_of_tiles(array) <= set(moments.hits)


@pytest.mark.slow
def test_resets_come_in_every_situation_of_either_dataflow(quick_simulator, tmp_path, monkeypatch):
    monkeypatch.setenv("COCOTB_TEST_FILTER", r"\.moments$")
    units = [spoiled("array_os_3x2_int4_int8"), spoiled("array_ws_3x5_int4_int8_partial")]
    once = dataclasses.replace(quick_simulator, seeds=(1,))
    outcomes, _ = run_bench(Bench("right", units), once, pairs=0, beats=40, seed=1, build=tmp_path)
    hits = {outcome.unit: set(outcome.hits) for outcome in outcomes}
    for unit in units:
        assert possible_resets_of_tiles(unit.specification) <= hits[unit.name]


@pytest.mark.slow
def test_covering_set_in_one_run(one_run, tmp_path):
    arrays = list(map(unit_named, (*ONCE, SMALLEST[1])))
    outcomes, _ = check("arrays", arrays, one_run, beats=40, build=tmp_path)
    assert_clean(outcomes, arrays)


@pytest.mark.long
@pytest.mark.parametrize("names", [LARGE, LARGEST], ids=["large", "largest"])
def test_covering_set_of_large_arrays(names, one_run, tmp_path):
    arrays = list(map(unit_named, names))
    outcomes, _ = check("arrays", arrays, one_run, beats=40, build=tmp_path)
    assert_clean(outcomes, arrays)


def crossed(size, dataflow, accumulator, index):
    """Arrays of every kind that has such an accumulator, of a format in turn."""
    formats = [
        each
        for each in FORMATS
        if not (accumulator == "fixed" and each in ("bf16", "fp32"))
        and not (each == "fp32" and size in ("8x8", "16x16"))
    ]
    format = formats[index % len(formats)]
    options = ["", ""]
    if dataflow == "ws":
        options = ["_fold" if index % 2 else "_partial", "_partial" if index % 2 else ""]
    names = [
        f"array_{dataflow}_{size}_{kind}_{format}_{accumulator}{option}"
        for kind, option in zip(("lmul", "exact"), options, strict=True)
    ]
    if accumulator == "fixed":
        names.append(f"array_{dataflow}_{size}_int8_int32")
    return names


@pytest.mark.long
@pytest.mark.parametrize(
    ("index", "size", "dataflow", "accumulator"),
    [
        (index, *values)
        for index, values in enumerate(itertools.product(SIZES, ("os", "ws"), ACCUMULATORS))
    ],
)
def test_cross(index, size, dataflow, accumulator, quick_simulator, tmp_path):
    arrays = list(map(unit_named, crossed(size, dataflow, accumulator, index)))
    outcomes, _ = check("arrays", arrays, quick_simulator, beats=200, seed=index, build=tmp_path)
    assert_clean(outcomes, arrays)


@pytest.mark.long
def test_covering_set_in_four_states(icarus_simulator, tmp_path):
    arrays = list(map(unit_named, SMALL))
    outcomes, _ = check("arrays", arrays, icarus_simulator, beats=100, seed=3, build=tmp_path)
    assert_clean(outcomes, arrays)


@pytest.mark.slow
def test_wrong_arrays_are_caught(quick_simulator, tmp_path):
    row = r"row \d of a tile of K = \d+, number \d+: expected 0x\w+, got 0x\w+"
    beat = r"beat \d+ of weights number \d+: expected 0x\w+, got 0x\w+"
    cases = {
        "operands of the second row come too early": (
            edited("array_os_2x2_int4_int8", r"\bdata(?=, flags \};)", "d[6:1]"),
            row,
        ),
        "results of the first column are not delayed": (
            edited("array_os_2x2_int5_int10", r"(?<=m_axis_c_tdata = )(.*)c_0_0_q", r"\1c_0_0_d"),
            row,
        ),
        "a finished sum is overwritten by the next": (
            edited("array_os_3x2_int4_int8", r"(?<=allowed = enable) & \w+;", ";"),
            r"\d+ of \d+ results never came out",
        ),
        "a sum begins with the one before": (
            edited("array_os_2x2_int6_int12", r"(?<=adder_state = sum_0) & \w+", ""),
            row,
        ),
        "the overflow does not stay": (
            edited("array_os_2x2_int4_int9", r"(?<=\? 1'h1 : )overflow;", "1'h0;"),
            r"overflow fell without a reset in cycle \d+",
        ),
        "no overflow is noticed": (
            edited("array_os_2x2_int4_int10", r"\| overflow_in(?=;)", "1'h0"),
            r"overflow is 0, expected 1, .*",
        ),
        "streams may disagree": (
            edited("array_os_2x2_int5_int11", r"1'h1(?= : protocol_error;)", "protocol_error"),
            r"protocol_error is 0, expected 1, .*",
        ),
        "a stream may not end its tile": (
            edited("array_os_2x2_int6_int13", r"a_last \^ b_last", "~a_last & b_last"),
            r"protocol_error is 0, expected 1, behind breach 1 of the protocol",
        ),
        "partial sums may not end": (
            edited("array_ws_2x2_int6_int13_partial", r"a_last \^ p_last", "~a_last & p_last"),
            r"protocol_error is 0, expected 1, behind breach 1 of the protocol",
        ),
        "valid waits for ready": (
            spoiled("array_os_2x2_int6_int14", m_axis_c_tvalid="{} & m_axis_c_tready"),
            r"tvalid waits for tready",
        ),
        "the wrong stream ends a tile": (
            spoiled("array_os_2x2_int5_int12", s_axis_a_tlast="s_axis_b_tlast"),
            r".*(nothing went in|never came out|expected 0x\w+, got 0x\w+)",
        ),
        "weights are loaded while they are still to be used": (
            edited("array_ws_2x2_int4_int8", r"(?<=w_ready = )\w+ & \w+;", "~next_loaded;"),
            beat,
        ),
        "weights change before the last use": (
            edited("array_ws_2x2_int5_int10", r"(?<=change = \w{5}) & \w+;", ";"),
            beat,
        ),
        "a row takes the operands of another": (
            edited("array_ws_2x2_int6_int12", r"(?<=a_in\(s_axis_a_tdata\[)5:0", "11:6"),
            beat,
        ),
        "partial sums are ignored": (
            edited("array_ws_2x2_int4_int9_partial", r"(?<=\.d\()s_axis_p_tdata\[8:0\]", "9'd0"),
            beat,
        ),
        "the number of weights does not matter": (
            edited("array_ws_2x2_int4_int10", r"1'h1(?= : protocol_error;)", "protocol_error"),
            r"protocol_error is 0, expected 1, .*",
        ),
        "a pause between tiles": (
            spoiled(
                "array_os_2x2_int5_int13",
                s_axis_a_tready="{} & ~m_axis_c_tvalid",
                s_axis_b_tready="{} & ~m_axis_c_tvalid",
                s_axis_a_tvalid="{} & ~m_axis_c_tvalid",
                s_axis_b_tvalid="{} & ~m_axis_c_tvalid",
            ),
            r"a product of M, K, N = .* took \d+ cycles, expected \d+",
        ),
    }
    right = (spoiled("array_os_3x2_lmul_e2m1_fp32"), spoiled("array_ws_2x3_lmul_e2m1_fixed"))
    once = dataclasses.replace(quick_simulator, seeds=(1,))
    assert_caught(cases, right, once, tmp_path)
