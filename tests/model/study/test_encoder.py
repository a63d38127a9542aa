import pytest

from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.texts import sentence_pairs
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
