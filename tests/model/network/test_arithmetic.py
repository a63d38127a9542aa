import ml_dtypes
import numpy as np
import pytest

from lmul_pe.model import FloatFormat, Multiplier, SpecificationError, decode, encode
from lmul_pe.model.network.arithmetic import FLOAT32, Arithmetic, _by_blocks, _integer_sums

RANDOM = np.random.default_rng(5)
LEFT = RANDOM.normal(size=(2, 5, 70)).astype(np.float32)
RIGHT = RANDOM.normal(size=(2, 70, 3)).astype(np.float32)
SMALL = np.float32(2.0**-8)


def product(arithmetic, left=LEFT, right=RIGHT):
    return arithmetic.product(arithmetic.left(left), arithmetic.right(right))


def rounded(values, dtype):
    return values.astype(dtype).astype(np.float32)


def one_by_one(multiplier, left, right):
    """Sums in float32 of products that the multiplier gives in fp32."""
    a, b = encode(left, multiplier.format), encode(right, multiplier.format)
    sums = np.zeros((left.shape[0], right.shape[1]), dtype=np.float32)
    for k in range(left.shape[1]):
        terms = decode(multiplier(a[:, k, None], b[None, k, :]), "fp32").astype(np.float32)
        sums = sums + terms
    return sums


def test_float32_rounds_nothing():
    assert np.array_equal(product(FLOAT32), LEFT @ RIGHT)


