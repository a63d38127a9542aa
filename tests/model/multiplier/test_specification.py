import numpy as np
import pytest

from lmul_pe.model import (
    KINDS,
    Multiplier,
    SpecificationError,
    encode,
    multiplier_named,
)
from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.specification import every_pair


class TestCompute:
    @pytest.mark.parametrize(
        ("a", "b", "message"),
        [
            ([1.0], [1], r"^codes a of type float64 are not codes"),
            ([1], [1.0], r"^codes b of type float64 are not codes"),
            ([True], [1], r"^codes a of type bool are not codes"),
            ([-1], [1], r"^codes a -1 is outside e4m3: expected 0 to 0xff$"),
            ([1], [256], r"^codes b 256 is outside e4m3: expected 0 to 0xff$"),
            (
                np.zeros(2, np.uint8),
                np.zeros(3, np.uint8),
                r"of shape \(2,\) and b of shape \(3,\)",
            ),
            (np.zeros((2, 3), int), np.zeros((3, 2), int), r"do not pair: expected shapes that"),
        ],
    )
    @pytest.mark.parametrize("name", ["lmul_e4m3", "exact_e4m3_to_fp16"])
    def test_refused(self, name, a, b, message):
        with pytest.raises(SpecificationError, match=message):
            multiplier_named(name).compute(a, b)

    @pytest.mark.parametrize("name", ["exact_e4m3", "exact_fp32", "lmul_e4m3", "lmul_fp32"])
    @pytest.mark.parametrize(
        ("shape_a", "shape_b"),
        [
            ((), ()),
            ((0,), (0,)),
            ((3, 0), (1, 1)),
            ((2, 3, 4), (2, 3, 4)),
            ((2, 1, 4), (3, 1)),
            ((), (5,)),
            ((1,), (2, 2)),
        ],
    )
    def test_shapes(self, name, shape_a, shape_b):
        multiplier = multiplier_named(name)
        two = int(encode(2.0, multiplier.format))
        three = int(encode(3.0, multiplier.format))
        single = int(multiplier.compute(two, three))
        products = multiplier.compute(np.full(shape_a, two), np.full(shape_b, three))
        assert products.shape == np.broadcast_shapes(shape_a, shape_b)
        assert (products == single).all()

    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("exact_e4m3", np.uint8),
            ("lmul_e2m1", np.uint8),
            ("exact_e4m3_to_fp16", np.uint16),
            ("lmul_bf16", np.uint16),
            ("lmul_tf32", np.uint32),
            ("exact_e11m52", np.uint64),
        ],
    )
    def test_type(self, name, kind):
        assert multiplier_named(name).compute([0], [0]).dtype == kind

    def test_operands_stay_as_they_are(self):
        a = np.arange(200, dtype=np.uint8)
        multiplier_named("lmul_e4m3").compute(a, a)
        assert a.tolist() == list(range(200))

    def test_strided_and_foreign_order(self):
        multiplier = multiplier_named("exact_fp32_gradual")
        values = np.random.default_rng(1).normal(size=(7, 11)).astype(np.float32)
        codes = values.view(np.uint32)
        expected = (values * values)[::-2, 1::3].view(np.uint32)
        strided = codes[::-2, 1::3]
        np.testing.assert_array_equal(multiplier.compute(strided, strided), expected)
        foreign = strided.astype(">u4")
        np.testing.assert_array_equal(multiplier.compute(foreign, strided), expected)

    def test_more_than_is_computed_at_once(self):
        random = np.random.default_rng(2)
        values = random.normal(size=(2, 300, 337)).astype(np.float32)
        expected = (values[0] * values[1]).view(np.uint32)
        codes = values.view(np.uint32)
        products = multiplier_named("exact_fp32_gradual").compute(codes[0], codes[1])
        np.testing.assert_array_equal(products, expected)

    def test_more_than_is_looked_up_at_once(self, reference):
        multiplier = multiplier_named("lmul_e3m2")
        formats = [reference.format_of(format) for format in multiplier.formats]
        table = np.array([[reference.lmul(formats, a, b) for b in range(64)] for a in range(64)])
        random = np.random.default_rng(3)
        a, b = random.integers(0, 64, size=(2, 100_003))
        np.testing.assert_array_equal(multiplier.compute(a, b), table[a, b])


