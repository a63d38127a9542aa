"""What an arithmetic does to training: digits by a perceptron, characters by a transformer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from matplotlib.axes import Axes

from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.extras import require
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.training.data import characters, digits
from lmul_pe.model.network.training.loop import Recipe, Run, train
from lmul_pe.model.network.training.networks import Perceptron, Transformer

from .interval import Estimate
from .part import Part, Piece, Section
from .picture import picture
from .report import table
from .workers import spread

SEEDS = (1, 2, 3, 4, 5)
"""Of the split, the first weights and the order of examples: the same for every arithmetic."""
_STUDENT = 2.776
"""The 97.5 % quantile of Student's t for the four degrees of freedom of five seeds."""

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


def _train_digits(recipe: Recipe, seed: int) -> Run:
    random = np.random.default_rng(seed)
    return train(Perceptron((64, 64, 10)), digits(random), recipe, random)


def _train_characters(recipe: Recipe, seed: int) -> Run:
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


DIGITS_GROUPS: Groups = {
    "Products, 8-bit operands with a scale for each tensor": _products(DIGITS_RECIPE),
    "Other readings and offsets": _readings(DIGITS_RECIPE),
    f"Operands without a scale, and a loss times {LOSS_SCALE:g}": _ranges(DIGITS_RECIPE),
    f"Sums in fewer bits, a loss times {LOSS_SCALE:g}": _sums(DIGITS_RECIPE),
    "Early stopping and pruning, a scale for each tensor": _savings(DIGITS_RECIPE),
}
CHARACTERS_GROUPS: Groups = {
    "Products, 8-bit operands with a scale for each tensor": _products(CHARACTERS_RECIPE),
}


def _recipes(groups: Groups) -> dict[str, Recipe]:
    return {key: recipe for group in groups.values() for key, recipe in group.items()}


def _runs(trainer: Trainer, recipe: Recipe) -> Runs:
    return list(spread(partial(trainer, recipe), SEEDS))


def _pieces(trainer: Trainer, groups: Groups, formats: Sequence[FloatFormat]) -> list[Piece]:
    return [
        Piece(key, partial(_runs, trainer, recipe))
        for key, recipe in _recipes(groups).items()
        if key == REFERENCE or not formats or key.split(",")[0] in map(str, formats)
    ]


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over seeds."""

    mean: float
    deviation: float


def spread_of(values: Sequence[float]) -> Spread:
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)))


def difference(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean difference of five pairs and its interval of 95 % by Student's t."""
    found = spread_of(np.subtract(values, others).tolist())
    half = _STUDENT * found.deviation / len(SEEDS) ** 0.5
    return Estimate(found.mean, found.mean - half, found.mean + half)


def _shown(found: Estimate, factor: float, digits: int) -> str:
    values = (f"{factor * each:+.{digits}f}" for each in (found.value, found.low, found.high))
    return "{} [{}, {}]".format(*values)


def _losses(runs: Runs) -> list[float] | None:
    """Of the test, by seed; None where one of them is infinite."""
    found = [run.test_loss for run in runs if run.test_loss is not None]
    return found if len(found) == len(runs) else None


def _table(found: Mapping[str, Runs], keys: Sequence[str]) -> str:
    reference = found[REFERENCE]
    base = [run.accuracy for run in reference]
    base_losses = _losses(reference)
    rows = []
    for key in keys:
        runs = found[key]
        accuracy = spread_of([run.accuracy for run in runs])
        losses = _losses(runs)
        lost = "infinite"
        if losses is not None and base_losses is not None:
            lost = _shown(difference(losses, base_losses), 1, 3)
        own = key == REFERENCE
        rows.append(
            [
                key,
                f"{100 * accuracy.mean:.1f} ± {100 * accuracy.deviation:.1f}",
                "" if own else _shown(difference([run.accuracy for run in runs], base), 100, 1),
                "infinite" if losses is None else f"{np.mean(losses):.3f}",
                "" if own else lost,
                f"{np.mean([len(run.losses) for run in runs]):.1f}",
                f"{np.mean([run.macs for run in runs]) / 1e6:,.0f}",
                f"{np.mean([run.zeros for run in runs]):.0%}",
                f"{np.mean([run.pruned for run in runs]):.0%}",
                f"{sum(run.diverged for run in runs)}",
            ]
        )
    headings = ["products", "accuracy, %", "less fp32, points", "loss", "less fp32, nats"]
    headings += ["epochs", "MACs, million", "by zero", "weights pruned", "diverged"]
    return table(headings, rows)


