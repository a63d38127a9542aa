"""A check that cannot fail is worth nothing: designs that are wrong in one way each."""

import dataclasses
import re

import pytest

from lmul_pe.hw.export.verilog import component_of, verilog_text
from lmul_pe.model import Multiplier, mac_named
from lmul_pe.model.unit.names import specification_named
from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.testbench.harness import Unit


def impostor(name, actual):
    """The hardware of the specification ``actual`` under the name of another."""
    return Unit(specification_named(name), verilog_text(component_of(actual), name, "wrong"))


def edited(name, pattern, replacement):
    """An exported unit in whose text the one place that matches ``pattern`` says something else."""
    unit = Unit.exported(specification_named(name))
    text, count = re.subn(pattern, replacement, unit.verilog)
    assert count == 1, (pattern, count)
    return Unit(unit.specification, text)


def spoiled(name, **expressions):
    """An exported unit, some of whose ports carry an expression; {} stands for the right value.

    ``toggle`` stands for a signal that changes in every cycle.
    """
    unit = Unit.exported(specification_named(name))
    top = re.search(rf"^module {name}\(.*?^endmodule", unit.verilog, flags=re.MULTILINE | re.DOTALL)
    ports = {
        port: (direction, int(width or 0) + 1)
        for direction, width, port in re.findall(
            r"^ *(input|output) (?:\[(\d+):0\] )?(\w+);$", top[0], flags=re.MULTILINE
        )
    }
    lines = []
    if "clk" in ports:
        lines.append("reg toggle; initial toggle = 0; always @(posedge clk) toggle <= ~toggle;")
    declared = []
    for port, (direction, width) in ports.items():
        expression = expressions.get(port, "{}")
        declared.append(f"{direction} [{width - 1}:0] {port};")
        declared.append(f"wire [{width - 1}:0] right_{port};")
        if direction == "input":
            lines.append(f"assign right_{port} = {expression.format(port)};")
        else:
            lines.append(f"assign {port} = {expression.format(f'right_{port}')};")
    connections = ", ".join(f".{port}(right_{port})" for port in ports)
    inner = re.sub(
        rf"^module {name}(?=\()", f"module {name}_right", unit.verilog, flags=re.MULTILINE
    )
    outer = [
        f"module {name}({', '.join(ports)});",
        *declared,
        *lines,
        f"{name}_right inner({connections});",
    ]
    return Unit(unit.specification, inner + "\n".join([*outer, "endmodule\n"]))


def reports(units, simulator, folder):
    """The first fault of every test that failed, by unit."""
    bench = Bench("wrong", units)
    outcomes, _ = run_bench(bench, simulator, pairs=0, beats=20, seed=1, build=folder)
    return {
        unit.name: [
            outcome.first
            for outcome in outcomes
            if outcome.unit == unit.name and outcome.mismatches
        ]
        for unit in units
    }


def assert_caught(cases, right, simulator, folder):
    """Every case, a unit and the pattern of a fault, is caught, and nothing else is reported."""
    assert len({unit.name for unit, _ in cases.values()}) == len(cases)
    found = reports([*right, *(unit for unit, _ in cases.values())], simulator, folder)
    assert [found[unit.name] for unit in right] == [[] for _ in right]
    for case, (unit, fault) in cases.items():
        faults = found[unit.name]
        assert any(re.fullmatch(fault, each) for each in faults), (case, faults)


def test_wrong_designs_are_caught(quick_simulator, tmp_path):
    """All in one build: each has a verdict of its own."""
    product = r"a=0x\w+ b=0x\w+: expected 0x\w+, got 0x\w+"
    valid, ready = "m_axis_y_tvalid", "m_axis_y_tready"
    cases = {
        "the offset is left out": (
            impostor("lmul_e3m2", Multiplier("lmul", "e3m2", offset="none")),
            product,
        ),
        "zero is not tested for": (
            impostor("lmul_e2m3", Multiplier("lmul", "e2m3", guard="raw")),
            r"a=0x0 b=0x\w+: expected 0x0, got 0x\w+",
        ),
        "subnormals are not flushed": (
            impostor("exact_e2m3", Multiplier("exact", "e2m3", subnormals="gradual")),
            product,
        ),
        "one pair of 4,096 is wrong": (
            spoiled("exact_e3m2", y="{} ^ (a == 6'h15 && b == 6'h2a)"),
            r"a=0x15 b=0x2a: expected 0x\w+, got 0x\w+",
        ),
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
            r"20 beats took \d+ cycles without stalls, expected one each and 1 more",
        ),
    }
    right = spoiled("lmul_e2m1"), spoiled("lmul_e3m2_latency2")
    assert_caught(cases, right, quick_simulator, tmp_path)


def test_wrong_multiply_accumulates_are_caught(quick_simulator, tmp_path):
    total = r"(a=0x\w+ b=0x\w+, )*(a=0x\w+ b=0x\w+|\.\.\. \(\d+ pairs\)): "
    total += r"expected 0x\w+, got 0x\w+"
    valid, ready = "m_axis_c_tvalid", "m_axis_c_tready"
    cases = {
        "the offset of the product is left out": (
            impostor("mac_lmul_e3m2_fp32", mac_named("mac_lmul_e3m2_offset0_fp32")),
            total,
        ),
        "the product is not rounded": (
            impostor("mac_exact_e3m2_e3m2", mac_named("mac_exact_e3m2_e3m2_fused")),
            total,
        ),
        "subnormal operands are not flushed": (
            impostor("mac_lmul_e2m1_fp32", mac_named("mac_lmul_e2m1_gradual_fp32")),
            total,
        ),
        "a sum begins with the one before": (
            edited("mac_lmul_e2m3_fp32", r"(?<=adder_state = core_sum_0) & \w+", ""),
            total,
        ),
        "a sum outlives a reset": (
            edited("mac_exact_e2m1_fp32", r"\brst (?=\? 1'h1 :)", "1'b0 "),
            total,
        ),
        "reset is ignored": (
            spoiled("mac_lmul_e2m1_bf16", rst="1'b0"),
            r"c=0x\w+ came out though nothing went in",
        ),
        "last is ignored": (
            spoiled("mac_lmul_e2m1_fp16", s_axis_ab_tlast="1'b0"),
            r"\d+ of \d+ results never came out",
        ),
        "last does not come out": (
            spoiled("mac_exact_e2m1_fp16", m_axis_c_tlast="1'b0"),
            r".*: expected tlast 1, got 0",
        ),
        "a pause between sums": (
            spoiled(
                "mac_exact_e2m1_bf16",
                s_axis_ab_tready=f"{{}} & ~{valid}",
                s_axis_ab_tvalid=f"{{}} & ~{valid}",
            ),
            r"\d+ beats took \d+ cycles without stalls, expected one each and 2 more",
        ),
        "an offer changes": (
            spoiled("mac_exact_e3m2_fp32", m_axis_c_tdata=f"{{0}} ^ (toggle & ~{ready})"),
            r"the offer changed before tready in cycle \d+",
        ),
    }
    right = (spoiled("mac_exact_e2m3_fp32"),)
    assert_caught(cases, right, quick_simulator, tmp_path)


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


@pytest.mark.long
def test_wrong_products_are_caught_by_verilator(verilator_simulator, tmp_path):
    wrong = impostor("lmul_bf16", Multiplier("lmul", "bf16", offset="none"))
    found = reports(
        [wrong, Unit.exported(Multiplier("exact", "bf16"))], verilator_simulator, tmp_path
    )
    assert len(found["lmul_bf16"]) == len(verilator_simulator.seeds)
    assert found["exact_bf16"] == []