@pytest.mark.parametrize(
    ("format", "dtype"),
    [
        ("bf16", ml_dtypes.bfloat16),
        ("e4m3", ml_dtypes.float8_e4m3fn),
        ("e5m2", ml_dtypes.float8_e5m2),
    ],
)
def test_exact_products_are_those_of_rounded_operands(format, dtype):
    found = product(Arithmetic(format, "exact", subnormals="gradual"))
    right = rounded(LEFT, dtype).astype(np.float64) @ rounded(RIGHT, dtype).astype(np.float64)
    assert np.allclose(found, right, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("offset", ["paper", "none", 3])
@pytest.mark.parametrize("format", ["e4m3", "bf16", "e8m4"])
def test_lmul_is_the_multipliers_in_order_of_the_sum(format, offset, carry):
    found = product(Arithmetic(format, carry=carry, offset=offset), LEFT[0], RIGHT[0])
    multiplier = Multiplier("lmul", format, format_y="fp32", carry=carry, offset=offset)
    assert np.array_equal(found, one_by_one(multiplier, LEFT[0], RIGHT[0]))


@pytest.mark.parametrize(("format", "seen"), [("e4m3", 2), ("e4m3", 3), ("e8m4", 2), ("e8m6", 4)])
def test_corrected_products_are_the_multipliers(format, seen):
    found = product(Arithmetic(format, "table", table_bits=seen), LEFT[0], RIGHT[0])
    multiplier = Multiplier("table", format, format_y="fp32", table_bits=seen)
    wanted = one_by_one(multiplier, LEFT[0], RIGHT[0])
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert not np.allclose(
        found, product(Arithmetic(format, "exact"), LEFT[0], RIGHT[0]), rtol=1e-4
    )


@pytest.mark.parametrize(("format", "by_mantissas"), [("e8m4", True), ("e8m5", False)])
def test_tables_of_up_to_four_bits_are_summed_mantissa_by_mantissa(format, by_mantissas):
    # In order, 2^24 + 1.5 is 2^24 + 2; the mantissa of 1.5 alone has a sum of its own.
    left = np.array([[2.0**24, 1.5, -(2.0**24)]], dtype=np.float32)
    found = product(Arithmetic(format, "table"), left, np.ones((3, 1), dtype=np.float32))
    assert found == (1.5 if by_mantissas else 2)


def test_an_extra_bit_keeps_all_of_the_equation():
    left, right = np.array([[1.5]], dtype=np.float32), np.array([[1.625]], dtype=np.float32)
    # 1 + 1/2 + 5/8 + 1/8 = 2.25, of which three mantissa bits hold 2.25, and 2.375 loses a bit.
    for factor, whole, cut in ((1.625, 2.25, 2.25), (1.75, 2.375, 2.25)):
        right[0, 0] = factor
        options = {"carry": "equation", "extra_bits": 1}
        assert product(Arithmetic("e4m3", **options), left, right) == whole
        assert product(Arithmetic("e4m3", carry="equation"), left, right) == cut
    assert Arithmetic("e4m3", extra_bits=1).name == "attention_lmul_e4m3_extra1"


@pytest.mark.parametrize("kind", ["lmul", "exact"])
def test_what_is_below_the_least_normal_number_is_flushed_or_kept(kind):
    left, right = np.full((1, 1), SMALL), np.ones((1, 1), dtype=np.float32)
    assert product(Arithmetic("e4m3", kind, subnormals="flush"), left, right) == 0
    kept = product(Arithmetic("e4m3", kind, subnormals="gradual"), left, right)
    assert kept == SMALL * (1 if kind == "exact" else 1.125)


def test_a_number_that_rounds_up_to_the_least_normal_one_is_not_flushed():
    left = np.full((1, 1), 2.0**-6 * (1 - 2.0**-5), dtype=np.float32)
    assert product(Arithmetic("e4m3", "exact"), left, np.ones((1, 1), dtype=np.float32)) == 2.0**-6


@pytest.mark.parametrize("scale", ["tensor", "block"])
@pytest.mark.parametrize("kind", ["lmul", "exact"])
def test_a_scale_lets_no_power_of_two_matter(scale, kind):
    arithmetic = Arithmetic("e4m3", kind, scale=scale)
    found = product(arithmetic, LEFT * 2.0**-40, RIGHT * 2.0**30)
    assert np.array_equal(found, product(arithmetic) * 2.0**-10)


def test_a_tensor_has_one_scale_and_a_block_its_own():
    left = np.ones((1, 64), dtype=np.float32)
    left[0, 32:] = 2.0**-20
    right = np.zeros((64, 2), dtype=np.float32)
    right[0, 0] = right[40, 1] = 1
    assert product(Arithmetic("e4m3", "exact", scale="tensor"), left, right).tolist() == [[1, 0]]
    blocks = product(Arithmetic("e4m3", "exact", scale="block"), left, right)
    assert blocks.tolist() == [[1, 2.0**-20]]


def test_a_scale_takes_the_largest_number_to_the_top_of_the_format():
    # OCP MX v1.0, 6.3: the scale of 448 = 1.75 * 2^8 is 1; 1.9 * 2^8 saturates.
    values = np.array([[448.0, 0.01, 1.0], [486.0, 0.01, 1.0]], dtype=np.float32)
    operand = Arithmetic("e4m3", "exact", scale="block").left(values)
    assert operand.values[:, 0].tolist() == [448, 448]


def test_integers_have_a_factor_for_each_row_and_column():
    left = np.array([[127.0, -1.0], [1.0, 0.5]], dtype=np.float32)
    right = np.array([[1.0, 100.0], [0.0, 100.0]], dtype=np.float32)
    found = product(Arithmetic("int8", "exact"), left, right)
    # 0.5 is 63.5 of 127, and rounds to the even 64.
    wanted = [[127, 12600], [1, 100 * (1 + 64 / 127)]]
    assert np.allclose(found, wanted, rtol=1e-6)


def test_sums_of_integers_are_exact_however_large():
    left = np.full((1, 2048), 127, dtype=np.float32)
    found = product(Arithmetic("int8", "exact"), left, left.T - 1)
    assert found[0, 0] == np.float32(2048 * 127 * 126)


@pytest.mark.parametrize("turned", [False, True])
def test_sums_of_integers_are_exact_where_they_rise_far_beyond_their_end(turned):
    random = np.random.default_rng(3)
    left, right = random.integers(100, 128, (2, 8, 2**14))
    left[:, :8] = right[:, :8] = 127
    right[:, 2**13 :] = -right[:, : 2**13]
    if turned:
        left, right = right, left
    exact = left @ right.T
    # Halves of the sums are beyond 2^24, and the sums are not.
    assert abs(exact).max() < 2**24 < (left[:, : 2**13] @ right[:, : 2**13].T).max()
    found = product(
        Arithmetic("int8", "exact"), left.astype(np.float32), right.T.astype(np.float32)
    )
    assert np.array_equal(found, exact)


@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        # The lengths of a row and a column: 4095 and 4096, the roots of 2^24 + 1 and of 2^24.
        ([[4095]], [[4096]], np.float32),
        ([[4096, 1]], [[4096], [0]], np.float64),
        ([[4096], [1]], [[4097]], np.float64),
    ],
)
def test_sums_that_may_reach_2_to_the_24_are_in_float64(left, right, dtype):
    found = _integer_sums(np.float32(left), np.float32(right))
    assert found.dtype == dtype
    assert np.array_equal(found, np.array(left) @ np.array(right))


