"""Stacks of matrices: their shapes and products are those of NumPy."""

import re

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.unit.stack import Stack


@pytest.mark.parametrize(
    ("shape_a", "shape_b", "count"),
    [
        ((2, 3), (3, 4), 1),
        ((1, 1), (1, 1), 1),
        ((3,), (3, 4), 1),
        ((2, 3), (3,), 1),
        ((3,), (3,), 1),
        # One matrix on the right has the rows of all before it.
        ((5, 2, 3), (3, 4), 1),
        ((5, 6, 2, 3), (3,), 1),
        ((5, 2, 3), (5, 3, 4), 5),
        ((2, 3), (5, 3, 4), 5),
        ((3,), (5, 3, 4), 5),
        ((5, 1, 2, 3), (6, 3, 4), 30),
        ((1, 2, 3), (1, 3, 4), 1),
        ((0, 2, 3), (0, 3, 4), 0),
        ((2, 0), (0, 4), 1),
        ((5, 2, 0), (5, 0, 4), 5),
    ],
)
def test_products_and_shapes_are_those_of_numpy(shape_a, shape_b, count):
    random = np.random.default_rng(1)
    a, b = (random.integers(-9, 9, size=shape) for shape in (shape_a, shape_b))
    expected = a @ b
    stack = Stack.of(a, b)
    assert len(stack.lefts) == len(stack.rights) == count
    assert stack.lefts.ndim == stack.rights.ndim == 3
    assert stack.shape == expected.shape
    assert ((stack.lefts @ stack.rights).reshape(stack.shape) == expected).all()


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [
        ((), (3,)),
        ((3,), ()),
        ((), ()),
        ((2, 3), (2, 3)),
        ((2, 3), (2,)),
        ((2,), (3, 2)),
        ((3,), (4,)),
        ((5, 2, 3), (3, 4, 3)),
        ((5, 2, 3), (6, 3, 4)),
    ],
)
def test_shapes_that_are_no_product_are_named(shape_a, shape_b):
    message = f"shapes {shape_a} and {shape_b} are no matrix product: expected M x K and K x N"
    with pytest.raises(SpecificationError, match=f"^{re.escape(message)}$"):
        Stack.of(np.zeros(shape_a), np.zeros(shape_b))
