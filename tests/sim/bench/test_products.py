"""The bench of matrix products, against arrays right and wrong."""

import re

import numpy as np
import pytest

from lmul_pe.model import cycles, unit_named
from lmul_pe.sim.bench.products import RESULTS, WITH_STALLS, WITHOUT_STALLS
from lmul_pe.sim.run.runner import Bench, run_bench
from tests.sim.wrong_designs import spoiled

SHAPE = 3, 4, 3


@pytest.mark.slow
def test_a_wrong_sum_is_told_by_its_place_and_leaves_no_result(one_run, tmp_path):
    right = spoiled("array_os_2x2_int4_int10")
    # The second column of a beat is the sum's lowest bit off where it is 5.
    wrong = spoiled("array_os_2x2_int4_int11", m_axis_c_tdata="{0} ^ (({0} >> 11 == 22'd5) << 11)")
    a, b = np.zeros(SHAPE[:2], np.uint8), np.zeros(SHAPE[1:], np.uint8)
    # The product has a 5 in row 1, column 1.
    a[1, 2], b[2, 1] = 5, 1
    operands = {unit.name: (a, b) for unit in (right, wrong)}
    bench = Bench("products", [right, wrong], operands)
    outcomes, _ = run_bench(bench, one_run, pairs=0, beats=0, seed=1, build=tmp_path)
    found = {(each.unit, each.what): each for each in outcomes}
    for what in (WITHOUT_STALLS, WITH_STALLS):
        assert found[right.name, what].mismatches == 0
        assert found[wrong.name, what].mismatches == 2
        assert re.fullmatch(
            r"row 1 of a tile of K = 4, number 0: expected 0x2800, got 0x2000",
            found[wrong.name, what].first,
        )
    # Two tiles down, two across.
    formula = cycles(unit_named(right.name), *SHAPE).total
    assert found[right.name, WITHOUT_STALLS].cycles == formula
    assert found[right.name, WITH_STALLS].cycles > formula
    assert not list(tmp_path.rglob(RESULTS))
