"""What is said of constants, from small results."""

import pytest

from lmul_pe.model import format_named
from lmul_pe.model.accuracy.expected_error import PRINTED
from lmul_pe.model.study.constants import CONSTANTS, _of_bits, _picture, _table_7
from tests.sweep import some


@pytest.fixture(scope="module", params=some([(3, 5), (3, 4, 5)], 1), ids=str)
def mantissas(request):
    return request.param


@pytest.fixture(scope="module")
def found(mantissas):
    return {"table 7": _table_7(), **{f"M={bits}": _of_bits(bits) for bits in mantissas}}


@pytest.fixture(scope="module")
def section(found):
    return CONSTANTS.section(found)


def test_the_verdict_says_where_the_paper_s_constant_is_worse_than_none(section, mantissas):
    worse = "3, 4" if 4 in mantissas else "3"
    assert section.verdict[:3] == [
        f"With exact operands the paper's constant is worse than none for M = {worse}.",
        "With truncated operands the paper's constant is worse than none for no M.",
        f"With rounded operands the paper's constant is worse than none for M = {worse}.",
    ]


def test_the_paper_s_two_rows_have_different_constants(section):
    assert section.verdict[3:] == [
        "Table 7 of the paper, even distribution: its L-Mul is equation, 2^-4.",
        "Table 7 of the paper, real weights: its L-Mul is equation, 2^-l(k).",
    ]


def test_its_multiplications_are_those_of_normal_numbers(found):
    for kept, printed in zip((2, 3, 4, 6), PRINTED["real weights"]["multiply"], strict=True):
        assert found["table 7"][f"normal multiply {kept}"] == pytest.approx(printed, abs=0.006)


def test_every_table_and_the_picture_are_there(section):
    assert section.body.count("| :-- |") + section.body.count("| --: |") >= 5
    assert "| 3 | 1 | 0 | 0 | 0 | 1 | 1 | 1 | 0 | 0 | 0 |" in section.body
    assert section.pictures["constants.png"].startswith(b"\x89PNG")


def test_a_panel_shows_the_mean_errors_of_its_operands_where_there_are_some(drawn):
    kinds = {2: ("none", "paper", "exact"), 5: ("none", "paper", "table of 3 bits", "exact")}
    stored = ("exact", "truncated", "rounded")
    by_bits = {
        bits: {
            f"mean {words} {each}": 10 * place + bits + number / 8
            for place, each in enumerate(stored)
            for number, words in enumerate(known)
        }
        for bits, known in kinds.items()
    }
    _picture(by_bits)
    (figure,) = drawn
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        f"{each} operands" for each in stored
    ]
    for place, axes in enumerate(figure.axes):
        lines = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
        low, high = 10 * place + 2, 10 * place + 5
        assert lines == {
            "none": [[2, low], [5, high]],
            "paper": [[2, low + 1 / 8], [5, high + 1 / 8]],
            "table of 3 bits": [[5, high + 2 / 8]],
            "exact": [[2, low + 2 / 8], [5, high + 3 / 8]],
        }


def test_formats_choose_mantissas():
    chosen = [format_named(name) for name in ("e5m2", "e4m3", "e4m3fnuz")]
    assert [piece.key for piece in CONSTANTS.pieces(chosen)] == ["table 7", "M=2", "M=3"]
