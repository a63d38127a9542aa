import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.prediction import predicted
from lmul_pe.model.network.texts import texts
from lmul_pe.model.study.language import EXAMPLES, REFERENCE, Score, arithmetics, pieces, score
from lmul_pe.model.study.language_report import LANGUAGE, figures

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