def _section(name: str, about: str, groups: Groups, found: Mapping[str, Runs]) -> Section:
    body = [
        f"{about} Test accuracy and loss over {len(SEEDS)} seeds, ± the standard deviation; in "
        "brackets intervals of 95 % of the mean difference from fp32 seed by seed (Student's t). "
        "Operands are rounded to nearest even, saturating, subnormals flushed; products are not "
        "rounded; sums are fp32 unless said; weights and Adam's steps are fp32. `by zero`: the "
        "share of multiply-accumulates with an operand of zero. `diverged`: seeds whose loss became "
        "infinite.",
        f"![validation loss by epoch]({name}.png)",
    ]
    panels = {}
    for title, group in groups.items():
        keys = [key for key in group if key in found]
        if keys:
            body += [f"### {title}", _table(found, keys)]
            panels[title] = {key: found[key] for key in keys if found[key][0].validation}
    return Section(list(_verdict(found)), "\n\n".join(body), {f"{name}.png": _picture(panels)})


def _verdict(found: Mapping[str, Runs]) -> list[str]:
    base = [run.accuracy for run in found[REFERENCE]]
    accuracy = spread_of(base)
    said = [
        f"fp32: test accuracy {accuracy.mean:.1%}, standard deviation {accuracy.deviation:.1%} "
        f"over {len(SEEDS)} seeds."
    ]
    compared = {
        key: difference([run.accuracy for run in runs], base)
        for key, runs in found.items()
        if key != REFERENCE
    }
    worse = [key for key, each in compared.items() if each.high < 0]
    if worse:
        told = "; ".join(f"{key} {100 * compared[key].value:+.1f}" for key in worse)
        said.append(f"Surely less accurate than fp32, by points: {told}.")
    same = [key for key in compared if key not in worse]
    if same:
        said.append(f"No surely less: {'; '.join(same)}.")
    return said


def _picture(panels: Mapping[str, Mapping[str, Runs]]) -> bytes:
    def draw(axes: list[Axes]) -> None:
        for axis, (title, curves) in zip(axes, panels.items(), strict=True):
            for key, runs in curves.items():
                # Where training stopped early, as far as all seeds went.
                epochs = min(len(run.validation) for run in runs)
                values = np.array([run.validation[:epochs] for run in runs])
                at = np.arange(1, epochs + 1)
                (line,) = axis.plot(at, values.mean(axis=0), label=key, markersize=3)
                axis.fill_between(
                    at,
                    values.min(axis=0),
                    values.max(axis=0),
                    color=line.get_color(),
                    alpha=0.12,
                    linewidth=0,
                )
            axis.set_yscale("log")
            axis.set_title(title)
            axis.set_xlabel("epoch")
            axis.set_ylabel("validation loss, nats")
            axis.grid(which="both")
            axis.legend()

    return picture(len(panels), draw, columns=2, height=4.2)


_SOURCES = (
    *ARITHMETIC,
    "model/network/arithmetic.py",
    "model/network/layers.py",
    "model/network/mantissa_classes.py",
    "model/network/narrow_sums.py",
    "model/network/training",
    "model/study/training.py",
)

DIGITS = Part(
    name="digits",
    title="Handwritten digits, by a perceptron",
    record=Runs,
    sources=_SOURCES,
    pieces=partial(_pieces, _train_digits, DIGITS_GROUPS),
    section=partial(
        _section,
        "digits",
        "1,797 images of 8 x 8 pixels (scikit-learn), layers of 64, 64 and 10.",
        DIGITS_GROUPS,
    ),
    check=partial(require, "training", "part digits of a study"),
)
CHARACTERS = Part(
    name="characters",
    title="The next character of a text, by a transformer",
    record=Runs,
    sources=(*_SOURCES, "model/network/texts"),
    pieces=partial(_pieces, _train_characters, CHARACTERS_GROUPS),
    section=partial(
        _section,
        "characters",
        f"The texts of the package; a decoder of one block, width 32, two heads, {WINDOW} "
        "characters at once.",
        CHARACTERS_GROUPS,
    ),
)
