import math
from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.attention import Head, encoded, errors, reference, scale_of


def test_attention_in_float64_is_the_textbooks():
    head = Head(np.eye(2), np.eye(2) * np.sqrt(2) * np.log(3), np.array([[4.0, 0.0], [0.0, 4.0]]))
    assert np.allclose(reference(head).output, [[3, 1], [1, 3]])


def test_scores_are_divided_by_the_root_of_the_width():
    # q k^T = (9, 0), which the root of 9 makes (3, 0).
    head = Head(np.ones((1, 9)), np.array([[1.0] * 9, [0.0] * 9]), np.array([[1.0], [0.0]]))
    found = reference(head)
    assert found.scores.tolist() == [[9, 0]]
    assert found.output.item() == pytest.approx(1 / (1 + math.exp(-3)))


def test_scores_of_any_size_have_probabilities():
    # Divided by the root of 4: 1000 and 998 in one row, -1000 and -998 in the other.
    q = np.array([[1000.0, 0, 0, 0], [-1000.0, 0, 0, 0]])
    k = np.array([[2.0, 0, 0, 0], [1.996, 0, 0, 0]])
    found = reference(Head(q, k, np.array([[1.0], [0.0]]))).output
    share = 1 / (1 + math.exp(-2))
    assert found.ravel() == pytest.approx([share, 1 - share])


def test_no_query_of_a_causal_head_sees_a_key_behind_its_own():
    values = np.array([[6.0], [12.0], [0.0]])
    head = Head(np.zeros((3, 2)), np.zeros((3, 2)), values, causal=True)
    assert np.allclose(reference(head).output, [[6], [9], [6]])
    assert np.allclose(reference(replace(head, causal=False)).output, [[6], [6], [6]])
    assert not Head.random(2, 2, 1).causal


def test_what_is_drawn_is_of_the_standard_normal_distribution():
    head = Head.random(300, 200, 5)
    for matrix in (head.q, head.k, head.v):
        assert matrix.shape == (300, 200)
        # Of 60,000 numbers, three deviations: of the mean 0.012, of the variance 0.017.
        assert abs(matrix.mean()) < 0.0125
        assert abs(matrix.var() - 1) < 0.0175
    assert (head.q != head.k).any()


@pytest.mark.parametrize(
    # 256 / 3 between 80 and 88, and 4 / 3 between 1 and 1.5.
    ("format", "share"),
    [("e4m3", 88 / 256), ("e2m1", 1.5 / 4)],
)
def test_probabilities_are_encoded_with_their_scale(format, share):
    # 5.3 is nearest to 5.5, and to 6.
    values = np.array([[5.3], [0.0], [0.0]])
    head = Head(np.zeros((3, 2)), np.zeros((3, 2)), values)
    value = {"e4m3": 5.5, "e2m1": 6}[format]
    assert encoded(head, format_named(format)).output.tolist() == [[share * value]] * 3


def test_queries_and_keys_are_encoded_and_scores_are_not():
    # In e4m3 17 is 16, a tie that goes to the even mantissa, and 19 is 20.
    head = Head(np.array([[17.0]]), np.array([[19.0]]), np.array([[1.0]]))
    assert encoded(head, format_named("e4m3")).scores.tolist() == [[320]]


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
