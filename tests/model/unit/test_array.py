"""Systolic arrays: what can be asked for, and the order in which they add."""

import numpy as np
import pytest

from lmul_pe.model import (
    FixedAccumulator,
    FloatAccumulator,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    SystolicArray,
    array_named,
    decode,
    encode,
    mac_named,
)
from tests.sweep import some

LMUL = Multiplier("lmul", "e4m3")


class TestSpecification:
    def test_output_stationary_without_more_by_default(self):
        array = SystolicArray(LMUL, FloatAccumulator(), np.int64(3), 5)
        assert (array.rows, array.cols, array.dataflow) == (3, 5, "os")
        assert (array.fold, array.partial) == (None, False)
        assert array.element == array.mac == Mac(LMUL, FloatAccumulator())
        assert array.products_per_cycle == 15
        assert array.name == str(array) == "array_os_3x5_lmul_e4m3_fp32"

    @pytest.mark.parametrize(
        ("options", "name"),
        [
            ({}, "array_ws_8x8_lmul_e4m3_fp32"),
            ({"fold": "weight"}, "array_ws_8x8_lmul_e4m3_fp32_fold"),
            ({"partial": True}, "array_ws_8x8_lmul_e4m3_fp32_partial"),
            ({"fold": "weight", "partial": True}, "array_ws_8x8_lmul_e4m3_fp32_fold_partial"),
        ],
    )
    def test_weight_stationary(self, options, name):
        array = SystolicArray(LMUL, FloatAccumulator(), 8, 8, "ws", **options)
        assert array.name == name
        assert array_named(name) == array

    def test_lanes(self):
        array = SystolicArray(LMUL, FixedAccumulator(), 2, 3, lanes=4)
        assert array.name == "array_os_2x3_lmul_e4m3_fixed_lanes4"
        assert array_named(array.name) == array
        assert array.element.name == "dot4_lmul_e4m3_fixed"
        two = array_named("array_os_2x3_lmul_e4m3_fixed_lanes2")
        assert two.element.name == "dot2_lmul_e4m3_fixed"
        assert array.products_per_cycle == 24
        vectors = np.arange(16).reshape(2, 8)
        beats = [[0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15]]
        np.testing.assert_array_equal(array.beats(vectors), beats)
        np.testing.assert_array_equal(array.vectors(np.array(beats)), vectors)

    def test_a_register_has_room_for_as_many_lanes_as_it_has_terms(self):
        array = SystolicArray(LMUL, FixedAccumulator(terms=4), 2, 2, lanes=4)
        assert array.element.accumulator.terms == array.element.n == 4

    @pytest.mark.parametrize("shape", [(1, 1, 1), (2, 1, 3)])
    def test_a_product_may_have_an_axis_of_one(self, shape):
        m, k, n = shape
        ones = np.full((m, k), 0x38), np.full((k, n), 0x38)
        for dataflow in ("os", "ws"):
            array = SystolicArray(Multiplier("exact", "e4m3"), FloatAccumulator(), 4, 4, dataflow)
            assert (decode(array.gemm(*ones), "fp32") == k).all()

    def test_eight_rows_and_columns_by_default(self):
        array = SystolicArray(LMUL, FloatAccumulator())
        assert (array.rows, array.cols, array.lanes) == (8, 8, 1)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("array_os_2x2_lmul_e4m3_fixed_lanes0", r"^lanes 0 is not possible: expected 1 to 64"),
            ("array_ws_2x2_lmul_e4m3_fixed_lanes2", r"^lanes 2 does not apply to dataflow 'ws'"),
            ("array_os_2x2_lmul_e4m3_fp32_lanes2", r"^lanes 2 needs sums that are exact, which"),
            ("array_os_2x2_lmul_e4m3_fixed_terms3_lanes4", r"of 4 terms or more"),
            ("array_os_2x2_lmul_e4m3_fixed_lsbm4_lanes4", r"the nearest is fixed$"),
            ("array_os_2x2_lmul_e4m3_fixed_msb9_lanes2", r"^lanes 2 needs sums that are exact"),
        ],
    )
    def test_lanes_that_no_element_has(self, name, message):
        with pytest.raises(SpecificationError, match=message):
            array_named(name)

    @pytest.mark.parametrize(
        ("size", "options", "message"),
        [
            ((0, 8), {}, r"^rows 0 is not possible: expected 1 to 128; the nearest is 1$"),
            ((8, 129), {}, r"^cols 129 is not possible: expected 1 to 128; the nearest is 128$"),
            (("8", 8), {}, r"^rows '8' is not an integer: expected 1 to 128$"),
            ((8, True), {}, r"^cols True is not an integer"),
            ((8, 8, "is"), {}, r"^dataflow 'is' is not one of os, ws; did you mean"),
            ((8, 8, "ws"), {"fold": "weights"}, r"^fold 'weights' is not one of weight; did you"),
            ((8, 8, "ws"), {"fold": True}, r"^fold True is not one of weight$"),
            ((8, 8, "ws"), {"partial": 1}, r"^partial 1 is not True or False$"),
            ((8, 8), {"fold": "weight"}, r"^fold 'weight' does not apply to dataflow 'os', where"),
            ((8, 8), {"partial": True}, r"^partial True does not apply to dataflow 'os'"),
        ],
    )
    def test_what_is_refused(self, size, options, message):
        with pytest.raises(SpecificationError, match=message):
            SystolicArray(LMUL, FloatAccumulator(), *size, **options)

    @pytest.mark.parametrize(
        ("multiplier", "accumulator"),
        [
            (Multiplier("exact", "e4m3"), FloatAccumulator()),
            (Multiplier("lmul", "e4m3", carry="equation"), FloatAccumulator()),
            (IntegerMultiplier(), IntegerAccumulator()),
        ],
    )
    def test_weights_that_nothing_can_be_folded_into(self, multiplier, accumulator):
        with pytest.raises(
            SpecificationError,
            match=rf"^fold 'weight' does not apply to {multiplier.name}: expected an lmul with int",
        ):
            SystolicArray(multiplier, accumulator, 8, 8, "ws", fold="weight")

    def test_what_a_mac_refuses(self):
        with pytest.raises(SpecificationError, match=r"^guard 'raw' is refused"):
            SystolicArray(Multiplier("lmul", "e4m3", guard="raw"), FloatAccumulator(), 8, 8)
        with pytest.raises(SpecificationError, match=r"register of 533 bits .* is refused"):
            SystolicArray(Multiplier("exact", "bf16"), FixedAccumulator(), 8, 8)


