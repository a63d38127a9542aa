"""What is said of products, from the results of two formats."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.accuracy.operands import OPERANDS
from lmul_pe.model.accuracy.product import Distribution
from lmul_pe.model.format.floating import CATALOG
from lmul_pe.model.study import products
from lmul_pe.model.study.products import PRODUCTS, _errors, _histograms, _judged, multipliers

WORDS = ("exact", "exact, not rounded", "integer, paper", "integer, none", "equation, paper")


def error(mean, *shares):
    """Errors of such a mean, with shares in the first bins of a histogram of 128."""
    histogram = (*shares, *(0.0,) * (128 - len(shares)))
    worst = (-0.25, 0.125, (1.5, 1.25), (1.75, 1.0))
    return Distribution("any", mean, -mean / 3, 4 * mean / 3, *worst, histogram, 0.005, 0.0, 100)


def errors(*means):
    return {words: error(mean) for words, mean in zip(WORDS, means, strict=True)}


@pytest.fixture(scope="module")
def found():
    chosen = [format_named(name) for name in ("e4m3", "e5m2")]
    return {piece.key: piece.compute() for piece in PRODUCTS.pieces(chosen)}


@pytest.fixture(scope="module")
def section(found):
    return PRODUCTS.section(found)


def test_every_format_has_every_kind_of_operands(found):
    assert list(found) == [f"{name} {kind}" for name in ("e4m3", "e5m2") for kind in OPERANDS]
    assert set(found["e4m3 exact"]) == set(multipliers(format_named("e4m3")))
    assert {"exact, gradual", "integer, paper, gradual"} <= set(found["e4m3 normal"])


def test_the_verdict_names_formats_and_judges_claims(section):
    assert section.verdict == [
        "On exact operands the paper's offset is worse than none in e4m3, e5m2.",
        "On rounded operands the paper's offset is worse than none in e4m3, e5m2.",
        "On truncated operands the paper's offset is worse than none in no format.",
        '"3 bits better than e5m2", integer carry: holds in 4 of 4 figures on truncated operands '
        "and in 4 of 4 figures on rounded operands.",
        '"3 bits better than e5m2", equation carry: holds in 4 of 4 figures on truncated operands '
        "and in 0 of 4 figures on rounded operands.",
    ]


def test_gradual_underflow_loses_fewer_products(found):
    errors = found["e4m3 normal"]
    assert 0 < errors["exact, gradual"].vanished < errors["exact"].vanished
    assert errors["exact, gradual"].mean < errors["exact"].mean


def test_pictures_are_shown(section):
    assert set(section.pictures) == {"surfaces.png", "histograms.png"}
    for name, content in section.pictures.items():
        assert f"({name})" in section.body
        assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("ours", "other", "share", "holds"),
    [
        ("e3m4", "e4m3", 1.05, "yes"),
        ("e3m4", "e4m3", 1.15, "no"),
        ("e4m3", "e5m2", 1.0, "yes"),
        ("e4m3", "e5m2", 1.05, "no"),
    ],
)
def test_comparable_is_up_to_a_tenth_more_and_better_is_no_more(ours, other, share, holds):
    lmul = error(0.03)
    exact = replace(lmul, mean=lmul.mean / share, rms=lmul.rms / share)
    whole = replace(exact, mean=exact.mean / 2, rms=exact.rms / 2)
    made = {
        f"{ours} rounded": {f"{carry}, paper": lmul for carry in ("integer", "equation")},
        f"{other} rounded": {"exact": exact, "exact, not rounded": whole},
    }
    made |= {key.replace("rounded", "truncated"): each for key, each in made.items()}
    rows = _judged(made)
    assert len(rows) == 2 * 2 * 2 * 2
    # Half the error, of products that are not rounded, is always less.
    judged = {(row[3], row[-1]) for row in rows}
    assert judged == {("rounded", holds), ("whole", "no")}


@pytest.mark.parametrize(
    ("formats", "shown"), [(("e5m2", "e4m3"), "e4m3"), (("e5m2", "e3m2"), "e5m2")]
)
def test_histograms_are_of_known_formats_or_else_of_the_first(drawn, formats, shown):
    of = {
        f"{name} {kind}": {
            words: error(0.1, share, 1 - share, share / 2)
            for words, share in (("integer, paper", 0.5), ("integer, none", 0.25))
        }
        | {"equation, paper": error(0.1, 0.75, 0.125)}
        for name in formats
        for kind in ("exact", "rounded")
    }
    _histograms(of, formats)
    (figure,) = drawn
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"{shown}, exact operands", f"{shown}, rounded operands"]
    for axes, kind in zip(figure.axes, ("exact", "rounded"), strict=True):
        assert len(axes.lines) == 3
        for line in axes.lines:
            # Bins of 1/128 from -1/2 on: each at its middle, both in percent.
            middles = (np.arange(128) + 0.5) / 128 - 0.5
            np.testing.assert_allclose(line.get_xdata(), 100 * middles)
            expected = of[f"{shown} {kind}"][line.get_label()].histogram
            np.testing.assert_allclose(line.get_ydata(), 100 * np.array(expected))


def test_tables_see_two_bits_or_all_there_are_and_four_at_most():
    seen = {
        bits: [
            int(words.split()[2])
            for words in multipliers(format_named(f"e8m{bits}"))
            if words.startswith("table")
        ]
        for bits in (1, 2, 3, 4, 7)
    }
    assert seen == {1: [1], 2: [2], 3: [2, 3], 4: [2, 3, 4], 7: [2, 3, 4]}


@pytest.mark.parametrize(("bits", "kept"), [(25, True), (26, False)])
def test_products_are_kept_whole_as_long_as_53_bits_hold_them(bits, kept, monkeypatch):
    # These take seconds to fit.
    monkeypatch.setattr(products, "FITTED", ())
    # Significands have a bit more than mantissas: 2 * 26 bits fit, and 2 * 27 do not.
    assert ("exact, not rounded" in multipliers(format_named(f"e8m{bits}"))) == kept


def test_formats_choose_pieces_and_none_chooses_the_catalog():
    chosen = [format_named(name) for name in ("e2m1", "bf16")]
    assert [piece.key for piece in PRODUCTS.pieces(chosen)] == [
        f"{name} {kind}" for name in ("e2m1", "bf16") for kind in OPERANDS
    ]
    assert {piece.key for piece in PRODUCTS.pieces([])} == {
        f"{name} {kind}" for name in CATALOG for kind in OPERANDS
    }


def test_errors_of_one_mantissa_bit_are_those_by_hand():
    found = _errors(format_named("e2m1"), "exact")
    # Of 1, 1.5, 1.5 and 2.25 the last becomes 2.
    assert found["exact"].mean == pytest.approx(1 / 9 / 4)
    assert found["exact, not rounded"].mean == 0
    # So it does where mantissas are added.
    assert found["integer, none"].mean == pytest.approx(1 / 9 / 4)
    assert not any("gradual" in words for words in found)


def test_underflow_is_looked_at_where_operands_are_normal_numbers():
    found = _errors(format_named("e2m1"), "normal")
    assert {words: each.multiplier for words, each in found.items() if "gradual" in words} == {
        "exact, gradual": "exact_e2m1_gradual",
        "integer, paper, gradual": "lmul_e2m1_gradual",
        "integer, none, gradual": "lmul_e2m1_offset0_gradual",
    }


@pytest.fixture
def undrawn(monkeypatch):
    """No picture is drawn, which takes seconds."""
    monkeypatch.setattr(products, "picture", lambda *_, **__: b"")


def test_every_figure_stands_in_the_section(undrawn):
    found = {
        f"{name} {kind}": errors(0.03 if kind == "truncated" else 0.015, 0.015, mean, 0.06, 0.045)
        for name, mean in (("e4m3", 0.03), ("e5m2", 0.075))
        for kind in OPERANDS
    }
    section = PRODUCTS.section(found)
    lines = section.body.splitlines()
    assert lines[0] == "### Operands"
    for kind, (words, _) in OPERANDS.items():
        assert f"- `{kind}`: {words}." in lines
    assert "`vanished`: the share of products that became zero, each an error of" in section.body
    assert "Comparable is up to 1.1 times the error." in section.body
    for name, mean, bias, rms in (
        ("e4m3", "3.00%", "-1.00%", "4.00%"),
        ("e5m2", "7.50%", "-2.50%", "10.00%"),
    ):
        start = lines.index(f"### {name}")
        assert lines[start + 2 : start + 4] == [
            "| operands | product | mean | bias | RMS | least | greatest | vanished |",
            "| :-- | :-- | --: | --: | --: | --: | --: | --: |",
        ]
        rows = lines[start + 4 : start + 4 + len(OPERANDS) * len(WORDS)]
        assert rows[2] == (
            f"| exact | integer, paper | {mean} | {bias} | {rms} | -25.0% at 1.5 x 1.25 | "
            "+12.5% at 1.75 x 1 | 0.50% |"
        )
        assert [row.split(" | ")[0][2:] for row in rows] == [
            kind for kind in OPERANDS for _ in WORDS
        ]
    start = lines.index("### The paper's claims about bits")
    assert lines[start + 4 : start + 8] == [
        "| claim | reading | operands | conventional | figure | L-Mul | other | holds |",
        "| :-- | :-- | :-- | :-- | :-- | --: | --: | --: |",
        "| 3 bits better than e5m2 | integer | truncated | rounded | mean | 3.00% | 3.00% | yes |",
        "| 3 bits better than e5m2 | integer | truncated | rounded | rms | 4.00% | 4.00% | yes |",
    ]
    assert section.verdict == [
        *(
            f"On {kind} operands the paper's offset is worse than none in e5m2."
            for kind in ("exact", "rounded", "truncated")
        ),
        '"3 bits better than e5m2", integer carry: holds in 2 of 4 figures on truncated operands '
        "and in 0 of 4 figures on rounded operands.",
        '"3 bits better than e5m2", equation carry: holds in 0 of 4 figures on truncated operands '
        "and in 0 of 4 figures on rounded operands.",
    ]
    for name in section.pictures:
        assert section.body.count(f"]({name})") == 1


def test_an_offset_as_good_as_none_is_not_worse_and_no_claim_is_judged_without_its_formats(undrawn):
    found = {f"e4m3 {kind}": errors(0.03, 0.015, 0.06, 0.06, 0.045) for kind in OPERANDS}
    section = PRODUCTS.section(found)
    assert section.verdict == [
        f"On {kind} operands the paper's offset is worse than none in no format."
        for kind in ("exact", "rounded", "truncated")
    ]
    assert "claims" not in section.body


def test_errors_over_both_mantissas_are_in_percent(monkeypatch, drawn):
    monkeypatch.setattr(products, "FITTED", ())
    seen = []

    def surface(multiplier):
        seen.append(multiplier.name)
        return np.array([[0.0, 0.125], [-0.25, len(seen) / 100]])

    monkeypatch.setattr(products, "surface", surface)
    products._surfaces()
    assert seen == ["lmul_bf16_offset0", "lmul_bf16", "lmul_bf16_equation", "table_bf16"]
    (figure,) = drawn
    panels = [axes for axes in figure.axes if axes.images]
    words = ("integer, none", "integer, paper", "equation, paper", "table of 3 bits")
    assert [axes.get_title(loc="left") for axes in panels] == [f"bf16: {each}" for each in words]
    for place, axes in enumerate(panels):
        (image,) = axes.images
        np.testing.assert_allclose(image.get_array(), [[0, 12.5], [-25, place + 1]])
        # White is none.
        low, high = image.get_clim()
        assert low == -high < 0
