import numpy as np
import pytest

from lmul_pe.model import SpecificationError, decode, encode
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.operand_codes import OperandCodes, pairs_of_sums

RANDOM = np.random.default_rng(7)
Q = RANDOM.normal(size=(2, 3, 5, 4)).astype(np.float32)
K = RANDOM.normal(size=(2, 1, 4, 5)).astype(np.float32)
P = RANDOM.random(size=(2, 3, 5, 5)).astype(np.float32)
V = RANDOM.normal(size=(2, 1, 5, 4)).astype(np.float32)


def kept(arithmetic, blocks=2):
    codes = OperandCodes(arithmetic)
    for _ in range(blocks):
        codes.keep(
            {
                "q": arithmetic.left(Q),
                "k": arithmetic.right(K),
                "p": arithmetic.left(P),
                "v": arithmetic.right(V),
            }
        )
    return codes.files()


def test_operands_are_codes_of_the_format():
    files = kept(Arithmetic("e4m3", subnormals="gradual"))
    assert files["q"].shape == (2, *Q.shape)
    assert np.array_equal(files["k"][1], encode(K, "e4m3"))
    scaled = kept(Arithmetic("e4m3", "exact", scale="tensor"))
    assert decode(scaled["v"], "e4m3").max() >= 256


def test_pairs_are_whole_sums_of_both_products():
    pairs = kept(Arithmetic("e4m3", subnormals="gradual"))["pairs"]
    q, k, p, v = (encode(each, "e4m3") for each in (Q, K, P, V))
    rows = {tuple(row) for row in q.reshape(-1, 4).tolist()}
    columns = {tuple(row) for row in k.swapaxes(-1, -2).reshape(-1, 4).tolist()}
    # Half of 2^16 pairs each, in whole sums of 4 and of 5 products.
    assert len(pairs) == 2**15 + 2**15 // 5 * 5
    first, last = pairs[:4], pairs[-5:]
    assert tuple(first[:, 0]) in rows
    assert tuple(first[:, 1]) in columns
    assert tuple(last[:, 0]) in {tuple(row) for row in p.reshape(-1, 5).tolist()}
    assert tuple(last[:, 1]) in {tuple(row) for row in v.swapaxes(-1, -2).reshape(-1, 5).tolist()}


def test_a_row_meets_a_column_of_its_own_group():
    marked = np.zeros_like(Q)
    marked[1] = 1
    codes = OperandCodes(Arithmetic("e4m3"))
    other = np.zeros_like(K)
    other[1] = 2
    sides = codes.arithmetic.left(marked), codes.arithmetic.right(other)
    codes.keep({"q": sides[0], "k": sides[1], "p": sides[0], "v": sides[1]})
    pairs = decode(codes.files()["pairs"], "e4m3")
    assert np.array_equal(pairs[:, 1], 2 * pairs[:, 0])
    assert 0 < pairs[:, 0].mean() < 1


def test_every_row_and_column_of_every_head_is_drawn():
    # Numbers of their own for each block, group, head and row, and for each column.
    left = np.arange(2 * 3 * 2 * 3).reshape(2, 3, 2, 3, 1)
    right = 100 + np.arange(2 * 3 * 4).reshape(2, 3, 1, 1, 4)
    pairs = pairs_of_sums(left, right, 2000, np.random.default_rng(1))
    assert pairs.shape == (2000, 2)
    assert set(pairs[:, 0]) == set(left.ravel())
    assert set(pairs[:, 1]) == set(right.ravel())
    # 6 rows of each group, and 4 columns.
    assert ((pairs[:, 0] // 6) == (pairs[:, 1] - 100) // 4).all()


def test_a_sum_that_is_longer_than_what_is_asked_for_is_taken_whole():
    left, right = np.arange(9).reshape(1, 1, 1, 1, 9), np.arange(9, 18).reshape(1, 1, 1, 9, 1)
    pairs = pairs_of_sums(left, right, 4, np.random.default_rng(1))
    assert pairs.tolist() == [[each, each + 9] for each in range(9)]
    # Of 19, two.
    assert len(pairs_of_sums(left, right, 19, np.random.default_rng(1))) == 18


@pytest.mark.parametrize(
    ("arithmetic", "text"),
    [
        (Arithmetic("e4m3", scale="block"), "no codes of one float format"),
        (Arithmetic("int8", "exact"), "no codes of one float format"),
        (Arithmetic("e4m3", order=1), "leave order out"),
    ],
)
def test_what_has_no_codes_is_refused_before_any_work(arithmetic, text):
    with pytest.raises(SpecificationError, match=text):
        OperandCodes(arithmetic)
