"""What is said of a language model: perplexity, divergence and agreement by arithmetic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.offset import paper_offset
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.weights import SMOLLM2

from .interval import Estimate, estimate
from .language import (
    CARRIES,
    GROUPS,
    KINDS,
    ORDERS,
    REFERENCE,
    WHAT,
    WIDTHS,
    Scores,
    arithmetics,
    orders,
    pieces,
    unscaled,
    wide,
)
from .part import Part, Section
from .report import table


@dataclass(frozen=True)
class Figures:
    """What is said of an arithmetic, over all its texts.

    Parameters
    ----------
    perplexity, kl, agreement
        Over all predictions.
    loss
        By how much the perplexity is above that of fp32 on the same texts, as a share of it.
    """

    perplexity: Estimate
    loss: Estimate
    kl: Estimate
    agreement: Estimate


def figures(scores: Scores) -> Figures:
    """The figures of some texts, with intervals over other texts of the same kind."""
    own = list(scores.values())
    weights = np.array([score.predictions for score in own])

    def pooled(values: Sequence[float], draw: NDArray[np.intp]) -> float:
        return float(np.average(np.asarray(values)[draw], weights=weights[draw]))

    losses = [score.loss for score in own]
    above = [score.loss - score.reference_loss for score in own]
    count = len(own)
    return Figures(
        estimate(lambda draw: float(np.exp(pooled(losses, draw))), count),
        estimate(lambda draw: float(np.expm1(pooled(above, draw))), count),
        estimate(lambda draw: pooled([score.kl for score in own], draw), count),
        estimate(lambda draw: pooled([score.agreement for score in own], draw), count),
    )


USABLE = 0.05
"""The loss that an arithmetic may have, at the upper end of its interval, to be called usable."""

ARRANGEMENTS = (("none", "flush"), ("tensor", "flush"), ("block", "flush"), ("none", "gradual"))
"""Scale and underflow, by what hardware they take, the least first."""


def percent(found: Estimate, digits: int = 1, sign: str = "+") -> str:
    """A share in percent, its interval in brackets."""
    values = (f"{100 * each:{sign}.{digits}f}" for each in (found.value, found.low, found.high))
    return "{} [{}, {}]".format(*values)


def nats(found: Estimate) -> str:
    """A divergence, its interval in brackets."""
    values = (f"{each:.2g}" for each in (found.value, found.low, found.high))
    return "{} [{}, {}]".format(*values)


def _product(arithmetic: Arithmetic) -> str:
    """How it multiplies, in words."""
    if arithmetic.kind == "exact":
        return "exact"
    multiplier = arithmetic.multiplier
    assert multiplier is not None
    if multiplier.table_bits is not None:
        return f"L-Mul corrected by {multiplier.table_bits} top bits"
    offset: object = multiplier.offset
    if offset == paper_offset(multiplier.mantissa_bits):
        offset = "paper"
    extra = f", {arithmetic.extra_bits} bit more" if arithmetic.extra_bits else ""
    return f"L-Mul {multiplier.carry}, offset {offset or 'none'}{extra}"


def _operands(arithmetic: Arithmetic) -> str:
    """How its operands are rounded, in words."""
    words = [str(arithmetic.format)]
    format = arithmetic.format
    if isinstance(format, FloatFormat) and format.exponent_bits < WIDE_EXPONENT:
        words.append(str(arithmetic.subnormals))
    if arithmetic.scale != "none":
        words.append(f"scaled by {arithmetic.scale}")
    if arithmetic.accumulate != "fp32":
        words.append(f"sums in {arithmetic.accumulate}")
    if arithmetic.order:
        words.append(f"order {arithmetic.order}")
    return ", ".join(words)


def _section(found: Mapping[str, Scores]) -> Section:
    reference = found[REFERENCE]
    known = arithmetics()
    results = {key: figures(scores) for key, scores in found.items() if key in known}
    body = [
        f"fp32: perplexity {figures(reference).perplexity.value:.2f} over "
        f"{len(reference)} texts, {sum(each.predictions for each in reference.values()):,} "
        "predictions. In brackets: intervals of 95 % over texts. Loss: by how much the perplexity "
        "is above that of fp32 on the same texts. KL: divergence from fp32, in nats. Agreement: "
        "share of equal most likely tokens."
    ]
    for title, group in GROUPS.items():
        rows = [
            [
                _operands(arithmetic),
                _product(arithmetic),
                f"{results[key].perplexity.value:.2f}",
                percent(results[key].loss),
                nats(results[key].kl),
                percent(results[key].agreement, 0, ""),
            ]
            for key, arithmetic in {each.name: each for each in group()}.items()
            if key in results
        ]
        if rows:
            headings = ["operands", "product", "perplexity", "loss, %", "KL", "agreement, %"]
            body += [f"### {title}", table(headings, rows, words=2)]
    pictures = {}
    curves = _curves(results)
    if any(len(points) > 1 for points in curves.values()):
        pictures[PICTURE] = _picture(curves)
        body.insert(1, f"![Divergence from fp32 by mantissa bits]({PICTURE})")
    return Section(list(_verdict(results)), "\n\n".join(body), pictures)


PICTURE = "language.png"
WIDE_EXPONENT = 8


def _curves(results: Mapping[str, Figures]) -> dict[str, dict[int, Estimate]]:
    """Divergence by mantissa bits, by product."""
    curves: dict[str, dict[int, Estimate]] = {}
    for arithmetic in unscaled():
        product = _product(arithmetic)
        known = product == "exact" or product.endswith(("paper", "none"))
        if known and arithmetic.name in results and arithmetic.multiplier is not None:
            points = curves.setdefault(product, {})
            points[arithmetic.multiplier.mantissa_bits] = results[arithmetic.name].kl
    return curves


def _picture(curves: Mapping[str, Mapping[int, Estimate]]) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for place, (product, points) in enumerate(curves.items()):
        # Side by side, so that intervals can be told apart.
        narrow = {bits: each for bits, each in points.items() if bits < WIDE_EXPONENT}
        bits = np.array(list(narrow)) + (place - len(curves) / 2) * 0.06
        values = np.array([[each.value, each.low, each.high] for each in narrow.values()]).T
        errors = np.abs(values[1:] - values[0])
        axes.errorbar(bits, values[0], yerr=errors, marker="o", markersize=4, label=product)
    axes.set_yscale("log")
    axes.set_xlabel("mantissa bits of the operands, 8 exponent bits")
    axes.set_ylabel("KL from fp32, nats")
    axes.set_title("SmolLM2-135M, attention alone: divergence of the predictions")
    axes.grid(axis="y", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    content = BytesIO()
    figure.savefig(content, format="png", dpi=150)
    return content.getvalue()


def _verdict(results: Mapping[str, Figures]) -> Iterator[str]:
    usable = list(_usable(results))
    if usable:
        yield (
            f"Usable at 8 bits (loss below {USABLE:.0%} at the upper end of its interval), "
            f"attention alone: {'; '.join(usable)}."
        )
    readings = {
        bits: [
            results[name].kl
            for carry in CARRIES
            if (name := Arithmetic(wide(bits), carry=carry).name) in results
        ]
        for bits in WIDTHS
    }
    if all(len(pair) == 2 for pair in readings.values()):
        told = (
            f"{integer.value:.2g} and {equation.value:.2g} at {bits} bits"
            for bits, (integer, equation) in readings.items()
        )
        yield f"KL of the integer addition and of Eq. (1), attention alone: {', '.join(told)}."
    losses = {
        bits: results[name].loss
        for bits in WIDTHS
        if (name := Arithmetic(wide(bits)).name) in results
    }
    if losses:
        told = (f"{percent(loss)} at {bits} bits" for bits, loss in losses.items())
        yield (
            "The paper prints 0.07 % for L-Mul attention, on benchmarks of models of 7 to 8 "
            f"billion parameters; here the perplexity rises by {', '.join(told)} (in %)."
        )
    spreads = list(_spreads(results))
    if spreads:
        yield (
            f"The order of fp32 sums alone moves the pooled perplexity by up to {max(spreads):.1%}."
        )


def _usable(results: Mapping[str, Figures]) -> Iterator[str]:
    """For each kind and format the least arrangement whose loss is small enough, in words."""
    for kind in KINDS:
        for format in ("e4m3", "e5m2"):
            for scale, subnormals in ARRANGEMENTS:
                arithmetic = Arithmetic(format, kind, scale=scale, subnormals=subnormals)
                if arithmetic.name in results and results[arithmetic.name].loss.high < USABLE:
                    yield f"{_product(arithmetic)} {_operands(arithmetic)}"
                    break


def _spreads(results: Mapping[str, Figures]) -> Iterator[float]:
    """By how much perplexities of the same arithmetic in several orders differ, as a share."""
    for base in {replace(each, order=0) for each in orders()}:
        names = [replace(base, order=order).name for order in (0, *ORDERS)]
        values = [results[name].perplexity.value for name in names if name in results]
        if len(values) > 1:
            yield max(values) / min(values) - 1


LANGUAGE = Part(
    name="language",
    title="A language model",
    record=Scores,
    # Products that are compiled are the model's, bit for bit.
    sources=(
        "model/format",
        "model/multiplier",
        "model/accumulator",
        "model/unit",
        "model/network/arithmetic.py",
        "model/network/gguf_file.py",
        "model/network/language.py",
        "model/network/layers.py",
        "model/network/mantissa_classes.py",
        "model/network/prediction.py",
        "model/network/texts",
        "model/study/language.py",
    ),
    pieces=pieces,
    section=_section,
    check=partial(SMOLLM2.check, WHAT),
)
