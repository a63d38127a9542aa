"""Compiled matrix products, code by code, against the model and against NumPy's own additions."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from lmul_pe import (
    AlignedAccumulator,
    FloatAccumulator,
    FloatFormat,
    Multiplier,
    decode,
    encode,
    format_named,
)
from lmul_pe.model.emulation.product import CompiledProduct, _cores
from lmul_pe.model.unit.mac import Mac
from lmul_pe.model.unit.names import mac_named
from tests.sweep import some

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
        for format in ("fp32", "bf16", "e4m3", "e5m2fnuz", "e3m2", "e8m2", "fp16", "tf32", "e8m12")
        for subnormals in ("flush", "gradual")
    ),
    *(
        Multiplier("lmul", FloatFormat(8, bits), offset=offset, carry=carry)
        for bits in (1, 2, 7, 22, 23)
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


def every_code(random, format, shape):
    """Every code is as likely: special values, subnormal numbers, products out of range."""
    codes = random.integers(0, 2**format.width, size=shape, dtype=np.uint64)
    return codes.astype(encode(0.0, format).dtype)


def normal(random, format, shape):
    """Products are normal numbers, so that tiles take the fast loops."""
    return encode(random.normal(size=shape), format)


def some_zeros(random, format, shape):
    values = random.normal(size=shape) * random.integers(0, 2, size=shape)
    return encode(np.copysign(values, random.normal(size=shape)), format)


def small(random, format, shape):
    """Some products are subnormal as fp32, and some vanish beside the smallest subnormal one."""
    scale = np.ldexp(1.0, 1 - format.bias)
    near = scale if scale > 1e-30 else 1e-20
    return encode(random.normal(size=shape) * near * 2.0 ** random.integers(-8, 9, shape), format)


@pytest.mark.parametrize("multiplier", MULTIPLIERS, ids=str)
@pytest.mark.parametrize("draw", some([every_code, normal, small, some_zeros], 1))
def test_sums_are_those_of_the_model(multiplier, draw, random):
    mac = Mac(multiplier, FloatAccumulator("fp32"))
    product = CompiledProduct(mac)
    assert product.obstacle is None
    for m, k, n in ((13, 5, 71), (1, 9, 40), (50, 9, 1)):
        a = draw(random, multiplier.format, (m, k))
        b = draw(random, multiplier.format_b, (k, n))
        found = product.matmul(decode(a, multiplier.format), decode(b, multiplier.format_b))
        np.testing.assert_array_equal(found.view(np.uint32), mac.matmul(a, b))


@pytest.mark.parametrize("draws", [(normal, some_zeros), (some_zeros, normal)], ids=["b", "a"])
@pytest.mark.parametrize("format", ["fp32", "bf16"])
def test_zeros_of_one_operand_alone(format, draws, random):
    mac = Mac(Multiplier("lmul", format), FloatAccumulator("fp32"))
    form = mac.multiplier.format
    shapes = (13, 33), (33, 71)
    a, b = (draw(random, form, shape) for draw, shape in zip(draws, shapes, strict=True))
    found = CompiledProduct(mac).matmul(decode(a, form), decode(b, form))
    np.testing.assert_array_equal(found.view(np.uint32), mac.matmul(a, b))


@pytest.mark.parametrize(
    "multiplier",
    [
        Multiplier("lmul", "fp32"),
        Multiplier("lmul", "fp32", carry="equation", offset=2**23 - 1),
        Multiplier("lmul", "bf16", carry="equation", offset=2**7 - 1),
        Multiplier("exact", "fp32"),
    ],
    ids=str,
)
def test_single_products_at_the_ends_of_the_normal_numbers(multiplier, random):
    """Each is a tile of its own, whose loop no other number decides."""
    form = multiplier.format
    exponents = np.repeat(np.arange(-130, -124), 20), np.repeat(np.arange(125, 129), 5)
    total = np.concatenate(exponents)
    first = random.integers(np.maximum(-126, total - 127), np.minimum(127, total + 126) + 1)
    a, b = (
        encode(np.ldexp(random.uniform(1, 2, len(total)), exponent), form, saturate=True)
        for exponent in (first, total - first)
    )
    mac = Mac(multiplier, FloatAccumulator("fp32"))
    found = CompiledProduct(mac).matmul(
        *(decode(each, form).reshape(-1, 1, 1) for each in (a, b)), threads=1
    )
    expected = mac.matmul(a.reshape(-1, 1, 1), b.reshape(-1, 1, 1))
    np.testing.assert_array_equal(found.view(np.uint32), expected)


def test_normal_numbers_of_23_mantissa_bits_lose_nothing(random):
    """By Equation 1 a sum of their mantissas and the constant has one bit more."""
    mac = Mac(Multiplier("lmul", "fp32", carry="equation"), FloatAccumulator("fp32"))
    a, b = (normal(random, FloatFormat(8, 23), shape) for shape in ((13, 5), (5, 71)))
    found = CompiledProduct(mac).matmul(a.view(np.float32), b.view(np.float32))
    np.testing.assert_array_equal(found.view(np.uint32), mac.matmul(a, b))


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("format", ["fp32", "bf16", "e4m3"])
def test_products_of_zeros_are_zeros(format, carry):
    a, b = np.zeros((9, 3)), np.ones((3, 70))
    a[::2, 0], b[0], b[1, ::2] = 1.5, 0, 0
    found = product_of("lmul", format, carry=carry).matmul(a, b)
    assert not found.any()


@pytest.mark.parametrize("shape", [(50, 9, 5), (5, 9, 50), (7, 9, 70), (70, 9, 7), (33, 9, 33)])
def test_sums_stand_where_they_belong_in_any_shape(shape, random):
    m, k, n = shape
    a, b = random.integers(-8, 9, (2, m, k)), random.integers(-8, 9, (2, k, n))
    np.testing.assert_array_equal(product_of("exact", "bf16").matmul(a, b), a @ b)


def product_of(kind, format, accumulate="fp32", **policies):
    return CompiledProduct(Mac(Multiplier(kind, format, **policies), FloatAccumulator(accumulate)))


def in_order(products):
    """Float32 sums over the middle axis, one after the other, as NumPy adds."""
    total = np.zeros((products.shape[0], products.shape[2]), np.float32)
    for k in range(products.shape[1]):
        total += products[:, k]
    return total


def test_exact_bf16_sums_are_those_of_ml_dtypes_added_by_numpy(random):
    a, b = random.normal(size=(70, 90)), random.normal(size=(90, 130))
    first, second = (each.astype(ml_dtypes.bfloat16).astype(np.float32) for each in (a, b))
    expected = in_order(first[:, :, None] * second[None])
    np.testing.assert_array_equal(product_of("exact", "bf16").matmul(a, b), expected)


def test_exact_fp32_products_are_rounded_before_they_are_added(random):
    a, b = (random.normal(size=shape).astype(np.float32) for shape in ((70, 90), (90, 130)))
    expected = in_order(a[:, :, None] * b[None])
    np.testing.assert_array_equal(product_of("exact", "fp32").matmul(a, b), expected)


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("format", ["bf16", "e4m3"])
def test_lmul_sums_by_definition(carry, format, random):
    """Products as rational numbers of the paper's equations; their sums as NumPy adds."""
    form = format_named(format)
    bits = form.mantissa_bits
    constant = Fraction(1, 2 ** {3: 3, 7: 4}[bits])
    codes = [normal(random, form, shape) for shape in ((3, 20), (20, 4))]

    def parts(code):
        value = form.exact_value(int(code))
        if abs(value) < Fraction(2) ** (1 - form.bias):
            return None
        exponent = (int(code) & (form.infinity if form.has_infinity else 0x78)) >> bits
        power = Fraction(2) ** (exponent - form.bias) * (1 if value > 0 else -1)
        return power, value / power - 1

    products = np.zeros((3, 20, 4), np.float32)
    for i, k, j in np.ndindex(3, 20, 4):
        first, second = parts(codes[0][i, k]), parts(codes[1][k, j])
        if first is None or second is None:
            continue
        (power, x), (other, y) = first, second
        total = x + y + constant
        if total < 1:
            significand = 1 + total
        elif carry == "integer":
            significand = 2 * total
        else:
            half = Fraction(int((total - 1) / 2 * 2**bits), 2**bits)
            significand = 2 * (1 + half)
        products[i, k, j] = float(power * other * significand)
    found = product_of("lmul", format, carry=carry).matmul(*(decode(c, form) for c in codes))
    np.testing.assert_array_equal(found, in_order(products))


