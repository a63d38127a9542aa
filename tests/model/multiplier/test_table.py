"""Products of corrected L-Muls, against rational arithmetic and the conventional product."""

import numpy as np
import pytest

from lmul_pe.model import CATALOG, Multiplier, SpecificationError
from lmul_pe.model.multiplier.specification import every_product
from lmul_pe.model.multiplier.vectors import check_pairs

NARROW = [name for name, format in CATALOG.items() if format.width <= 8]


@pytest.mark.parametrize(
    ("formats", "seen"),
    [
        (("e4m3",), 2),
        (("e3m4",), 3),
        (("e2m3",), 2),
        (("e4m3", "e5m2", "fp16"), 3),
        (("e3m4", "e2m1", "e4m3"), 2),
    ],
)
@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
def test_products_are_those_of_rational_arithmetic(
    formats, seen, subnormals, reference, differences
):
    multiplier = Multiplier("table", *formats, table_bits=seen, subnormals=subnormals)
    a, b = check_pairs(multiplier, 4096, 5)
    chosen = np.random.default_rng(1).permutation(len(a))[:4096]
    a, b = a[chosen], b[chosen]
    described = [reference.format_of(format) for format in multiplier.formats]
    expected = [
        reference.table(described, x, y, seen, subnormals=subnormals)
        for x, y in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert differences(multiplier, a, b, expected) == []


@pytest.mark.parametrize("name", [each for each in NARROW if CATALOG[each].mantissa_bits <= 4])
def test_a_table_of_whole_mantissas_is_the_conventional_multiplier(name):
    """Every pair of codes, special values, underflow and overflow among them."""
    bits = CATALOG[name].mantissa_bits
    table = Multiplier("table", name, table_bits=bits).table()
    assert (table == Multiplier("exact", name).table()).all()


@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
@pytest.mark.parametrize(
    ("name", "seen"),
    [
        *(("e4m3", 2), ("e4m3", 3), ("e5m2", 2), ("e3m4", 2), ("e3m4", 3), ("e2m5", 3)),
        *(("e2m5", 4), ("e3m2b0", 2)),
    ],
)
def test_no_product_has_bits_beyond_its_highest_and_lowest(name, seen, subnormals):
    multiplier = Multiplier("table", name, table_bits=seen, subnormals=subnormals)
    product = every_product(multiplier)
    number = ~(product.zero | product.infinite | product.nan)
    significand = product.significand[number].astype(np.int64)
    lowest = product.exponent[number] + np.log2(significand & -significand).astype(np.int64)
    highest = product.exponent[number] + np.log2(significand).astype(np.int64)
    assert lowest.min() == multiplier.lowest_product_bit
    assert highest.max() == multiplier.highest_product_bit


@pytest.mark.parametrize(
    ("name", "bits"), [("e2m1", 1), ("e5m2", 2), ("e4m3", 3), ("bf16", 3), ("fp32", 3)]
)
def test_three_bits_are_usual_where_there_are_as_many(name, bits):
    multiplier = Multiplier("table", name)
    assert (multiplier.table_bits, multiplier.name) == (bits, f"table_{name}")


@pytest.mark.parametrize(
    ("format", "policies", "message"),
    [
        ("bf16", {"table_bits": 5}, r"^table_bits 5 is not possible: expected 2 to 4; the nearest"),
        ("e5m2", {"table_bits": 3}, r"^table_bits 3 is not possible: expected 2 to 2"),
        ("bf16", {"table_bits": "3"}, r"^table_bits '3' is not an integer: expected 2 to 4$"),
        ("bf16", {"offset": "paper"}, r"^offset 'paper' does not apply: table multipliers have no"),
        ("bf16", {"rounding": "rne"}, r"^rounding 'rne' does not apply: this table adds integers"),
        ("fp16", {"rounding": "rtz", "subnormals": "gradual"}, r"^rounding 'rtz' is not defined"),
    ],
)
def test_refused(format, policies, message):
    with pytest.raises(SpecificationError, match=message):
        Multiplier("table", format, **policies)


def test_a_table_belongs_to_no_other_kind():
    with pytest.raises(SpecificationError, match=r"^table_bits 3 does not apply: lmul .* no"):
        Multiplier("lmul", "bf16", table_bits=3)
