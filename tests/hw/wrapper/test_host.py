"""Units behind registers: every test of the bench, for each kind of unit."""

import pytest

TESTS = 5


@pytest.mark.parametrize(
    "unit",
    [
        "dot2_int8_int32",
        pytest.param("array_os_2x3_int8_int32", marks=pytest.mark.slow),
        pytest.param("array_ws_2x3_int8_int32", marks=pytest.mark.long),
        pytest.param("lmul_e4m3_latency2", marks=pytest.mark.long),
    ],
)
def test_a_host_runs_a_unit(unit, failures):
    assert failures(unit, "axi4lite", "tests.hw.wrapper.host_bench") == (TESTS, 0)
