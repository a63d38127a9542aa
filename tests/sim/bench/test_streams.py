"""The benches of units with one stream in and out, against designs that are wrong in one way."""

import re
from dataclasses import replace

import pytest

from lmul_pe.model import Multiplier, mac_named, unit_named
from lmul_pe.sim.bench import streams
from lmul_pe.sim.coverage.streams import possible_resets
from lmul_pe.sim.run.runner import Bench, run_bench
from tests.sim.testbench.plain import Elastic, Later, Shy, multiplies
from tests.sim.wrong_designs import assert_caught, edited, impostor, reports, spoiled
from tests.sweep import some

PIPELINE = unit_named("lmul_e2m1_latency1")
TESTS = (streams.stalls, streams.throughput, streams.elasticity, streams.resets, streams.moments)


def pipeline(kind):
    return lambda dut, unit: kind(dut, unit, multiplies(unit))


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.name)
def test_a_right_pipeline_has_no_faults(test, benched):
    outcome = benched(test, PIPELINE, pipeline(Elastic))
    assert (outcome.unit, outcome.mismatches, outcome.first) == (PIPELINE.name, 0, None)
    assert (
        outcome.what
        == {
            streams.stalls: "7 stall patterns",
            streams.throughput: "throughput",
            streams.elasticity: "elasticity",
            streams.resets: "4 resets",
            streams.moments: "resets at any moment",
        }[test]
    )
    assert outcome.count >= {streams.stalls: 7 * 60, streams.resets: 4 * 60}.get(test, 60)
    if test is streams.moments:
        assert possible_resets(PIPELINE) <= set(outcome.hits)


class Halting(Elastic):
    """Takes a beat in every other cycle at most."""

    def takes(self):
        return self.cycle % 2 and super().takes()


class Roomy(Elastic):
    """Holds a result more than it should."""

    room = 2


class ShyPipeline(Shy, Elastic):
    pass


class Deaf(Elastic):
    """Takes nothing."""

    def takes(self):
        return False


class Stubborn(Elastic):
    """A reset leaves a result where it is."""

    def reset(self):
        kept = getattr(self, "results", None)
        super().reset()
        self.results = kept or self.results


class Tired(Elastic):
    """Takes nothing some cycles behind a reset that met a result."""

    awake, met, since = True, False, 0

    def reset(self):
        self.met |= bool(getattr(self, "results", ()))
        self.since = self.cycle
        super().reset()

    def takes(self):
        return not (self.met and self.cycle > self.since + 14) and super().takes()


STOPPED = "results and 0 beats of the next when stopped, expected 1 and none"
SLOW = "cycles without stalls, expected one each and 1 more"


@pytest.mark.parametrize(
    ("kind", "test", "fault", "count"),
    [
        (Halting, streams.throughput, f"60 beats took 120 {SLOW}", 1),
        (Later, streams.throughput, f"60 beats took 62 {SLOW}", 1),
        (Roomy, streams.elasticity, f"held 2 {STOPPED}", 1),
        (ShyPipeline, streams.elasticity, "tvalid waits for tready", 1),
        (Deaf, streams.stalls, "took 0 beats, then none, at stalls of (0.0, 0.0)", 7),
        (Deaf, streams.throughput, "took 0 beats, then none, without stalls", 2),
        (Deaf, streams.elasticity, f"held 0 {STOPPED}", 3),
        (Deaf, streams.resets, "took 0 beats, then none, after reset 0", 4),
        (Deaf, streams.moments, "took 0 beats, then none, after all resets", 1),
        (Stubborn, streams.resets, "y=0x8 came out though nothing went in", 2),
        (Stubborn, streams.moments, "y=0x0 came out though nothing went in", 2),
        (Tired, streams.resets, "took 2 beats, then none, after reset 0", 4),
        (Tired, streams.moments, "took 9 beats, then none, after all resets", 1),
    ],
)
def test_a_pipeline_that_is_wrong_in_one_way_is_caught(kind, test, fault, count, benched):
    outcome = benched(test, PIPELINE, pipeline(kind))
    assert outcome.first == fault
    assert outcome.mismatches >= count


