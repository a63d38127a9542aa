"""What every unit that adds up products does with its arrays."""

import numpy as np
import pytest

from lmul_pe.model import (
    Mac,
    Multiplier,
    SpecificationError,
    WindowAccumulator,
    code_type,
    mac_named,
    unit_named,
)

UNITS = [
    *("mac_lmul_e4m3_fp32", "mac_exact_e4m3_bf16", "mac_lmul_e4m3_fixed", "mac_exact_e4m3_aligned"),
    *("mac_int8_int32", "dot3_lmul_e4m3_fp32", "dot4_exact_e4m3_fixed", "dot2_int8_int16"),
    "mac_lmul_bf16_fp32_latency3",
]


@pytest.fixture(params=UNITS)
def unit(request):
    """Units of every accumulator."""
    return unit_named(request.param)


def test_matrices_are_sums_of_their_rows_and_columns(unit, operands):
    a, b = operands(unit, 21, 7, seed=1)
    b = b[:5].T
    found = unit.gemm(a, b)
    assert found.shape == (21, 5)
    assert found.dtype == code_type(unit.accumulator.result)
    assert (found == unit.dot(a[:, None], b.T[None])).all()
    overflowed = unit.matrices(a, b).overflowed
    assert overflowed.dtype == np.bool_
    assert (overflowed == unit.overflowed(a[:, None], b.T[None])).all()


@pytest.mark.parametrize("name", [name for name in UNITS if "latency" not in name])
def test_sums_go_on_from_where_others_ended(name, operands):
    """What is rounded in every cycle, or not at all, may be cut between cycles."""
    unit = unit_named(name)
    a, b = operands(unit, 9, 24, seed=2)
    b = b[:4].T
    if "fixed" in unit.name:
        # Operands below 2, whose sums fp32 holds without a rounding.
        a, b = a & 0xBF, b & 0xBF
    half = unit.gemm(a[:, :12], b[:12])
    assert (unit.gemm(a[:, 12:], b[12:], half) == unit.gemm(a, b)).all()


def test_blocks_fit_together(unit, operands):
    rows, columns = operands(unit, 40, 3, seed=3)
    found = unit.gemm(np.tile(rows, (20, 1)), np.tile(columns, (2, 1)).T)
    small = unit.gemm(rows, columns.T)
    assert (found == np.tile(small, (20, 2))).all()
    begin = np.tile(small, (20, 2))
    found = unit.gemm(np.tile(rows, (20, 1)), np.tile(columns, (2, 1)).T, begin)
    assert (found == np.tile(unit.gemm(rows, columns.T, small), (20, 2))).all()


@pytest.mark.parametrize("count", [2**14, 2**14 + 1, 2**15 + 3])
def test_sums_of_many_blocks_are_in_order(count):
    values = np.random.default_rng(1).integers(-128, 128, size=(2, count, 2)).astype(np.int8)
    expected = (values[0].astype(np.int32) * values[1]).sum(axis=1)
    found = mac_named("mac_int8_int32").dot(*values.view(np.uint8))
    assert (found.view(np.int32) == expected).all()


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [
        *(((3,), (3,)), ((3,), (3, 4)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4))),
        *(((5, 2, 3), (5, 3, 4)), ((2, 1, 2, 3), (4, 3, 1)), ((3,), (2, 3, 4))),
        # Few at a time, and one by one where one alone has many sums.
        *(((70, 16, 2), (70, 2, 16)), ((2, 100, 1), (2, 1, 120)), ((2, 130, 1), (2, 1, 130))),
        *(((5, 0, 3), (5, 3, 4)), ((5, 2, 0), (5, 0, 4)), ((0, 2, 3), (0, 3, 4))),
    ],
)
@pytest.mark.parametrize("name", ["mac_int8_int32", "dot2_int8_int32"])
def test_products_of_stacks_are_those_of_numpy(name, shape_a, shape_b):
    random = np.random.default_rng(2)
    a, b = (random.integers(-128, 128, size=s).astype(np.int8) for s in (shape_a, shape_b))
    expected = a.astype(np.int32) @ b.astype(np.int32)
    found = unit_named(name).matmul(a.view(np.uint8), b.view(np.uint8))
    assert found.shape == expected.shape
    assert (found.view(np.int32) == expected).all()


@pytest.mark.parametrize(("rows", "length", "columns"), [(0, 3, 2), (2, 3, 0), (2, 0, 3)])
def test_empty_matrices(unit, rows, length, columns):
    dtype = code_type(unit.multiplier.format)
    a, b = np.zeros((rows, length), dtype=dtype), np.zeros((length, columns), dtype=dtype)
    finished = unit.matrices(a, b)
    assert (finished.codes == np.zeros((rows, columns))).all()
    assert not finished.overflowed.any()


