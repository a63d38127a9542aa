import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.model.unit.ports import flags_of, ports_of


def widths(name):
    return {port.name: port.width for port in ports_of(unit_named(name))}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lmul_e4m3_x_e5m2_to_fp16_latency2", {"s_axis_ab": 16, "m_axis_y": 16}),
        ("mac_lmul_e4m3_x_fp16_fp32", {"s_axis_ab": 24, "m_axis_c": 32}),
        ("dot3_lmul_e4m3_fixed_to_bf16", {"s_axis_ab": 48, "m_axis_c": 16}),
        ("array_os_2x3_int8_int32_lanes4", {"s_axis_a": 64, "s_axis_b": 96, "m_axis_c": 96}),
        ("array_os_2x3_int8_int32", {"s_axis_a": 16, "s_axis_b": 24, "m_axis_c": 96}),
        ("array_ws_2x3_lmul_e4m3_bf16", {"s_axis_w": 24, "s_axis_a": 16, "m_axis_c": 48}),
        (
            "array_ws_2x3_lmul_e4m3_bf16_partial",
            {"s_axis_w": 24, "s_axis_a": 16, "s_axis_p": 48, "m_axis_c": 48},
        ),
    ],
)
def test_streams(name, expected):
    assert widths(name) == expected


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("lmul_e4m3_latency1", ()),
        ("mac_lmul_e4m3_fp32", ()),
        ("mac_lmul_e4m3_fixed", ("overflow",)),
        ("dot2_int8_int32", ("overflow",)),
        ("mac_lmul_e4m3_window", ("overflow", "inexact")),
        ("array_os_1x1_lmul_e4m3_aligned", ("protocol_error",)),
        ("array_ws_1x1_int8_int32", ("protocol_error", "overflow")),
    ],
)
def test_flags(name, flags):
    assert flags_of(unit_named(name)) == flags


def test_elements_are_packed_from_bit_0_up_and_unpacked():
    (port, _) = ports_of(unit_named("dot2_lmul_e4m3_x_e2m1_fp32"))
    a, b = np.array([[0x11, 0x22], [0x33, 0x44]]), np.array([[0x5, 0x6], [0x7, 0x8]])
    words = port.pack(a, b)
    assert words == [0x652211, 0x874433]
    again = port.unpack(words)
    assert [codes.tolist() for codes in again] == [a.tolist(), b.tolist()]
    assert [codes.dtype for codes in again] == [np.uint8, np.uint8]


def test_a_word_wider_than_its_stream_is_refused():
    (port, _) = ports_of(unit_named("dot2_lmul_e4m3_x_e2m1_fp32"))
    assert port.width == 24
    assert [codes.tolist() for codes in port.unpack([2**24 - 1])] == [[[255, 255]], [[15, 15]]]
    with pytest.raises(OverflowError):
        port.unpack([2**24])


def test_words_of_many_elements_are_those_of_their_codes_one_above_another():
    (_, port, _) = ports_of(unit_named("array_os_2x7_lmul_e5m6_fp32_lanes1"))
    codes = np.arange(1, 15).reshape(2, 7) * 0x123
    words = [sum(code << 12 * place for place, code in enumerate(row)) for row in codes.tolist()]
    assert port.pack(codes) == words
    assert port.unpack(words)[0].tolist() == codes.tolist()