@pytest.mark.parametrize(
    ("told", "threads"), [("1", 1), ("2", 2), ("9", 3), ("", 3), ("0", 3), ("2,1", 3), ("many", 3)]
)
def test_there_are_no_more_threads_than_blas_has(told, threads, monkeypatch):
    # Of this process, whose number is 0 here.
    monkeypatch.setattr("os.sched_getaffinity", {0: {0, 1, 2}, 1: {0}}.get, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", told)
    assert _cores() == threads


def test_without_an_affinity_every_core_counts(monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for known, cores in ((7, 7), (None, 1)):
        monkeypatch.setattr("os.cpu_count", lambda known=known: known)
        assert _cores() == cores


@pytest.mark.parametrize(
    ("shape", "worth"),
    [((64, 16, 32, 32), True), ((64, 16, 32, 31), False), ((1, 128, 64, 128), True)],
)
def test_threads_are_started_for_a_million_products(shape, worth, monkeypatch):
    started = []
    monkeypatch.setattr(
        "lmul_pe.model.emulation.product.ThreadPoolExecutor",
        lambda workers: started.append(workers) or ThreadPoolExecutor(workers),
    )
    count, rows, depth, columns = shape
    a, b = np.ones((count, rows, depth)), np.ones((count, depth, columns))
    found = product_of("exact", "bf16").matmul(a, b, threads=3)
    assert (found == depth).all()
    assert started == ([3] if worth else [])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sums_do_not_depend_on_threads(threads, random):
    a, b = random.normal(size=(3, 130, 100)), random.normal(size=(3, 100, 170))
    product = product_of("lmul", "bf16")
    expected = np.stack([product.matmul(x, y, threads=1) for x, y in zip(a, b, strict=True)])
    np.testing.assert_array_equal(product.matmul(a, b, threads=threads), expected)
    wide = product.matmul(a[0], b, threads=threads)
    for index in range(3):
        np.testing.assert_array_equal(wide[index], product.matmul(a[0], b[index]))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (np.inf, 2.0, np.inf),
        (np.inf, -2.0, -np.inf),
        (np.inf, 0.0, np.nan),
        (np.nan, 1.0, np.nan),
        (-np.nan, 1.0, np.nan),
        # Flushed before it is multiplied.
        (np.inf, 1e-40, np.nan),
        # The product is beyond float32's range, and its sum with nothing is infinite.
        (3e38, -3e38, -np.inf),
    ],
)
def test_special_values(first, second, expected):
    for kind in ("lmul", "exact"):
        found = product_of(kind, "fp32").matmul(np.array([[first]]), np.array([[second]]))
        np.testing.assert_array_equal(found, [[expected]])
        assert not np.isnan(expected) or found.view(np.uint32) == 0x7FC00000


