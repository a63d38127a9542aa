"""What is said of products, from the results of two formats."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import format_named
from lmul_pe.model.accuracy.operands import OPERANDS
from lmul_pe.model.study.products import PRODUCTS, _histograms, _judged, multipliers


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
def test_comparable_is_up_to_a_tenth_more_and_better_is_no_more(found, ours, other, share, holds):
    lmul = found["e4m3 rounded"]["integer, paper"]
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
def test_histograms_are_of_known_formats_or_else_of_the_first(found, drawn, formats, shown):
    of = {
        f"{name} {kind}": found[f"e4m3 {kind}"] for name in formats for kind in ("exact", "rounded")
    }
    _histograms(of, formats)
    (figure,) = drawn
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"{shown}, exact operands", f"{shown}, rounded operands"]
    for axes, kind in zip(figure.axes, ("exact", "rounded"), strict=True):
        for line in axes.lines:
            # Bins of 1/128 from -1/2 on: each at its middle, both in percent.
            middles = (np.arange(128) + 0.5) / 128 - 0.5
            np.testing.assert_allclose(line.get_xdata(), 100 * middles)
            expected = found[f"e4m3 {kind}"][line.get_label()].histogram
            np.testing.assert_allclose(line.get_ydata(), 100 * np.array(expected))
