"""Products in frames, against a board that is a few lines of NumPy."""

import numpy as np
import pytest

from lmul_pe.hw.board.link import BoardError
from lmul_pe.hw.board.product import product_on_board
from lmul_pe.hw.board.protocol import Payloads
from lmul_pe.model import SpecificationError, array_named

PAYLOADS = Payloads(array_named("array_os_2x3_int8_int32"))


class Board:
    """Adds up columns of two and rows of three integers of eight bits, as the protocol has them."""

    def __init__(self):
        self.sums = np.zeros((2, 3), dtype="<i4")
        self.sizes = []

    def ask(self, kind, payload):
        self.sizes.append((int(kind), len(payload)))
        beats = np.frombuffer(payload, dtype=np.int8).reshape(-1, 5).astype(int)
        self.sums += beats[:, :2].T @ beats[:, 2:]
        if kind == 1:
            return b""
        octets = self.sums.tobytes()
        self.sums[:] = 0
        return octets


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 3, 3), (5, 102, 4), (3, 103, 7), (2, 250, 3)])
def test_products_of_any_shape_are_those_of_numpy(shape):
    m, k, n = shape
    random = np.random.default_rng(7)
    a = random.integers(-128, 128, size=(m, k))
    b = random.integers(-128, 128, size=(k, n))
    board, told = Board(), []
    found = product_on_board(board, PAYLOADS, a & 255, b & 255, told.append)
    assert (found.view(np.int32) == a @ b).all()
    tiles = -(-m // 2) * -(-n // 3)
    assert told == [f"tile {index + 1} of {tiles}" for index in range(tiles)]
    # 102 beats of five bytes fill a frame of 512.
    whole, rest = divmod(k - 1, 102)
    assert board.sizes == [*[(1, 510)] * whole, (2, 5 * (rest + 1))] * tiles


def test_results_of_another_size_are_refused():
    board = Board()
    board.sums = np.zeros((2, 3), dtype="<i8")
    with pytest.raises(BoardError, match="gave 48 bytes for a tile: expected 24"):
        product_on_board(board, PAYLOADS, [[1]], [[1]], str)


def test_matrices_that_do_not_match_are_refused():
    with pytest.raises(SpecificationError):
        product_on_board(Board(), PAYLOADS, [[1, 2]], [[1]], str)