def test_lines_of_zeros_are_zeros_of_every_scale():
    left, right = np.float32([[0, 0], [1, 2]]), np.float32([[0, 1], [0, 1]])
    found = product(Arithmetic("int8", "exact"), left, right)
    # 1 is 63.5 of 127 and rounds to the even 64.
    assert np.allclose(found, [[0, 0], [0, 2 * (64 + 127) / 127]])
    for scale in ("tensor", "block"):
        arithmetic = Arithmetic("e4m3", "exact", scale=scale)
        assert product(arithmetic, left, right).tolist() == [[0, 0], [0, 3]]
        assert not product(arithmetic, 0 * left, right).any()


def test_what_rounds_beyond_the_largest_number_becomes_that():
    for format, largest in (("e5m2", 57344), ("fp16", 65504), ("e4m3", 448)):
        values = np.float32([[1e6, -1e6, largest]])
        operand = Arithmetic(format, "exact").left(values)
        assert operand.values.tolist() == [[largest, -largest, largest]]


def test_subnormal_numbers_of_a_format_with_the_range_of_fp32_are_those_of_the_multiplier():
    left = np.float32([[3 * 2.0**-133, 5 * 2.0**-131, 1.5]])
    right = np.float32([[2.0**100 * 1.5], [2.0**98 * 1.25], [2.0**-30]])
    found = product(Arithmetic("bf16", subnormals="gradual"), left, right)
    multiplier = Multiplier("lmul", "bf16", format_y="fp32", subnormals="gradual")
    assert found == one_by_one(multiplier, left, right)


def test_a_register_follows_from_the_range_of_the_operands_format():
    # Multiples of 2^-18, which is the square of the least number of e4m3: nothing is lost.
    left, right = np.float32([[448, 2.0**-9, -448]]), np.float32([[448], [2.0**-9], [448]])
    for scale in ("none", "tensor"):
        arithmetic = Arithmetic(
            "e4m3", "exact", accumulate="fixed", subnormals="gradual", scale=scale
        )
        assert product(arithmetic, left, right) == 2.0**-18
    # Blocks of any scale have the range of fp32.
    with pytest.raises(SpecificationError, match="msb and lsb"):
        Arithmetic("e4m3", "exact", accumulate="fixed", scale="block")


@pytest.mark.parametrize(("count", "blocks"), [(1, 1), (32, 1), (33, 2), (64, 2), (65, 3)])
def test_lines_are_cut_into_as_many_blocks_as_they_need(count, blocks):
    def halved(each):
        shapes.append(each.shape)
        return each / 2

    shapes = []
    values = np.arange(3 * count, dtype=np.float32).reshape(count, 3)
    assert np.array_equal(_by_blocks(values, -2, halved), values / 2)
    assert shapes == [(3, blocks, 32)]


def test_an_order_of_its_own_changes_the_rounding_of_sums_alone():
    base, other = (product(Arithmetic("fp32", order=order)) for order in (0, 1))
    assert not np.array_equal(base, other)
    assert np.allclose(base, other, rtol=1e-5, atol=1e-5)
    assert np.array_equal(other, product(Arithmetic("fp32", order=1)))


def test_an_accumulator_rounds_every_sum():
    ones = np.ones((1, 300), dtype=np.float32)
    for scale in ("none", "tensor", "block"):
        arithmetic = Arithmetic("e4m3", "exact", scale=scale, accumulate="bf16")
        assert product(arithmetic, ones, ones.T) == 256