ACCUMULATORS = [
    "fp32",
    "bf16",
    "fp16_latency3",
    "e5m2",
    "fixed",
    "fixed_msb9_lsbm6_to_bf16",
    "aligned_guard0",
]


def expected_matrix(expected_sum, unit, a, b, start=None):
    """Codes and overflow of every element, by the reference."""
    rows, columns = a.shape[0], b.shape[1]
    codes, overflowed = np.zeros((2, rows, columns), dtype=np.uint64)
    for row in range(rows):
        for column in range(columns):
            begin = None if start is None else int(start[row, column])
            code, wraps, _ = expected_sum(unit, a[row].tolist(), b[:, column].tolist(), begin)
            codes[row, column], overflowed[row, column] = code, wraps
    return codes, overflowed != 0


@pytest.mark.parametrize("accumulator", ACCUMULATORS)
@pytest.mark.parametrize("kind", ["lmul", "exact"])
@pytest.mark.parametrize("length", some([3, 1, 7], 2))
def test_output_stationary_sums_are_a_macs(kind, accumulator, length, operands):
    array = array_named(f"array_os_3x4_{kind}_e4m3_{accumulator}")
    a, b = operands(array, 9, length, seed=1)
    b = b[:5].T
    assert (array.gemm(a, b) == array.mac.gemm(a, b)).all()
    assert (array.overflowed(a, b) == array.mac.matrices(a, b).overflowed).all()


