import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.attention import Head, encoded, errors, reference, scale_of


def test_attention_in_float64_is_the_textbooks():
    head = Head(np.eye(2), np.eye(2) * np.sqrt(2) * np.log(3), np.array([[4.0, 0.0], [0.0, 4.0]]))
    assert np.allclose(reference(head).output, [[3, 1], [1, 3]])


def test_draws_depend_on_the_seed_alone():
    first, again, other = (Head.random(4, 2, seed) for seed in (1, 1, 2))
    assert (first.q == again.q).all()
    assert (first.v != other.v).any()


@pytest.mark.parametrize(
    ("format", "scale"), [("e4m3", 256.0), ("e2m1", 4.0), ("e4m3fnuz", 128.0), ("bf16", 256.0)]
)
def test_probabilities_are_scaled_into_the_format(format, scale):
    assert scale_of(format_named(format)) == scale


def test_encoding_alone_makes_a_small_error_that_falls_with_the_mantissa():
    head = Head.random(32, 16, 1)
    right = reference(head)
    found = [
        errors(encoded(head, format_named(each)).output, right.output)[0]
        for each in ("e5m2", "e4m3", "bf16", "fp16")
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] < 0.2
    assert found[-1] < 0.001


def test_errors_are_of_the_whole_and_of_the_worst_element():
    right = np.array([[3.0, 0.0], [0.0, 4.0]])
    assert errors(right + np.array([[0.0, 0.6], [-0.8, 0.0]]), right) == pytest.approx((0.2, 0.8))
