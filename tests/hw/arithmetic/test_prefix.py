"""Prefix networks against the additions that they stand for."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.bits import joined
from lmul_pe.hw.arithmetic.prefix import NETWORKS, prefix_sum
from tests.sweep import some


class Sum(wiring.Component):
    """``a + b`` with bit 1 of ``b`` a constant, if one is given."""

    def __init__(self, width, network, constant=None):
        self.network, self.constant = network, constant
        super().__init__({"a": In(width), "b": In(width), "y": Out(width + 1)})

    def elaborate(self, platform):
        m = Module()
        b = list(self.b)
        if self.constant is not None:
            b[1] = self.constant
        m.d.comb += self.y.eq(joined(prefix_sum(m, list(self.a), b, self.network)))
        return m


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("width", some([7, 1, 2, 3, 5, 8], 2))
def test_every_pair_adds_up(width, network, gates, outputs):
    netlist = gates({"sum": Sum(width, network)})["sum"]
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(2**width), np.arange(2**width)))
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), a + b)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("constant", [0, 1])
def test_constant_bits_add_up(constant, network, gates, outputs):
    netlist = gates({"sum": Sum(5, network, constant)})["sum"]
    a, b = (codes.ravel() for codes in np.meshgrid(np.arange(32), np.arange(32)))
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), a + (b & ~2) + 2 * constant)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("width", some([31, 13, 32, 47], 1))
def test_wide_sums_add_up(width, network, gates, outputs):
    netlist = gates({"sum": Sum(width, network)})["sum"]
    a, b = np.random.default_rng(1).integers(0, 2**width, size=(2, 2_000))
    # Carries that run through all bits.
    a, b = np.append(a, [2**width - 1] * 2), np.append(b, [1, 2**width - 1])
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), a + b)


def test_sklansky_has_the_fewest_levels_and_brent_kung_the_fewest_cells(gates):
    networks = {name: gates({"sum": Sum(32, name)})["sum"] for name in NETWORKS}
    assert networks["sklansky"].depth < networks["brent_kung"].depth
    sizes = {name: len(netlist.instances) for name, netlist in networks.items()}
    assert sizes["brent_kung"] < sizes["sklansky"]