ASLEEP = (
    "reg met; initial met = 0; always @(posedge clk) met <= met | rst & right_m_axis_y_tvalid;",
    "reg [4:0] up; initial up = 0; always @(posedge clk) up <= rst ? 0 : up + !up[4];",
    "wire awake = !(met & up[4]);",
)
"""Verilog of ``awake``, which falls a while behind any reset once one came with a result inside."""


@pytest.mark.slow
def test_wrong_pipelines_are_caught(quick_simulator, tmp_path):
    """All in one build: each has a verdict of its own."""
    product = r"a=0x\w+ b=0x\w+: expected 0x\w+, got 0x\w+"
    valid, ready = "m_axis_y_tvalid", "m_axis_y_tready"
    cases = {
        "the offset is left out of a pipeline": (
            impostor("lmul_e2m1_latency1", Multiplier("lmul", "e2m1", offset="none", latency=1)),
            product,
        ),
        "a register too many": (
            impostor("lmul_e2m1_latency2", Multiplier("lmul", "e2m1", latency=3)),
            r"held 3 results and 0 beats of the next when stopped, expected 2 and none",
        ),
        "last is lost": (
            spoiled("lmul_e2m1_latency3", m_axis_y_tlast="1'b0"),
            r".*expected tlast 1, got 0",
        ),
        "reset is ignored": (
            spoiled("lmul_e2m1_latency4", rst="1'b0"),
            r"y=0x\w came out though nothing went in",
        ),
        "valid waits for ready": (
            spoiled("exact_e2m1_latency1", m_axis_y_tvalid=f"{{}} & {ready}"),
            r"tvalid waits for tready",
        ),
        "an offer is taken back": (
            spoiled(
                "exact_e2m1_latency2", m_axis_y_tvalid="{} & toggle", m_axis_y_tready="{} & toggle"
            ),
            r"tvalid fell before tready in cycle \d+",
        ),
        "an offer changes": (
            spoiled("exact_e2m1_latency3", m_axis_y_tdata=f"{{0}} ^ (toggle & ~{ready})"),
            r"the offer changed before tready in cycle \d+",
        ),
        "nothing is taken": (
            spoiled("exact_e2m1_latency4", s_axis_ab_tready="1'b0", s_axis_ab_tvalid="1'b0"),
            r"took 0 beats, then none, at .*",
        ),
        "every other cycle is lost": (
            spoiled(
                "exact_e3m2_latency1",
                s_axis_ab_tready=f"{{}} & ~{valid}",
                s_axis_ab_tvalid=f"{{}} & ~{valid}",
            ),
            r"20 beats took 40 cycles without stalls, expected one each and 1 more",
        ),
        **{
            f"a reset of a busy unit lets it fall asleep, {part}": (
                spoiled(
                    name, *ASLEEP, s_axis_ab_tready="{} & awake", s_axis_ab_tvalid="{} & awake"
                ),
                rf"took \d+ beats, then none, after {part}",
            )
            for name, part in (
                ("exact_e3m2_latency2", "reset 0"),
                ("exact_e3m2_latency3", "all resets"),
            )
        },
    }
    assert_caught(cases, (spoiled("lmul_e3m2_latency2"),), quick_simulator, tmp_path)


