"""Streams are proved, and a unit that breaks a rule is refuted."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.coverage.handshakes import HANDSHAKES
from lmul_pe.sim.coverage.streams import possible_in_streams
from lmul_pe.sim.formal import array_streams
from lmul_pe.sim.formal.reachability import StreamProof
from lmul_pe.sim.formal.streams import claims_about, prove_stream, table
from tests.sim.wrong_designs import edited, spoiled
from tests.sweep import some

PROVED = [
    *("lmul_e2m1_latency2", "mac_lmul_e2m1_fp32", "dot4_int8_int32"),
    *(f"lmul_e2m1_latency{latency}" for latency in (1, 3, 4)),
    *("mac_exact_e2m1_fixed", "mac_lmul_e4m3_fp32_latency2"),
    *("dot2_lmul_e2m1_e3m2", "dot2_exact_e2m1_window"),
]
ARRAYS = [
    *("array_os_2x2_lmul_e2m1_fixed", "array_ws_2x2_lmul_e2m1_fixed_partial"),
    *("array_os_1x1_int8_int32", "array_ws_1x1_int8_int32", "array_os_3x2_lmul_e2m1_e3m2_latency2"),
    *("array_ws_3x2_lmul_e2m1_e3m2_latency2_fold", "array_os_1x3_lmul_e2m1_fixed_lanes2"),
]
PIPELINE, MAC = "lmul_e2m1_latency2", "mac_lmul_e2m1_fp32"
OS, WS = "array_os_2x2_lmul_e2m1_fixed", "array_ws_2x2_lmul_e2m1_fixed"
WRONG = {
    "valid waits for ready": (spoiled(MAC, m_axis_c_tvalid="{} & m_axis_c_tready"), "nobody"),
    "valid waits for valid": (spoiled(MAC, m_axis_c_tvalid="{} & s_axis_ab_tvalid"), "nobody"),
    "data change": (spoiled(PIPELINE, m_axis_y_tdata="{} ^ toggle"), "stable"),
    "the last flag changes": (spoiled(PIPELINE, m_axis_y_tlast="{} ^ toggle"), "stable"),
    "an offer is withdrawn": (spoiled(MAC, m_axis_c_tvalid="{} & toggle"), "stable"),
    "ready pauses": (spoiled(PIPELINE, s_axis_ab_tready="{} & toggle"), "room"),
    "results come twice": (spoiled(PIPELINE, m_axis_y_tready="{} & toggle"), "counted"),
    "a beat is lost": (spoiled(PIPELINE, s_axis_ab_tvalid="{} & toggle"), "counted"),
    "a waiting sum is lost": (
        edited(MAC, r"assign core_step = [^;]*;", "assign core_step = 1'b1;"),
        "counted",
    ),
    # Of 17 cycles.
    "a long unit says nothing": (
        spoiled("dot2_lmul_e2m1_e3m2_latency4", m_axis_c_tvalid="1'b0"),
        "counted",
    ),
    "a reset empties nothing": (spoiled(PIPELINE, rst="1'b0"), "counted"),
    "the last flag is inverted": (spoiled(PIPELINE, s_axis_ab_tlast="~{}"), "ordered"),
    "the last flag is the next one's": (
        edited(
            PIPELINE, r"core_last_2 <= [^;]*;", "if (core_ready_2) core_last_2 <= s_axis_ab_tlast;"
        ),
        "ordered",
    ),
    "rows wait for an operand": (spoiled(OS, m_axis_c_tvalid="{} & s_axis_a_tvalid"), "nobody"),
    "a row changes": (spoiled(OS, m_axis_c_tdata="{} ^ toggle"), "stable"),
    "one of a pair is taken alone": (spoiled(OS, s_axis_b_tready="{} | toggle"), "paired"),
    "a tile is not ended": (spoiled(OS, s_axis_a_tlast="{} & toggle"), "counted"),
    "rows of the next tile come too early": (
        edited(OS, r"(?<=allowed = enable) & \w+;", ";"),
        "counted",
    ),
    "the first row of a tile is its last": (spoiled(OS, m_axis_c_tlast="~{}"), "ordered"),
    "a breach is forgotten": (spoiled(OS, protocol_error="{} & toggle"), "protocol"),
    "streams of a pair may differ": (
        edited(OS, r"1'h1(?= : protocol_error;)", "protocol_error"),
        "protocol",
    ),
    "a beat of a set is lost": (spoiled(WS, s_axis_a_tvalid="{} & toggle"), "counted"),
    "the end of a set is lost": (spoiled(WS, s_axis_a_tlast="{} & toggle"), "ordered"),
    "no weights are waited for": (
        edited(f"{WS}_partial", r"(?<=allowed = enable) & \w+;", ";"),
        "weighted",
    ),
    "weights are taken without end": (
        edited(WS, r"(?<=w_ready = )\w+ & \w+;", "1'b1;"),
        "weighted",
    ),
    "any number of weights will do": (
        edited(WS, r"1'h1(?= : protocol_error;)", "protocol_error"),
        "protocol",
    ),
}


@pytest.mark.parametrize("name", [*some(PROVED, 2), *some(ARRAYS, 2)])
def test_streams_are_proved(name):
    unit = unit_named(name)
    found = {claim: prove_stream(unit, claim) for claim in claims_about(unit)}
    assert {claim: proof.proved for claim, proof in found.items()} == dict.fromkeys(found, True)
    assert not any(proof.refuted for proof in found.values())


@pytest.mark.parametrize("case", WRONG)
def test_what_breaks_a_rule_is_refuted(case):
    wrong, claim = WRONG[case]
    found = prove_stream(wrong.specification, claim, verilog=wrong.verilog)
    assert (found.proved, found.refuted) == (False, True)


@pytest.mark.parametrize("name", [PIPELINE, "lmul_e2m1_latency1", MAC])
def test_no_handshake_that_the_regression_has_to_meet_is_excluded(name):
    """What is proved to be impossible: the input is not ready while the output does not wait."""
    asked = [
        each for each in possible_in_streams(unit_named(name)) if each.startswith("handshakes")
    ]
    closed = [each for each in asked if "ab is silent" in each or "ab waits" in each]
    assert len(closed) == 2
    assert all(each.endswith(HANDSHAKES[2]) for each in closed)


def test_the_table_has_a_row_for_each_unit_and_a_column_for_each_claim():
    unit, other, array = map(unit_named, (PIPELINE, MAC, OS))
    found = [
        (unit, "stable", StreamProof(True, False, 1.0)),
        (unit, "ordered", StreamProof(False, True, 0.5)),
        (array, "protocol", StreamProof(True, False, 2.0)),
        (other, "stable", StreamProof(False, False, 60.0)),
    ]
    lines = table(found, "make prove").splitlines()
    assert lines[:5] == [
        "| unit | nobody | stable | room | counted | ordered | seconds |",
        "|---|---|---|---|---|---|--:|",
        f"| `{PIPELINE}` |  | proved |  |  | refuted | 1.5 |",
        f"| `{MAC}` |  | open |  |  |  | 60.0 |",
        "",
    ]
    assert lines[5:8] == [
        "| unit | nobody | stable | paired | counted | ordered | weighted | protocol | seconds |",
        "|---|---|---|---|---|---|---|---|--:|",
        f"| `{OS}` |  |  |  |  |  |  | proved | 2.0 |",
    ]
    assert lines[8] == ""
    assert lines[9].startswith("By `make prove`, with PDR of ABC (`pyosys` ")


def test_claims_about_an_array_are_those_that_it_can_break():
    assert {"paired", "protocol"} < {*claims_about(unit_named(OS))}
    assert "weighted" not in claims_about(unit_named(OS))
    assert {"weighted", "protocol"} < {*claims_about(unit_named(WS))}
    assert "paired" not in claims_about(unit_named(WS))
    assert {"weighted", "paired"} < {*claims_about(unit_named(f"{WS}_partial"))}


@pytest.mark.parametrize("name", [OS, f"{WS}_partial", ARRAYS[4]])
def test_rows_are_on_offer_as_soon_as_the_cycles_of_a_tile_say(name, monkeypatch):
    """One cycle less is refuted."""
    earliest = array_streams.latest(unit_named(name)) - 1
    monkeypatch.setattr(array_streams, "latest", lambda array: earliest)
    assert prove_stream(unit_named(name), "counted").refuted
