import pytest

from lmul_pe.model import CATALOG, Multiplier, mac_named, multiplier_named, unit_named
from lmul_pe.sim.coverage.goals import never_hit
from lmul_pe.sim.run.regression import (
    check,
    format_macs,
    format_multipliers,
    narrow_multipliers,
    wide_multipliers,
)
from lmul_pe.sim.testbench.outcome import hits_of
from tests.sweep import some

MIXED = (
    "lmul_e4m3_x_e5m2_to_fp16",
    "lmul_fp16_x_e4m3_to_bf16_gradual",
    "exact_e4m3_x_e5m2_to_bf16",
    "exact_bf16_x_e3m2_to_e5m2_gradual",
    "exact_fp16_rtz",
    "exact_e4m3_gradual_nan",
    "lmul_e5m2_equation_gradual",
    "lmul_e3m2_raw",
)
NARROW = ("lmul_e3m2", "exact_e2m1_gradual", "lmul_e3m2_latency2")
STREAMS = (
    *(f"lmul_e4m3_latency{latency}" for latency in range(1, 5)),
    *(f"exact_e5m2_latency{latency}" for latency in range(1, 5)),
    "exact_fp16_gradual_latency2",
    "lmul_e4m3_x_e5m2_to_fp16_latency3",
    "lmul_fp32_raw_latency4",
    "exact_bf16_latency4",
)
MACS = (
    "mac_lmul_e4m3_fp32",
    "mac_exact_e4m3_fp32",
    "mac_exact_bf16_fp32",
    "mac_exact_fp32_fp32_fused",
    "mac_exact_e5m2_gradual_fp16",
    "mac_lmul_e4m3_gradual_e4m3",
    "mac_lmul_e4m3_x_e5m2_fp32",
)
FEW_SUMS = ("mac_int8_int16", "dot2_lmul_e4m3_fixed")
SUMS = (
    "mac_exact_e5m2_fixed_terms4",
    "mac_exact_bf16_aligned_guard0_to_bf16",
    "mac_lmul_e4m3_fp32_latency2",
    "dot5_exact_e5m2_gradual_fixed_terms8_to_bf16",
    "dot3_exact_e5m2_fp32_latency2",
    "dot4_int8_int32",
    "dot8_exact_e5m2_bf16",
    "dot4_exact_bf16_window_slots2_terms4",
    "dot3_exact_e4m3_gradual_latency1_fixed_terms4",
    "dot3_lmul_bf16_gradual_latency1_window",
)
"""With those above each accumulator and unit once; the rest below is for the long tests."""
OTHER_SUMS = (
    "mac_lmul_e4m3_fixed",
    "mac_lmul_bf16_fixed_msb20_lsbm30",
    "mac_exact_e5m2_bf16_latency3",
    "mac_lmul_bf16_fp16_latency4",
    "dot1_lmul_e4m3_fp32",
    "dot2_lmul_e4m3_fixed_terms1",
    "dot16_lmul_e3m2_x_e2m1_gradual_fixed",
    "dot8_lmul_e4m3_aligned",
    "mac_lmul_bf16_window",
    "dot3_lmul_fp32_gradual_window",
    "dot4_exact_bf16_latency1_window_slots2_terms4",
)
MORE_SUMS = tuple(
    f"{unit}_{multiplier}_{accumulator}"
    for unit in ("mac", "dot1", "dot2", "dot3", "dot4", "dot8")
    for multiplier, accumulator in (
        ("lmul_e4m3", "fixed"),
        ("exact_fp16", "fixed_to_bf16"),
        ("exact_e5m2", "fixed_terms8"),
        ("lmul_bf16", "fixed_msb9_lsbm9"),
        ("lmul_bf16", "aligned"),
        ("exact_e4m3", "aligned_guard0_to_fp16"),
        ("lmul_e4m3", "fp32"),
        ("exact_bf16", "bf16_fused"),
        ("lmul_fp16", "fp32_latency2"),
        ("exact_e4m3", "bf16_latency3"),
        ("lmul_e5m2", "fp32_latency4"),
        ("int8", "int32"),
        ("int4", "int9"),
    )
)
MORE_MACS = (
    "mac_lmul_bf16_fp32",
    "mac_lmul_fp16_fp32",
    "mac_exact_fp16_fp32",
    "mac_lmul_bf16_bf16",
    "mac_exact_fp32_fp32",
    "mac_lmul_fp32_fp32",
    "mac_exact_bf16_bf16_fused",
    "mac_exact_bf16_x_e4m3_gradual_fp16",
    "mac_lmul_e5m2_equation_fp32",
    "mac_exact_e4m3_e4m3",
    "mac_lmul_e4m3fnuz_e4m3fnuz",
    "mac_exact_e2m3_e3m2",
    "mac_lmul_fp16_offset3_tf32",
    "mac_exact_fp16_gradual_fp16",
    "mac_lmul_tf32_e11m52",
)


def assert_clean(outcomes, units):
    assert [outcome for outcome in outcomes if outcome.mismatches] == []
    assert {outcome.unit for outcome in outcomes} == {each.name for each in units}
    assert all(outcome.count for outcome in outcomes)
    assert never_hit(units, hits_of(outcomes)) == []


def test_every_catalogued_format_is_covered():
    covered = {each.format.name for each in (*narrow_multipliers(), *wide_multipliers())}
    assert covered == set(CATALOG)
    assert {each.format.name for each in narrow_multipliers()} == {
        *("e5m2", "e4m3", "e4m3fnuz", "e5m2fnuz", "e3m4", "e3m2", "e2m3", "e2m1")
    }


