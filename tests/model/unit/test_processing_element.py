"""What every unit that adds up products does with its arrays."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, code_type, mac_named, unit_named

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
