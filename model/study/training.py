"""What an arithmetic does to training: digits by a perceptron, characters by a transformer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.data import characters, digits
from lmul_pe.model.network.training.loop import Recipe, Run, train
from lmul_pe.model.network.training.networks import Perceptron, Transformer

from .part import Piece

SEEDS = (1, 2, 3, 4, 5)
"""Of the split, the first weights and the order of examples: the same for every arithmetic."""

REFERENCE = "fp32"
LOSS_SCALE = 1024.0
WINDOW = 32
"""Characters that the transformer sees at once."""

Runs = list[Run]
"""By seed."""
Trainer = Callable[[Recipe, int], Run]
Groups = Mapping[str, Mapping[str, Recipe]]
"""Recipes by name, in groups by what they are compared for."""

DIGITS_RECIPE = Recipe(None, None, epochs=12, batch=32, rate=3e-3)
CHARACTERS_RECIPE = Recipe(None, None, epochs=4, batch=16, rate=5e-3)


def train_digits(recipe: Recipe, seed: int) -> Run:
    random = np.random.default_rng(seed)
    return train(Perceptron((64, 64, 10)), digits(random), recipe, random)


def train_characters(recipe: Recipe, seed: int) -> Run:
    random = np.random.default_rng(seed)
    data, tokens = characters(random, WINDOW)
    network = Transformer(tokens, WINDOW, width=32, heads=2, blocks=1)
    return train(network, data, recipe, random)


def _both(base: Recipe, arithmetic: Arithmetic) -> Recipe:
    return replace(base, forward=arithmetic, backward=arithmetic)


def _products(base: Recipe) -> dict[str, Recipe]:
    """Kinds of products, operands scaled so that the range of a format does not decide."""
    both = partial(_both, base)
    scaled = partial(Arithmetic, scale="tensor")
    return {
        REFERENCE: base,
        "bf16, exact": both(Arithmetic("bf16", "exact")),
        "bf16, L-Mul": both(Arithmetic("bf16")),
        "e4m3, exact": both(scaled("e4m3", "exact")),
        "e4m3, L-Mul": both(scaled("e4m3")),
        "e4m3, L-Mul forward alone": replace(
            base, forward=scaled("e4m3"), backward=scaled("e4m3", "exact")
        ),
        "e5m2, exact": both(scaled("e5m2", "exact")),
        "e5m2, L-Mul": both(scaled("e5m2")),
    }


def _readings(base: Recipe) -> dict[str, Recipe]:
    """Other readings and offsets of L-Mul."""
    both = partial(_both, base)
    return {
        "fp32, L-Mul": both(Arithmetic("fp32")),
        "bf16, Eq. 1": both(Arithmetic("bf16", carry="equation")),
        "e4m3, Eq. 1": both(Arithmetic("e4m3", carry="equation", scale="tensor")),
        "e4m3, L-Mul without offset": both(Arithmetic("e4m3", offset="none", scale="tensor")),
        "e5m2, L-Mul without offset": both(Arithmetic("e5m2", offset="none", scale="tensor")),
    }


def _ranges(base: Recipe) -> dict[str, Recipe]:
    """Operands as they are, and gradients times one constant."""
    found = {}
    for words, kind in (("exact", "exact"), ("L-Mul", "lmul")):
        e4m3, e5m2 = Arithmetic("e4m3", kind), Arithmetic("e5m2", kind)
        scaled = replace(base, loss_scale=LOSS_SCALE)
        found[f"e4m3, {words}, no scale"] = _both(base, e4m3)
        found[f"e4m3, {words}, loss scaled"] = _both(scaled, e4m3)
        found[f"e4m3 and e5m2 backward, {words}, loss scaled"] = replace(
            scaled, forward=e4m3, backward=e5m2
        )
    return found


def _sums(base: Recipe) -> dict[str, Recipe]:
    """Sums in fewer bits, each rounded; operands as they are, so that no sum overflows."""
    scaled = replace(base, loss_scale=LOSS_SCALE)
    return {
        f"e4m3, {words}, sums in {register}": _both(
            scaled, Arithmetic("e4m3", kind, accumulate=f"{register}_fused")
        )
        for register in ("bf16", "e5m2")
        for words, kind in (("exact", "exact"), ("L-Mul", "lmul"))
    }


def _savings(base: Recipe) -> dict[str, Recipe]:
    """Fewer multiplications."""
    found = {}
    for words, kind in (("exact", "exact"), ("L-Mul", "lmul")):
        both = _both(base, Arithmetic("e4m3", kind, scale="tensor"))
        found[f"e4m3, {words}, stopped early"] = replace(both, patience=2)
        found[f"e4m3, {words}, 80 % pruned"] = replace(both, pruning=0.8)
        found[f"e4m3, {words}, pruned 2:4"] = replace(both, pruning="2:4")
    return found


_OF_PRODUCTS = "Products, 8-bit operands with a scale for each tensor"
IMAGES_GROUPS: Groups = {_OF_PRODUCTS: _products(DIGITS_RECIPE)}
"""What a study of accuracy asks of images."""
DIGITS_GROUPS: Groups = {
    **IMAGES_GROUPS,
    "Other readings and offsets": _readings(DIGITS_RECIPE),
    f"Operands without a scale, and a loss times {LOSS_SCALE:g}": _ranges(DIGITS_RECIPE),
    f"Sums in fewer bits, a loss times {LOSS_SCALE:g}": _sums(DIGITS_RECIPE),
    "Early stopping and pruning, a scale for each tensor": _savings(DIGITS_RECIPE),
}
CHARACTERS_GROUPS: Groups = {_OF_PRODUCTS: _products(CHARACTERS_RECIPE)}


def _recipes(groups: Groups) -> dict[str, Recipe]:
    return {key: recipe for group in groups.values() for key, recipe in group.items()}


def _runs(trainer: Trainer, recipe: Recipe) -> Runs:
    return [trainer(recipe, seed) for seed in SEEDS]


def pieces(trainer: Trainer, groups: Groups, formats: Sequence[FloatFormat]) -> list[Piece]:
    return [
        Piece(key, partial(_runs, trainer, recipe))
        for key, recipe in _recipes(groups).items()
        if key == REFERENCE or not formats or key.split(",")[0] in map(str, formats)
    ]
