from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import FloatFormat, format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.prediction import predicted
from lmul_pe.model.network.texts import texts
from lmul_pe.model.study import interval, language, language_report
from lmul_pe.model.study.interval import Estimate
from lmul_pe.model.study.language import (
    EXAMPLES,
    GROUPS,
    LEFT_OUT,
    REFERENCE,
    Score,
    arithmetics,
    pieces,
    score,
    unscaled,
)
from lmul_pe.model.study.language_report import LANGUAGE, Figures, figures, nats, percent

NAMES = [text.name for text in texts()]


def scores(loss=0.0, kl=0.0, agreement=1.0):
    """Of all texts: ``loss`` above that of fp32, which differs from text to text."""
    return {
        name: Score(100 + place, 3 + place / 10 + loss, 3 + place / 10, kl, agreement)
        for place, name in enumerate(NAMES)
    }


def test_both_readings_are_studied_at_every_mantissa():
    names = arithmetics()
    for bits in range(2, 8):
        format = format_named(f"e8m{bits}")
        for carry in ("integer", "equation"):
            assert Arithmetic(format, carry=carry).name in names
        assert Arithmetic(format, "exact").name in names


def test_all_linear_layers_are_studied_with_the_five_formats():
    names = arithmetics()
    for format in ("e4m3", "e5m2"):
        assert Arithmetic(format, "exact", where="linear", subnormals="gradual").name in names
    for format in ("bf16", "int8"):
        assert Arithmetic(format, "exact", where="linear").name in names
    for scale in ("tensor", "block"):
        assert Arithmetic("e4m3", scale=scale, where="linear").name in names
        for format in ("e4m3", "e5m2"):
            assert Arithmetic(format, "exact", scale=scale, where="linear").name in names


def test_pieces_are_those_of_the_formats_that_are_asked_for():
    assert {piece.key for piece in pieces([])} == {REFERENCE, *arithmetics()}
    keys = {piece.key for piece in pieces([format_named("e5m2")])} - {REFERENCE}
    assert keys
    assert all("e5m2" in key for key in keys)


def test_a_text_is_scored_against_fp32(language_model):
    arithmetic = Arithmetic("e4m3", "exact", scale="tensor")
    found = score(arithmetic, 8, EXAMPLES[0])
    tokens = language_model.tokens(next(text.read() for text in texts() if text.name == "council"))
    reference = language_model.logits(tokens[:8])
    wanted = predicted(language_model.logits(tokens[:8], arithmetic), reference, tokens[:8])
    assert found.predictions == 7
    assert found.kl == pytest.approx(wanted.kl, rel=1e-3)
    assert found.reference_loss == pytest.approx(wanted.reference_loss.mean(), rel=1e-4)
    assert score(None, 8, EXAMPLES[0]).kl == 0


def test_a_loss_that_all_texts_share_is_certain():
    found = figures(scores(loss=np.log(1.02), kl=0.01, agreement=0.9))
    assert found.loss.value == pytest.approx(0.02)
    assert found.loss.high == pytest.approx(found.loss.low)
    assert found.kl.value == pytest.approx(0.01)
    assert found.agreement.value == pytest.approx(0.9)
    # Texts differ, so that the perplexity of other texts is not certain.
    assert found.perplexity.low < found.perplexity.value < found.perplexity.high
    weights = np.arange(len(NAMES)) + 100
    mean = np.average(3 + np.arange(len(NAMES)) / 10, weights=weights)
    assert found.perplexity.value == pytest.approx(1.02 * np.exp(mean))


def test_the_section_says_which_arrangement_is_usable():
    found = {
        REFERENCE: scores(),
        Arithmetic("e4m3", "exact").name: scores(loss=1.0),
        Arithmetic("e4m3", "exact", scale="tensor").name: scores(loss=0.01),
        Arithmetic("e4m3", "exact", scale="block").name: scores(loss=0.001),
        Arithmetic("e4m3", "lmul", scale="block").name: scores(loss=0.1),
    }
    section = LANGUAGE.section(found)
    assert "exact e4m3, flush, scaled by tensor." in section.verdict[0]
    assert "L-Mul" not in section.verdict[0]
    assert f"over {len(NAMES)} texts" in section.body
    assert "+1.0 [+1.0, +1.0]" in section.body
    assert section.pictures == {}


def test_the_section_draws_divergence_by_mantissa_and_tells_the_readings_apart():
    found = {REFERENCE: scores()}
    for bits in (3, 4, 7):
        format = format_named(f"e8m{bits}")
        for carry in ("integer", "equation"):
            kl = 0.1 / bits * (1 + (carry == "equation"))
            found[Arithmetic(format, carry=carry).name] = scores(loss=0.03, kl=kl)
    found[Arithmetic("e8m3", order=1).name] = scores(loss=0.05)
    section = LANGUAGE.section(found)
    assert "| e8m3, order 1 | L-Mul integer, offset paper |" in section.body
    assert "0.033 and 0.067 at 3 bits" in " ".join(section.verdict)
    assert "by up to 2.0%" in " ".join(section.verdict)
    assert section.pictures["language.png"].startswith(b"\x89PNG")
    assert "(language.png)" in section.body


