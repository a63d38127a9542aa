"""Matrix products through the RTL of arrays."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, cycles, unit_named
from lmul_pe.sim.bench.products import WITH_STALLS, WITHOUT_STALLS
from lmul_pe.sim.run.gemm import multiply
from lmul_pe.sim.testbench.tile_cases import operands


def test_products_of_several_arrays_come_out_of_one_simulation(quick_simulator, tmp_path):
    arrays = [
        unit_named(name) for name in ("array_os_2x3_int4_int20", "array_ws_3x2_int5_int20_partial")
    ]
    random = np.random.default_rng(1)
    shapes = [(3, 5, 4), (4, 7, 3)]
    pairs, expected = {}, {}
    for array, (m, k, n) in zip(arrays, shapes, strict=True):
        bits = array.multiplier.format.width
        a, b = (random.integers(0, 2**bits, size=size, dtype=np.uint8) for size in ((m, k), (k, n)))
        pairs[array] = a, b
        first, second = (
            codes.astype(int) - (codes.astype(int) >> bits - 1 << bits) for codes in (a, b)
        )
        expected[array] = first @ second % 2**20
    said = []
    runs = multiply("both", pairs, quick_simulator, build=tmp_path, report=said.append)
    for array, shape in zip(arrays, shapes, strict=True):
        np.testing.assert_array_equal(runs[array].product, expected[array])
        outcomes = {each.what: each for each in runs[array].outcomes}
        assert set(outcomes) == {WITHOUT_STALLS, WITH_STALLS}
        assert all(each.mismatches == 0 and each.unit == array.name for each in outcomes.values())
        if not array.partial:
            assert outcomes[WITHOUT_STALLS].cycles == cycles(array, *shape).total
    assert said[0] == "exporting 2 arrays as Verilog"
    # One draw of what nobody sets, whatever the simulator would take.
    assert [line for line in said if line.startswith("simulating")] == [
        "simulating, run 1 of 1, seed 1"
    ]


def test_a_product_that_an_array_cannot_compute_is_refused_before_anything_is_built(
    quick_simulator, tmp_path
):
    array = unit_named("array_ws_2x2_int8_int32")
    a, b = np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8)
    with pytest.raises(SpecificationError, match="an inner dimension of 3"):
        multiply("deep", {array: (a, b)}, quick_simulator, build=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_units_are_busy(verilator_simulator, tmp_path):
    """A product of 256 x 256 x 256 on 8 x 8 units."""
    array = unit_named("array_os_8x8_lmul_e4m3_fp32")
    a, b = operands(array, (256, 256, 256), np.random.default_rng(1))
    runs = multiply("busy", {array: (a, b)}, verilator_simulator, build=tmp_path)
    outcomes = runs[array].outcomes
    assert [outcome.mismatches for outcome in outcomes] == [0, 0]
    (measured,) = (each.cycles for each in outcomes if each.what == WITHOUT_STALLS)
    assert measured == cycles(array, 256, 256, 256).total
    assert 256**3 / (64 * measured) > 0.97
    assert (runs[array].product == array.gemm(a, b)).all()
