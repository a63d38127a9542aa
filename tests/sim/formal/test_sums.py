"""Every result of a stream is proved right, and a unit with one fault is refuted."""

import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.sim.formal import sums
from lmul_pe.sim.formal.sums import prove_sums, sum_reference
from tests.sim.wrong_designs import edited, spoiled
from tests.sweep import some

PROVED = [
    *("lmul_e2m1_latency2", "mac_lmul_e2m1_e3m2"),
    *("dot2_lmul_e2m1_fixed_terms2_to_e3m2", "mac_lmul_e2m1_aligned_to_e3m2"),
    *("mac_lmul_e2m1_window_slots2_terms2_to_e4m3", "mac_lmul_e2m1ieee_e3m2ieee"),
    *("exact_e2m1_latency3", "mac_lmul_e2m1_fixed_terms4_to_e3m2"),
]
PIPELINE, MAC, FIXED = PROVED[0], PROVED[1], PROVED[7]
WRONG = {
    "a stage that waits takes what comes": edited(
        PIPELINE, r"core_sum_1 <= [^;]*;", "core_sum_1 <= {core_sum[4:1], core_field_sum[0]};"
    ),
    "a product that waits is overwritten": edited(
        MAC, r"core_products_0 <= [^;]*;", "core_products_0 <= core_product;"
    ),
    "a tie is rounded up": edited(MAC, r"(core_adder_round_up = \w+) & ", r"\1 | "),
    "a sum begins with the one before": edited(
        MAC, r"(core_adder_state = core_sum_0) & \w+;", r"\1;"
    ),
    "a beat is added twice": edited(
        MAC, r"core_products_valid <= [^;]*;", "core_products_valid <= ~rst & s_axis_ab_tvalid;"
    ),
    "results change places": spoiled(
        PIPELINE,
        "reg [3:0] before;",
        "always @(posedge clk) if (m_axis_y_tready) before <= right_m_axis_y_tdata;",
        m_axis_y_tdata="m_axis_y_tlast ? before : {}",
    ),
    "overflow is not told": edited(FIXED, r"\boverflow = core_overflowed;", "overflow = 1'b0;"),
    "overflow is told too soon": edited(
        FIXED, r"\boverflow = core_overflowed;", "overflow = core_overflowed | core_products_valid;"
    ),
}


@pytest.mark.parametrize("name", some(PROVED, 2))
def test_every_result_is_proved(name):
    proof = prove_sums(unit_named(name))
    assert (proof.proved, proof.refuted, proof.word) == (True, False, "proved")


@pytest.mark.parametrize("case", some(WRONG, 2))
def test_a_unit_with_one_fault_is_refuted(case):
    wrong = WRONG[case]
    proof = prove_sums(wrong.specification, verilog=wrong.verilog)
    assert (proof.proved, proof.refuted) == (False, True)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (MAC, "rest > HALF ||", "rest >= HALF ||"),
        (MAC, "nothing ? sign_a && sign_b", "nothing ? sign_a || sign_b"),
    ],
)
def test_a_wrong_text_is_refuted(name, right, wrong, monkeypatch):
    unit = unit_named(name)
    reference = sum_reference(unit)
    assert right in reference
    monkeypatch.setattr(sums, "sum_reference", lambda unit: reference.replace(right, wrong))
    assert prove_sums(unit).refuted


@pytest.mark.parametrize("name", [PIPELINE, MAC, "dot2_int4_int8"])
def test_ports_of_what_is_compared_fit(name, warned):
    unit = unit_named(name)
    assert warned(sums.watched(unit, exported_verilog(unit, name)), "watched") == []


def test_what_has_no_second_text_is_refused():
    for name in ("dot2_lmul_e2m1_fp32", "mac_lmul_e4m3_fp32_latency2"):
        with pytest.raises(SpecificationError, match=f"{name} has no reference: expected one sum"):
            sum_reference(unit_named(name))
    with pytest.raises(SpecificationError, match="has no reference: expected kind lmul or exact"):
        sum_reference(unit_named("mac_table_bf16_fp32"))