def test_a_format_is_checked_under_every_policy_and_latency():
    names = {each.name for each in format_multipliers("bf16")}
    assert {"lmul_bf16", "lmul_bf16_gradual", "lmul_bf16_raw", "lmul_bf16_equation"} < names
    assert {"exact_bf16", "exact_bf16_gradual", "exact_bf16_latency4"} < names
    assert len(format_multipliers("bf16", ["exact"])) == 6


def test_a_format_has_multiply_accumulates_of_every_kind_that_can_be_added():
    def names(*arguments):
        return [mac.name for mac in format_macs(*arguments)]

    assert names("bf16") == ["mac_lmul_bf16_fp32", "mac_exact_bf16_fp32", "mac_table_bf16_fp32"]
    assert names("bf16", ["exact"]) == ["mac_exact_bf16_fp32"]
    # Exact products of 106 bits.
    assert names("e11m52") == ["mac_lmul_e11m52_fp32", "mac_table_e11m52_fp32"]


@pytest.mark.slow
def test_catalogue_on_verilator(verilator_simulator, tmp_path):
    """Every pair of the narrow formats, boundaries and random pairs of the wide ones, streams."""
    multipliers = [
        *narrow_multipliers(),
        *wide_multipliers(),
        *(multiplier_named(name) for name in (*MIXED, *STREAMS)),
        *map(mac_named, MACS[:2]),
    ]
    outcomes, _ = check(
        "catalogue", multipliers, verilator_simulator, pairs=50_000, beats=80, build=tmp_path
    )
    assert_clean(outcomes, multipliers)
    pairs = {outcome.unit: outcome.count for outcome in outcomes if "pair" in outcome.what}
    assert pairs["lmul_e4m3"] == 65_536
    # Each of 23 mantissa bits alone, of two exponents, in either operand; and where gradual
    # underflow rounds at either end, by nine constants.
    assert pairs["exact_fp32"] == 50_000 + 23 * 2 * 2 + 2 * 9


@pytest.mark.slow
def test_small_formats_on_icarus(icarus_simulator, tmp_path):
    """Four states: an X on an output would show."""
    multipliers = [
        *(Multiplier(kind, format) for kind in ("lmul", "exact") for format in ("e3m2", "e2m1")),
        *(multiplier_named(name) for name in ("lmul_e4m3_latency1", "exact_fp16_gradual_latency3")),
    ]
    outcomes, _ = check("small_formats", multipliers, icarus_simulator, beats=60, build=tmp_path)
    assert_clean(outcomes, multipliers)


def test_narrow_formats_on_verilator(one_run, tmp_path):
    """Every pair of some, and streams of one."""
    multipliers = [multiplier_named(name) for name in NARROW]
    outcomes, _ = check("narrow", multipliers, one_run, beats=60, build=tmp_path)
    assert_clean(outcomes, multipliers)
    assert {each.unit: each.count for each in outcomes if "pair" in each.what} == {
        "lmul_e3m2": 4096,
        "exact_e2m1_gradual": 256,
    }


@pytest.mark.parametrize("names", some([MACS[:1], MACS[1:]], 1))
def test_multiply_accumulates(names, quick_simulator, tmp_path):
    macs = list(map(mac_named, names))
    outcomes, _ = check("macs", macs, quick_simulator, beats=80, build=tmp_path)
    assert_clean(outcomes, macs)
    assert {outcome.what for outcome in outcomes} == {
        *("7 stall patterns", "throughput", "elasticity", "4 resets", "resets at any moment"),
        "long sums",
    }


@pytest.mark.parametrize("names", some([FEW_SUMS, SUMS, OTHER_SUMS], 0, 2))
def test_every_accumulator_and_dot_products(names, one_run, tmp_path):
    units = list(map(unit_named, names))
    outcomes, _ = check("sums", units, one_run, beats=60, build=tmp_path)
    assert_clean(outcomes, units)


@pytest.mark.long
@pytest.mark.parametrize("unit", ["mac", "dot1", "dot2", "dot3", "dot4", "dot8"])
def test_more_accumulators_and_dot_products(unit, quick_simulator, tmp_path):
    units = [unit_named(name) for name in MORE_SUMS if name.startswith(f"{unit}_")]
    outcomes, _ = check("sums", units, quick_simulator, beats=300, build=tmp_path)
    assert_clean(outcomes, units)


@pytest.mark.long
def test_more_multiply_accumulates_on_icarus(icarus_simulator, tmp_path):
    macs = list(map(mac_named, (*MACS, *MORE_MACS)))
    outcomes, _ = check("macs", macs, icarus_simulator, beats=400, seed=2, build=tmp_path)
    assert_clean(outcomes, macs)


@pytest.mark.long
def test_more_multiply_accumulates_on_verilator(verilator_simulator, tmp_path):
    macs = list(map(mac_named, (*MACS, *MORE_MACS)))
    outcomes, _ = check("macs", macs, verilator_simulator, beats=600, build=tmp_path)
    assert_clean(outcomes, macs)


@pytest.mark.long
@pytest.mark.parametrize("format", CATALOG)
def test_format_on_icarus(format, icarus_simulator, tmp_path):
    units = [*format_multipliers(format), *format_macs(format)]
    outcomes, _ = check(f"{format}_units", units, icarus_simulator, build=tmp_path)
    assert_clean(outcomes, units)


@pytest.mark.long
@pytest.mark.parametrize("format", CATALOG)
def test_format_on_verilator(format, verilator_simulator, tmp_path):
    units = [*format_multipliers(format), *format_macs(format)]
    outcomes, _ = check(
        f"{format}_units",
        units,
        verilator_simulator,
        pairs=500_000,
        beats=500,
        build=tmp_path,
    )
    assert_clean(outcomes, units)
