"""Relations between products of any multiplier; :mod:`properties` has them."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lmul_pe.model import (
    CATALOG,
    FixedAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    SpecificationError,
    multiplier_named,
)
from lmul_pe.model.multiplier.vectors import check_pairs
from tests.model.multiplier.properties import broken

FORMATS = st.sampled_from([*CATALOG.values()]) | st.builds(
    FloatFormat,
    st.integers(2, 8),
    st.integers(1, 10),
    st.sampled_from(["ieee", "fn", "fnuz", "finite"]),
    st.none() | st.integers(0, 3),
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "carry": st.sampled_from(["integer", "equation"]),
        "offset": st.sampled_from(["paper", "none", 1]),
        "subnormals": st.sampled_from(["flush", "gradual"]),
        "overflow": st.sampled_from(["saturate", "inf", "nan"]),
        "rounding": st.sampled_from(["rne", "rtz"]),
    },
)


@st.composite
def multipliers(draw):
    kind = draw(st.sampled_from(["lmul", "exact", "table"]))
    try:
        return Multiplier(kind, *draw(st.lists(FORMATS, min_size=1, max_size=3)), **draw(POLICIES))
    except SpecificationError:
        assume(False)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(multipliers(), st.integers(0, 2**31))
def test_of_any_multiplier(multiplier, seed):
    a, b = check_pairs(multiplier, 2_000, seed)
    if len(a) > 20_000:
        a, b = (each[seed % 7 :: 7] for each in (a, b))
    assert broken(multiplier.compute, multiplier, a, b) == []


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.data())
def test_the_order_of_terms_leaves_an_exact_sum_alone(data):
    format = data.draw(st.sampled_from(["e2m1", "e3m2", "e4m3", "e5m2", "e4m3fnuz", "fp16"]))
    kind = data.draw(st.sampled_from(["lmul", "exact"]))
    mac = Mac(Multiplier(kind, format), FixedAccumulator())
    width = CATALOG[format].width
    terms = data.draw(st.lists(st.tuples(*[st.integers(0, 2**width - 1)] * 2), min_size=1))
    order = data.draw(st.permutations(terms))
    sums = [mac.dot(*np.array(each, np.int64).T) for each in (terms, order)]
    assert sums[0] == sums[1]


WRONG = {
    "a sign that is a's alone": (
        "lmul_e4m3",
        lambda right, a, b: (right & 0x7F) | (a & 0x80),
        ["a b is not b a"],
    ),
    "a sign that is never set": ("exact_e4m3", lambda right, a, b: right & 0x7F, ["the sign of a"]),
    "no test for zero": (
        "lmul_bf16",
        # What a pipelined unit of others did: 0 times 1.7e38 was 1.0625.
        lambda right, a, b: np.where(b & 0x7FFF == 0, (a + 0xC0A8).astype(a.dtype), right),
        ["times zero"],
    ),
    "overflow that saturates to the code of NaN": (
        "lmul_e4m3",
        lambda right, a, b: np.where(right & 0x7F == 0x7E, right | 1, right),
        ["NaN"],
    ),
    "a carry that is lost": (
        "lmul_fp16",
        lambda right, a, b: np.where(
            (a & 0x3FF).astype(int) + (b & 0x3FF) > 0x3FF, right - 0x400, right
        ).astype(right.dtype),
        ["a larger operand"],
    ),
    "a mantissa that depends on the exponent": (
        "exact_fp16",
        lambda right, a, b: right ^ (((a >> 10) & (b >> 10)) & 1),
        ["twice a"],
    ),
}
"""The defect, and one relation at least that tells it."""


@pytest.mark.parametrize("defect", WRONG)
def test_a_wrong_product_breaks_one(defect):
    name, spoil, told = WRONG[defect]
    multiplier = multiplier_named(name)
    a, b = check_pairs(multiplier, 20_000, 1)

    def product(a, b):
        return spoil(multiplier.compute(a, b), a, b)

    found = [fault.split(":")[0] for fault in broken(product, multiplier, a, b)]
    assert set(told) <= set(found), found
