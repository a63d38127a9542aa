"""Two experts and a router on digits: what a choice of one of them saves, and of what.

An image is multiplied with the weights of the router and of one expert.  A batch of images reads
the weights of every expert that any of them chooses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.extras import require
from lmul_pe.model.format.floating import CATALOG, FloatFormat
from lmul_pe.model.network.arithmetic import FLOAT32, Arithmetic
from lmul_pe.model.network.layers import Array
from lmul_pe.model.network.training.data import Examples, digits
from lmul_pe.model.network.training.loop import Recipe, Run, learned
from lmul_pe.model.network.training.networks import Mixture, Perceptron
from lmul_pe.model.network.training.tape import Counted, Node, Tape

from .part import Part, Piece, Section
from .report import table
from .spread import difference, shown, spread_of
from .training import DIGITS_RECIPE, SEEDS

BATCHES = (1, 8, 32)
"""Images that read weights together."""
ONE, TWO, MIXED = "one network of 32", "one network of 64", "two experts of 32"
_BALANCE = 0.5
UNBALANCED = f"{MIXED}, unbalanced"

NETWORKS: Mapping[str, Perceptron | Mixture] = {
    TWO: Perceptron((64, 64, 10)),
    ONE: Perceptron((64, 32, 10)),
    MIXED: Mixture(64, 32, 10, 2, _BALANCE),
    UNBALANCED: Mixture(64, 32, 10, 2, 0),
}
"""By the hidden width."""


@dataclass(frozen=True)
class Routed:
    """A network that was trained, and what it takes to use it.

    Parameters
    ----------
    run
        Of the training.
    macs
        Multiply-accumulates of a test image, on average.
    held, read
        Bytes of weights: all of them, and those that a batch reads, on average, by its images.
    busiest
        Share of the test images that have the expert of most images.
    """

    run: Run
    macs: float
    held: int
    read: dict[int, float]
    busiest: float


Routes = list[Routed]
"""By seed."""


def arithmetics() -> dict[str, Arithmetic | None]:
    """Of all matrix products, by name."""
    return {
        "fp32": None,
        "e4m3, exact": Arithmetic("e4m3", "exact", scale="tensor"),
        "e4m3, L-Mul": Arithmetic("e4m3", scale="tensor"),
    }


def routed(name: str, arithmetic: Arithmetic | None, seed: int) -> Routed:
    """The network of a name, trained and used."""
    network, random = NETWORKS[name], np.random.default_rng(seed)
    data = digits(random)
    recipe = replace(DIGITS_RECIPE, forward=arithmetic, backward=arithmetic)
    run, weights = learned(network, data, recipe, random)
    return _used(network, weights, recipe, data.test, run)


def _used(
    network: Perceptron | Mixture,
    weights: Mapping[str, Array],
    recipe: Recipe,
    test: Examples,
    run: Run,
) -> Routed:
    nodes = {name: Node(value, wanted=False) for name, value in weights.items()}
    counted = Counted(recipe.forward or FLOAT32)
    network.logits(Tape(counted, counted), nodes, test.inputs)
    multiplier = recipe.forward and recipe.forward.multiplier
    width = multiplier.format.width if multiplier else CATALOG["fp32"].width
    sizes = {name: value.size * width / 8 for name, value in weights.items()}
    held = sum(sizes.values())
    if isinstance(network, Perceptron):
        return Routed(run, counted.macs / len(test), int(held), dict.fromkeys(BATCHES, held), 1)
    uncounted = Counted(recipe.forward or FLOAT32)
    chosen, _ = network.chosen(Tape(uncounted, uncounted), nodes, test.inputs)
    own = [
        sum(size for name, size in sizes.items() if name.endswith(f" of {expert}"))
        for expert in range(network.experts)
    ]
    read = {}
    for batch in BATCHES:
        whole = chosen[: len(chosen) // batch * batch].reshape(-1, batch)
        used = [sum(own[expert] for expert in np.unique(images)) for images in whole]
        read[batch] = float(held - sum(own) + np.mean(used))
    busiest = np.bincount(chosen).max() / len(chosen)
    return Routed(run, counted.macs / len(test), int(held), read, float(busiest))


def _routes(name: str, arithmetic: Arithmetic | None) -> Routes:
    return [routed(name, arithmetic, seed) for seed in SEEDS]


def _pieces(formats: Sequence[FloatFormat]) -> list[Piece]:
    return [
        Piece(f"{name}, {words}", partial(_routes, name, arithmetic))
        for words, arithmetic in arithmetics().items()
        if not formats or arithmetic is None or arithmetic.format in formats
        for name in NETWORKS
    ]


def _accuracies(routes: Routes) -> list[float]:
    return [each.run.accuracy for each in routes]


def _section(found: Mapping[str, Routes]) -> Section:
    rows = []
    verdict = []
    for words in arithmetics():
        if f"{TWO}, {words}" not in found:
            continue
        base = _accuracies(found[f"{TWO}, {words}"])
        for name in NETWORKS:
            routes = found[f"{name}, {words}"]
            accuracy = spread_of(_accuracies(routes))
            apart = difference(_accuracies(routes), base)
            rows.append(
                [
                    words,
                    name,
                    f"{100 * accuracy.mean:.1f} ± {100 * accuracy.deviation:.1f}",
                    "" if name == TWO else shown(apart, 100, 1),
                    f"{_mean([each.macs for each in routes]):,.0f}",
                    f"{_mean([each.held for each in routes]):,.0f}",
                    *(f"{_mean([each.read[n] for each in routes]):,.0f}" for n in BATCHES),
                    f"{_mean([each.busiest for each in routes]):.0%}",
                ]
            )
            if name == MIXED:
                verdict.append(_said(words, routes, found[f"{TWO}, {words}"]))
    body = (
        f"Digits as in the part of that name, {len(SEEDS)} seeds. Two experts choose one of them "
        "for each image (top 1, weighted by its probability), with a loss for balance (a factor "
        f"of {_BALANCE}) and without, beside one network as wide as both and one as wide as each. "
        "In brackets: intervals of 95 % of the mean difference from the wide one, seed by seed "
        "(Student's t). Bytes of weights are those that a batch of test images reads, in the "
        "width of the operands.\n\n"
    )
    headings = ["products", "network", "accuracy, %", "from the wide one, points", "MACs an image"]
    headings += ["bytes held", *(f"read by {each}" for each in BATCHES), "busiest expert"]
    return Section(verdict, body + table(headings, rows, words=2))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


def _said(words: str, routes: Routes, wide: Routes) -> str:
    apart = difference(_accuracies(routes), _accuracies(wide))
    macs = 1 - _mean([each.macs for each in routes]) / _mean([each.macs for each in wide])
    alone, together = (
        _mean([each.read[n] for each in routes]) / _mean([each.held for each in wide])
        for n in (BATCHES[0], BATCHES[-1])
    )
    return (
        f"{words}: {MIXED} take {macs:.0%} fewer multiplications than {TWO}, and read {alone:.0%} "
        f"of its bytes for one image, but {together:.0%} for {BATCHES[-1]} together; accuracy "
        f"{shown(apart, 100, 1)} points."
    )


EXPERTS = Part(
    name="experts",
    title="Two experts and a router, on digits",
    record=Routes,
    sources=(
        *ARITHMETIC,
        "model/network/arithmetic.py",
        "model/network/layers.py",
        "model/network/mantissa_classes.py",
        "model/network/narrow_sums.py",
        "model/network/training",
        "model/study/experts.py",
        "model/study/training.py",
    ),
    pieces=_pieces,
    section=_section,
    check=partial(require, "training", "part experts of a study"),
)
