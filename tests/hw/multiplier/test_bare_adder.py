"""Bare adders by every kind of adder, against addition."""

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import ADDERS, Architecture
from lmul_pe.hw.multiplier.bare_adder import BareAdder
from tests.sweep import some


@pytest.mark.parametrize("adders", ADDERS)
@pytest.mark.parametrize("width", some([7, 1, 2, 8], 2))
def test_bare_adders_wrap(adders, width, gates, outputs):
    netlist = gates({"adder": BareAdder(width, Architecture(adders=adders))})["adder"]
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**width), np.arange(2**width)))
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), (a + b) % 2**width)
