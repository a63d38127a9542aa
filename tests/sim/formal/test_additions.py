"""One addition of a float sum is proved, whatever came before; a wrong one is refuted."""

import re

import numpy as np
import pytest

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import format_named, unit_named
from lmul_pe.sim.formal import ieee
from lmul_pe.sim.formal.additions import ENDED, ROUNDED, SETTLED, addition_texts, statements
from lmul_pe.sim.formal.equivalence import prove_equal
from lmul_pe.sim.formal.statements import TOP
from tests.sweep import some

# Of codes alone, recoded, and recoded in a range that sums never leave.
CODED, RECODED, RANGED = "mac_lmul_e2m1_e3m2", "mac_lmul_e5m2_e5m2", "mac_lmul_e2m1_bf16"
CASES = [(name, claim) for name in (CODED, RECODED, RANGED) for claim in (ROUNDED, SETTLED, ENDED)]


def proof_of(first, second):
    return prove_equal(first, second, TOP, sweeps=True, seconds=100)


@pytest.mark.parametrize(("name", "claim"), some(CASES, 1, several=True))
def test_every_addition_is_proved(name, claim):
    assert proof_of(*addition_texts(unit_named(name), claim)).proved


@pytest.mark.parametrize("name", some([CODED, RECODED, RANGED], 0))
def test_a_wrong_rule_is_refuted_by_a_sum_on_which_the_model_sides_with_the_unit(name):
    mac = unit_named(name)
    first, second = addition_texts(mac, ROUNDED)
    right = "rest > HALF ||"
    assert right in second
    proof = proof_of(first, second.replace(right, "rest >= HALF ||"))
    assert (proof.proved, proof.ended) == (False, True)
    (cycle,) = proof.counterexample
    mask = 2**mac.accumulator.result.width - 1
    sums = {side: getattr(cycle, side)["y"] & mask for side in ("first", "second")}
    inputs = cycle.inputs
    expected = int(mac.gemm([[inputs["a"]]], [[inputs["b"]]], [[inputs["code"]]])[0, 0])
    assert sums["first"] == expected != sums["second"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        (SETTLED, "1'b0, normal,", "normal, 1'b0,"),
        (SETTLED, "assign state = {code", "assign state = ~{code"),
        (ROUNDED, "field + ", "field - "),
    ],
)
def test_a_sum_that_is_begun_wrongly_is_refuted(claim, right, wrong):
    first, second = addition_texts(unit_named(RANGED), claim)
    assert right in first
    proof = proof_of(first.replace(right, wrong), second.replace(right, wrong))
    assert (proof.proved, proof.ended) == (False, True)


@pytest.mark.slow
def test_every_sum_of_products_has_a_code_that_is_meant():
    mac = unit_named(RANGED)
    first, _ = addition_texts(mac, ROUNDED)
    (body,) = (part for part in first.split("module ") if part.startswith("meant("))
    codes = 2**mac.multiplier.format.width
    rng = np.random.default_rng(3)
    sums = {
        int(mac.dot(rng.integers(codes, size=length), rng.integers(codes, size=length)))
        for length in range(1, 40)
        for _ in range(5)
    }
    cases = "\n".join(
        f"  wire is{code}; meant of{code} (16'd{code}, is{code});" for code in sorted(sums)
    )
    every = " & ".join(f"is{code}" for code in sorted(sums))
    head = f"module {TOP}(output y);"
    text = f"module {body}\n{head}\n{cases}\n  assign y = {every};\nendmodule\n"
    assert proof_of(text, f"{head} assign y = 1'b1; endmodule\n").proved
    # What lies between the least product's last place and zero is none.
    none = f"module {body}\n{head} meant of_least (16'd1, y); endmodule\n"
    assert proof_of(none, f"{head} assign y = 1'b0; endmodule\n").proved


@pytest.mark.parametrize("name", [CODED, RANGED])
def test_ports_of_what_is_compared_fit(name, warned):
    for text in addition_texts(unit_named(name), ROUNDED):
        assert warned(text, TOP) == []


def test_claims_are_about_every_operand():
    mac = unit_named("mac_lmul_e2m1_x_e4m3_e5m2")
    operands = {"a": 4, "b": 8}
    following = {"next_a": 4, "next_b": 8}
    for claim, inputs in ((ROUNDED, {}), (SETTLED, following), (ENDED, {})):
        for text in addition_texts(mac, claim):
            (ports,) = re.findall(rf"module {TOP}\((.*?)\);", text, re.DOTALL)
            found = {
                name: int(top) + 1 for top, name in re.findall(r"input \[(\d+):0\] (\w+)", ports)
            }
            before = found.keys() & {"code", "state"}
            assert found.keys() - before == {*operands, *inputs}
            assert found == {name: found[name] for name in before} | operands | inputs


@pytest.mark.parametrize("name", some(["e3m3", "e4m3ieee"], 0))
def test_the_second_text_adds_as_symfpu_does(name):
    format = format_named(name)
    first, second = ieee.ieee_texts(format)
    assert proof_of(first, second).proved
    wrong = first.replace("nothing ? sign_a && sign_b", "nothing ? sign_a || sign_b")
    assert wrong != first
    (cycle,) = proof_of(wrong, second).counterexample
    # Minus zero and zero: IEEE 754, 6.3.
    assert cycle.second == {"y": 0}


def test_both_texts_add_as_numpy_does_and_have_one_nan(tmp_path):
    values = np.array([1.5, -1.5, 2.0**-24, 60000, 1 + 2.0**-10, 2.0**-11, np.inf, -np.inf])
    codes = values.astype(np.float16)
    with np.errstate(over="ignore", invalid="ignore"):
        sums = codes[:, None] + codes
    expected = np.where(np.isnan(sums), 0xFFFF, sums.view(np.uint16)).ravel().tolist()
    pairs = [(int(a), int(b)) for a in codes.view(np.uint16) for b in codes.view(np.uint16)]
    for text in ieee.ieee_texts(format_named("fp16")):
        (tmp_path / "text.v").write_text(text)
        found = run_yosys(
            [
                *("read_verilog text.v", f"hierarchy -top {TOP}", "proc", "flatten", "opt"),
                *(f"eval -set a 16'd{a} -set b 16'd{b} -show y {TOP}" for a, b in pairs),
            ],
            tmp_path,
        )
        results = re.findall(r"Eval result: \\y = 16'([01]+)", found)
        assert [int(each, 2) for each in results] == expected


def test_symfpu_is_asked_where_it_answers():
    units = [unit_named(f"mac_lmul_{name}_{name}") for name in ("e5m2", "bf16", "fp32", "e4m3")]
    compared = [each.subject for each in statements(units, long=False) if each.claim == "ieee"]
    assert compared == ["bf16"]
    compared = [each.subject for each in statements(units, long=True) if each.claim == "ieee"]
    assert compared == ["bf16", "fp32"]
