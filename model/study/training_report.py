"""What is said of training: tables, curves and verdicts."""

from collections.abc import Mapping, Sequence
from functools import partial
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from lmul_pe.model.command.source import ARITHMETIC
from lmul_pe.model.extras import require

from .part import Part, Section
from .picture import picture
from .report import table
from .spread import difference, shown, spread_of
from .training import (
    CHARACTERS_GROUPS,
    DIGITS_GROUPS,
    IMAGES_GROUPS,
    REFERENCE,
    SEEDS,
    WINDOW,
    Groups,
    Runs,
    pieces,
    train_characters,
    train_digits,
)

_COLOURS = 7
_LINES = ("-", "--")
"""Colours of the pictures' style, and what tells lines beyond them apart."""
_TITLE = 44
"""Letters of a title that are no wider than a panel."""


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
            lost = shown(difference(losses, base_losses), 1, 3)
        own = key == REFERENCE
        rows.append(
            [
                key,
                f"{100 * accuracy.mean:.1f} ± {100 * accuracy.deviation:.1f}",
                "" if own else shown(difference([run.accuracy for run in runs], base), 100, 1),
                "infinite" if losses is None else f"{np.mean(losses):.3f}",
                "" if own else lost,
                f"{np.mean([len(run.losses) for run in runs]):.1f}",
                f"{np.mean([run.macs for run in runs]) / 1e6:,.0f}",
                f"{np.mean([run.zeros for run in runs]):.0%}",
                f"{np.mean([run.pruned for run in runs]):.0%}",
                f"{sum(run.diverged for run in runs)}",
            ]
        )
    headings = ["products", "accuracy, %", "from fp32, points", "loss", "from fp32, nats"]
    headings += ["epochs", "MACs, million", "by zero", "weights pruned", "diverged"]
    return table(headings, rows)


def _section(name: str, about: str, groups: Groups, found: Mapping[str, Runs]) -> Section:
    body = [
        f"{about} Test accuracy and loss over {len(SEEDS)} seeds, ± the standard deviation; in "
        "brackets intervals of 95 % of the mean difference from fp32 seed by seed (Student's t). "
        "Operands are rounded to nearest even, saturating, subnormals flushed; products are not "
        "rounded; sums are fp32 unless said; weights and Adam's steps are fp32. `by zero`: the "
        "share of multiply-accumulates with an operand of zero. `diverged`: seeds whose loss "
        "became infinite.",
        f"![validation loss by epoch]({name}.png)",
    ]
    panels: dict[str, dict[str, Runs]] = {}
    for title, group in groups.items():
        keys = [key for key in group if key in found]
        if keys:
            body += [f"### {title}", _table(found, keys)]
            curves = {key: found[key] for key in keys if all(run.validation for run in found[key])}
            panels |= {title: curves} if curves else {}
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
        said.append(f"Not surely less: {'; '.join(same)}.")
    return said


def _picture(panels: Mapping[str, Mapping[str, Runs]]) -> bytes:
    def draw(axes: list[Axes]) -> None:
        for axis, (title, curves) in zip(axes, panels.items(), strict=True):
            for place, (key, runs) in enumerate(curves.items()):
                # Where training stopped early, as far as all seeds went.
                epochs = min(len(run.validation) for run in runs)
                values = np.array([run.validation[:epochs] for run in runs])
                at = np.arange(1, epochs + 1)
                (line,) = axis.plot(
                    at,
                    values.mean(axis=0),
                    label=key,
                    markersize=3,
                    linestyle=_LINES[place // _COLOURS],
                )
                axis.fill_between(
                    at,
                    values.min(axis=0),
                    values.max(axis=0),
                    color=line.get_color(),
                    alpha=0.12,
                    linewidth=0,
                )
            axis.set_yscale("log")
            axis.set_title(fill(title, _TITLE))
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


def _digits(groups: Groups) -> Part:
    return Part(
        name="digits",
        title="Handwritten digits, by a perceptron",
        record=Runs,
        sources=_SOURCES,
        pieces=partial(pieces, train_digits, groups),
        section=partial(
            _section,
            "digits",
            "1,797 images of 8 x 8 pixels (scikit-learn), layers of 64, 64 and 10.",
            groups,
        ),
        check=partial(require, "training", "part digits of a study"),
    )


DIGITS = _digits(DIGITS_GROUPS)
IMAGES = _digits(IMAGES_GROUPS)
"""Some of the same pieces, which are kept together."""
CHARACTERS = Part(
    name="characters",
    title="The next character of a text, by a transformer",
    record=Runs,
    sources=(*_SOURCES, "model/network/texts"),
    pieces=partial(pieces, train_characters, CHARACTERS_GROUPS),
    section=partial(
        _section,
        "characters",
        f"The texts of the package; a decoder of one block, width 32, two heads, {WINDOW} "
        "characters at once.",
        CHARACTERS_GROUPS,
    ),
)