@pytest.mark.parametrize("accumulator", ACCUMULATORS)
@pytest.mark.parametrize("kind", ["lmul", "exact"])
@pytest.mark.parametrize("length", some([5, 1, 4, 11], 2))
def test_weight_stationary_sums_are_cut_into_tiles(
    kind, accumulator, length, operands, expected_sum
):
    array = array_named(f"array_ws_4x3_{kind}_e4m3_gradual_{accumulator}_partial")
    a, b = operands(array, 6, length, seed=2)
    b = b[:3].T
    # The sums pass from row to row, whatever the latency of the adder.
    column = mac_named(f"mac_{array.multiplier.name}_{accumulator.removesuffix('_latency3')}")
    codes, overflowed = None, np.zeros((6, 3), dtype=bool)
    for top in range(0, length, 4):
        tile_a, tile_b = a[:, top : top + 4], b[top : top + 4]
        padding = 4 - tile_a.shape[1]
        tile_a = np.pad(tile_a, ((0, 0), (0, padding)))
        tile_b = np.pad(tile_b, ((0, padding), (0, 0)))
        codes, wraps = expected_matrix(expected_sum, column, tile_a, tile_b, codes)
        overflowed |= wraps
    assert (array.gemm(a, b) == codes).all()
    assert (array.overflowed(a, b) == overflowed).all()


def test_integers_are_the_same_in_every_dataflow(operands):
    arrays = [array_named(f"array_{which}_int8_int32") for which in ("os_3x4", "ws_3x4")]
    partial = array_named("array_ws_3x4_int8_int32_partial")
    a, b = operands(arrays[0], 10, 10, seed=4)
    expected = a.view(np.int8).astype(np.int32) @ b.view(np.int8).astype(np.int32)
    assert (arrays[0].gemm(a, b).view(np.int32) == expected).all()
    assert (partial.gemm(a, b).view(np.int32) == expected).all()
    short = a[:, :2].view(np.int8).astype(np.int32) @ b[:2].view(np.int8).astype(np.int32)
    assert (arrays[1].gemm(a[:, :2], b[:2]).view(np.int32) == short).all()


@pytest.mark.parametrize("accumulator", ["fp32", "fixed", "bf16_latency2"])
def test_folding_changes_no_result(accumulator, operands):
    plain = array_named(f"array_ws_4x4_lmul_e4m3_{accumulator}_partial")
    folded = array_named(f"array_ws_4x4_lmul_e4m3_{accumulator}_fold_partial")
    a, b = operands(plain, 12, 10, seed=6)
    assert (plain.gemm(a, b[:7].T) == folded.gemm(a, b[:7].T)).all()


def test_padding_turns_a_negative_zero_positive():
    """In e5m2 the least product underflows to -0, which stays one only if nothing is added."""
    a, b = np.full((1, 2), 0x01), np.full((2, 1), 0x81)
    for name, expected in (
        ("array_os_2x1_exact_e5m2_gradual_e5m2", 0x80),
        ("array_ws_2x1_exact_e5m2_gradual_e5m2", 0x80),
        ("array_ws_3x1_exact_e5m2_gradual_e5m2", 0x00),
        ("array_ws_1x1_exact_e5m2_gradual_e5m2_partial", 0x80),
        ("array_ws_2x1_exact_e5m2_gradual_e5m2_latency4", 0x80),
    ):
        assert array_named(name).gemm(a, b) == expected