TOTAL = r"(a=0x\w+ b=0x\w+, )*(a=0x\w+ b=0x\w+|\.\.\. \(\d+ pairs\)): "
TOTAL += r"expected 0x\w+, got 0x\w+"
VALID, READY = "m_axis_c_tvalid", "m_axis_c_tready"
WRONG_MACS = {
    "the product is not rounded": (
        lambda: impostor("mac_exact_e3m2_e3m2", mac_named("mac_exact_e3m2_e3m2_fused")),
        TOTAL,
    ),
    "last is ignored": (
        lambda: spoiled("mac_lmul_e2m1_fp16", s_axis_ab_tlast="1'b0"),
        r"\d+ of \d+ results never came out",
    ),
    "a pause between sums": (
        lambda: spoiled(
            "mac_exact_e2m1_bf16",
            s_axis_ab_tready=f"{{}} & ~{VALID}",
            s_axis_ab_tvalid=f"{{}} & ~{VALID}",
        ),
        r"\d+ beats took \d+ cycles without stalls, expected one each and 2 more",
    ),
    "a sum begins with the one before": (
        lambda: edited("mac_lmul_e2m3_fp32", r"(?<=adder_state = core_sum_0) & \w+", ""),
        TOTAL,
    ),
    "the offset of the product is left out": (
        lambda: impostor("mac_lmul_e3m2_fp32", mac_named("mac_lmul_e3m2_offset0_fp32")),
        TOTAL,
    ),
    "subnormal operands are not flushed": (
        lambda: impostor("mac_lmul_e2m1_fp32", mac_named("mac_lmul_e2m1_gradual_fp32")),
        TOTAL,
    ),
    "a sum outlives a reset": (
        lambda: edited("mac_exact_e2m1_fp32", r"\brst (?=\? 1'h1 :)", "1'b0 "),
        TOTAL,
    ),
    "reset is ignored": (
        lambda: spoiled("mac_lmul_e2m1_bf16", rst="1'b0"),
        r"c=0x\w+ came out though nothing went in",
    ),
    "last does not come out": (
        lambda: spoiled("mac_exact_e2m1_fp16", m_axis_c_tlast="1'b0"),
        r".*: expected tlast 1, got 0",
    ),
    "an offer changes": (
        lambda: spoiled("mac_exact_e3m2_fp32", m_axis_c_tdata=f"{{0}} ^ (toggle & ~{READY})"),
        r"the offer changed before tready in cycle \d+",
    ),
}
"""Made when they are wanted: the name of the fault, the unit, and what is said of it."""


FIRST, *OTHERS = WRONG_MACS


@pytest.mark.parametrize(
    ("names", "right"),
    some([([FIRST], []), (OTHERS, ["mac_exact_e2m3_fp32"])], 1, several=True),
    ids=["one", "others"],
)
def test_wrong_multiply_accumulates_are_caught(names, right, quick_simulator, tmp_path):
    """Those of a list in one build: each has a verdict of its own."""
    cases = {name: (WRONG_MACS[name][0](), WRONG_MACS[name][1]) for name in names}
    once = replace(quick_simulator, seeds=(1,))
    assert_caught(cases, [spoiled(name) for name in right], once, tmp_path)


@pytest.mark.slow
def test_a_unit_is_not_asked_to_hold_more_sums_than_have_come(
    quick_simulator, tmp_path, monkeypatch
):
    """With this seed the first sum of every length has 43 beats: too many to fill a unit."""
    monkeypatch.setenv("COCOTB_TEST_FILTER", r"\.elasticity$")
    bench = Bench("right", [spoiled("mac_int4_int8")])
    once = replace(quick_simulator, seeds=(1,))
    outcomes, _ = run_bench(bench, once, pairs=0, beats=20, seed=6, build=tmp_path)
    assert [(outcome.what, outcome.first) for outcome in outcomes] == [("elasticity", None)]


@pytest.mark.slow
def test_unknown_outputs_are_caught(icarus_simulator, tmp_path):
    found = reports(
        [
            spoiled("lmul_e2m1", y="a == 4'h3 ? 4'b1x00 : {}"),
            spoiled("exact_e2m1", y="4'bz"),
            spoiled("lmul_e2m1_latency1", m_axis_y_tdata="4'bx"),
            spoiled("lmul_e2m1_latency2", s_axis_ab_tready="1'bz"),
            spoiled("mac_lmul_e2m1_bf16", m_axis_c_tdata="{} | 16'h0x00"),
            # Only what is offered must be known.
            spoiled("lmul_e2m1_latency3", m_axis_y_tdata="m_axis_y_tvalid ? {} : 4'bx"),
        ],
        icarus_simulator,
        tmp_path,
    )
    assert found["lmul_e2m1_latency3"] == []
    assert re.fullmatch(r"a=0x3 b=0x0: expected 0x0, got 1X00 \(binary\)", found["lmul_e2m1"][0])
    assert found["exact_e2m1"][0].endswith("got ZZZZ (binary)")
    assert found["lmul_e2m1_latency1"][0].startswith("tdata, tlast are XXXX")
    assert found["lmul_e2m1_latency2"][0].startswith("tready is Z in cycle")
    assert re.match(r"tdata, tlast are [01]{4}XXXX[01]{8}, 1 in", found["mac_lmul_e2m1_bf16"][0])
