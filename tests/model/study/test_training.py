import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.loop import Recipe
from lmul_pe.model.network.training.networks import Perceptron, Transformer
from lmul_pe.model.study import training
from lmul_pe.model.study.training import (
    CHARACTERS_GROUPS,
    DIGITS_GROUPS,
    SEEDS,
    WINDOW,
    pieces,
    train_characters,
    train_digits,
)

BASE = Recipe(None, None, epochs=3, batch=7, rate=0.5)


def test_a_format_chooses_its_pieces_and_the_reference():
    keys = [piece.key for piece in pieces(train_digits, DIGITS_GROUPS, [format_named("bf16")])]
    assert keys == ["fp32", "bf16, exact", "bf16, L-Mul", "bf16, Eq. 1"]


def test_recipes_are_what_their_names_say():
    found = {key: recipe for group in DIGITS_GROUPS.values() for key, recipe in group.items()}
    alone = found["e4m3, L-Mul forward alone"]
    assert (alone.forward.kind, alone.backward.kind) == ("lmul", "exact")
    mixed = found["e4m3 and e5m2 backward, L-Mul, loss scaled"]
    assert (str(mixed.forward.format), str(mixed.backward.format)) == ("e4m3", "e5m2")
    assert mixed.loss_scale == 1024
    assert found["e4m3, exact, sums in e5m2"].forward.accumulate == "e5m2_fused"
    assert found["e4m3, L-Mul without offset"].forward.multiplier.offset == 0


def test_no_seed_is_counted_twice():
    assert len(set(SEEDS)) == len(SEEDS)


def scaled(format, kind="lmul", **options):
    return Arithmetic(format, kind, scale="tensor", **options)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            training._products,
            {
                "fp32": (None, None),
                "bf16, exact": Arithmetic("bf16", "exact"),
                "bf16, L-Mul": Arithmetic("bf16"),
                "e4m3, exact": scaled("e4m3", "exact"),
                "e4m3, L-Mul": scaled("e4m3"),
                "e4m3, L-Mul forward alone": (scaled("e4m3"), scaled("e4m3", "exact")),
                "e5m2, exact": scaled("e5m2", "exact"),
                "e5m2, L-Mul": scaled("e5m2"),
            },
        ),
        (
            training._readings,
            {
                "fp32, L-Mul": Arithmetic("fp32"),
                "bf16, Eq. 1": Arithmetic("bf16", carry="equation"),
                "e4m3, Eq. 1": scaled("e4m3", carry="equation"),
                "e4m3, L-Mul without offset": scaled("e4m3", offset="none"),
                "e5m2, L-Mul without offset": scaled("e5m2", offset="none"),
            },
        ),
        (
            training._ranges,
            {
                f"{formats}, {words}, {scale}": (
                    Arithmetic("e4m3", kind),
                    Arithmetic("e5m2" if "e5m2" in formats else "e4m3", kind),
                )
                for words, kind in (("exact", "exact"), ("L-Mul", "lmul"))
                for formats, scale in (
                    ("e4m3", "no scale"),
                    ("e4m3", "loss scaled"),
                    ("e4m3 and e5m2 backward", "loss scaled"),
                )
            },
        ),
        (
            training._sums,
            {
                f"e4m3, {words}, sums in {register}": Arithmetic(
                    "e4m3", kind, accumulate=f"{register}_fused"
                )
                for words, kind in (("exact", "exact"), ("L-Mul", "lmul"))
                for register in ("bf16", "e5m2")
            },
        ),
        (
            training._savings,
            {
                f"e4m3, {words}, {saving}": scaled("e4m3", kind)
                for words, kind in (("exact", "exact"), ("L-Mul", "lmul"))
                for saving in ("stopped early", "80 % pruned", "pruned 2:4")
            },
        ),
    ],
)
def test_a_name_says_the_arithmetic_of_both_directions(group, expected):
    found = group(BASE)
    assert {name: (each.forward, each.backward) for name, each in found.items()} == {
        name: each if isinstance(each, tuple) else (each, each) for name, each in expected.items()
    }
    for name, recipe in found.items():
        assert (recipe.epochs, recipe.batch, recipe.rate) == (3, 7, 0.5)
        scale = 1024 if "loss scaled" in name or "sums in" in name else 1
        pruning = 0.8 if "80 %" in name else "2:4" if "2:4" in name else None
        assert (recipe.loss_scale, recipe.pruning) == (scale, pruning)
        assert (recipe.patience is not None) == ("stopped early" in name)


def test_training_that_stops_early_waits_for_two_epochs():
    patience = {each.patience for each in training._savings(BASE).values()} - {None}
    assert patience == {2}


def test_digits_are_learnt_by_layers_of_64_64_and_10(monkeypatch):
    monkeypatch.setattr(training, "digits", lambda random: ("digits", random.random()))
    monkeypatch.setattr(training, "train", lambda *given: given)
    network, data, recipe, random = train_digits(BASE, 5)
    same = np.random.default_rng(5)
    assert network == Perceptron((64, 64, 10))
    assert (data, recipe) == (("digits", same.random()), BASE)
    assert random.random() == same.random()


def test_characters_are_learnt_by_one_block_of_width_32_with_two_heads(monkeypatch):
    monkeypatch.setattr(training, "characters", lambda random, window: (window, 77))
    monkeypatch.setattr(training, "train", lambda *given: given)
    network, data, recipe, _ = train_characters(BASE, 5)
    assert network == Transformer(77, WINDOW, width=32, heads=2, blocks=1)
    assert (data, recipe) == (WINDOW, BASE)


def test_a_piece_is_trained_once_with_every_seed():
    (piece,) = pieces(lambda recipe, seed: (recipe, seed), {"one": {"fp32": BASE}}, [])
    assert piece.compute() == [(BASE, seed) for seed in SEEDS]
    every = pieces(train_characters, CHARACTERS_GROUPS, [])
    assert [piece.key for piece in every] == list(training._products(BASE))