def test_underflow_is_told_where_exponents_are_few():
    studied = {
        "| bf16 | exact |": Arithmetic("bf16", "exact", where="linear"),
        "| e8m3 | exact |": Arithmetic("e8m3", "exact"),
        "| int8 | exact |": Arithmetic("int8", "exact"),
        "| e4m3, flush | exact |": Arithmetic("e4m3", "exact"),
        "| e5m2, gradual | exact |": Arithmetic("e5m2", "exact", subnormals="gradual"),
    }
    found = {REFERENCE: scores()} | {each.name: scores(loss=0.1) for each in studied.values()}
    body = LANGUAGE.section(found).body
    assert [row for row in studied if row not in body] == []


def names(*arithmetics):
    return {each.name for each in arithmetics}


def test_the_mantissa_and_the_reading_are_studied_in_eight_exponent_bits():
    found = unscaled()
    expected = {Arithmetic("fp32").name}
    for bits in range(2, 8):
        format = FloatFormat(8, bits)
        expected |= names(
            Arithmetic(format, "exact"),
            Arithmetic(format),
            Arithmetic(format, offset="none"),
            Arithmetic(format, offset="fitted"),
            Arithmetic(format, carry="equation"),
        )
        if bits in (3, 4, 7):
            expected |= names(
                Arithmetic(format, carry="equation", offset="none"),
                Arithmetic(format, carry="equation", offset="fitted"),
            )
        if bits in (3, 4):
            expected |= names(*(Arithmetic(format, "table", table_bits=seen) for seen in (2, 3)))
    # Eq. (1) keeps the bit that it shifts out, where there are few.
    expected |= names(Arithmetic("e8m3", carry="equation", extra_bits=1))
    assert {each.name for each in found} == expected


def test_other_groups_are_what_their_titles_say():
    found = [{each.name for each in group()} for group in GROUPS.values()]
    narrow, _, linear, orders, sums = found
    expected = names(Arithmetic("int8", "exact"))
    for format in ("e4m3", "e5m2"):
        for kind in ("exact", "lmul"):
            expected |= names(
                *(Arithmetic(format, kind, scale=scale) for scale in ("none", "tensor", "block")),
                Arithmetic(format, kind, subnormals="gradual"),
            )
    for scale in ("tensor", "block"):
        expected |= names(Arithmetic("e4m3", offset="none", scale=scale))
    expected |= names(*(Arithmetic("e3m4", kind, scale="block") for kind in ("exact", "lmul")))
    assert narrow == expected
    exact = [Arithmetic("bf16", "exact"), Arithmetic("int8", "exact")]
    scaled = [
        Arithmetic(format, kind, scale=scale)
        for format, kind in (("e4m3", "exact"), ("e5m2", "exact"), ("e4m3", "lmul"))
        for scale in ("tensor", "block")
    ]
    gradual = [Arithmetic(each, "exact", subnormals="gradual") for each in ("e4m3", "e5m2")]
    wide = [
        Arithmetic(FloatFormat(8, bits), carry=carry, offset=offset)
        for bits in (3, 4, 7)
        for carry in ("integer", "equation")
        for offset in ("paper", "fitted")
    ]
    studied = (replace(each, where="linear") for each in (*exact, *scaled, *gradual, *wide))
    assert linear == names(*studied)
    assert orders == names(
        *(Arithmetic("bf16", order=order) for order in (1, 2)),
        *(Arithmetic("e8m3", carry="integer", order=order) for order in (1, 2)),
        *(Arithmetic("e8m3", carry="equation", order=order) for order in (1, 2)),
    )
    assert sums == names(
        *(
            Arithmetic("e4m3", kind, scale="tensor", accumulate=register)
            for kind in ("exact", "lmul")
            for register in ("bf16", "aligned")
        )
    )


def test_slow_sums_are_tried_on_the_beginning_of_two_texts():
    usual = [text.name for text in texts() if text.name not in LEFT_OUT]
    assert len(usual) == 10
    for piece in pieces([]):
        arithmetic, texts_of, length = piece.compute.args
        if piece.key == REFERENCE:
            assert arithmetic is None
        slow = arithmetic is not None and arithmetic.accumulate != "fp32"
        assert (list(texts_of), length) == ((list(EXAMPLES), 96) if slow else (usual, None))


