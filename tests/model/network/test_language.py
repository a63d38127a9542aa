import numpy as np
import pytest

from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.prediction import predicted


def test_digits_are_tokens_of_their_own_and_nothing_is_added(language_model):
    tokens = language_model.tokens("In 1867, it's")
    pieces = [language_model.tokenizer.decode([int(token)]) for token in tokens]
    assert pieces == ["In", " ", "1", "8", "6", "7", ",", " it", "'s"]


def test_it_knows_what_comes_next(language_model):
    scores = language_model.logits(language_model.tokens("The capital of France is"))
    assert language_model.tokenizer.decode([int(scores[-1].argmax())]) == " Paris"


def test_nothing_depends_on_what_comes_later(language_model):
    tokens = language_model.tokens("Water boils at a hundred degrees, and ice melts at zero.")
    whole, part = language_model.logits(tokens), language_model.logits(tokens[:6])
    assert np.allclose(whole[:6], part, atol=1e-3)


@pytest.mark.parametrize("where", ["attention", "linear", "all"])
def test_more_products_in_fewer_bits_are_further_from_fp32(language_model, where):
    tokens = language_model.tokens("The museum opens at nine, and closes when the sun has set.")
    reference = language_model.logits(tokens)
    fine, coarse = (
        predicted(language_model.logits(tokens, arithmetic), reference, tokens).kl
        for arithmetic in (
            Arithmetic("e8m10", "exact", where=where),
            Arithmetic("e8m2", "exact", where=where),
        )
    )
    assert 0 < fine < coarse / 50


class Counting:
    """An arithmetic that counts what it is asked for."""

    def __init__(self, where):
        self.where = where
        self.depths = []

    def left(self, values):
        return values

    right = left

    def product(self, left, right):
        self.depths.append(left.shape[-1])
        return left @ right


@pytest.mark.parametrize(
    ("where", "products"), [("attention", 2 * 2), ("linear", 2 * (2 + 7)), ("all", 2 * 9 + 1)]
)
def test_an_arithmetic_computes_the_products_it_is_for(small, where, products):
    counting = Counting(where)
    tokens = np.arange(6)
    found = small.logits(tokens, counting)
    assert len(counting.depths) == products
    assert np.allclose(found, small.logits(tokens), rtol=1e-4, atol=1e-4)


def test_who_watches_is_told_the_operands_of_every_block(small):
    seen = []
    small.logits(np.arange(5), watch=lambda block, operands: seen.append((block, operands)))
    assert [block for block, _ in seen] == [0, 1]
    shapes = {name: operand.values.shape for name, operand in seen[0][1].items()}
    assert shapes == {"q": (2, 2, 5, 6), "k": (2, 1, 6, 5), "p": (2, 2, 5, 5), "v": (2, 1, 5, 6)}
    assert np.allclose(seen[1][1]["p"].values.sum(axis=-1), 1)


def test_weights_of_another_arithmetic_are_rounded_anew(small):
    tokens = np.arange(6)
    first = Arithmetic("e8m2", "exact", where="linear")
    second = Arithmetic("e8m6", "exact", where="linear")
    alone = small.logits(tokens, first)
    small.logits(tokens, second)
    assert np.array_equal(small.logits(tokens, first), alone)
