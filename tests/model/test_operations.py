"""Values in, values out: against rational arithmetic, NumPy and `ml_dtypes`."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from lmul_pe import (
    AlignedAccumulator,
    FixedAccumulator,
    FloatFormat,
    Multiplier,
    SpecificationError,
    decode,
    dot,
    encode,
    format_named,
    matmul,
    multiply,
)

OPERATIONS = [multiply, dot, matmul]


@pytest.fixture
def random():
    return np.random.default_rng(11)


def nearest(reference, name, value):
    """The code of a number, and the number that it stands for."""
    format = reference.format_of(format_named(name))
    code = reference.encode(format, abs(Fraction(value)), value < 0)
    return format, code


class TestMultiply:
    @pytest.mark.parametrize("name", ["e4m3", "bf16", "e5m6"])
    @pytest.mark.parametrize("kind", ["lmul", "exact"])
    def test_by_definition_in_rational_numbers(self, name, kind, reference, random):
        x, y = random.normal(size=(2, 200)) * 4
        expected = []
        for first, second in zip(x.tolist(), y.tolist(), strict=True):
            format, a = nearest(reference, name, first)
            _, b = nearest(reference, name, second)
            code = getattr(reference, kind)([format] * 3, a, b)
            negative, _, magnitude = reference.take_apart(format, code)
            expected.append(float(magnitude) * (-1 if negative else 1))
        assert multiply(x, y, name, kind=kind).tolist() == expected

    def test_an_exact_product_is_that_of_ml_dtypes(self, random):
        x, y = random.normal(size=(2, 300, 70)).astype(np.float32)
        expected = x.astype(ml_dtypes.bfloat16) * y.astype(ml_dtypes.bfloat16)
        found = multiply(x, y, "bf16", kind="exact")
        np.testing.assert_array_equal(found, expected.astype(np.float32))

    def test_an_exact_fp32_product_is_that_of_numpy(self, random):
        x, y = random.normal(size=(2, 1000)).astype(np.float32)
        np.testing.assert_array_equal(multiply(x, y, "fp32", kind="exact"), x * y)

    def test_shapes_broadcast(self, random):
        x, y = random.normal(size=(3, 1, 5)), random.normal(size=(4, 1))
        found = multiply(x, y, "e4m3")
        assert found.shape == (3, 4, 5)
        assert found[2, 3, 1] == multiply(x[2, 0, 1], y[3, 0], "e4m3")
        assert multiply(1.5, 1.5, "e4m3").shape == ()

    def test_policies_reach_the_specification(self):
        tiny = 2.0**-9
        assert multiply(tiny, 1, "e4m3") == 0
        assert multiply(tiny, 1, "e4m3", kind="exact", subnormals="gradual") == tiny
        assert multiply(448, 448, "e4m3", overflow="nan", kind="exact") != 448
        assert multiply(1, 1, "e4m3", offset="none") == 1
        assert multiply(1, 1, "e4m3") == 1.125
        assert multiply(1.5, 1.25, "e4m3", format_b="e5m2", format_y="fp32", kind="exact") == 1.875
        assert multiply(1, 1, FloatFormat(5, 6), offset="none") == 1


class TestTypes:
    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (np.float32, np.float32, np.float32),
            (np.float16, np.float32, np.float32),
            (np.float32, np.float64, np.float64),
            (np.int64, np.float32, np.float64),
            (np.float64, np.float64, np.float64),
        ],
    )
    def test_of_results_are_those_of_operands(self, operation, first, second, expected):
        x, y = np.ones((2, 2), first), np.ones((2, 2), second)
        assert operation(x, y, "e4m3").dtype == expected

    @pytest.mark.parametrize("name", ["e11m4", "e4m24", "e8m23b254", "e8m7b100"])
    def test_of_results_hold_every_value(self, name):
        one = np.ones(1, np.float32)
        assert multiply(one, one, name).dtype == np.float64

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize(
        ("value", "advice"),
        [
            (
                np.ones(2, np.uint8),
                r"uint8: pass an array of floats: decode\(\) makes one",
            ),
            (np.ones(2, ml_dtypes.bfloat16), r"bfloat16: pass .* as .astype\(numpy.float32\)"),
            ([1j, 2], "complex128: pass an array of floats$"),
            (["1", "2"], "<U1: pass an array of floats$"),
            (None, "object: pass an array of floats$"),
            ([True, False], "bool: pass an array of floats$"),
        ],
    )
    def test_that_are_no_numbers_are_refused(self, operation, value, advice):
        with pytest.raises(TypeError, match=f"^the first operand has type {advice}"):
            operation(value, [1.0, 2.0], "e4m3")
        with pytest.raises(TypeError, match=f"^the second operand has type {advice}"):
            operation([1.0, 2.0], value, "e4m3")

    @pytest.mark.parametrize("operation", OPERATIONS)
    @pytest.mark.parametrize("format", [8, None, np.float16])
    def test_of_formats(self, operation, format):
        with pytest.raises(TypeError, match=r"^format .* pass a FloatFormat or its name"):
            operation([1.0], [1.0], format)

    @pytest.mark.parametrize("operation", [dot, matmul])
    def test_of_accumulators(self, operation):
        with pytest.raises(TypeError, match=r"^accumulate 32 of type int is no accumulator: pass"):
            operation([1.0], [1.0], "e4m3", accumulate=32)


class TestDot:
    def test_exact_products_add_up_as_numpy_adds(self, random):
        """Products of e4m3 are float32 numbers, so that each step rounds once."""
        x, y = random.normal(size=(2, 6, 40)).astype(np.float32)
        coded = [each.astype(ml_dtypes.float8_e4m3fn).astype(np.float32) for each in (x, y)]
        # Subnormal operands count as zero.
        first, second = (np.where(abs(each) < 2.0**-6, np.float32(0), each) for each in coded)
        total = np.zeros(6, np.float32)
        for k in range(40):
            total += first[:, k] * second[:, k]
        np.testing.assert_array_equal(dot(x, y, "e4m3", kind="exact"), total)

    def test_leading_axes_broadcast(self, random):
        x, y = random.normal(size=(3, 1, 7)), random.normal(size=(5, 7))
        found = dot(x, y, "e4m3")
        assert found.shape == (3, 5)
        assert found[2, 4] == dot(x[2, 0], y[4], "e4m3")

    def test_accumulators_by_name_or_as_such(self, random):
        # 2^12 + 1 is no number of bf16, and 2^-20 is lost beside 1 in fp16 but not in a register.
        assert dot([64, 1], [64, 1], "bf16", kind="exact", accumulate="bf16") == 4096
        assert dot([64, 1], [64, 1], "bf16", kind="exact") == 4097
        x, y = random.normal(size=(2, 300))
        for name, accumulator in (
            ("fixed_terms300", FixedAccumulator(terms=300)),
            ("aligned_guard8", AlignedAccumulator(guard_bits=8)),
            ("bf16", format_named("bf16")),
        ):
            by_name = dot(x, y, "e4m3", accumulate=name)
            assert by_name == dot(x, y, "e4m3", accumulate=accumulator)
        exact = dot(x, y, "e4m3", kind="exact", accumulate="fixed_terms300_to_e11m52")
        first, second = (
            np.where(abs(each) < 2.0**-6, 0, each)
            for each in (z.astype(ml_dtypes.float8_e4m3fn).astype(float) for z in (x, y))
        )
        assert exact == sum(Fraction(a) * Fraction(b) for a, b in zip(first, second, strict=True))

    @pytest.mark.parametrize(
        ("accumulate", "message"),
        [
            (
                "foo",
                r"^accumulator 'foo' is not known: expected one of fixed, aligned, window",
            ),
            ("fixd", "did you mean 'fixed'"),
            ("int32", "^accumulator int32 cannot take the products of lmul_e4m3"),
        ],
    )
    def test_accumulators_that_are_none(self, accumulate, message):
        with pytest.raises(SpecificationError, match=message):
            dot([1.0], [1.0], "e4m3", accumulate=accumulate)


class TestMatmul:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ((3, 4), (4, 5)),
            ((4,), (4, 5)),
            ((3, 4), (4,)),
            ((4,), (4,)),
            ((2, 3, 4), (4, 5)),
            ((2, 1, 3, 4), (6, 4, 5)),
            ((3, 4), (2, 4, 5)),
            ((4,), (2, 4, 5)),
            ((2, 3, 4), (4,)),
            ((2, 0, 4), (2, 4, 5)),
            ((0, 3, 4), (0, 4, 5)),
            ((3, 0), (0, 5)),
        ],
    )
    def test_of_small_integers_is_that_of_numpy(self, first, second, random):
        """Products and sums are exact, so that the order says nothing and shapes say all."""
        a, b = random.integers(-3, 4, size=first), random.integers(-3, 4, size=second)
        found = matmul(a, b, "e4m3", kind="exact")
        expected = np.matmul(a, b)
        assert found.shape == expected.shape
        np.testing.assert_array_equal(found, expected)

    def test_sums_are_those_of_dot(self, random):
        a, b = random.normal(size=(2, 9, 33)), random.normal(size=(2, 33, 11))
        found = matmul(a, b, "bf16")
        expected = dot(a[:, :, None, :], np.swapaxes(b, 1, 2)[:, None], "bf16")
        np.testing.assert_array_equal(found, expected)

    def test_large_matrices_in_stacks(self, random):
        a, b = random.normal(size=(3, 150, 6)), random.normal(size=(3, 6, 200))
        found = matmul(a, b, "e4m3")
        for index in range(3):
            expected = dot(a[index, :, None], b[index].T[None], "e4m3")
            np.testing.assert_array_equal(found[index], expected)

    @pytest.mark.parametrize(
        ("first", "second"),
        [((3, 4), (5, 4)), ((), (4,)), ((4,), ()), ((2, 3, 4), (3, 4, 5)), ((4,), (3,))],
    )
    def test_shapes_that_are_no_product(self, first, second):
        with pytest.raises(SpecificationError, match="are no matrix product: expected M x K and K"):
            matmul(np.ones(first), np.ones(second), "e4m3")


class TestCompilation:
    def test_without_numba_sums_are_the_same(self, monkeypatch, random, caplog):
        a, b = (random.normal(size=shape).astype(np.float32) for shape in ((9, 30), (30, 7)))
        for format, kind in (("fp32", "lmul"), ("bf16", "exact"), ("e4m3", "lmul")):
            compiled = matmul(a, b, format, kind=kind)
            with monkeypatch.context() as context, caplog.at_level("INFO", "lmul_pe"):
                context.setattr("lmul_pe.model.emulation.product.find_spec", lambda name: None)
                plain = matmul(a, b, format, kind=kind)
            assert caplog.messages[-1] == (
                f"matmul of mac_{kind}_{format}_fp32 is not compiled: Numba is not installed: pip "
                "install 'lmul-pe[fast]'"
            )
            assert compiled.dtype == plain.dtype == np.float32
            np.testing.assert_array_equal(compiled, plain)

    def test_what_is_compiled_is_not_talked_of(self, caplog):
        with caplog.at_level("INFO", "lmul_pe"):
            matmul(np.ones((2, 2)), np.ones((2, 2)), "e4m3", threads=2)
        assert not caplog.messages

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"order": "blast"}, "order 'blast' is not one of inner, blas; did you mean 'blas'"),
            ({"threads": 0}, "threads 0 is not possible: expected 1 to 1024; the nearest is 1"),
            ({"threads": 1.5}, "threads 1.5 is not an integer"),
        ],
    )
    def test_of_what_cannot_be(self, options, message):
        with pytest.raises(SpecificationError, match=message):
            matmul(np.ones((2, 2)), np.ones((2, 2)), "e4m3", **options)


def test_codes_of_values_are_taken_by_a_multiplier():
    x, y = [0.3, -1.7, 5.0], [2.5, 0.01, -448]
    codes = Multiplier("lmul", "e4m3")(encode(x, "e4m3"), encode(y, "e4m3"))
    np.testing.assert_array_equal(decode(codes, "e4m3"), multiply(x, y, "e4m3"))
    with pytest.raises(TypeError, match=r"^codes a of type float64 are not codes: .*encode\(\)"):
        Multiplier("lmul", "e4m3")(x, y)


def test_rows_of_several_lengths_are_refused():
    with pytest.raises(SpecificationError, match="the second operand has rows of several lengths"):
        matmul([[1.0]], [[1.0, 2.0], [3.0]], "e4m3")