def test_where_sums_begin_is_checked(unit):
    one = np.ones((2, 2), dtype=code_type(unit.multiplier.format))
    with pytest.raises(
        SpecificationError,
        match=r"^codes start of shape \(2,\) do not begin a matrix product of shape \(2, 2\)",
    ):
        unit.gemm(one, one, [0, 0])
    with pytest.raises(SpecificationError, match=r"^codes start of type float64 are not codes"):
        unit.gemm(one, one, np.zeros((2, 2)))
    beyond = 2**unit.accumulator.result.width
    with pytest.raises(SpecificationError, match=rf"^codes start {beyond} is outside"):
        unit.gemm(one, one, np.full((2, 2), beyond))


@pytest.mark.parametrize("name", ["mac_lmul_e5m2_e5m2", "mac_lmul_e5m2_aligned_to_e5m2"])
def test_any_nan_to_begin_with_is_the_canonical_one(name):
    empty = np.zeros((1, 0), dtype=np.uint8), np.zeros((0, 2), dtype=np.uint8)
    assert mac_named(name).gemm(*empty, [[0xFD, 0x3C]]).tolist() == [[0x7E, 0x3C]]


def test_only_registers_overflow(unit, operands):
    overflowed = unit.overflowed(*operands(unit, 30, 40, seed=5))
    assert overflowed.shape == (30,)
    if unit.name == "dot2_int8_int16":
        assert overflowed.any()
    else:
        assert not overflowed.any()


@pytest.mark.parametrize(
    ("name", "addition", "levels", "finish", "latency"),
    [
        ("mac_lmul_e4m3_fp32", 1, 0, 0, 2),
        ("mac_lmul_e4m3_fixed", 1, 0, 1, 3),
        ("dot5_lmul_e4m3_fp32_latency3", 3, 3, 6, 19),
        ("dot5_lmul_e4m3_aligned", 1, 0, 0, 2),
        ("dot4_lmul_e4m3_fixed", 1, 0, 1, 3),
        ("dot4_lmul_e4m3_latency1_fixed", 1, 0, 1, 4),
        ("dot64_int8_int32", 1, 0, 0, 2),
    ],
)
def test_latencies(name, addition, levels, finish, latency):
    """The register behind the products, a tree, the sum, and what combines partial sums."""
    unit = unit_named(name)
    assert unit.accumulator.latency == addition
    assert unit.tree_levels == levels
    assert unit.accumulator.finish_latency == finish
    assert unit.latency == latency


def test_a_mac_adds_one_product_at_a_time(unit):
    if isinstance(unit, Mac):
        assert (unit.products_per_cycle, unit.is_exact, unit.adds_once) == (1, False, False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "mac_lmul_e4m3_latency1_fixed",
            r"^lmul_e4m3_latency1 is no multiplier of a multiply-accumulate, whose product is "
            r"squeezed into no format and has no registers of its own; expected lmul_e4m3$",
        ),
        ("dot2_lmul_e4m3_latency1_fp32", r"has no registers of its own; expected lmul_e4m3$"),
        (
            "dot2_lmul_e4m3_latency2_fixed",
            r"^lmul_e4m3_latency2 is .* into no format and has one stage of registers at most; "
            r"expected lmul_e4m3_latency1$",
        ),
    ],
)
def test_how_many_registers_a_multiplier_may_have_is_told(name, message):
    with pytest.raises(SpecificationError, match=message):
        unit_named(name)


def test_a_window_of_the_usual_slots_has_the_usual_name():
    multiplier = Multiplier("lmul", "e4m3")
    usual = WindowAccumulator()
    slots = usual.window(multiplier).slots
    stated = Mac(multiplier, WindowAccumulator(slots=slots))
    assert stated == Mac(multiplier, usual)
    assert stated.name == "mac_lmul_e4m3_window"


@pytest.mark.parametrize("operands", [(1, 2), (1, [2]), ([1], 2)])
def test_numbers_alone_have_no_dot_product(unit, operands):
    with pytest.raises(SpecificationError, match=r"^a dot product needs vectors: expected shapes"):
        unit.dot(*operands)


@pytest.mark.parametrize(
    ("shape_a", "shape_b"), [((2, 3), (4, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 2, 3), (2, 3))]
)
def test_only_matrices_are_multiplied_as_such(unit, shape_a, shape_b):
    dtype = code_type(unit.multiplier.format)
    with pytest.raises(SpecificationError, match=r"are no matrix product: expected M x K and"):
        unit.gemm(np.zeros(shape_a, dtype), np.zeros(shape_b, dtype))