class TestTable:
    def test_rows_are_a(self, reference):
        multiplier = multiplier_named("exact_e2m1_x_e3m2_to_e5m2")
        formats = [reference.format_of(format) for format in multiplier.formats]
        expected = [[reference.exact(formats, a, b) for b in range(64)] for a in range(16)]
        assert multiplier.table().tolist() == expected

    def test_is_the_callers_own(self):
        multiplier = multiplier_named("exact_e2m1")
        table = multiplier.table()
        before = table.copy()
        table[:] = 0
        np.testing.assert_array_equal(multiplier.table(), before)
        assert int(multiplier.compute(2, 2)) == before[2, 2] == 2

    @pytest.mark.parametrize("name", ["lmul_fp32", "lmul_e4m3_x_fp16", "exact_e4m3_x_e4m4"])
    def test_refused(self, name):
        with pytest.raises(SpecificationError, match=f"^{name} has no product table: .* 16 tog"):
            multiplier_named(name).table()


class TestProduct:
    @pytest.mark.parametrize("name", ["e2m1", "e4m3", "e5m2fnuz", "bf16"])
    def test_a_result_has_the_format_of_the_operand_that_can_be_nan(self, name):
        mixed = Multiplier("exact", "e3m2", name)
        assert mixed.format_y.name == (name if name != "e2m1" else "e3m2")
        assert Multiplier("exact", "e5m6", name).format_y.name == "e5m6"

    @pytest.mark.parametrize(
        "name",
        [
            *("exact_e4m3", "lmul_e5m2_gradual", "exact_e2m1_x_e4m3", "lmul_e4m3_x_e3m2"),
            *("lmul_e5m6_x_e2m1_equation", "exact_bf16", "lmul_fp16_gradual"),
        ],
    )
    def test_products_are_those_of_the_kind(self, name, sample):
        multiplier = multiplier_named(name)
        a, b = sample(multiplier, 5000, seed=2)
        found = multiplier.product(a, b)
        expected = KINDS[multiplier.kind].product(multiplier, a, b)
        for part in ("negative", "significand", "exponent", "zero", "infinite", "nan", "scale"):
            assert (getattr(found, part) == getattr(expected, part)).all()

    @pytest.mark.parametrize("subnormals", ["flush", "gradual"])
    @pytest.mark.parametrize(
        ("kind", "policies"),
        [
            ("exact", {}),
            *(("lmul", {"offset": offset}) for offset in ("none", "paper", 1, "largest")),
            ("lmul", {"carry": "equation"}),
            ("lmul", {"carry": "equation", "offset": "largest"}),
        ],
    )
    @pytest.mark.parametrize(
        "formats",
        [
            ("e4m3",),
            ("e5m2",),
            ("e2m1",),
            ("e3m4",),
            ("e2m1", "e4m3"),
            ("e5m2", "e2m3"),
            ("e3m2b0",),
        ],
    )
    def test_the_bits_of_products_end_where_they_say(self, kind, policies, formats, subnormals):
        """Every product: none reaches beyond, and one reaches there."""
        if policies.get("offset") == "largest":
            widest = max(named(name).mantissa_bits for name in formats)
            policies = {**policies, "offset": 2**widest - 1}
        multiplier = Multiplier(kind, *formats, subnormals=subnormals, **policies)
        product = multiplier.product(*(codes.ravel() for codes in every_pair(multiplier)))
        number = ~(product.zero | product.infinite | product.nan)
        significands = product.significand[number].tolist()
        exponents = product.exponent[number].tolist()
        pairs = list(zip(significands, exponents, strict=True))
        lowest = min((each & -each).bit_length() - 1 + exponent for each, exponent in pairs)
        highest = max(each.bit_length() - 1 + exponent for each, exponent in pairs)
        assert multiplier.highest_product_bit == highest
        assert multiplier.lowest_product_bit == lowest
