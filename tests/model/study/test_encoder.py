import numpy as np
import pytest

from lmul_pe.model import FloatFormat, format_named
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.texts import sentence_pairs
from lmul_pe.model.study import encoder, interval
from lmul_pe.model.study.encoder import ENCODER, REFERENCE, arithmetics, figures, rank_correlation


def test_ranks_decide_and_ties_share_theirs():
    assert rank_correlation([1, 2, 3, 4], [10, 20, 30, 1000]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: the square root of 0.9.
    assert rank_correlation([1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(0.9**0.5)


def test_figures_are_of_all_pairs():
    cosines = [place / 50 for place in range(40)]
    found = figures([*cosines[:-1], cosines[-1] + 0.1], cosines, range(40))
    assert found.to_reference.value == pytest.approx(1)
    assert found.to_author.value == pytest.approx(1)
    assert found.largest == pytest.approx(0.1)


def test_the_section_names_the_worst():
    likeness = [pair.likeness for pair in sentence_pairs()]
    fp32 = [each + place / 100 for place, each in enumerate(likeness)]
    first, second, *_ = arithmetics()
    section = ENCODER.section({REFERENCE: fp32, first: fp32, second: fp32[::-1]})
    assert section.verdict[0].endswith(f"of {second}.")
    assert f"{len(likeness)} pairs" in section.body


def test_bf16_is_studied_with_exact_products_both_readings_and_no_constant():
    found = arithmetics()
    for arithmetic in (
        Arithmetic("bf16", "exact"),
        Arithmetic("bf16", carry="integer"),
        Arithmetic("bf16", carry="equation"),
        Arithmetic("bf16", offset="none"),
    ):
        assert arithmetic.name in found


def test_arithmetics_are_those_of_few_bits_and_of_eight_exponent_bits():
    expected = [Arithmetic("bf16", "exact"), Arithmetic("int8", "exact")]
    expected += [
        Arithmetic(format, kind, scale=scale)
        for format in ("e4m3", "e5m2")
        for kind in ("exact", "lmul")
        for scale in ("none", "tensor")
    ]
    for bits in (2, 3, 4, 7):
        format = FloatFormat(8, bits)
        expected += [Arithmetic(format, carry=carry) for carry in ("integer", "equation")]
        expected.append(Arithmetic(format, offset="none"))
    assert set(arithmetics()) == {each.name for each in expected}


def test_formats_choose_pieces_and_fp32_always_stays():
    assert [piece.key for piece in ENCODER.pieces([])] == [REFERENCE, *arithmetics()]
    first, *others = ENCODER.pieces([format_named("e5m2"), format_named("e8m2")])
    assert first.key == REFERENCE
    assert len(others) == 4 + 3
    assert all(piece.compute.args[0].name == piece.key for piece in others)


def test_cosines_are_those_of_the_sentences_of_a_pair(monkeypatch):
    asked = []

    class Model:
        def vector(self, sentence, arithmetic):
            asked.append((sentence, arithmetic))
            return np.array([len(sentence), 1.0])

    monkeypatch.setattr(encoder, "minilm", lambda what: Model())
    pairs = sentence_pairs()
    assert encoder._cosines("an arithmetic") == [
        len(pair.first) * len(pair.second) + 1 for pair in pairs
    ]
    # Each once.
    assert sorted(asked) == sorted(
        {(each, "an arithmetic") for pair in pairs for each in (pair.first, pair.second)}
    )


def test_the_table_has_every_arithmetic_but_fp32(monkeypatch):
    # Of cosines in the same order there need not be many samples.
    monkeypatch.setattr(interval, "RESAMPLES", 20)
    likeness = [pair.likeness for pair in sentence_pairs()]
    fp32 = [each + place / 1000 for place, each in enumerate(likeness)]
    first, *_ = arithmetics()
    moved = [each + 0.125 for each in fp32]
    section = ENCODER.section({REFERENCE: fp32, first: moved})
    one = "1.0000 [1.0000, 1.0000]"
    author = section.body.split("of the pairs to ")[1].split(". In brackets")[0]
    assert section.body.split("\n\n")[1].splitlines() == [
        "| arithmetic | rank correlation with fp32 | with the author | largest difference |",
        "| :-- | --: | --: | --: |",
        f"| {first} | {one} | {author} | 0.125 |",
    ]
    assert section.verdict == [f"The least rank correlation with fp32 is {one}, of {first}."]
