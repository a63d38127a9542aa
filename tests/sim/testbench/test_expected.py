import numpy as np

from lmul_pe.model import encode, unit_named
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.testbench.axi_stream import Beat
from lmul_pe.sim.testbench.expected import Due, ledger_of


def taken(ledger, beats):
    for stream, data, last in beats:
        ledger.accept(f"s_axis_{stream}", Beat(data, last))


def test_a_register_that_overflows_is_told_with_the_sum():
    ledger = ledger_of(unit_named("mac_int8_int16"))
    least = 0x80 | 0x80 << 8
    taken(ledger, [("ab", least, 0), ("ab", least, 1), ("ab", least, 1)])
    assert ledger.results(2) == [Due(0x8000, 1, True), Due(0x4000, 1, False)]
    assert ledger.describe(1) == "a=0x80 b=0x80"


def test_a_dot_product_takes_the_elements_of_a_before_those_of_b():
    ledger = ledger_of(unit_named("dot2_int8_int32"))
    taken(ledger, [("ab", 0x04_03_02_01, 1)])
    assert ledger.results(1) == [Due(1 * 3 + 2 * 4, 1, False)]


def os_ledger():
    return ledger_of(unit_named("array_os_2x1_int8_int32"))


def test_an_output_stationary_tile_gives_a_beat_for_every_row():
    ledger = os_ledger()
    taken(ledger, [("a", 0x0201, 0), ("a", 0x0403, 1), ("b", 0x05, 0)])
    assert (ledger.due, ledger.begun) == (0, 2)
    taken(ledger, [("b", 0x06, 1)])
    assert (ledger.due, ledger.begun, ledger.protocol_error) == (2, 0, False)
    assert ledger.results(2) == [Due(1 * 5 + 3 * 6, 0, False), Due(2 * 5 + 4 * 6, 1, False)]
    assert ledger.describe(1) == "row 1 of a tile of K = 2, number 0"


def test_the_stream_of_a_rules_where_the_two_disagree():
    ledger = os_ledger()
    taken(ledger, [("a", 0x0201, 1), ("b", 0x05, 0)])
    assert (ledger.due, ledger.protocol_error) == (2, True)


def ws_ledger(partial=""):
    return ledger_of(unit_named(f"array_ws_2x1_int8_int32{partial}"))


def test_weights_are_used_up_to_a_last():
    ledger = ws_ledger()
    taken(ledger, [("w", 1, 0), ("w", 2, 1), ("w", 3, 0), ("w", 4, 1)])
    taken(ledger, [("a", 0x0605, 0), ("a", 0x0807, 1), ("a", 0x0605, 1)])
    assert not ledger.protocol_error
    assert ledger.results(3) == [
        Due(1 * 5 + 2 * 6, 0, False),
        Due(1 * 7 + 2 * 8, 1, False),
        Due(3 * 5 + 4 * 6, 1, False),
    ]
    assert ledger.describe(2) == "beat 0 of weights number 1"


def test_a_wrong_number_of_weights_is_an_error_and_gives_anything():
    for weights in ([("w", 1, 1)], [("w", 1, 0), ("w", 2, 0), ("w", 3, 1)]):
        ledger = ws_ledger()
        taken(ledger, [*weights, ("a", 0x0605, 1)])
        assert ledger.protocol_error
        assert ledger.results(1) == [Due(None, 1, False)]


def test_partial_sums_are_where_sums_begin():
    ledger = ws_ledger("_partial")
    taken(ledger, [("w", 1, 0), ("w", 2, 1), ("p", 100, 1)])
    assert (ledger.due, ledger.begun) == (0, 1)
    taken(ledger, [("a", 0x0605, 1)])
    assert ledger.results(1) == [Due(100 + 1 * 5 + 2 * 6, 1, False)]


def test_sums_of_floats_are_the_models():
    array = unit_named("array_os_2x2_lmul_e4m3_fp32")
    random = np.random.default_rng(1)
    a, b = (encode(random.normal(size=(3, 2)), array.multiplier.format) for _ in "ab")
    first, second, sums = ports_of(array)
    ledger = ledger_of(array)
    taken(ledger, [("a", word, int(k == 2)) for k, word in enumerate(first.pack(a))])
    taken(ledger, [("b", word, int(k == 2)) for k, word in enumerate(second.pack(b))])
    expected = sums.pack(array.gemm(a.T, b))
    assert [due.data for due in ledger.results(2)] == expected
