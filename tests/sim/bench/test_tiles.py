"""Systolic arrays under cocotb: a covering set, and the cross of their parameters."""

import itertools

import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.run.regression import check

SMALL = (
    "array_os_1x1_exact_fp32_fp32_latency4",
    "array_ws_1x1_lmul_fp16_fixed_partial",
    "array_os_1x8_lmul_bf16_fp32_latency2",
    "array_ws_1x8_exact_e5m2_bf16_partial",
    "array_os_8x1_lmul_e5m2_fixed_terms4",
    "array_ws_8x1_exact_e4m3_aligned",
    "array_os_3x5_exact_e4m3_bf16_latency3",
    "array_ws_3x5_lmul_e4m3_fp32_latency2_fold_partial",
    "array_ws_3x5_int8_int16_partial",
)
LARGE = ("array_os_8x8_lmul_e4m3_fp32", "array_ws_8x8_lmul_e4m3_fp32_fold")
LARGEST = ("array_os_16x16_int8_int32",)
COVERED = (*SMALL, *LARGE, *LARGEST)

SIZES = ("1x1", "1x8", "8x1", "3x5", "8x8", "16x16")
FORMATS = ("e4m3", "e5m2", "bf16", "fp16", "fp32")
ACCUMULATORS = (
    *("fp32", "bf16", "fixed", "aligned"),
    *("fp32_latency2", "bf16_latency3", "fp32_latency4"),
)
TESTS = {
    "8 stall patterns",
    "long tiles",
    "matrix products",
    "elasticity",
    "3 breaches of the protocol",
    "6 resets",
}


def assert_clean(outcomes, arrays):
    assert [outcome for outcome in outcomes if outcome.mismatches] == []
    assert {outcome.unit for outcome in outcomes} == {each.name for each in arrays}
    assert {outcome.what for outcome in outcomes} == TESTS
    assert all(outcome.count for outcome in outcomes)


def test_every_value_of_every_parameter_is_covered():
    arrays = list(map(unit_named, COVERED))
    assert {f"{each.rows}x{each.cols}" for each in arrays} == set(SIZES)
    assert {each.dataflow for each in arrays} == {"os", "ws"}
    assert {each.multiplier.kind for each in arrays} == {"lmul", "exact", "int"}
    assert {each.multiplier.format.name for each in arrays} == {*FORMATS, "int8"}
    sorts = {each.accumulator.name.removeprefix("bf16_").removeprefix("fp32_") for each in arrays}
    assert {"fp32", "bf16", "fixed", "aligned", "latency2", "latency3", "latency4"} < sorts
    assert {each.partial for each in arrays} == {True, False}
    assert {each.fold for each in arrays} == {"weight", None}


def test_covering_set(quick_simulator, tmp_path):
    arrays = list(map(unit_named, SMALL))
    outcomes, _ = check("arrays", arrays, quick_simulator, beats=40, build=tmp_path)
    assert_clean(outcomes, arrays)


@pytest.mark.parametrize(
    "names",
    [pytest.param(LARGE, marks=pytest.mark.long, id="large"), pytest.param(LARGEST, id="largest")],
)
def test_covering_set_of_large_arrays(names, one_run, tmp_path):
    arrays = list(map(unit_named, names))
    outcomes, _ = check("arrays", arrays, one_run, beats=40, build=tmp_path)
    assert_clean(outcomes, arrays)


def crossed(size, dataflow, accumulator, index):
    """Arrays of every kind that has such an accumulator, of a format in turn."""
    formats = [
        each
        for each in FORMATS
        if not (accumulator == "fixed" and each in ("bf16", "fp32"))
        and not (each == "fp32" and size in ("8x8", "16x16"))
    ]
    format = formats[index % len(formats)]
    options = ["", ""]
    if dataflow == "ws":
        options = ["_fold" if index % 2 else "_partial", "_partial" if index % 2 else ""]
    names = [
        f"array_{dataflow}_{size}_{kind}_{format}_{accumulator}{option}"
        for kind, option in zip(("lmul", "exact"), options, strict=True)
    ]
    if accumulator == "fixed":
        names.append(f"array_{dataflow}_{size}_int8_int32")
    return names


@pytest.mark.long
@pytest.mark.parametrize(
    ("index", "size", "dataflow", "accumulator"),
    [
        (index, *values)
        for index, values in enumerate(itertools.product(SIZES, ("os", "ws"), ACCUMULATORS))
    ],
)
def test_cross(index, size, dataflow, accumulator, quick_simulator, tmp_path):
    arrays = list(map(unit_named, crossed(size, dataflow, accumulator, index)))
    outcomes, _ = check("arrays", arrays, quick_simulator, beats=200, seed=index, build=tmp_path)
    assert_clean(outcomes, arrays)


@pytest.mark.long
def test_covering_set_in_four_states(icarus_simulator, tmp_path):
    arrays = list(map(unit_named, SMALL))
    outcomes, _ = check("arrays", arrays, icarus_simulator, beats=100, seed=3, build=tmp_path)
    assert_clean(outcomes, arrays)
