"""Proofs of equality, against what Amaranth writes by a Yosys of its own; and where they fail."""

import re
from dataclasses import replace

import pytest
from amaranth.back import verilog

from lmul_pe.hw.arithmetic.architecture import INFERRED
from lmul_pe.hw.export.verilog import component_of, exported_verilog, rtlil_text
from lmul_pe.hw.export.yosys import YosysError
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.formal import equivalence
from lmul_pe.sim.formal.equivalence import CLOCKED, COMBINATIONAL, prove_equal
from lmul_pe.sim.formal.reference import reference_verilog
from tests.sweep import some

SMALL = "mac_lmul_e2m1_e3m2"


def own(name):
    return exported_verilog(unit_named(name), name)


def amaranths(name):
    component = component_of(unit_named(name), INFERRED)
    return verilog.convert(component, name=name, emit_src=False)


def faulty(name, pattern, replacement):
    """The exported text with one operator changed."""
    text, count = re.subn(pattern, replacement, own(name))
    assert count == 1, (pattern, count)
    return text


@pytest.mark.parametrize(
    "name",
    some(["lmul_e4m3", "exact_e4m3", "lmul_e5m2_gradual", "lmul_bf16", "exact_bf16"], 2),
)
def test_multipliers_are_what_amaranth_writes(name):
    proof = prove_equal(own(name), amaranths(name), name)
    assert (proof.proved, proof.method, proof.counterexample) == (True, COMBINATIONAL, None)
    assert proof.seconds > 0


@pytest.mark.parametrize(
    "name",
    some([SMALL, "exact_e4m3_latency2", "mac_lmul_e4m3_bf16_latency2", "mac_lmul_e4m3_fp32"], 1),
)
def test_clocked_units_are_what_amaranth_writes(name):
    proof = prove_equal(own(name), amaranths(name), name)
    assert (proof.proved, proof.method, proof.counterexample) == (True, CLOCKED, None)


def test_rtlil_is_read_as_well():
    name = "lmul_e2m1_latency1"
    text = rtlil_text(component_of(unit_named(name)), name)
    assert prove_equal(text, own(name), name).proved
    assert prove_equal(text, text, name).proved


@pytest.mark.parametrize(
    ("name", "pattern", "replacement"),
    [
        ("lmul_e4m3", r"(?<=wire zero = a_tiny )\|", "&"),
        ("lmul_bf16", r"(?<=assign y = {sign )&", "|"),
        ("exact_e4m3", r"(?s)\A(.*?) \* ", r"\1 + "),
    ],
)
def test_a_changed_operator_gives_operands_on_which_the_model_differs(name, pattern, replacement):
    multiplier = unit_named(name)
    proof = prove_equal(own(name), faulty(name, pattern, replacement), name)
    assert not proof.proved
    (cycle,) = proof.counterexample
    expected = int(multiplier.compute([cycle.inputs["a"]], [cycle.inputs["b"]])[0])
    assert cycle.first == {"y": expected}
    assert cycle.second["y"] != expected


def of_product(operands, wires, result, bits=4):
    inputs = f"input [{bits - 1}:0] a, input [{bits - 1}:0] b"
    body = f"wire {wires} p = {operands.format(bits)}; assign y = {result};"
    return f"module top({inputs}, output y);\n{body}\nendmodule\n"


LEADING = "{{1'b1, a}} * {{1'b1, b}}"


