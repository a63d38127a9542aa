"""What is said of products, from the results of two formats."""

import pytest

from lmul_pe.model import format_named
from lmul_pe.model.accuracy.operands import OPERANDS
from lmul_pe.model.study.products import PRODUCTS, multipliers


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
