"""What is said of dot products, from results whose growth is known."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.model.accuracy.dot import LENGTHS, Growth
from lmul_pe.model.study import dot
from lmul_pe.model.study.dot import DOT, PRODUCTS, _unit, slope


def grown(share):
    sizes = np.array(LENGTHS)
    return Growth(
        "unit",
        LENGTHS,
        tuple(share * sizes),
        tuple(np.sqrt(sizes)),
        (*(share / 2 for _ in sizes[1:]), share),
    )


def test_the_slope_is_the_power():
    assert slope(grown(0.1), grown(0.1).bias) == pytest.approx(1)
    assert slope(grown(0.1), grown(0.1).noise) == pytest.approx(0.5)


def test_the_verdict_has_both_powers_and_every_product():
    found = {
        f"e4m3, {product}, fp32, {kind}": grown((place + 1) / 100)
        for place, product in enumerate(PRODUCTS)
        for kind in ("signed", "positive")
    }
    section = DOT.section(found)
    assert section.verdict == [
        "e4m3, fp32 sums: L-Mul's bias on positive operands grows with the length to the power "
        "1.00, its noise on signed ones to 0.50; error of a positive sum of 4096: exact 1.00%, "
        "paper 2.00%, none 3.00%, fitted 4.00%, equation 5.00%, table 6.00%."
    ]
    assert section.pictures["dot.png"].startswith(b"\x89PNG")


def test_pieces_have_keys_of_their_own_and_units_that_there_are():
    pieces = DOT.pieces([format_named("e5m2"), format_named("bf16")])
    keys = [piece.key for piece in pieces]
    assert len(set(keys)) == len(keys)
    assert "e5m2, in blocks, table, fp32, signed" in keys
    assert "bf16, paper, fixed_msb40_lsbm40, positive" in keys
    assert not any(key.startswith("bf16, in blocks") for key in keys)


def test_a_format_whose_products_no_sum_holds_is_refused_before_the_work():
    with pytest.raises(SpecificationError, match="exact_e4m33 has products of 68 bits"):
        DOT.pieces([format_named("e4m33")])


def test_a_piece_is_what_its_key_says():
    found = {piece.key: piece for piece in DOT.pieces([format_named("e2m1")])}
    assert found["e2m1, table, fp32, signed"].compute().unit == "mac_table_e2m1_fp32"
    scaled = found["e2m1, in blocks, none, fp32, positive"].compute()
    assert scaled.unit == "mac_lmul_e2m1_offset0_gradual_fp32"
    assert scaled.lengths == LENGTHS


def test_the_slope_leaves_out_the_shortest_alone():
    each = grown(0.1)
    # By least squares through 1, 0, 0 and 0 at 0, 1, 2 and 3 in powers of 4: -3/10.
    assert slope(each, [1000, 4, 1, -1, 1]) == pytest.approx(-0.3)


def test_without_formats_usual_ones_are_added_and_those_of_mx_in_blocks():
    keys = [piece.key for piece in DOT.pieces([])]
    formats = ("e4m3", "e5m2", "bf16", "fp16")
    expected = set()
    for name in formats:
        wide = "fixed_msb40_lsbm40" if name in ("bf16", "fp16") else "fixed"
        expected |= {f"{name}, {product}, fp32" for product in PRODUCTS}
        expected |= {
            f"{name}, {product}, {register}"
            for product in ("exact", "paper")
            for register in ("bf16", "fp16", wide, "aligned", "window")
        }
    expected |= {
        f"{name}, in blocks, {product}, fp32"
        for name in ("e4m3", "e5m2", "e3m2", "e2m3", "e2m1")
        for product in ("exact", "paper", "none", "table")
    }
    assert len(keys) == len(set(keys))
    assert set(keys) == {
        f"{words}, {kind}" for words in expected for kind in ("signed", "positive")
    }


def test_a_ninth_bit_makes_the_exact_register_a_given_one():
    for name, register in (("e4m3", "fixed"), ("e5m3", "fixed_msb40_lsbm40")):
        keys = [piece.key for piece in DOT.pieces([format_named(name)])]
        assert f"{name}, exact, {register}, signed" in keys
        # No format of MX among them.
        assert any("in blocks" in key for key in keys) == (name == "e4m3")


@pytest.mark.parametrize(
    ("product", "accumulator", "blocks", "name"),
    [
        ("exact", "fp32", False, "mac_exact_e4m3_fp32"),
        ("paper", "window", False, "dot16_lmul_e4m3_window"),
        ("none", "fp32", True, "mac_lmul_e4m3_offset0_gradual_fp32"),
        ("equation", "bf16", False, "mac_lmul_e4m3_equation_bf16"),
    ],
)
def test_a_unit_is_what_the_words_say(product, accumulator, blocks, name):
    unit = _unit(format_named("e4m3"), product, accumulator, blocks)
    assert unit.name == name
    assert unit.multiplier.subnormals == ("gradual" if blocks else "flush")


def test_every_figure_stands_in_the_section(monkeypatch):
    monkeypatch.setattr(dot, "picture", lambda *_, **__: b"")
    section = DOT.section(
        {
            "e4m3, paper, fp32, positive": grown(0.125),
            "e4m3, in blocks, exact, fp32, signed": grown(-0.25),
        }
    )
    # Of half of what it takes nothing is said.
    assert section.verdict == []
    lines = section.body.splitlines()
    start = lines.index(
        "| format | product | sums | operands | figure | 16 | 64 | 256 | 1024 | 4096 |"
    )
    assert lines[start + 1 :] == [
        "| :-- | :-- | :-- | :-- | :-- | --: | --: | --: | --: | --: |",
        "| e4m3 | paper | fp32 | positive | bias | +2 | +8 | +32 | +128 | +512 |",
        "| e4m3 | paper | fp32 | positive | noise | 4 | 8 | 16 | 32 | 64 |",
        "| e4m3 | paper | fp32 | positive | relative |" + " 6.25% |" * 4 + " 12.50% |",
        "| e4m3 in blocks | exact | fp32 | signed | bias | -4 | -16 | -64 | -256 | -1.02e+03 |",
        "| e4m3 in blocks | exact | fp32 | signed | noise | 4 | 8 | 16 | 32 | 64 |",
        "| e4m3 in blocks | exact | fp32 | signed | relative |" + " -12.50% |" * 4 + " -25.00% |",
    ]
    assert "over 256 sums" in section.body
    assert "- `in blocks`: 32 operands share a power of two" in section.body
    assert (
        "- `window`: 16 products at a time; `fixed_msb40_lsbm40`: a register of 81 bits." in lines
    )


@pytest.mark.parametrize(
    ("names", "shown"), [(("e4m3", "bf16"), "bf16"), (("e5m2", "e4m3"), "e5m2")]
)
def test_errors_are_drawn_by_length_beside_what_grows_as_it_or_its_root(names, shown, drawn):
    found = {
        f"{name}, {product}, fp32, {kind}": grown(share * (1 if name == shown else 3))
        for name in names
        for product, share in (("exact", -0.5), ("paper", 0.25))
        for kind in ("signed", "positive")
    }
    dot._picture(found)
    (figure,) = drawn
    positive, signed = figure.axes
    assert positive.get_title(loc="left") == f"{shown}, positive operands"
    assert signed.get_title(loc="left") == f"{shown}, signed operands"
    sizes = np.array(LENGTHS)
    for axes, power, label, figures in (
        (positive, 1, "length", {"exact": 0.5 * sizes, "paper": 0.25 * sizes}),
        (signed, 0.5, "root of length", dict.fromkeys(("exact", "paper"), np.sqrt(sizes))),
    ):
        lines = {line.get_label(): line.get_xydata().T for line in axes.lines}
        assert lines.keys() == {"exact", "paper", label}
        for product, expected in figures.items():
            np.testing.assert_allclose(lines[product], [sizes, expected])
        (low, high), (first, last) = lines[label]
        assert (low, high) == (16, 4096)
        assert last / first == pytest.approx(256**power)
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
