import numpy as np
import pytest

from lmul_pe.model import Multiplier, decode, encode
from lmul_pe.model.network.mantissa_classes import product_by_mantissas


@pytest.mark.parametrize("kind", ["lmul", "table", "exact"])
def test_every_product_is_the_multipliers(kind):
    multiplier = Multiplier(kind, "e8m3", format_y="fp32")
    positive = [(1 + k / 8) * 2.0**exponent for k in range(8) for exponent in (-9, 5)]
    numbers = np.array([0, *positive, *(-each for each in positive)])
    left, right = numbers[:, None].astype(np.float32), numbers[None, :].astype(np.float32)
    codes = multiplier(encode(left, "e8m3"), encode(right, "e8m3"))
    found = product_by_mantissas(multiplier, left, right)
    assert np.array_equal(found, decode(codes, "fp32"))


def test_sums_and_stacks_are_those_of_matmul():
    random = np.random.default_rng(3)
    left = np.rint(random.normal(size=(2, 3, 4, 5)) * 4).astype(np.float32)
    right = np.rint(random.normal(size=(2, 1, 5, 6)) * 4).astype(np.float32)
    multiplier = Multiplier("exact", "e8m4", format_y="fp32")
    assert np.array_equal(product_by_mantissas(multiplier, left, right), left @ right)