def test_products_of_padding_are_added_to_negative_zeros_of_operands():
    """Zero operands of either sign: their products have signs, the sums from +0 have none."""
    array = array_named("array_ws_4x2_lmul_e5m2_e5m2_partial")
    a, b = np.array([[0x80, 0x00, 0x80]]), np.array([[0x00, 0x80], [0x80, 0x00], [0x00, 0x00]])
    assert array.gemm(a, b).tolist() == [[0x00, 0x00]]
    minus = [[0x80, 0x80]]
    assert array.gemm(a, b, minus).tolist() == [[0x00, 0x00]]
    without = array_named("array_ws_3x2_lmul_e5m2_e5m2_partial")
    assert without.gemm(np.full((1, 3), 0x80), np.zeros((3, 2), dtype=int), minus).tolist() == minus


def test_partial_sums_pass_through_the_results_format():
    """A fixed-point register is read out, and enters again, at every tile."""
    a, b = encode([[1.0, 0.0625, 0.0625]], LMUL.format), np.full((3, 1), 0x38)
    tiles = array_named("array_ws_1x1_exact_e4m3_fixed_to_e4m3_partial")
    whole = array_named("array_ws_3x1_exact_e4m3_fixed_to_e4m3_partial")
    assert decode(tiles.gemm(a, b), LMUL.format) == 1.0
    assert decode(whole.gemm(a, b), LMUL.format) == 1.125


def test_begins_with_codes(operands):
    array = array_named("array_ws_3x3_lmul_e4m3_fp32_partial")
    a, b = operands(array, 5, 9, seed=8)
    b = b[:4].T
    half = array.gemm(a[:, :6], b[:6])
    assert (array.gemm(a[:, 6:], b[6:], half) == array.gemm(a, b)).all()


class TestRefused:
    def test_a_long_inner_dimension_without_partial_sums(self):
        array = array_named("array_ws_4x4_lmul_e4m3_fp32")
        with pytest.raises(
            SpecificationError,
            match=r"^an inner dimension of 5 exceeds the 4 rows of array_ws_.*: expected 4 at m",
        ):
            array.gemm(np.zeros((2, 5), dtype=int), np.zeros((5, 2), dtype=int))

    @pytest.mark.parametrize("name", ["array_os_4x4_lmul_e4m3_fp32", "array_ws_4x4_lmul_e4m3_fp32"])
    def test_what_cannot_begin_elsewhere(self, name):
        one = np.ones((2, 2), dtype=int)
        with pytest.raises(SpecificationError, match=r"expected no start, or partial=True$"):
            array_named(name).gemm(one, one, one)

    @pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 2), (2, 3, 0)])
    @pytest.mark.parametrize("dataflow", ["os", "ws"])
    def test_empty_matrices(self, shape, dataflow):
        m, k, n = shape
        array = array_named(f"array_{dataflow}_4x4_lmul_e4m3_fp32")
        with pytest.raises(
            SpecificationError, match=rf"^a product of {m} x {k} and {k} x {n} matr"
        ):
            array.gemm(np.zeros((m, k), dtype=int), np.zeros((k, n), dtype=int))

    def test_what_is_no_matrix_product(self):
        array = array_named("array_os_4x4_lmul_e4m3_fp32")
        with pytest.raises(SpecificationError, match=r"are no matrix product"):
            array.gemm([[1, 2]], [[1, 2]])
        with pytest.raises(SpecificationError, match=r"^codes b 256 is outside e4m3"):
            array.gemm([[1]], [[256]])


@pytest.mark.parametrize(
    ("name", "cycles"),
    [
        ("array_os_2x2_lmul_e4m3_fp32", 0),
        ("array_os_2x2_lmul_e4m3_fp32_latency3", 6),
        ("array_ws_2x2_lmul_e4m3_fp32_latency3", 0),
        ("array_ws_2x2_lmul_e4m3_fp32_latency2", 0),
        ("array_ws_2x2_lmul_e4m3_fixed", 1),
    ],
)
def test_only_sums_that_stay_have_partial_sums_to_combine(name, cycles):
    assert array_named(name).finish_latency == cycles
