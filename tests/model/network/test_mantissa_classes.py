import numpy as np
import pytest

from lmul_pe.model import Multiplier, SpecificationError, decode, encode
from lmul_pe.model.network.mantissa_classes import _products, product_by_mantissas


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


def test_a_table_holds_the_products_of_every_two_mantissas_and_no_more():
    found = _products(Multiplier("exact", "e8m2", format_y="fp32"))
    numbers = np.array([1, 1.25, 1.5, 1.75])
    assert found.tolist() == np.outer(numbers, numbers).tolist()


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize(
    ("values", "first"), [([1, np.inf, np.nan], "inf"), ([1, np.nan, -np.inf], "nan")]
)
def test_the_first_number_that_is_not_finite_is_named(values, first, side):
    operands = [np.ones((3, 3), dtype=np.float32), np.ones((3, 3), dtype=np.float32)]
    operands[side][1] = values
    message = (
        f"^an operand holds {first}: expected finite numbers, as it is scaled or multiplied by a "
        "table$"
    )
    with pytest.raises(SpecificationError, match=message):
        product_by_mantissas(Multiplier("table", "e8m3", format_y="fp32"), *operands)
