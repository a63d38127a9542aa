"""Compiled matrix products against the model's, code by code."""

import numpy as np
import pytest

from lmul_pe import (
    FloatAccumulator,
    FloatFormat,
    Multiplier,
    decode,
    encode,
)
from lmul_pe.model.emulation.product import CompiledProduct
from lmul_pe.model.unit.mac import Mac

MULTIPLIERS = [
    *(
        Multiplier("lmul", format, carry=carry, offset=offset, subnormals=subnormals)
        for format in ("fp32", "bf16", "e4m3", "e5m2", "e4m3fnuz", "e2m3", "e8m3", "fp16", "tf32")
        for carry in ("integer", "equation")
        for offset in ("paper", "none")
        for subnormals in ("flush", "gradual")
    ),
    *(
        Multiplier("exact", format, subnormals=subnormals)
        for format in ("fp32", "bf16", "e4m3", "e5m2fnuz", "e3m2", "e8m2", "fp16", "tf32")
        for subnormals in ("flush", "gradual")
    ),
    *(
        Multiplier("lmul", FloatFormat(8, bits), offset=offset, carry=carry)
        for bits in (1, 2, 7, 23)
        for offset in (1, 2**bits - 1)
        for carry in ("integer", "equation")
    ),
    Multiplier("lmul", "bf16", "e4m3"),
    Multiplier("exact", "e5m2", "fp32"),
    Multiplier("lmul", FloatFormat(5, 2, "fn", 3), "fp32", carry="equation"),
]


@pytest.fixture
def random():
    return np.random.default_rng(5)


def codes_of(random, format, shape):
    """Every code, as likely as any other: special values, subnormal numbers, all exponents."""
    codes = random.integers(0, 2**format.width, size=shape, dtype=np.uint64)
    return codes.astype(encode(0.0, format).dtype)


def normal_codes(random, format, shape):
    return encode(random.normal(size=shape), format)


@pytest.mark.parametrize("multiplier", MULTIPLIERS, ids=str)
@pytest.mark.parametrize("draw", [codes_of, normal_codes])
def test_sums_are_those_of_the_model(multiplier, draw, random):
    mac = Mac(multiplier, FloatAccumulator("fp32"))
    product = CompiledProduct(mac)
    assert product.obstacle is None
    for m, k, n in ((40, 5, 61), (1, 1, 300), (7, 64, 1)):
        a = draw(random, multiplier.format, (m, k))
        b = draw(random, multiplier.format_b, (k, n))
        found = product.matmul(decode(a, multiplier.format), decode(b, multiplier.format_b))
        expected = mac.matmul(a, b)
        np.testing.assert_array_equal(found.view(np.uint32), expected)
