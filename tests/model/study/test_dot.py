"""What is said of dot products, from results whose growth is known."""

import numpy as np
import pytest

from lmul_pe.model import SpecificationError, format_named
from lmul_pe.model.accuracy.dot import LENGTHS, Growth
from lmul_pe.model.study.dot import DOT, PRODUCTS, slope


def grown(share):
    sizes = np.array(LENGTHS)
    return Growth(
        "unit",
        LENGTHS,
        tuple(share * sizes),
        tuple(np.sqrt(sizes)),
        tuple(share for _ in sizes),
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