class Shifted:
    """A model of 4 tokens that expects the next one, the less the more an arithmetic is asked."""

    def __init__(self):
        self.asked = []

    def tokens(self, text):
        return np.arange(len(text)) % 4

    def logits(self, tokens, arithmetic=None):
        self.asked.append((len(tokens), arithmetic))
        scale = 4 if arithmetic is None else 2
        return scale * np.eye(4)[(tokens + 1) % 4]


def test_the_beginning_of_a_text_is_scored_against_that_of_fp32(monkeypatch):
    model = Shifted()
    monkeypatch.setattr(language, "smollm2", lambda what: model)
    monkeypatch.setattr(language, "_reference", language._reference.__wrapped__)
    found = score("an arithmetic", 9, "council")
    (whole, reference), (seen, own) = model.asked
    assert (reference, own, seen) == (None, "an arithmetic", 9)
    assert whole == len(next(text.read() for text in texts() if text.name == "council"))
    # Of the next token e^2 against three others, and e^4 in fp32.
    assert found.predictions == 8
    assert found.loss == pytest.approx(np.log(1 + 3 * np.exp(-2)))
    assert found.reference_loss == pytest.approx(np.log(1 + 3 * np.exp(-4)))
    assert found.kl > 0
    assert found.agreement == 1
    model.asked.clear()
    same = score(None, 9, "council")
    # Of fp32 nothing else is computed.
    assert model.asked == [(whole, None)]
    assert (same.loss, same.kl) == (found.reference_loss, 0)
    assert language._scores(None, ["council", "tides"], 9) == {
        name: score(None, 9, name) for name in ("council", "tides")
    }


def test_figures_have_their_interval_in_brackets():
    found = Estimate(0.1234, -0.01, 0.25)
    assert percent(found) == "+12.3 [-1.0, +25.0]"
    assert percent(found, 0, "") == "12 [-1, 25]"
    assert nats(found) == "0.12 [-0.01, 0.25]"


def made(loss=0.0, kl=1.0, perplexity=20.0):
    """Figures whose intervals have no width, but for a loss a hundredth of itself."""
    figures = (Estimate(each, each, each) for each in (perplexity, kl, 1.0))
    first, *others = figures
    return Figures(first, Estimate(0.99 * loss, 0.98 * loss, loss), *others)


def test_what_loses_a_twentieth_is_not_usable():
    found = {
        Arithmetic("e4m3", "exact").name: made(0.05),
        Arithmetic("e4m3", "exact", scale="tensor").name: made(0.0499),
        Arithmetic("e4m3", "exact", scale="block").name: made(0.01),
        Arithmetic("e5m2", "lmul", subnormals="gradual").name: made(0.02),
    }
    # Of each kind and format the one of least hardware.
    assert list(language_report._usable(found)) == [
        "exact e4m3, flush, scaled by tensor",
        "L-Mul integer, offset paper e5m2, gradual",
    ]


@pytest.mark.parametrize(
    ("arithmetic", "product", "operands"),
    [
        (Arithmetic("e8m3"), "L-Mul integer, offset paper", "e8m3"),
        (Arithmetic("e8m3", offset="none"), "L-Mul integer, offset none", "e8m3"),
        (Arithmetic("e8m7", offset=3), "L-Mul integer, offset 3", "bf16"),
        (
            Arithmetic("e8m3", carry="equation", extra_bits=1),
            "L-Mul equation, offset paper, 1 bit more",
            "e8m3",
        ),
        (
            Arithmetic("e8m4", "table", table_bits=3),
            "L-Mul corrected by 3 top bits",
            "e8m4",
        ),
        (
            Arithmetic("e7m3", "exact", scale="block", accumulate="bf16"),
            "exact",
            "e7m3, flush, scaled by block, sums in bf16",
        ),
        (Arithmetic("bf16", "exact", order=2), "exact", "bf16, order 2"),
    ],
)
def test_an_arithmetic_in_words(arithmetic, product, operands):
    assert language_report._product(arithmetic) == product
    assert language_report._operands(arithmetic) == operands


