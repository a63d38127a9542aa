"""The derivative of L-Mul, by differences of products that are computed apart; see also the checks
of PyTorch's own in `tests/model/network/torch_operator`."""

import sys

import numpy as np
import pytest

from lmul_pe import FloatFormat, Multiplier, multiply
from lmul_pe.model.emulation import gradient
from lmul_pe.model.emulation.gradient import piecewise_gradients


def without_numba(monkeypatch):
    monkeypatch.setattr(gradient, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "lmul_pe.model.emulation.carries", None)


def test_without_a_constant_a_sum_short_of_a_carry_has_none():
    """Of 1.5 and 1 the mantissas add up to a half, to which one unit would be the other half."""
    multiplier = Multiplier("lmul", FloatFormat(5, 1), offset="none")
    a, b, arriving = np.array([[1.5]]), np.array([[1.0]]), np.array([[1.0]])
    found = piecewise_gradients(multiplier, a, b, arriving)
    assert [float(each) for each in np.ravel(found)] == [1, 1]


@pytest.mark.parametrize("compiled", [True, False])
def test_each_carry_doubles_the_derivative(compiled, monkeypatch):
    """With a constant of 7/8, after one operand: the sign and power of two of the other."""
    if not compiled:
        without_numba(monkeypatch)
    multiplier = Multiplier("lmul", FloatFormat(5, 3), offset=7)
    # Mantissas' sums with the constant: 7/8, 1, 15/8 and 2.
    for a, b, carries in ((1, 4, 0), (1, -4.5, 1), (1.5, 6, 1), (-1.5, 6.5, 2)):
        found = piecewise_gradients(multiplier, *(np.array([[x]]) for x in (a, b, 3.0)))
        power_a, power_b = np.sign(a) * 1, np.sign(b) * 4
        assert [each.item() for each in found] == [
            3 * 2**carries * power_b,
            3 * 2**carries * power_a,
        ]


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("compiled", [True, False])
def test_a_zero_has_a_derivative_and_its_partner_none(carry, compiled, monkeypatch):
    if not compiled:
        without_numba(monkeypatch)
    multiplier = Multiplier("lmul", FloatFormat(5, 3), offset="none", carry=carry)
    for zero in (0.0, -0.0):
        found = piecewise_gradients(
            multiplier, np.array([[zero]]), np.array([[-6.0]]), np.array([[3.0]])
        )
        assert [each.item() for each in found] == [-12, 0]


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("offset", ["none", "paper", 3 << 50])
@pytest.mark.parametrize("compiled", [True, False])
def test_products_change_as_it_says(carry, offset, compiled, monkeypatch):
    if not compiled:
        without_numba(monkeypatch)
    random = np.random.default_rng(6)
    a, b, arriving = (random.normal(size=shape) for shape in ((5, 7), (7, 6), (5, 6)))
    policies = {"carry": carry, "offset": offset}

    def loss(first, second):
        products = multiply(first[:, :, None], second[None], "e11m52", **policies)
        return (products.sum(axis=1) * arriving).sum()

    found = piecewise_gradients(Multiplier("lmul", "e11m52", **policies), a, b, arriving)
    step = 2.0**-30
    for index, operand in enumerate((a, b)):
        expected = np.empty_like(operand)
        for place in np.ndindex(operand.shape):
            ends = []
            for sign in (1, -1):
                moved = [a.copy(), b.copy()]
                moved[index][place] += sign * step
                ends.append(loss(*moved))
            expected[place] = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found[index], expected, rtol=1e-4, atol=1e-4)
