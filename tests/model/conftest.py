"""What the tests of the model share."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lmul_pe.model import (
    AlignedAccumulator,
    FixedAccumulator,
    IntegerAccumulator,
    IntegerMultiplier,
    WindowAccumulator,
    decode,
    encode,
    format_named,
)
from lmul_pe.model.multiplier.vectors import boundary_codes, check_pairs
from tests.sweep import some


@pytest.fixture(scope="session")
def reference():
    """The slow second implementation, `reference.py` beside this file."""
    specification = importlib.util.spec_from_file_location(
        "model_reference", Path(__file__).with_name("reference.py")
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def differences():
    """A function that lists the operand pairs for which codes differ from those expected."""

    def listed(multiplier, a, b, expected, limit=5):
        computed = multiplier.compute(a, b)
        found = [
            f"{multiplier.name}: {int(x):#x} * {int(y):#x} gives {int(got):#x}, expected {want:#x}"
            for x, y, got, want in zip(a, b, computed, expected, strict=True)
            if int(got) != want
        ]
        return found[:limit]

    return listed


@pytest.fixture(scope="session")
def legal_policies():
    """A function that gives every choice of subnormals, overflow and rounding of a kind."""

    def every(kind, format_y):
        overflows = ["saturate"]
        overflows += ["inf"] if format_y.has_infinity else []
        overflows += ["nan"] if format_y.has_nan else []
        for subnormals in ("flush", "gradual"):
            for overflow in overflows:
                yield {"subnormals": subnormals, "overflow": overflow}
            if kind == "exact":
                yield {"subnormals": subnormals, "overflow": "saturate", "rounding": "rtz"}

    return every


@pytest.fixture(scope="session")
def sample():
    """A function that picks some of the pairs on which hardware is checked.

    Boundaries with boundaries are among them, and all pairs where there are no more than `count`.
    """

    def picked(multiplier, count, seed):
        a, b = check_pairs(multiplier, 60_000, seed)
        if a.size <= count:
            return a, b
        chosen = np.random.default_rng(seed).choice(a.size, size=count, replace=False)
        return a[chosen], b[chosen]

    return picked


SMALL = ["e5m2", "e3m2", "e4m3fnuz", "e4m3", "e2m1", "e2m1ieee", "e4m3ieee", "e4m3b11fnuz"]
SMALL += ["e5m2fnuz", "e3m4", "e2m3", "e2m1fn", "e2m1fnuz", "e3m2fn", "e2m5finite"]
WIDE = ["fp16", "bf16", "fp32", "e11m52", "tf32", "e5m6", "e8m26", "e8m31", "e3m30", "e10m47finite"]
MIXED = [
    ("e4m3", "e5m2", "fp16"),
    ("e5m2", "e4m3", "e4m3"),
    ("e4m3", "e5m2", "e4m3fnuz"),
    ("e2m1", "e3m2", "e2m3"),
    ("e5m2", "bf16", "e4m3"),
    ("e11m52", "e5m6", "e11m52"),
    ("e5m2", "e5m2", "e4m3"),
    ("e4m3", "e4m3", "fp32"),
    ("e3m2", "e4m3fnuz", "e5m2"),
    ("bf16", "e4m3", "bf16"),
    ("bf16", "e5m2", "fp16"),
    ("fp16", "e5m2", "e4m3"),
    ("fp16", "bf16", "e4m3"),
    ("fp32", "fp16", "bf16"),
    ("fp16", "fp16", "fp32"),
    ("e11m52", "fp32", "tf32"),
    ("e8m31", "e8m30", "e11m52"),
    ("e4m3", "e2m1", "e11m52"),
]


@pytest.fixture(params=some(SMALL, 3))
def small_format(request):
    """A format of 8 bits or less."""
    return format_named(request.param)


@pytest.fixture(params=some(WIDE, 2))
def wide_format(request):
    """A format of more than 8 bits."""
    return format_named(request.param)


@pytest.fixture(params=some(MIXED, 3), ids="-".join)
def mixed_formats(request):
    """Formats of two operands and of the result."""
    return tuple(format_named(name) for name in request.param)


@pytest.fixture(scope="session")
def expected_sum(reference):
    """A function that gives the code of a unit's sum, whether it overflows, and whether a window
    lost a bit of it, by the reference.

    `a` and `b` are lists of codes; `start` is a code of the result to begin from.
    """

    def product_of(multiplier, formats, first, second):
        constants = {}
        if multiplier.kind == "lmul":
            constants = {"offset": multiplier.offset, "carry": multiplier.carry}
        if multiplier.kind == "table":
            constants = {"seen": multiplier.table_bits}
        subnormals = multiplier.subnormals
        return reference.product_addend(formats, first, second, subnormals=subnormals, **constants)

    def computed(unit, a, b, start=None):
        multiplier, accumulator = unit.multiplier, unit.accumulator
        n = getattr(unit, "n", 1)
        padding = [0] * (-len(a) % n)
        pairs = list(zip([*a, *padding], [*b, *padding], strict=True))
        cycles = [pairs[index : index + n] for index in range(0, len(pairs), n)]
        if isinstance(accumulator, IntegerAccumulator):
            bits = multiplier.format.bits
            return *reference.integer_sum(bits, accumulator.format.bits, cycles, start or 0), False
        formats = [reference.format_of(each) for each in (multiplier.format, multiplier.format_b)]
        products = [[product_of(multiplier, formats, *pair) for pair in cycle] for cycle in cycles]
        result = reference.format_of(accumulator.result)
        if isinstance(accumulator, FixedAccumulator):
            register = accumulator.register(multiplier)
            return *reference.fixed_sum(result, register.msb, register.lsb, products, start), False
        if isinstance(accumulator, WindowAccumulator):
            window = accumulator.window(multiplier)
            bias = sum(format.bias for format in formats)
            top_bits = int(multiplier.kind == "exact")
            return reference.window_sum(
                result, window.slots, window.width, top_bits, bias, products
            )
        if isinstance(accumulator, AlignedAccumulator):
            guard_bits = accumulator.guard_bits
            return reference.aligned_sum(result, guard_bits, products, start or 0), False, False
        fused, latency = accumulator.fused, accumulator.latency
        return reference.float_sum(result, products, fused, latency, start or 0), False, False

    return computed


@pytest.fixture(scope="session")
def faults(expected_sum):
    """A function that lists the sums, rows of `a` and `b`, that differ from the reference."""

    def listed(unit, a, b, limit=5):
        sums = unit.dot(a, b), unit.overflowed(a, b), unit.inexact(a, b)
        found = []
        for index in range(len(a)):
            want = expected_sum(unit, a[index].tolist(), b[index].tolist())
            code, *flags = (each[index] for each in sums)
            got = int(code), *map(bool, flags)
            if got != want:
                found.append(f"{unit.name}, sum {index}: {got}, expected {want}")
        return found[:limit]

    return listed


@pytest.fixture(scope="session")
def operands():
    """A function that gives codes of `sums x length` operands of a unit.

    A third each of ordinary values, of boundaries, and of products that cancel; NaN and infinities
    are rare, so that most sums stay finite.
    """

    def given(unit, sums, length, seed):
        random = np.random.default_rng(seed)
        formats = unit.multiplier.format, unit.multiplier.format_b
        if isinstance(unit.multiplier, IntegerMultiplier):
            return [integers(random, format, (sums, length)) for format in formats]
        ordinary = [encode(random.normal(size=(sums, length)), format) for format in formats]
        edges = []
        for format in formats:
            codes = boundary_codes(format)
            codes = codes[np.isfinite(decode(codes, format))]
            edges.append(random.choice(codes, size=(sums, length)))
        a, b = (
            np.where(np.arange(sums)[:, None] % 3 == 1, edge, usual)
            for edge, usual in zip(edges, ordinary, strict=True)
        )
        # Every second product of each third sum is the opposite of the one before it.
        for index in range(2, sums, 3):
            half = length // 2
            a[index, 1::2] = a[index, 0 : 2 * half : 2]
            opposite = decode(b[index, 0 : 2 * half : 2], formats[1])
            b[index, 1::2] = encode(-opposite, formats[1])
        for format, codes in zip(formats, (a, b), strict=True):
            edge = boundary_codes(format)
            special = edge[~np.isfinite(decode(edge, format))]
            if special.size:
                rows = random.integers(sums, size=sums // 8)
                codes[rows, random.integers(length, size=len(rows))] = random.choice(
                    special, len(rows)
                )
        return a, b

    def integers(random, format, shape):
        """Half of them close to the ends, whose sums wrap soonest."""
        low = -(2 ** (format.bits - 1))
        ends = random.choice([low, low + 1, -low - 1, -1, 0, 1], size=shape)
        anything = random.integers(low, -low, size=shape)
        return format.codes(np.where(random.random(shape) < 0.5, ends, anything))

    return given
