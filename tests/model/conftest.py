"""What the tests of the model share."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from model import format_named
from model.vectors import check_pairs


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


SMALL = ["e5m2", "e4m3", "e4m3ieee", "e4m3fnuz", "e4m3b11fnuz", "e5m2fnuz", "e3m4", "e3m2", "e2m3"]
SMALL += ["e2m1", "e2m1ieee", "e2m1fn", "e2m1fnuz", "e3m2fn", "e2m5finite"]
WIDE = ["fp16", "bf16", "tf32", "e5m6", "fp32", "e8m26", "e8m31", "e3m30", "e11m52", "e10m47finite"]
MIXED = [
    ("e4m3", "e5m2", "fp16"),
    ("e5m2", "e4m3", "e4m3"),
    ("e5m2", "e5m2", "e4m3"),
    ("e4m3", "e4m3", "fp32"),
    ("e4m3", "e5m2", "e4m3fnuz"),
    ("e2m1", "e3m2", "e2m3"),
    ("e3m2", "e4m3fnuz", "e5m2"),
    ("bf16", "e4m3", "bf16"),
    ("e5m2", "bf16", "e4m3"),
    ("bf16", "e5m2", "fp16"),
    ("fp16", "e5m2", "e4m3"),
    ("fp16", "bf16", "e4m3"),
    ("fp32", "fp16", "bf16"),
    ("fp16", "fp16", "fp32"),
    ("e11m52", "fp32", "tf32"),
    ("e11m52", "e5m6", "e11m52"),
    ("e8m31", "e8m30", "e11m52"),
    ("e4m3", "e2m1", "e11m52"),
]


@pytest.fixture(params=SMALL)
def small_format(request):
    """A format of 8 bits or less."""
    return format_named(request.param)


@pytest.fixture(params=WIDE)
def wide_format(request):
    """A format of more than 8 bits."""
    return format_named(request.param)


@pytest.fixture(params=MIXED, ids="-".join)
def mixed_formats(request):
    """Formats of two operands and of the result."""
    return tuple(format_named(name) for name in request.param)