def test_codes_are_those_of_the_scaled_operand():
    arithmetic = Arithmetic("e4m3", "exact", scale="tensor")
    assert arithmetic.codes(arithmetic.left(np.ones((1, 1), dtype=np.float32))) == 0x78


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"format": "e4m3", "where": "atention"}, "where 'atention' is not one of attention"),
        ({"format": "e4m3", "scale": "tensors"}, "did you mean 'tensor'"),
        ({"format": "e4m3", "kind": "exakt"}, "did you mean 'exact'"),
        (
            {"format": "e4m3", "kind": "exact", "carry": "integer"},
            "exact multipliers have no carry",
        ),
        ({"format": "int8"}, "kind 'lmul' does not apply to format int8: expected exact"),
        ({"format": "int8", "kind": "exact", "scale": "tensor"}, "scale 'tensor' does not apply"),
        ({"format": "e4m33x", "kind": "exact"}, "did you mean 'e4m3'"),
        ({"format": FloatFormat(9, 3)}, "numbers that fp32 has not"),
        ({"format": "e4m3", "kind": "exact", "extra_bits": 1}, "does not apply to exact products"),
        ({"format": "bf16", "extra_bits": 17}, "the nearest is 16"),
        ({"format": "e4m3", "accumulate": "fp23"}, "'fp23' is not known"),
        ({"format": "bf16", "accumulate": "fixed"}, "msb and lsb"),
    ],
)
def test_what_cannot_be_is_refused(options, text):
    with pytest.raises(SpecificationError, match=text):
        Arithmetic(**options)


def test_operands_with_many_scales_have_no_codes():
    arithmetic = Arithmetic("e4m3", "exact", scale="block")
    with pytest.raises(SpecificationError, match="no codes of one float format"):
        arithmetic.codes(arithmetic.left(LEFT))


def test_what_is_usual_goes_without_saying_in_names():
    assert Arithmetic("bf16", offset=8).name == "attention_lmul_bf16"
    name = Arithmetic("e4m3", "exact", where="all", scale="block", order=2).name
    assert name == "all_exact_e4m3_block_order2"
    name = Arithmetic("e4m3", scale="tensor", accumulate="bf16", order=1).name
    assert name == "attention_lmul_e4m3_tensor_bf16_order1"
    assert str(Arithmetic("int8", "exact", where="linear")) == "linear_int8"


def test_every_choice_is_stated_in_plain_values():
    assert Arithmetic("e4m3", scale="tensor").stated() == {
        "format": "e4m3",
        "kind": "lmul",
        "where": "attention",
        "scale": "tensor",
        "accumulate": "fp32",
        "carry": "integer",
        # 1/8, as the paper has it for 3 mantissa bits.
        "offset": 1,
        "table_bits": None,
        "subnormals": "flush",
        "extra_bits": 0,
        "order": 0,
    }
    none = dict.fromkeys(("carry", "offset", "table_bits", "subnormals"))
    stated = Arithmetic("int8", "exact", order=3).stated()
    assert stated == {
        **none,
        "format": "int8",
        "kind": "exact",
        "where": "attention",
        "scale": "none",
        "accumulate": "fp32",
        "extra_bits": 0,
        "order": 3,
    }


def test_a_zero_keeps_its_sign_unless_it_is_flushed():
    for subnormals, signs in (("gradual", [True, True]), ("flush", [False, False])):
        operand = Arithmetic("e4m3", subnormals=subnormals).left(np.float32([[-0.0, -1e-9]]))
        assert operand.values.tolist() == [[0, 0]]
        assert np.signbit(operand.values[0]).tolist() == signs


SCALED = [
    Arithmetic("e4m3", scale="tensor"),
    Arithmetic("e4m3", "exact", scale="block"),
    Arithmetic("int8", "exact"),
    Arithmetic("e8m3", "table", table_bits=2),
]


@pytest.mark.parametrize("arithmetic", SCALED, ids=str)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_no_scale_or_table_brings_in_is_refused(arithmetic, value):
    left = LEFT.copy()
    left[1, 4, 69] = value
    with pytest.raises(
        SpecificationError, match=f"an operand holds -?{abs(value)}: expected finite"
    ):
        product(arithmetic, left)


@pytest.mark.parametrize("kind", ["lmul", "exact"])
def test_infinities_and_nan_pass_where_nothing_is_scaled(kind):
    left = np.array([[np.nan, 1], [np.inf, 1], [np.inf, -np.inf]], dtype=np.float32)
    found = product(Arithmetic("bf16", kind), left, np.ones((2, 1), dtype=np.float32))
    assert np.array_equal(found[:, 0], [np.nan, np.inf, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    "arithmetic",
    [*SCALED, Arithmetic("bf16"), FLOAT32],
    ids=[*map(str, SCALED), "bf16", "float32"],
)
def test_an_empty_batch_has_empty_products(arithmetic):
    assert product(arithmetic, LEFT[:0], RIGHT[:0]).shape == (0, 5, 3)
    assert product(arithmetic, LEFT[:, :0], RIGHT).shape == (2, 0, 3)