def test_a_row_has_its_figures_and_a_picture_stands_behind_the_first_words(monkeypatch):
    drawn = []
    # Of texts that are all alike there need not be many samples.
    monkeypatch.setattr(interval, "RESAMPLES", 20)
    monkeypatch.setattr(language_report, "_picture", lambda curves: drawn.append(curves) or b"PNG")
    found = {
        REFERENCE: scores(),
        Arithmetic("e8m3").name: scores(loss=np.log(1.02), kl=0.25, agreement=0.875),
        Arithmetic("e4m3", scale="tensor").name: scores(),
    }
    section = LANGUAGE.section(found)
    # A curve of one point is none.
    assert (section.pictures, drawn) == ({}, [])
    weights = np.arange(len(NAMES)) + 100
    perplexity = 1.02 * np.exp(np.average(3 + np.arange(len(NAMES)) / 10, weights=weights))
    header = "| operands | product | perplexity | loss, % | KL | agreement, % |"
    assert f"{header}\n| :-- | :-- | --: | --: | --: | --: |\n" in section.body
    assert (
        f"| e8m3 | L-Mul integer, offset paper | {perplexity:.2f} | +2.0 [+2.0, +2.0] | "
        "0.25 [0.25, 0.25] | 88 [88, 88] |\n"
    ) in section.body
    assert f"{weights.sum():,} predictions" in section.body
    # Groups without results are not there.
    titles = [line for line in section.body.splitlines() if line.startswith("###")]
    assert titles == [f"### {title}" for title in list(GROUPS)[:2]]
    section = LANGUAGE.section(found | {Arithmetic("e8m4").name: scores(kl=0.125)})
    assert section.pictures == {"language.png": b"PNG"}
    first, second, third, *_ = section.body.split("\n\n")
    assert first.startswith("fp32: perplexity")
    assert second == "![Divergence from fp32 by mantissa bits](language.png)"
    assert third.startswith("###")
    ((product, points),) = drawn[0].items()
    assert product == "L-Mul integer, offset paper"
    assert {bits: each.value for bits, each in points.items()} == pytest.approx({3: 0.25, 4: 0.125})


def test_curves_are_of_exact_products_and_of_known_constants():
    found = {
        each.name: made(kl=float(place))
        for place, each in enumerate(
            (
                Arithmetic("e8m3", "exact"),
                Arithmetic("e8m3", offset="none"),
                Arithmetic("e8m7", offset="fitted"),
                Arithmetic("e8m3", "table", table_bits=2),
                Arithmetic("e8m7", carry="equation"),
                Arithmetic("e8m3", carry="equation", extra_bits=1),
            )
        )
    }
    curves = language_report._curves(found)
    assert {
        product: {bits: each.value for bits, each in points.items()}
        for product, points in curves.items()
    } == {
        "exact": {3: 0},
        "L-Mul integer, offset none": {3: 1},
        "L-Mul equation, offset paper": {7: 4},
    }


def test_intervals_are_drawn_around_values_of_less_than_eight_mantissa_bits(drawn):
    curves = {
        "exact": {3: Estimate(0.5, 0.25, 0.875), 7: Estimate(0.125, 0.0625, 0.25)},
        "L-Mul": {3: Estimate(1.0, 0.5, 1.25), 23: Estimate(0.5, 0.5, 0.5)},
    }
    language_report._picture(curves)
    (figure,) = drawn
    (axes,) = figure.axes
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["exact", "L-Mul"]
    assert axes.get_yscale() == "log"
    shown = {}
    for container in axes.containers:
        line, _, (bars,) = container.lines
        ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
        bits = line.get_xdata()
        assert np.abs(bits - np.round(bits)).max() < 0.25
        shown[container.get_label()] = (np.round(bits).tolist(), line.get_ydata().tolist(), ends)
    assert shown == {
        "exact": ([3, 7], [0.5, 0.125], [[0.25, 0.875], [0.0625, 0.25]]),
        "L-Mul": ([3], [1.0], [[0.5, 1.25]]),
    }


def test_the_verdict_tells_readings_at_all_three_widths_losses_and_orders():
    both = {
        Arithmetic(f"e8m{bits}", carry=carry).name: made(bits / 100, kl * bits, 20 + kl)
        for bits in (3, 4, 7)
        for carry, kl in (("integer", 0.25), ("equation", 0.5))
    }
    orders = {
        Arithmetic("e8m3", order=1).name: made(perplexity=20.25 * 1.04),
        Arithmetic("e8m3", order=2).name: made(perplexity=20.25 * 1.01),
        # Alone, it moves nothing.
        Arithmetic("bf16", order=1).name: made(perplexity=99.0),
        Arithmetic("e8m3", carry="equation", order=2).name: made(perplexity=20.5 * 1.02),
    }
    found = both | orders
    found.pop(Arithmetic("e8m7").name)
    losses, spread = language_report._verdict(found)
    assert losses.endswith(
        "the perplexity rises by +3.0 [+2.9, +3.0] at 3 bits, +4.0 [+3.9, +4.0] at 4 bits (in %)."
    )
    assert spread == "The order of fp32 sums alone moves the pooled perplexity by up to 4.0%."
    readings, *_ = language_report._verdict(both)
    assert readings == (
        "KL of the integer addition and of Eq. (1), attention alone: 0.75 and 1.5 at 3 bits, "
        "1 and 2 at 4 bits, 1.8 and 3.5 at 7 bits."
    )
    assert list(language_report._verdict({})) == []
    one = {Arithmetic("bf16", order=1).name: made(perplexity=20.0)}
    assert list(language_report._spreads(one)) == []
    two = one | {Arithmetic("bf16", order=2).name: made(perplexity=25.0)}
    assert list(language_report._spreads(two)) == [0.25]