@pytest.mark.parametrize("kind", ["lmul", "exact"])
def test_subnormal_numbers_beside_large_ones(kind):
    """The product is a normal number, though one operand is not."""
    a, b = np.float32([[3e-40, 2.0**-149]]), np.float32([[1e25], [2.0**120]])
    multiplier = Multiplier(kind, "fp32", subnormals="gradual")
    mac = Mac(multiplier, FloatAccumulator())
    found = CompiledProduct(mac).matmul(a, b)
    assert found.view(np.uint32) == mac.matmul(a.view(np.uint32), b.view(np.uint32))
    assert found > 2e-15


def test_infinities_that_meet_are_no_number():
    product = product_of("lmul", "bf16")
    found = product.matmul(np.array([[np.inf, np.inf]]), np.array([[1.0], [-1.0]]))
    np.testing.assert_array_equal(found, [[np.nan]])


@pytest.mark.parametrize(
    ("mac", "reason"),
    [
        (Mac(Multiplier("lmul", "e4m3"), AlignedAccumulator()), "sums of aligned have no"),
        (Mac(Multiplier("lmul", "e4m3"), FloatAccumulator("bf16")), "sums of bf16 have no"),
        (Mac(Multiplier("lmul", "e4m3"), FloatAccumulator(latency=2)), "sums of fp32_latency2"),
        (Mac(Multiplier("exact", "fp32"), FloatAccumulator(fused=True)), "sums of fp32_fused"),
        (Mac(Multiplier("lmul", "e9m3"), FloatAccumulator()), "e9m3 has numbers that are none"),
        (Mac(Multiplier("lmul", "e8m24"), FloatAccumulator()), "e8m24 has numbers that are none"),
        (Mac(Multiplier("table", "e4m3"), FloatAccumulator()), "products of table_e4m3"),
        (mac_named("mac_int8_int32"), "products of int8 have no compiled loops"),
    ],
)
def test_what_is_not_compiled_says_why(mac, reason):
    assert CompiledProduct(mac).obstacle.startswith(reason)


def test_sums_that_round_products_nowhere_are_compiled_as_fused():
    assert product_of("exact", "bf16").obstacle is None
    # Products of 11 mantissa bits and the leading one have 24, which fp32 holds.
    for bits, compiled in ((7, True), (11, True), (12, False)):
        fused = Mac(Multiplier("exact", FloatFormat(8, bits)), FloatAccumulator(fused=True))
        assert (CompiledProduct(fused).obstacle is None) == compiled


def test_without_numba_it_is_not_compiled(monkeypatch):
    monkeypatch.setattr("lmul_pe.model.emulation.product.find_spec", lambda name: None)
    assert "pip install 'lmul-pe[fast]'" in product_of("lmul", "e4m3").obstacle