@pytest.mark.parametrize(
    ("operands", "wires", "result", "other", "bits", "proved"),
    [
        # The leading one of a product is in one of two places, however long both operands are.
        (LEADING, "[49:0]", "p[49] | p[48]", "1'b1", 24, True),
        (LEADING, "[49:0]", "p[49] | p[47] | ~p[47] & p[48]", "p[49] | p[48] | p[47]", 24, True),
        # What decides is how a product is made.
        (LEADING, "[9:0]", "p[0]", "a[0] & b[0]", 4, True),
        (LEADING, "[9:0]", "p[9]", "1'b1", 4, False),
        (LEADING, "[9:0]", "p[8]", "1'b1", 4, False),
        # A product cut short, one of numbers without a leading one, and one with a sign.
        (LEADING, "[8:0]", "p[8] | p[7]", "1'b1", 4, False),
        ("{{1'b0, a}} * {{1'b1, b}}", "[9:0]", "p[9] | p[8]", "1'b1", 4, False),
        ("{{1'b1, a}} * {{a[0], b}}", "[9:0]", "p[9] | p[8]", "1'b1", 4, False),
        ("$signed({{1'b1, a}}) * $signed({{1'b1, b}})", "[9:0]", "p[9] | p[8]", "1'b1", 4, False),
    ],
)
def test_products_are_what_their_operands_make_them(operands, wires, result, other, bits, proved):
    first = of_product(operands, wires, result, bits)
    second = of_product(operands, wires, other, bits)
    proof = prove_equal(first, second, "top", sweeps=True, seconds=60)
    assert (proof.proved, proof.ended) == (proved, True)
    assert (proof.counterexample is None) == proved


def test_the_way_to_the_projects_files_may_have_blanks(monkeypatch, tmp_path):
    place = tmp_path / "a folder" / equivalence.PRODUCTS.name
    place.parent.mkdir()
    place.write_text(equivalence.PRODUCTS.read_text())
    monkeypatch.setattr(equivalence, "PRODUCTS", place)
    first, second = (of_product(LEADING, "[9:0]", each) for each in ("p[9] | p[8]", "1'b1"))
    assert prove_equal(first, second, "top", sweeps=True).proved


def test_sweeping_gives_operands_as_well():
    name = "exact_e4m3"
    wrong = faulty(name, r"(?s)\A(.*?) \* ", r"\1 + ")
    proof = prove_equal(own(name), wrong, name, sweeps=True)
    assert (proof.proved, proof.ended) == (False, True)
    (cycle,) = proof.counterexample
    assert cycle.first == {
        "y": int(unit_named(name).compute([cycle.inputs["a"]], [cycle.inputs["b"]])[0])
    }
    assert cycle.second != cycle.first


def test_sweeping_ends_when_its_time_is_up():
    name = "exact_fp32_gradual"
    proof = prove_equal(
        own(name), reference_verilog(unit_named(name)), name, sweeps=True, seconds=1
    )
    assert (proof.proved, proof.ended, proof.counterexample) == (False, False, None)


def test_a_search_ends_when_its_time_is_up():
    product = "module product(input [6:0] a, b, c, output [6:0] y); assign y = {}; endmodule"
    first, second = (product.format(each) for each in ("(a * b) * c", "a * (b * c)"))
    proof = prove_equal(first, second, "product", seconds=1)
    assert (proof.proved, proof.ended, proof.counterexample) == (False, False, None)


def sums_of(mac, cycles, side):
    """What a unit gave, cycle by cycle: the sums that left it, and by the model what it took."""
    given, due, pairs = [], [], []
    for cycle in cycles:
        outputs, inputs = getattr(cycle, side), cycle.inputs
        if inputs["rst"]:
            continue
        if outputs["m_axis_c_tvalid"] and inputs["m_axis_c_tready"]:
            given.append(outputs["m_axis_c_tdata"])
        if inputs["s_axis_ab_tvalid"] and outputs["s_axis_ab_tready"]:
            pairs.append(divmod(inputs["s_axis_ab_tdata"], 2**mac.multiplier.format.width))
            if inputs["s_axis_ab_tlast"]:
                b, a = zip(*pairs, strict=True)
                due.append(int(mac.dot(list(a), list(b))))
                pairs = []
    return given, due[: len(given)]


