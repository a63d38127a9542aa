"""What is said of constants, from small results."""

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.accuracy.expected_error import PRINTED
from lmul_pe.model.study import constants
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
    # Panels are compared, from no error on.
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    assert figure.axes[0].get_ylim()[0] == 0
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


def test_without_formats_common_mantissas_are_looked_at():
    keys = [piece.key for piece in CONSTANTS.pieces([])]
    assert keys == ["table 7", *(f"M={bits}" for bits in (1, 2, 3, 4, 5, 6, 7, 10))]


def test_figures_of_one_mantissa_bit_are_those_by_hand(monkeypatch):
    monkeypatch.setattr(constants, "STORED", ("exact",))
    found = _of_bits(1)
    # Of 1, 1.5, 1.5 and 2.25 the last becomes 2, a ninth less.
    assert found["mean exact exact"] == pytest.approx(100 / 36)
    assert found["bias exact exact"] == pytest.approx(-100 / 36)
    assert found["mean none exact"] == pytest.approx(100 / 36)
    # The paper's is 2^-M up to three bits.
    assert (found["constant paper"], found["constant none"]) == (1, 0)
    assert not any("table" in key for key in found)


@pytest.mark.parametrize(("bits", "seen"), [(2, [2]), (3, [2, 3]), (5, [2, 3, 4])])
def test_tables_see_no_more_bits_than_there_are(bits, seen, monkeypatch):
    monkeypatch.setattr(constants, "STORED", ("exact",))
    found = _of_bits(bits)
    assert [key for key in found if key.startswith("mean table")] == [
        f"mean table of {each} bits exact" for each in seen
    ]


STORED = ("exact", "truncated", "rounded")
CRITERIA = ("bias", "mean", "square")
ALL_KINDS = ("paper", "none", "fitted", "fitted_mean", "fitted_square", "exact")


@pytest.fixture
def made():
    """Figures of 3 and 5 mantissa bits, each another, and the paper's Table 7 as by Eq. 1."""
    found = {}
    for bits, tables in ((3, 2), (5, 3)):
        figures = {f"constant {criterion} {each}": 0.6 for criterion in CRITERIA for each in STORED}
        figures["constant paper"] = bits + 0.4
        kinds = [*ALL_KINDS, *(f"table of {seen} bits" for seen in range(2, 2 + tables))]
        for stored in STORED:
            for place, kind in enumerate(kinds):
                figures[f"mean {kind} {stored}"] = bits + place / 10
                figures[f"bias {kind} {stored}"] = bits - place / 10
        found[f"M={bits}"] = figures
    exact = {"even": (1.0, 2.0, 3.0, 4.0), "normal": (5.0, 6.0, 7.0, 8.0)}
    seven = {}
    for words in ("multiply", "equation, 2^-l(k)", "equation, 2^-4", *INTEGER):
        for among, values in exact.items():
            for kept, value in zip((2, 3, 4, 6), values, strict=True):
                seven[f"{among} {words} {kept}"] = value
    return {"table 7": seven, **found}


INTEGER = ("integer, 2^-l(k)", "integer, 2^-4")


def test_every_figure_stands_in_the_section(made, monkeypatch):
    monkeypatch.setattr(constants, "picture", lambda *_, **__: b"")
    lines = CONSTANTS.section(made).body.splitlines()
    start = lines.index("### Constants of least error, in units of 2^-M")
    assert lines[start + 2].startswith("| M | paper | bias, exact | mean, exact |")
    assert lines[start + 3] == "| --: " * 11 + "|"
    assert lines[start + 4 : start + 6] == [
        "| 3 | 3 |" + " 1 |" * 9,
        "| 5 | 5 |" + " 1 |" * 9,
    ]
    start = lines.index("Operands truncated:")
    kinds = "paper | none | fitted | fitted_mean | fitted_square"
    tables = "table of 2 bits | table of 3 bits | table of 4 bits"
    assert lines[start + 2 : start + 6] == [
        f"| M | {kinds} | {tables} | exact |",
        "| --: " * 10 + "|",
        "| 3 | 3.00 / +3.00 | 3.10 / +2.90 | 3.20 / +2.80 | 3.30 / +2.70 | 3.40 / +2.60 | "
        "3.60 / +2.40 | 3.70 / +2.30 |  | 3.50 / +2.50 |",
        "| 5 | 5.00 / +5.00 | 5.10 / +4.90 | 5.20 / +4.80 | 5.30 / +4.70 | 5.40 / +4.60 | "
        "5.60 / +4.40 | 5.70 / +4.30 | 5.80 / +4.20 | 5.50 / +4.50 |",
    ]
    start = lines.index("### Table 7 of the paper")
    assert lines[start + 4 : start + 9] == [
        "| mantissas | product | k = 2 | k = 3 | k = 4 | k = 6 |",
        "| :-- | :-- | --: | --: | --: | --: |",
        # As in Table 7 of arXiv 2410.00907v2.
        "| even distribution | multiply, printed | 0.35 | 0.17 | 0.081 | 0.012 |",
        "| even distribution | L-Mul, printed | 0.43 | 0.3 | 0.24 | 0.19 |",
        "| even | multiply | 1.000 | 2.000 | 3.000 | 4.000 |",
    ]
    assert "| normal | integer, 2^-4 | 5.000 | 6.000 | 7.000 | 8.000 |" in lines


