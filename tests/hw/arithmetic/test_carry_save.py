"""Significand products and columns of bits."""

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import ARRAYS, Architecture
from lmul_pe.hw.arithmetic.carry_save import Columns, significand_product
from tests.sweep import some


class Product(wiring.Component):
    """The product of ``a`` and ``b``, each with a constant bit above it, or none."""

    def __init__(self, widths, leading, architecture):
        self.leading, self.architecture = leading, architecture
        extra = 0 if leading is None else 1
        super().__init__(
            {"a": In(widths[0]), "b": In(widths[1]), "y": Out(sum(widths) + 2 * extra)}
        )

    def elaborate(self, platform):
        m = Module()
        top = [] if self.leading is None else [self.leading]
        m.d.comb += self.y.eq(
            significand_product(m, [*self.a, *top], [*self.b, *top], self.architecture)
        )
        return m


class Weighted(wiring.Component):
    """Bits of ``a`` at given weights, and constants, modulo ``2^width``."""

    def __init__(self, weights, constants, width, network=None, *, balanced=False):
        self.weights, self.constants = weights, constants
        self.sum = {"network": network, "balanced": balanced}
        super().__init__({"a": In(len(weights)), "y": Out(width)})

    def elaborate(self, platform):
        m = Module()
        columns = Columns(len(self.y))
        for bit, weight in zip(self.a, self.weights, strict=True):
            columns.add(weight, bit)
        for constant in self.constants:
            columns.add_constant(constant)
        m.d.comb += self.y.eq(columns.sum(m, cells=True, **self.sum))
        return m


@pytest.mark.parametrize(
    "structure",
    some(
        [("gates", "sklansky"), ("cells", "cells"), ("gates", "gates"), ("cells", "brent_kung")], 1
    ),
)
@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("seconds", some([(1, 2, 4), (3, 5)], 1), ids=str)
def test_products_of_every_pair(seconds, array, structure, gates, outputs):
    architecture = Architecture(array, *structure)
    shapes = [((a, b), lead) for a in range(1, 6) for b in seconds for lead in (None, 0, 1)]
    netlists = gates(
        {
            f"product_{index}": Product(widths, leading, architecture)
            for index, (widths, leading) in enumerate(shapes)
        }
    )
    for (widths, leading), netlist in zip(shapes, netlists.values(), strict=True):
        a, b = (codes.ravel() for codes in np.meshgrid(*(np.arange(2**bits) for bits in widths)))
        first, second = (
            codes + ((leading or 0) << bits) for codes, bits in zip((a, b), widths, strict=True)
        )
        np.testing.assert_array_equal(
            outputs(netlist, a=a, b=b), first * second, err_msg=f"{widths} {leading}"
        )


@pytest.mark.parametrize("array", ["and", "booth8"])
@pytest.mark.parametrize("bits", some([8, 7, 11, 16], 1))
def test_products_of_wide_significands(array, bits, gates, outputs):
    netlist = gates({"wide": Product((bits, bits), 1, Architecture(array, "cells"))})["wide"]
    a, b = np.random.default_rng(3).integers(0, 2**bits, size=(2, 4_000))
    edges = np.array([0, 1, 2 ** (bits - 1), 2**bits - 2, 2**bits - 1])
    rows, columns = np.meshgrid(edges, edges)
    a, b = np.concatenate([a, rows.ravel()]), np.concatenate([b, columns.ravel()])
    np.testing.assert_array_equal(outputs(netlist, a=a, b=b), (a + 2**bits) * (b + 2**bits))


@pytest.mark.parametrize(
    ("network", "balanced"),
    some(
        [
            (None, False),
            ("sklansky", True),
            ("brent_kung", True),
            ("brent_kung", False),
            ("sklansky", False),
        ],
        2,
        several=True,
    ),
)
@pytest.mark.parametrize("constants", [(), (1,), (-1,), (5, -9), (64,), (-37, 2, 2)])
def test_columns_add_bits_and_constants_of_either_sign(
    constants, network, balanced, gates, outputs
):
    weights, width = (0, 0, 0, 0, 1, 1, 3, 3, 3, 9), 6
    columns = Weighted(weights, constants, width, network, balanced=balanced)
    netlist = gates({"weighted": columns})["weighted"]
    a = np.arange(2 ** len(weights))
    total = sum((a >> place & 1) << weight for place, weight in enumerate(weights))
    np.testing.assert_array_equal(outputs(netlist, a=a), (total + sum(constants)) % 2**width)


def test_no_carry_ripples_through_a_balanced_tree(gates):
    weights = [weight for weight in range(16) for _ in range(7)]
    depths = []
    for balanced in (False, True):
        tree = Weighted(weights, (1 << 9,), 20, "sklansky", balanced=balanced)
        depth = {}
        for each in gates({"tree": tree})["tree"].instances:
            settled = 1 + max(depth.get(net, 0) for net in each.inputs.values())
            depth |= dict.fromkeys(each.outputs.values(), settled)
        depths.append(max(depth.values()))
    # Seven rows are two after four levels of adders, and a ripple passes all 16 columns.
    assert depths[1] < depths[0] - 8


def test_a_column_of_one_bit_needs_no_adder(gates):
    assert gates({"weighted": Weighted((0, 1, 5), (4,), 6)})["weighted"].instances == ()