def test_a_fault_in_an_accumulator_gives_a_sum_on_which_the_model_differs():
    mac = unit_named(SMALL)
    # The sign of a difference: wrong only if both terms are negative.
    wrong = faulty(SMALL, r"(?<=assign core_adder_subtract = core_adder_state\[5\] )\^", "|")
    proof = prove_equal(own(SMALL), wrong, SMALL)
    assert (proof.proved, proof.method) == (False, CLOCKED)
    assert [cycle.inputs["rst"] for cycle in proof.counterexample] == [
        1,
        *[0] * (len(proof.counterexample) - 1),
    ]
    last = proof.counterexample[-1]
    assert last.first != last.second
    # The sum may only have been offered in that cycle.
    taken = [
        *proof.counterexample[:-1],
        replace(last, inputs={**last.inputs, "m_axis_c_tready": 1}),
    ]
    given, due = sums_of(mac, taken, "first")
    assert given == due
    wrongly, due = sums_of(mac, taken, "second")
    assert wrongly[:-1] == due[:-1]
    assert wrongly[-1] != due[-1]


def test_a_difference_behind_the_depth_is_neither_proved_nor_found():
    wrong = faulty(SMALL, r"(?<=assign core_adder_subtract = core_adder_state\[5\] )\^", "|")
    proof = prove_equal(own(SMALL), wrong, SMALL, depth=2)
    assert (proof.proved, proof.counterexample) == (False, None)


@pytest.mark.slow
def test_registers_of_other_names_are_not_proved():
    text = own(SMALL)
    renamed = text.replace("core_sum_0", "core_total")
    assert renamed != text
    proof = prove_equal(amaranths(SMALL), renamed, SMALL, depth=3)
    assert (proof.proved, proof.counterexample) == (False, None)


COUNT = "count + 2'd1"
COUNTER = f"""module counter(clk, rst, y);
  input clk, rst; output [1:0] y; reg [1:0] count; assign y = count;
  always @(posedge clk) if (rst) count <= 0; else count <= {COUNT};
endmodule
"""


@pytest.mark.parametrize(
    ("count", "differs"),
    [
        ("count - 2'd3", None),
        ("2'd1 - ~count - 2'd1", None),
        ("count - 2'd1", 2),
        ("count | 2'd1", 3),
    ],
)
def test_a_counter_differs_in_the_first_cycle_in_which_it_can(count, differs):
    proof = prove_equal(COUNTER, COUNTER.replace(COUNT, count), "counter")
    assert proof.proved == (differs is None)
    if differs:
        # Cycle 0 has the reset; the count is 0 in cycle 1, and 1 in cycle 2.
        assert [cycle.first["y"] for cycle in proof.counterexample[1:]] == list(range(differs))
        outputs = [cycle.first == cycle.second for cycle in proof.counterexample]
        assert outputs == [True] * differs + [False]


def test_other_ports_are_refused():
    with pytest.raises(
        SpecificationError,
        match=r"port 'y' is 2 bits of output in the first design and 3 bits of output in the "
        r"second: expected equal ports",
    ):
        prove_equal(COUNTER, COUNTER.replace("output [1:0]", "output [2:0]"), "counter")
    with pytest.raises(SpecificationError, match=r"port 'z' is missing in the first design and"):
        prove_equal(
            COUNTER, COUNTER.replace("rst, y", "rst, y, z").replace("rst;", "rst, z;"), "counter"
        )


@pytest.mark.parametrize("sweeps", [False, True])
def test_a_net_that_nothing_drives_proves_nothing(sweeps):
    """A register without a clock keeps what it has, which is equal to anything."""
    kept = "module kept(input clk, input a, output reg y); always @(posedge clk) y <= a; endmodule"
    alone = "module both(input a, output y); kept inside (.a(a), .y(y)); endmodule"
    other = "module both(input a, output y); assign y = !a; endmodule"
    with pytest.raises(YosysError, match="Found 1 problems in 'check -assert'"):
        prove_equal(f"{kept}\n{alone}", other, "both", sweeps=sweeps)


def test_a_text_that_is_no_design_is_yosys_own_error():
    with pytest.raises(YosysError, match="syntax error"):
        prove_equal("module counter(clk; endmodule", COUNTER, "counter")
    with pytest.raises(YosysError, match="Module `other' not found"):
        prove_equal(COUNTER, COUNTER, "other")