def test_a_constant_as_good_as_none_is_not_worse(made, monkeypatch):
    monkeypatch.setattr(constants, "picture", lambda *_, **__: b"")
    made["M=5"]["mean paper exact"] = made["M=5"]["mean none exact"] + 0.01
    made["M=3"]["mean paper exact"] = made["M=3"]["mean none exact"]
    first, second, *_ = CONSTANTS.section(made).verdict
    assert first == "With exact operands the paper's constant is worse than none for M = 5."
    assert second == "With truncated operands the paper's constant is worse than none for no M."


@pytest.mark.parametrize(("off", "which"), [(0.009, "equation, 2^-4"), (0.011, "of no reading")])
def test_a_reading_agrees_with_table_7_if_all_its_figures_are_close(off, which, made, monkeypatch):
    monkeypatch.setattr(constants, "picture", lambda *_, **__: b"")
    printed = dict(zip((2, 3, 4, 6), (0.43, 0.30, 0.24, 0.19), strict=True))
    for kept, value in printed.items():
        made["table 7"][f"even multiply {kept}"] = value
        made["table 7"][f"even equation, 2^-4 {kept}"] = value + (off if kept == 6 else 0)
        # Close but for one.
        made["table 7"][f"even integer, 2^-4 {kept}"] = value + (1 if kept == 2 else 0)
    *_, even, normal = CONSTANTS.section(made).verdict
    assert even == f"Table 7 of the paper, even distribution: its L-Mul is {which}."
    assert normal == "Table 7 of the paper, real weights: its L-Mul is of no reading."


def test_readings_that_agree_are_all_named(made, monkeypatch):
    monkeypatch.setattr(constants, "picture", lambda *_, **__: b"")
    for kept, value in zip((2, 3, 4, 6), (0.18, 0.18, 0.12, 0.14), strict=True):
        for words in ("multiply", *INTEGER):
            made["table 7"][f"normal {words} {kept}"] = value
    *_, normal = CONSTANTS.section(made).verdict
    assert normal == (
        "Table 7 of the paper, real weights: its L-Mul is integer, 2^-l(k) and integer, 2^-4."
    )


def test_mantissas_of_normal_numbers_are_counted_by_their_seven_bits(monkeypatch):
    # Of bf16: 1, 1.5, -1.5 and 3.984375, whose mantissa is all ones.
    codes = np.array([0x3F80, 0x3FC0, 0xBFC0, 0x407F])
    monkeypatch.setattr(constants, "encode", lambda values, format: codes)
    asked = []

    def expected_errors(kept, weights):
        asked.append((kept, weights))
        return {"multiply": float(len(asked))}

    monkeypatch.setattr(constants, "expected_errors", expected_errors)
    found = _table_7()
    assert list(found) == [
        f"{among} multiply {kept}" for among in ("even", "normal") for kept in (2, 3, 4, 6)
    ]
    assert list(found.values()) == list(range(1, 9))
    assert [kept for kept, _ in asked] == [2, 3, 4, 6] * 2
    for _, weights in asked[:4]:
        assert weights.tolist() == [1] * 128
    for _, weights in asked[4:]:
        assert {place: int(each) for place, each in enumerate(weights) if each} == {
            0: 1,
            64: 2,
            127: 1,
        }
        assert len(weights) == 128
