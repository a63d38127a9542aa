"""Classes of operands."""

import numpy as np
import pytest

from lmul_pe.model import CATALOG, decode, format_named
from lmul_pe.model.format.codec import code_type
from lmul_pe.model.format.integer import IntegerFormat
from lmul_pe.sim.coverage.operands import (
    CLASSES,
    INTEGERS,
    class_ends,
    class_signs,
    classes,
    crossed,
    signed_pairs,
    signs,
)

NARROW = [name for name, format in CATALOG.items() if format.width <= 8]


def every(format):
    return np.arange(2**format.width, dtype=code_type(format))


@pytest.mark.parametrize("name", [*NARROW, "fp16"])
def test_classes_are_those_of_values(name):
    format = format_named(name)
    codes = every(format)
    values = np.abs(decode(codes, format))
    finite = values[np.isfinite(values)]
    least = float(format.exact_value(format.least_normal))
    expected = np.select(
        [
            np.isnan(values),
            np.isinf(values),
            values == 0,
            values < least,
            values == least,
            values < finite.max(),
        ],
        ["NaN", "infinity", "zero", "subnormal", "least normal", "normal"],
        "largest",
    )
    assert [CLASSES[index] for index in classes(codes, format)] == expected.tolist()


@pytest.mark.parametrize("name", NARROW)
def test_ends_and_signs_are_those_of_all_codes(name):
    format = format_named(name)
    codes = every(format)
    found, sign = classes(codes, format), signs(codes, format)
    for index in range(len(CLASSES)):
        own = codes[found == index]
        assert (index in class_ends(format)) == bool(len(own))
        if len(own):
            assert class_signs(format, index) == tuple(np.unique(sign[found == index]))
            positive = own[signs(own, format) == class_signs(format, index)[0]]
            assert class_ends(format)[index] == (positive.min(), positive.max())


def test_classes_of_integers():
    format = IntegerFormat(4)
    values = np.array([0, 1, -6, 7, -7, -8])
    found = classes(format.codes(values), format)
    expected = ["zero", "inner", "inner", "largest", "largest", "lowest"]
    assert [INTEGERS[index] for index in found] == expected


@pytest.mark.parametrize(
    "format", [format_named("e4m3fnuz"), format_named("e3m2"), IntegerFormat(4)]
)
def test_every_pair_of_codes_is_a_pair_of_classes(format):
    a, b = (codes.ravel() for codes in np.meshgrid(every(format), every(format)))
    found = crossed((format, format), a, b)
    assert set(found) == signed_pairs((format, format))
    assert found.total() == len(a)
