"""Products whose sums are exact, so that the order says nothing."""

import numpy as np
import pytest

from lmul_pe import SpecificationError, matmul


@pytest.fixture
def random():
    return np.random.default_rng(9)


def test_exact_products_are_those_in_order(random):
    a, b = random.integers(-8, 9, size=(2, 7, 30)), random.integers(-8, 9, size=(30, 5))
    found = matmul(a, b, "e4m3", kind="exact", order="blas")
    np.testing.assert_array_equal(found, a @ b)


@pytest.mark.parametrize("format", ["e4m3", "bf16", "fp32"])
@pytest.mark.parametrize("offset", ["paper", "none"])
@pytest.mark.parametrize(
    ("first", "second"), [((4, 40), (40, 6)), ((40,), (2, 40, 6)), ((40,), (40,))]
)
def test_products_by_equation_1_before_they_are_normalised(format, offset, first, second, random):
    # Mantissas of 3 bits and few exponents.
    a, b = (
        np.ldexp(random.integers(8, 16, size=shape), random.integers(-3, 1, size=shape))
        * random.choice([-1.0, 0.0, 1.0], size=shape)
        for shape in (first, second)
    )
    constant = 0 if offset == "none" else {"e4m3": 1 / 8, "bf16": 1 / 16, "fp32": 1 / 16}[format]

    def power(values):
        return np.sign(values) * 2.0 ** np.floor(np.log2(np.where(values == 0, 1, abs(values))))

    power_a, power_b = power(a), power(b)
    # (1 + x + y + c) 2^(e + f), x 2^e being what the power of two leaves of a.
    expected = (1 + constant) * (power_a @ power_b)
    expected = expected + (a - power_a) @ power_b + power_a @ (b - power_b)
    found = matmul(a, b, format, carry="equation", offset=offset, order="blas")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, r"^order 'blas' does not apply to lmul_e4m3, whose carry .* or carry='equation'"),
        ({"kind": "exact", "accumulate": "bf16"}, "not apply to mac_exact_e4m3_bf16, which is not"),
    ],
)
def test_what_blas_does_not_have(options, message):
    with pytest.raises(SpecificationError, match=message):
        matmul(np.ones((2, 2)), np.ones((2, 2)), "e4m3", order="blas", **options)
    with pytest.raises(SpecificationError, match="which is not in fp32"):
        matmul(np.ones(2), np.ones(2), "e11m4", order="blas", kind="exact")


def test_shapes_that_are_no_product():
    with pytest.raises(SpecificationError, match="are no matrix product"):
        matmul(np.ones((2, 3)), np.ones((2, 3)), "e4m3", order="blas", kind="exact")


@pytest.mark.parametrize("kind", ["lmul", "exact"])
def test_what_is_below_the_least_normal_number_is_flushed_or_kept(kind):
    # A subnormal 2^-9 and the least normal 2^-6; by L-Mul each is an eighth more.
    a, b = np.array([[2.0**-9], [2.0**-6]]), np.array([[1.0]])
    factor = 9 / 8 if kind == "lmul" else 1
    carry = {"carry": "equation"} if kind == "lmul" else {}
    for subnormals, least in (("flush", 0), ("gradual", 2.0**-9)):
        for first, second, axis in ((a, b, 0), (b, a.T, 1)):
            found = matmul(
                first, second, "e4m3", kind=kind, order="blas", subnormals=subnormals, **carry
            )
            assert found.shape[axis] == 2
            assert found.ravel().tolist() == [factor * least, factor * 2.0**-6]


def test_a_mantissa_of_23_bits_and_its_constant_lose_nothing():
    # 1 + 1/16 + (1 - 2^-23) has 25 bits; less 2 (1 + 1/16), which leaves few, it has none to lose
    # in one of the orders that these places have.
    a = np.zeros((63, 64), dtype=np.float32)
    a[:, 0] = 2 - 2.0**-23
    a[np.arange(63), np.arange(1, 64)] = -2
    found = matmul(a, np.ones((64, 1)), "fp32", carry="equation", order="blas")
    assert (found == -(2.0**-4) - 2.0**-23).any()


def test_no_bit_of_a_mantissa_is_taken_for_one_of_the_power_of_two():
    # 1 + (1 - 2^-22) + 2^-23
    a, b = np.array([[2 - 2.0**-22]]), np.array([[1 + 2.0**-23]])
    for first, second in ((a, b), (b, a)):
        found = matmul(first, second, "fp32", carry="equation", offset="none", order="blas")
        assert found == 2 - 2.0**-23
