"""Gates against the processor's own floating point, on operands as Berkeley TestFloat weighs them.

The model has no part in it: products and sums of IEEE formats are NumPy's, L-Mul's are the integer
addition of the paper.  ``VECTORS=100000000 make test-long`` takes so many pairs of each.
"""

import os

import numpy as np
import pytest

from lmul_pe.hw.multiplier.component import CombinationalMultiplier
from lmul_pe.model import Mac, multiplier_named, unit_named
from tests.hw.steps import Step

QUICK = 20_000
LONG = int(os.environ.get("VECTORS", "300000"))
CHUNK = 2**20
"""Pairs that are computed at once: what fits into caches and memory."""

FLOATS = {"fp16": np.float16, "fp32": np.float32}
LAYOUT = {"fp16": (5, 10, np.uint16), "fp32": (8, 23, np.uint32)}
OFFSETS = {"fp16": 0x3BC0, "fp32": 0x3F780000}
"""Of L-Mul, as the paper prints that of fp32."""


def operands(format, count, random):
    """Codes as TestFloat makes them (Hauser, `genCases`): edges of exponents with significands of
    one run of ones or zeros, of two of them, or any; and wholly random ones."""
    exponent_bits, bits, kind = LAYOUT[format]
    top = 2**exponent_bits - 1
    bias = top // 2
    edges = [0, 1, 2, top - 2, top - 1, top]
    edges += [bias + each for each in (-bits - 1, -bits, -2, -1, 0, 1, 2, bits, bits + 1)]
    edges = np.clip(edges, 0, top)
    exponents = random.choice(edges, count)
    any_exponent = random.random(count) < 0.3
    exponents[any_exponent] = random.integers(0, top, any_exponent.sum(), endpoint=True)
    runs = np.array([0, *(2**k for k in range(bits)), *(2**k - 1 for k in range(1, bits + 1))])
    runs = np.concatenate([runs, 2**bits - 1 - runs])
    one, other = random.choice(runs, (2, count))
    significands = np.select(
        [any_exponent, random.random(count) < 0.5],
        [random.integers(0, 2**bits, count), one],
        (one + np.where(random.random(count) < 0.5, other, -other)) % 2**bits,
    )
    signs = random.integers(0, 2, count)
    return ((signs << (exponent_bits + bits)) | (exponents << bits) | significands).astype(kind)


def multiplied(format, a, b):
    return a.view(FLOATS[format]) * b.view(FLOATS[format])


def lmul(format, a, b):
    """The paper's addition, between the special cases of `docs/numerics.md`."""
    exponent_bits, bits, kind = LAYOUT[format]
    size = 2 ** (exponent_bits + bits)
    infinity = size - 2**bits
    sign = (a ^ b).astype(np.int64) & size
    x, y = (each.astype(np.int64) & (size - 1) for each in (a, b))
    zero = (x < 2**bits) | (y < 2**bits)
    infinite = (x == infinity) | (y == infinity)
    nan = (x > infinity) | (y > infinity) | (zero & infinite)
    sum = x + y - OFFSETS[format]
    found = np.select(
        [infinite, zero | (sum < 2**bits), sum >= infinity], [infinity, 0, infinity], sum
    )
    return np.where(nan, infinity | 2 ** (bits - 1), sign | found).astype(kind)


def flushed(format, codes):
    """Subnormal numbers as zeros of their signs."""
    _, bits, _ = LAYOUT[format]
    sign = codes.dtype.type(2 ** (8 * codes.itemsize - 1))
    return np.where((codes & ~sign) < 2**bits, codes & sign, codes)


def wrong(found, expected):
    """Where codes differ from floats, one NaN being as good as another."""
    right = expected.view(f"u{expected.itemsize}")
    nan = np.isnan(expected)
    # Ours is the canonical one.
    canonical = np.array(np.nan, expected.dtype).view(right.dtype)
    return found != np.where(nan, canonical, right)


def chunks(count):
    return (min(CHUNK, count - start) for start in range(0, count, CHUNK))


COUNTS = [QUICK, pytest.param(LONG, marks=pytest.mark.long)]


NAMES = ["exact_fp16_gradual", "exact_fp32_gradual", "lmul_fp16", "lmul_fp32"]


def first_fault(name, product, count):
    """The first pair of which ``product`` is not that of the unit ``name``; None if all are."""
    kind, format = name.split("_")[:2]
    random = np.random.default_rng(17)
    for part in chunks(count):
        a, b = operands(format, part, random), operands(format, part, random)
        found = product(a, b)
        if kind == "lmul":
            faults = found != lmul(format, a, b)
        else:
            with np.errstate(all="ignore"):
                faults = wrong(found, multiplied(format, a, b))
        for at in np.flatnonzero(faults)[:1]:
            return hex(a[at]), hex(b[at]), hex(found[at])
    return None


@pytest.mark.parametrize("count", COUNTS)
def test_products(gates, outputs, count):
    netlists = gates({name: CombinationalMultiplier(multiplier_named(name)) for name in NAMES})
    found = {
        name: first_fault(name, lambda a, b, netlist=netlist: outputs(netlist, a=a, b=b), count)
        for name, netlist in netlists.items()
    }
    assert found == dict.fromkeys(NAMES)


DEFECTS = {
    "offset left out, Mitchell's multiplier sold as L-Mul": "lmul_fp16_offset0",
    "no test for zero, no care for overflow": "lmul_fp16_raw",
    "a test for zero alone": "lmul_fp16_zero",
    "overflow that saturates where infinity is due": "lmul_fp16_saturate",
    "the equation's carry in the place of the addition's": "lmul_fp16_equation",
    "products cut and not rounded": "exact_fp16_gradual_rtz",
    "subnormal numbers taken as zeros": "exact_fp16",
}
"""What others' hardware was found to do, or was sold as, by a unit that does it on purpose."""


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_of_others_is_told(defect):
    multiplier = multiplier_named(DEFECTS[defect])
    meant = next(name for name in NAMES if name.split("_")[:2] == [multiplier.kind, "fp16"])
    assert first_fault(meant, multiplier_named(meant).compute, 2_000) is None
    assert first_fault(meant, multiplier.compute, 2_000) is not None


@pytest.mark.parametrize("count", COUNTS)
def test_sums(gates, outputs, count):
    """One addition: a product of fp16, which fp32 holds exactly, and an fp32 number."""
    name = "mac_exact_fp16_fp32"
    unit = unit_named(name)
    assert isinstance(unit, Mac)
    (netlist,) = gates({name: Step(unit)}).values()
    random = np.random.default_rng(18)
    for part in chunks(count):
        a, b = operands("fp16", part, random), operands("fp16", part, random)
        c = operands("fp32", part, random)
        left, right = (flushed("fp16", each).view(np.float16) for each in (a, b))
        with np.errstate(all="ignore"):
            product = left.astype(np.float32) * right.astype(np.float32)
            # Half of the sums cancel, all but a few bits.
            near = (-product).view(np.uint32) + random.integers(-2, 3, part).astype(np.uint32)
            c = np.where(random.random(part) < 0.5, near, c)
            expected = product + c.view(np.float32)
        faults = wrong(outputs(netlist, c=c, a0=a, b0=b)["y"], expected)
        first = np.flatnonzero(faults)[:1]
        assert [(hex(a[at]), hex(b[at]), hex(c[at]), expected[at]) for at in first] == []
