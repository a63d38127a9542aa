import numpy as np
import pytest

from lmul_pe.model import encode, unit_named
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.testbench.axi_stream import Beat
from lmul_pe.sim.testbench.expected import ExpectedBeat, expected_results


def taken(expected, beats):
    for stream, data, last in beats:
        expected.accept(f"s_axis_{stream}", Beat(data, last))


def test_a_register_that_overflows_is_told_with_the_sum():
    expected = expected_results(unit_named("mac_int8_int16"))
    least = 0x80 | 0x80 << 8
    taken(expected, [("ab", least, 0), ("ab", least, 1), ("ab", least, 1)])
    assert expected.results(2) == [ExpectedBeat(0x8000, 1, True), ExpectedBeat(0x4000, 1, False)]
    assert expected.describe(1) == "a=0x80 b=0x80"


@pytest.mark.parametrize(
    ("count", "words"),
    [(4, "a=0x2 b=0x3"), (5, "a=0x2 b=0x3, ... (5 pairs)"), (9, "a=0x2 b=0x3, ... (9 pairs)")],
)
def test_the_first_four_pairs_of_a_long_sum_are_shown(count, words):
    expected = expected_results(unit_named("mac_int8_int32"))
    pairs = [0x0100, 0x0101, 0x0102, 0x0302, *[0x0504] * 5][:count]
    taken(expected, [("ab", pair, int(k == count - 1)) for k, pair in enumerate(pairs)])
    assert expected.describe(0) == f"a=0x0 b=0x1, a=0x1 b=0x1, a=0x2 b=0x1, {words}"


def test_sums_of_several_lengths_come_in_the_order_of_the_stream():
    expected = expected_results(unit_named("mac_int8_int32"))
    lasts = (1, 0, 1, 1, 0, 0, 1)
    taken(expected, [("ab", 0x0100 | k + 1, last) for k, last in enumerate(lasts)])
    assert [beat.data for beat in expected.results(4)] == [1, 2 + 3, 4, 5 + 6 + 7]
    assert [beat.data for beat in expected.results(2)] == [1, 2 + 3]


def test_a_dot_product_takes_the_elements_of_a_before_those_of_b():
    expected = expected_results(unit_named("dot2_int8_int32"))
    taken(expected, [("ab", 0x04_03_02_01, 1)])
    assert expected.results(1) == [ExpectedBeat(1 * 3 + 2 * 4, 1, False)]


def os_results():
    return expected_results(unit_named("array_os_2x1_int8_int32"))


def test_an_output_stationary_tile_gives_a_beat_for_every_row():
    expected = os_results()
    taken(expected, [("a", 0x0201, 0), ("a", 0x0403, 1), ("b", 0x05, 0)])
    assert (expected.due, expected.begun) == (0, 2)
    taken(expected, [("b", 0x06, 1)])
    assert (expected.due, expected.begun, expected.protocol_error) == (2, 0, False)
    assert expected.results(2) == [
        ExpectedBeat(1 * 5 + 3 * 6, 0, False),
        ExpectedBeat(2 * 5 + 4 * 6, 1, False),
    ]
    assert expected.describe(1) == "row 1 of a tile of K = 2, number 0"


def test_tiles_of_several_depths_come_in_the_order_of_the_streams():
    expected = os_results()
    for stream in ("a", "b"):
        taken(expected, [(stream, 1, last) for last in (1, 0, 1, 1)])
    assert [beat.data for beat in expected.results(6)] == [1, 0, 2, 0, 1, 0]
    assert [beat.data for beat in expected.results(3)] == [1, 0, 2]


def test_the_stream_of_a_rules_where_the_two_disagree():
    expected = os_results()
    taken(expected, [("a", 0x0201, 1), ("b", 0x05, 0)])
    assert (expected.due, expected.protocol_error) == (2, True)


def ws_results(partial=""):
    return expected_results(unit_named(f"array_ws_2x1_int8_int32{partial}"))


def test_weights_are_used_up_to_a_last():
    expected = ws_results()
    taken(expected, [("w", 1, 0), ("w", 2, 1), ("w", 3, 0), ("w", 4, 1)])
    taken(expected, [("a", 0x0605, 0), ("a", 0x0807, 1), ("a", 0x0605, 1)])
    assert not expected.protocol_error
    assert expected.results(3) == [
        ExpectedBeat(1 * 5 + 2 * 6, 0, False),
        ExpectedBeat(1 * 7 + 2 * 8, 1, False),
        ExpectedBeat(3 * 5 + 4 * 6, 1, False),
    ]
    assert expected.describe(2) == "beat 0 of weights number 1"


def test_a_wrong_number_of_weights_is_an_error_and_gives_anything():
    for weights in ([("w", 1, 1)], [("w", 1, 0), ("w", 2, 0), ("w", 3, 1)]):
        expected = ws_results()
        taken(expected, [*weights, ("a", 0x0605, 1)])
        assert expected.protocol_error
        assert expected.results(1) == [ExpectedBeat(None, 1, False)]


def test_without_weights_a_result_may_be_anything():
    expected = ws_results()
    taken(expected, [("a", 0x0605, 0), ("a", 0x0605, 1), ("a", 0x0605, 1)])
    assert expected.results(3) == [ExpectedBeat(None, last, False) for last in (0, 1, 1)]


@pytest.mark.parametrize(("p_last", "a_last"), [(0, 1), (1, 0)])
def test_partial_sums_that_end_elsewhere_are_an_error(p_last, a_last):
    expected = ws_results("_partial")
    taken(expected, [("w", 1, 0), ("w", 2, 1), ("p", 100, p_last), ("a", 0x0605, a_last)])
    assert expected.protocol_error


def test_partial_sums_are_where_sums_begin():
    expected = ws_results("_partial")
    taken(expected, [("w", 1, 0), ("w", 2, 1), ("p", 100, 1)])
    assert (expected.due, expected.begun) == (0, 1)
    taken(expected, [("a", 0x0605, 1)])
    assert expected.results(1) == [ExpectedBeat(100 + 1 * 5 + 2 * 6, 1, False)]


def test_sums_of_floats_are_the_models():
    array = unit_named("array_os_2x2_lmul_e4m3_fp32")
    random = np.random.default_rng(1)
    a, b = (encode(random.normal(size=(3, 2)), array.multiplier.format) for _ in "ab")
    first, second, sums = ports_of(array)
    expected = expected_results(array)
    taken(expected, [("a", word, int(k == 2)) for k, word in enumerate(first.pack(a))])
    taken(expected, [("b", word, int(k == 2)) for k, word in enumerate(second.pack(b))])
    assert [beat.data for beat in expected.results(2)] == sums.pack(array.gemm(a.T, b))
