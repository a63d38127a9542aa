"""Traces of streams: what docs/interfaces.md says of resets and stalls."""

import pytest

from lmul_pe.model import multiplier_named
from lmul_pe.sim.diagram.trace import Scene, traced


def beats_of(trace, stream):
    signals = (trace[f"{stream}_{name}"] for name in ("tvalid", "tready", "tdata", "tlast"))
    return [
        (data, last) for valid, ready, data, last in zip(*signals, strict=True) if valid and ready
    ]


def test_a_full_pipeline_stops_its_sender():
    pairs = [(0x38, 0x3C), (0x40, 0x44), (0x3C, 0x3C), (0x44, 0x38), (0x41, 0x42)]
    sent = [(a | b << 8, int(index == 4)) for index, (a, b) in enumerate(pairs)]
    scene = Scene("lmul_e4m3_latency2", 12, {"s_axis_ab": sent}, pauses={"m_axis_y": range(2, 7)})
    trace = traced(scene)
    products = multiplier_named("lmul_e4m3").compute(*zip(*pairs, strict=True)).tolist()
    assert beats_of(trace, "s_axis_ab") == sent
    assert beats_of(trace, "m_axis_y") == [
        (each, int(index == 4)) for index, each in enumerate(products)
    ]
    # Two stages are full from the third cycle on, until the first result is taken.
    assert trace["s_axis_ab_tready"] == [1, 1, *[0] * 5, *[1] * 5]
    assert trace["m_axis_y_tvalid"] == [0, 0, *[1] * 10]
    # An offer stays until it is taken.
    assert trace["m_axis_y_tdata"][2:8] == [products[0]] * 6


# Whether each stream of operands is ready in reset, with nothing offered to the others.
READY = {
    "lmul_e4m3_latency1": {"s_axis_ab": 1},
    "mac_int8_int32": {"s_axis_ab": 1},
    "dot2_int8_int32": {"s_axis_ab": 1},
    "array_os_2x2_int8_int32": {"s_axis_a": 0, "s_axis_b": 0},
    "array_ws_2x2_int8_int32": {"s_axis_w": 1, "s_axis_a": 0},
}


@pytest.mark.parametrize("unit", READY)
def test_a_reset_loses_results_and_leaves_streams_as_documented(unit):
    beats = {stream: [(0x38, 1)] for stream in READY[unit]}
    if "s_axis_w" in beats:
        beats["s_axis_w"] = [(1, 0), (1, 1)]
    out = "m_axis_y" if unit.startswith("lmul") else "m_axis_c"
    scene = Scene(unit, 26, beats, pauses={out: range(26)}, reset={20, 21, 22})
    trace = traced(scene)
    assert trace[f"{out}_tvalid"][20:] == [1, 0, 0, 0, 0, 0]
    for stream, ready in READY[unit].items():
        assert trace[f"{stream}_tready"][21:] == [ready] * 5


def test_operands_of_an_array_wait_for_each_other():
    scene = Scene(
        "array_os_2x2_int8_int32",
        12,
        {"s_axis_a": [(1, 0), (1, 1)], "s_axis_b": [(1, 0), (1, 1)]},
        pauses={"s_axis_b": {1, 2, 3}},
    )
    trace = traced(scene)
    assert trace["s_axis_a_tready"][:5] == [1, 0, 0, 0, 1]
    assert trace["s_axis_b_tready"][:5] == [1, 1, 1, 1, 1]
    assert beats_of(trace, "m_axis_c") == [(2, 0), (0, 1)]
